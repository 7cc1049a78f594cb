"""Decorators for assets: those that land pages, those that fill a table, and sentences for all."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from inspect import isgeneratorfunction
from pathlib import Path
from tempfile import gettempdir
from typing import Any, TypeVar, cast

import dagster as dg
import sqlalchemy as sa

from music_assets.calls.call_errors import CallError
from music_assets.database.database_errors import DatabaseError
from music_assets.engines.engine import EngineError
from music_assets.landing.ingests import IngestError
from music_assets.loading.quarantine import quarantine_check
from music_assets.loading.source_lines import CODE_REFERENCES, source_lines
from music_assets.storage.fingerprints import code_version
from music_assets.storage.storage_errors import OF_THE_DISK, StorageError, system_number

#: Without it, Dagster launches one run for each week of a range.
SINGLE_RUN = dg.BackfillPolicy.single_run()
OWNERS = ["team:data-platform"]

AssetFunction = Callable[..., dg.MaterializeResult]
Function = TypeVar("Function", bound=Callable[..., Any])
#: Errors whose message is a sentence for a person.
IN_SENTENCES = (DatabaseError, EngineError, IngestError, CallError, StorageError)


def in_sentences(function: Function) -> Function:
    """The function of an asset or a check, whose foreseen errors end the step with a sentence.

    Dagster shows every other error with a stack trace.
    """

    @wraps(function)
    def returning(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        with _sentences():
            return function(*args, **kwargs)

    @wraps(function)
    def yielding(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        with _sentences():
            yield from function(*args, **kwargs)

    return cast("Function", yielding if isgeneratorfunction(function) else returning)


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except IN_SENTENCES as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    except OSError as error:
        if system_number(error) not in OF_THE_DISK:
            raise
        told = StorageError.of(error, str(error.filename or gettempdir()), "written")
        raise dg.Failure(str(told), allow_retries=False) from None


def common_asset(
    *,
    metadata: Mapping[str, Any] | None = None,
    sources: Sequence[Path] = (),
    **options: Any,  # noqa: ANN401
) -> Callable[[AssetFunction], dg.AssetsDefinition]:
    """`dagster.asset`, with what all assets have in common.

    Args:
        metadata: of the definition.
        sources: files that the asset is made of, beside its function.
        options: those of `dagster.asset`, of which some have a value here unless given.
    """

    def decorated(function: AssetFunction) -> dg.AssetsDefinition:
        common = {
            "owners": OWNERS,
            "backfill_policy": SINGLE_RUN,
            # The fingerprints of steps cover it too: another code makes everything anew once.
            "code_version": code_version()[:12],
            "metadata": {**(metadata or {}), CODE_REFERENCES: source_lines(function, sources)},
        }
        made: dg.AssetsDefinition = dg.asset(**(common | options))(in_sentences(function))
        return made

    return decorated


def landing_asset(
    name: str,
    *,
    group: str,
    deps: Sequence[str] = (),
    partitions_def: dg.PartitionsDefinition | None = None,
    checks: Sequence[dg.AssetCheckSpec] = (),
    freshness: dg.FreshnessPolicy | None = None,
    last: bool = False,
) -> Callable[[AssetFunction], dg.AssetsDefinition]:
    """`dagster.asset`, with what all assets that land pages have in common.

    Args:
        name: of the asset.
        group: that Dagster shows it in.
        deps: the assets that it reads.
        partitions_def: of an asset per week.
        checks: of its own, beside that of the quarantine.
        freshness: when it is late, if it has a rhythm.
        last: start it after every other step that can start: it may take hours.
    """
    return common_asset(
        deps=deps,
        partitions_def=partitions_def,
        group_name=group,
        kinds={"landing", "json"},
        check_specs=[*quarantine_check(name), *checks],
        freshness_policy=freshness,
        op_tags={"dagster/priority": "-1"} if last else None,
    )


def table_asset(
    table: sa.Table,
    *,
    group: str,
    deps: Sequence[str],
    partitions_def: dg.PartitionsDefinition | None = None,
    name: str = "",
    freshness: dg.FreshnessPolicy | None = None,
    first: bool = False,
) -> Callable[[AssetFunction], dg.AssetsDefinition]:
    """`dagster.asset`, with what all assets that fill a table, or columns of it, have in common.

    Args:
        table: that it fills.
        group: that Dagster shows it in.
        deps: the assets that it reads.
        partitions_def: of an asset per week.
        name: of the asset, if not the table's.
        freshness: when it is late, if it has a rhythm.
        first: start it before every other step that can start.
    """
    return common_asset(
        name=name or None,
        group_name=group,
        deps=deps,
        partitions_def=partitions_def,
        kinds={"table"},
        freshness_policy=freshness,
        metadata={
            "dagster/table_name": table.name,
            "dagster/column_schema": column_schema(table),
        },
        check_specs=quarantine_check(name or table.name),
        op_tags={"dagster/priority": "1"} if first else None,
    )


def column_schema(table: sa.Table) -> dg.TableSchema:
    """The columns of a table, as Dagster shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                str(column.type),
                description=column.comment,
                constraints=dg.TableColumnConstraints(
                    nullable=bool(column.nullable), unique=bool(column.unique)
                ),
            )
            for column in table.columns
        ]
    )
