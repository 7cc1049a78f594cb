"""A graph of the same form as `full_graph` whose assets and checks do nothing: Dagster's own cost.

python -m benchmarks.idle_graph
"""

from collections.abc import Iterator, Sequence

import dagster as dg

#: Steps of `full_graph`: its assets, and its checks of one to four results.
ASSETS, CHECKS, RESULTS = 21, 17, 2


def main() -> None:
    """Run it, in the history that DAGSTER_HOME names."""
    assets = [_asset(number) for number in range(ASSETS)]
    checks = [_check(number) for number in range(CHECKS)]
    job = dg.define_asset_job("idle")
    found = dg.Definitions(assets=assets, asset_checks=checks, jobs=[job]).resolve_job_def("idle")
    with dg.DagsterInstance.get() as instance:
        quiet = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
        assert found.execute_in_process(instance=instance, run_config=quiet).success


def _asset(number: int) -> dg.AssetsDefinition:
    @dg.asset(name=f"asset{number}", deps=[f"asset{number - 1}"] if number else [])
    def nothing() -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata={"dagster/row_count": 0})

    return nothing


def _check(number: int) -> dg.AssetChecksDefinition:
    names = [f"check{number}_{result}" for result in range(RESULTS)]

    @dg.multi_asset_check(name=f"checks{number}", specs=_specs(names, f"asset{number}"))
    def nothing() -> Iterator[dg.AssetCheckResult]:
        for name in names:
            yield dg.AssetCheckResult(check_name=name, asset_key=f"asset{number}", passed=True)

    return nothing


def _specs(names: Sequence[str], asset: str) -> list[dg.AssetCheckSpec]:
    return [dg.AssetCheckSpec(name, asset=asset) for name in names]


if __name__ == "__main__":
    main()
