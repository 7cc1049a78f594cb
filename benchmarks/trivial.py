"""A trivial Dagster project: one asset, run in this process with the history in DAGSTER_HOME."""

import dagster as dg


@dg.asset
def one() -> int:
    """The number 1."""
    return 1


defs = dg.Definitions([one], jobs=[dg.define_asset_job("job")])


def main() -> None:
    """Run the asset."""
    with dg.DagsterInstance.get() as instance:
        assert defs.resolve_job_def("job").execute_in_process(instance=instance).success


if __name__ == "__main__":
    main()
