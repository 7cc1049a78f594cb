"""One transform as a job on a cluster: `music-assets-transform ENTITY DIGEST`.

Dagster starts it through Pipes, which passes the addresses to read and to write: more of them than
a command line holds. A cluster has Spark and this project's wheel, but neither Dagster's core nor
this machine's environment, so nothing here may import Dagster or the settings.
"""

import argparse
import time
from collections.abc import Mapping

from dagster_pipes import (
    PipesCliArgsParamsLoader,
    PipesContext,
    PipesEnvVarParamsLoader,
    PipesUnityCatalogVolumesContextLoader,
    PipesUnityCatalogVolumesMessageWriter,
    open_dagster_pipes,
)
from pyspark.sql import SparkSession

from music_assets.engines.databricks.code_digest import digest_of_package
from music_assets.engines.spark_apply import apply
from music_assets.engines.spark_errors import spark_cause
from music_assets.transforms.registry import TRANSFORMS
from music_assets.transforms.rows import Transform

SECONDS_BETWEEN_MESSAGES = 5


def main() -> None:
    """Apply the transform that the command line names; report rows and seconds as metadata.

    Raises:
        SystemExit: the transform failed; the message is one sentence.
    """
    parser = argparse.ArgumentParser(prog="music-assets-transform")
    parser.add_argument("entity", choices=sorted(TRANSFORMS))
    parser.add_argument("digest", help="of the code that Dagster runs")
    known, _ = parser.parse_known_args()
    try:
        with _pipes() as pipes:
            _require_the_same_code(known.digest)
            _run(pipes, TRANSFORMS[known.entity], **pipes.extras)
    except Exception as error:  # Spark, Py4J, Arrow and the volume have no common class
        raise SystemExit(
            f"{known.entity} could not be transformed: {spark_cause(error)}"
        ) from error


def _pipes() -> PipesContext:
    # Pipes passes its parameters to a new cluster by environment variables, to others by arguments.
    by_argument = PipesCliArgsParamsLoader()
    loader = by_argument if by_argument.is_dagster_pipes_process() else PipesEnvVarParamsLoader()
    if not loader.is_dagster_pipes_process():
        raise SystemExit("Dagster starts this job, with MUSIC_ENGINE=databricks; it takes no call.")
    return open_dagster_pipes(
        params_loader=loader,
        context_loader=PipesUnityCatalogVolumesContextLoader(),
        message_writer=PipesUnityCatalogVolumesMessageWriter(interval=SECONDS_BETWEEN_MESSAGES),
    )


def _require_the_same_code(digest: str) -> None:
    # A cluster keeps an installed wheel when another one of the same version is submitted.
    if digest_of_package() != digest:
        raise RuntimeError(
            "the cluster has installed other code of music_assets than Dagster runs; restart it"
        )


def _run(
    pipes: PipesContext,
    transform: Transform,
    *,
    sources: Mapping[str, str],
    rows: str,
    quarantine: str,
    lookups: Mapping[str, str],
) -> None:
    started = time.perf_counter()
    session = SparkSession.builder.getOrCreate()
    ready = time.perf_counter()
    pipes.log.info(f"Spark {session.version} reads {len(sources)} files for {transform.entity}.")
    tables = {name: session.read.parquet(address) for name, address in lookups.items()}
    accepted, rejected = apply(
        session, transform, sources, rows=rows, quarantine=quarantine, lookups=tables
    )
    pipes.report_asset_materialization(
        metadata={
            "accepted": accepted,
            "rejected": rejected,
            "session_seconds": round(ready - started, 3),
            "spark_seconds": round(time.perf_counter() - ready, 3),
        }
    )


if __name__ == "__main__":
    main()
