"""Dagster's history in SQLite files, through connections that stay open for as long as it is.

Dagster opens each file anew for each event, six times per materialisation, and the last connection
that closes writes the file's journal back: a third of the seconds of a run that finds nothing to
do. The files are Dagster's own, as every other process reads and writes them.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as sa
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log.sqlite.sqlite_event_log import (
    INDEX_SHARD_NAME,
    SqliteEventLogStorage,
)
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS, create_db_conn_string
from dagster._core.storage.sqlite_storage import (
    DagsterSqliteStorage,
    _event_logs_directory,
    _runs_directory,
)
from dagster._serdes import ConfigurableClassData

#: Files that stay open: the index, a run's own, and those of the runs before it that are looked at.
MOST_OPEN = 8


def opened_history(home: Path) -> dg.DagsterInstance:
    """Dagster's history in a folder, where its `dagster.yaml` says that it lies."""
    found = InstanceRef.from_dir(str(home))
    storage = found.storage_data
    # PostgreSQL and MySQL keep their connections themselves.
    if storage is not None and storage.class_name == DagsterSqliteStorage.__name__:
        kept = storage._replace(module_name=__name__, class_name=KeptSqliteStorage.__name__)
        found = found._replace(storage_data=kept)
    return dg.DagsterInstance.from_ref(found)


class KeptSqliteStorage(DagsterSqliteStorage):
    """Dagster's storage in SQLite files, with connections that stay open."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._run_storage = KeptRuns(create_db_conn_string(_runs_directory(base_dir), "runs"))
        self._event_log_storage = KeptEvents(_event_logs_directory(base_dir))

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "KeptSqliteStorage":
        """The storage of a configuration, which has `base_dir` alone."""
        return cls.from_local(inst_data=inst_data, **config_value)


class _Engines:
    """An engine for each of the files that were used last."""

    def __init__(self) -> None:
        self._engines = OrderedDict[str, sa.Engine]()

    def of(self, address: str) -> sa.Engine:
        """The engine of a file, which stays until `MOST_OPEN` others are used."""
        if address not in self._engines:
            timeout = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
            self._engines[address] = sa.create_engine(address, connect_args=timeout)
        self._engines.move_to_end(address)
        while len(self._engines) > MOST_OPEN:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[address]

    def dispose(self) -> None:
        """Close every file."""
        while self._engines:
            self._engines.popitem()[1].dispose()


class KeptRuns(SqliteRunStorage):
    """Dagster's runs, in a file that stays open."""

    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(conn_string, inst_data)
        self._engines = _Engines()

    @contextmanager
    def connect(self) -> Iterator[sa.Connection]:
        """A transaction, for a `with` block."""
        with self._engines.of(self._conn_string).begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close what is open."""
        super().dispose()
        self._engines.dispose()


class KeptEvents(SqliteEventLogStorage):
    """Dagster's events, in a file per run and one for all, of which those in use stay open."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines = _Engines()
        super().__init__(base_dir, inst_data)

    def has_table(self, table_name: str) -> bool:
        """True if the file of all runs has a table; Dagster asks it for each materialisation."""
        # By a second connection, since Dagster asks within a transaction, which holds the lock.
        with self._engines.of(self.conn_string_for_shard(INDEX_SHARD_NAME)).connect() as connection:
            return sa.inspect(connection).has_table(table_name)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        with self._db_lock:
            engine = self._engines.of(self.conn_string_for_shard(shard))
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def dispose(self) -> None:
        """Close what is open."""
        super().dispose()
        self._engines.dispose()
