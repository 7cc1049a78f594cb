"""The commands by name: a module is imported when its command is called, and not for `--help`.

Some take a second to import, since they need Dagster.
"""

from importlib import import_module

import click
from click.shell_completion import CompletionItem

#: Where each command is defined, and its line in the list of commands.
COMMANDS = {
    "completion": ("completion:completion", "Print what completes commands in your shell."),
    "dictionary": ("show:dictionary", "Print every table and mart with its columns."),
    "doctor": ("doctor:doctor", "Look at what a run needs, and say how to mend what is wrong."),
    "export": ("export:export", "Write tables and marts as one file each."),
    "figures": ("figures:figures", "Take figures that you exported elsewhere."),
    "follow": ("follow:follow", "Put the list of artists that you follow into the inbox."),
    "listening": ("listening_import:listening", "Take listening histories that you downloaded."),
    "login": ("login:login", "Log in at Spotify, for runs without a browser."),
    "prepare": ("run:prepare", "Make Dagster's history ready."),
    "purge": ("purge:purge", "Remove what is old, of a kind, or everything of a person."),
    "quarantine": ("quarantined:quarantine", "Look at records that could not be used."),
    "report": ("open_report:report", "Open the report in a browser, or serve it."),
    "run": ("run:run", "Materialise the full graph over the weeks that need it."),
    "sandbox": ("serve_sandbox:sandbox", "Serve a fictional Spotify and MusicBrainz."),
    "schema": ("show:schema", "Print the SQL that makes an empty database."),
    "settings": ("show:show_settings", "Check the environment, and show what is in force."),
    "status": ("status:status", "Say what there is, what is missing, and what waits."),
    "stream": ("run:stream", "Load the weeks' files as they arrive, with Spark."),
    "ui": ("ui:ui", "Open Dagster's UI, on http://127.0.0.1:3000."),
}


class LazyGroup(click.Group):
    """A group of the commands in `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The commands' names, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """A command, imported now; None where there is none of the name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        found: click.Command = getattr(import_module(f"music_assets.cli.{module}"), name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands into the help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands and options that begin as somebody has typed."""
        found = [
            CompletionItem(name, help=COMMANDS[name][1])
            for name in self.list_commands(ctx)
            if name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]
