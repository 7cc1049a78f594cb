"""A graph of the same form as `full_graph` whose steps do nothing: Dagster's own cost.

    python -m benchmarks.idle_graph write form.json
    python -m benchmarks.idle_graph run form.json

What is measured is the second, which imports nothing of the project's.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import dagster as dg


@click.command()
@click.argument("what", type=click.Choice(["write", "run"]))
@click.argument("file", type=click.Path(path_type=Path))
def main(what: str, file: Path) -> None:
    """Write the form of the graph, or run a graph of this form in the history of DAGSTER_HOME."""
    if what == "write":
        file.write_text(json.dumps(_form()))
        return
    steps = [_step(number, **each) for number, each in enumerate(json.loads(file.read_text()))]
    made = [each for each in steps if not isinstance(each, dg.AssetChecksDefinition)]
    checks = [each for each in steps if isinstance(each, dg.AssetChecksDefinition)]
    job = dg.define_asset_job("idle")
    found = dg.Definitions(assets=made, asset_checks=checks, jobs=[job]).resolve_job_def("idle")
    with dg.DagsterInstance.get() as instance:
        quiet = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
        assert found.execute_in_process(instance=instance, run_config=quiet).success


def _form() -> list[dict[str, Any]]:
    """The steps of `full_graph`: what each makes of what, and what it checks."""
    from music_assets.definitions import defs  # noqa: PLC0415
    from music_assets.defs.checks import constraint_checks  # noqa: PLC0415

    made = defs().resolve_job_def("full_graph").asset_layer.selected_asset_keys
    # They stand for a weekly job of their own.
    left_out = {spec.key for each in constraint_checks for spec in each.check_specs}
    steps = [
        {
            "assets": {
                spec.key.to_user_string(): sorted(
                    dep.asset_key.to_user_string() for dep in spec.deps if dep.asset_key in made
                )
                for spec in step.specs
                if spec.key in made
            },
            "checks": [
                [each.asset_key.to_user_string(), each.name]
                for each in step.check_specs
                if each.asset_key in made and each.key not in left_out
            ],
        }
        for step in defs().resolve_asset_graph().assets_defs
        if step.is_executable
    ]
    return [step for step in steps if step["assets"] or step["checks"]]


def _step(
    number: int, assets: dict[str, list[str]], checks: list[list[str]]
) -> dg.AssetsDefinition | dg.AssetChecksDefinition:
    specs = [dg.AssetCheckSpec(name, asset=asset) for asset, name in checks]
    results = [
        dg.AssetCheckResult(check_name=name, asset_key=asset, passed=True) for asset, name in checks
    ]

    def nothing() -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        for asset in assets:
            own = [each for each in results if each.asset_key == dg.AssetKey(asset)]
            yield dg.MaterializeResult(
                asset_key=asset, metadata={"dagster/row_count": 0}, check_results=own
            )
        if not assets:
            yield from results

    name = f"step{number}"
    if not assets:
        return dg.multi_asset_check(name=name, specs=specs)(nothing)
    made = [dg.AssetSpec(asset, deps=deps) for asset, deps in assets.items()]
    return dg.multi_asset(name=name, specs=made, check_specs=specs)(nothing)


if __name__ == "__main__":
    main()
