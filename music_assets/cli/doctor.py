"""`music-assets doctor`: whether a run can work here, and how to mend what is in its way."""

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from music_assets.cli.doctor_model import Finding


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a script.")
@click.option("--schema", is_flag=True, help="Print the JSON schema of that, and nothing else.")
def doctor(*, as_json: bool, schema: bool) -> None:
    """Look at what a run needs, and say how to mend what is wrong. Ends with 1 if anything is.

    Looks at settings, login, storage (writes a file, reads it and removes it), database, driver,
    Java where the engine needs it, disk, history, and the clock.
    """
    from music_assets.cli.doctor_model import Diagnosis  # noqa: PLC0415

    if schema:
        click.echo(json.dumps(Diagnosis.model_json_schema(), indent=2))
        return
    found = _look()
    diagnosis = Diagnosis(well=all(each.well for each in found), findings=found)
    if as_json:
        click.echo(diagnosis.model_dump_json(indent=2))
    else:
        for each in found:
            click.echo(f"{'well ' if each.well else 'WRONG'} {each.name:<9} {each.said}")
            if each.mend:
                click.echo(f"{'':<15} {each.mend}")
    if not diagnosis.well:
        raise click.exceptions.Exit(1)


def _look() -> "list[Finding]":
    """Look at everything; at nothing more where the settings cannot be read."""
    from music_assets.cli.doctor_model import Finding  # noqa: PLC0415
    from music_assets.config.settings import SettingsError, read_settings  # noqa: PLC0415

    try:
        settings = read_settings()
    except SettingsError as error:
        mend = "Correct it where it is set, or in .env."
        return [Finding(name="settings", well=False, said=str(error), mend=mend)]
    # Slow to import, and what it imports needs settings that can be read.
    from music_assets.cli.doctor_findings import findings  # noqa: PLC0415

    return list(findings(settings))
