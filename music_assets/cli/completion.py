"""`music-assets completion`: what makes a shell complete commands and options."""

import click
from click.shell_completion import get_completion_class

PROGRAM, VARIABLE = "music-assets", "_MUSIC_ASSETS_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script for SHELL, which its start-up file takes.

    bash: eval "$(music-assets completion bash)"; zsh likewise; fish: music-assets completion fish |
    source.
    """
    made = get_completion_class(shell)
    if made is None:
        raise click.ClickException(f"{shell} is not known to click.")
    click.echo(made(context.find_root().command, {}, PROGRAM, VARIABLE).source())
