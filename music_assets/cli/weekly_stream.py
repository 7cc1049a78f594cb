"""Weeks' files to the tables as they arrive, by Spark Structured Streaming.

Spark says when there are new files, and its checkpoint remembers them. What is loaded is decided as
the sensor does, by the versions that were loaded before, since Spark looks at no file twice: not at
one that was empty, or has changed, or is for a week to come. What is done with a week is
`weekly_job`, so its rows come by the same transforms and the same sync as in any other run. A batch
that was cut off comes again, and a sync of the same rows writes nothing: each row is there once.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from music_assets.cli import running
from music_assets.cli.terminal import INTERRUPTED
from music_assets.engines.spark_errors import spark_cause
from music_assets.landing.inboxes import weekly_files_left_out
from music_assets.landing.weekly_inbox import WEEKLY_ASSETS, changed_weeks, problems_of
from music_assets.partitions import WEEKS, span
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import LOADED_VERSIONS, STREAM_CHECKPOINT, WEEKLY_FILES
from music_assets.weeks import Week, contiguous

LOOK_EVERY_SECONDS = 5
#: What Spark's reader of whole files gives; only the path is read.
FILE = "path string, modificationTime timestamp, length long, content binary"


class StreamStopped(Exception):
    """A week could not be loaded; the message says why. The next start tries it again."""


@dataclass
class WeeklyStream:
    """The stream of weeks' files in `weekly-data/`.

    Attributes:
        session: a Spark session of this process.
        storage: where the files and the checkpoint lie.
        say: takes a line for the person at the terminal.
    """

    session: SparkSession
    storage: StorageResource
    say: Callable[[str], None]
    _asked_to_stop: Event = field(default_factory=Event)
    _loading: Lock = field(default_factory=Lock)
    _failure: Exception | None = None
    _refused: dict[tuple[str, str], str] = field(default_factory=dict)

    def run(self, *, continuous: bool) -> None:
        """Load what is there, or go on until interrupted.

        Raises:
            StreamStopped: a week could not be loaded, or Spark gave up.
        """
        with self._until_interrupted():
            # Spark cannot watch a folder that does not exist.
            while not any(self.storage.list(WEEKLY_FILES)):
                if not continuous:
                    self.say(f"There is no file in {self.storage.where(WEEKLY_FILES)}.")
                    return
                if self._asked_to_stop.wait(LOOK_EVERY_SECONDS):
                    return
            try:
                self._follow(self._started(continuous=continuous))
            except (PySparkException, Py4JError, ConnectionError) as error:
                where = self.storage.where(STREAM_CHECKPOINT)
                raise StreamStopped(
                    f"Spark stopped the stream: {spark_cause(error)}. Start it again; where "
                    f"{where} is damaged, delete it, and every file is looked at again."
                ) from None

    def _follow(self, query: StreamingQuery) -> None:
        """Wait for the stream to end, and meanwhile look for changed files, which Spark ignores."""
        try:
            ended = False
            while not ended and not self._asked_to_stop.is_set():
                ended = bool(query.awaitTermination(LOOK_EVERY_SECONDS))
                self._look()
        except Exception:
            query.stop()
            raise
        # Stopping the query would interrupt a batch half-way, so the current one ends first. A
        # later one does nothing.
        self._loading.acquire()
        self._loading.release()
        query.stop()
        if self._refused:
            raise StreamStopped("\n".join(self._refused.values()))

    def _look(self) -> None:
        """Load changed files in a thread: in the main one, Dagster would act on an interrupt."""
        looking = Thread(target=self._load_batch, daemon=True)
        looking.start()
        looking.join()
        if self._failure:
            raise self._failure

    @contextmanager
    def _until_interrupted(self) -> Iterator[None]:
        """A `with` block in which the first interrupt only asks to stop, after the current load.

        The second one ends the process at once.
        """

        def stop(*_: object) -> None:
            self._asked_to_stop.set()
            for each in before:
                signal.signal(each, _end_at_once)

        before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _started(self, *, continuous: bool) -> StreamingQuery:
        files = (
            self.session.readStream.format("binaryFile")
            .schema(FILE)
            .option("pathGlobFilter", "*")
            # By default Spark leaves out files that are older than a week.
            .option("maxFileAge", "36500d")
            .load(self.storage.address(WEEKLY_FILES))
        )
        writer = files.select("path").writeStream.foreachBatch(self._load_batch)
        writer = writer.option("checkpointLocation", self.storage.address(STREAM_CHECKPOINT))
        if continuous:
            return writer.trigger(processingTime=f"{LOOK_EVERY_SECONDS} seconds").start()
        return writer.trigger(availableNow=True).start()

    def _load_batch(self, files: DataFrame | None = None, _batch: int = 0) -> None:
        """Load the weeks whose file is not the version that was loaded last; keep an error.

        Args:
            files: new ones, of which those that name no loadable week are told.
        """
        # Processes that Dagster starts inherit this, so a terminal's Ctrl-C does not end them.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        with self._loading:
            if self._asked_to_stop.is_set():
                return
            try:
                if files is not None:
                    self._tell_left_out(files)
                self._load_each(self._loaded())
            except Exception as error:  # the main thread raises it, which ends its loop
                self._failure = error

    def _tell_left_out(self, files: DataFrame) -> None:
        names = {row["path"].rpartition("/")[2] for row in files.collect()}
        told = weekly_files_left_out(self.storage.list(WEEKLY_FILES), WEEKS.get_partition_keys())
        for path, sentence in told.items():
            if path.rpartition("/")[2] in names:
                self.say(sentence)

    def _load_each(self, loaded: dict[str, str]) -> None:
        # A version that could not be taken is tried again at the next start.
        seen = loaded | dict(self._refused)
        changed = changed_weeks(
            list(self.storage.list(WEEKLY_FILES)), seen, WEEKS.get_partition_keys()
        )
        for weeks in contiguous(list(changed)):
            if self._failure or self._asked_to_stop.is_set():
                return
            outcome = running.materialise("weekly_job", span(weeks))
            refused = self._refused_of(weeks)
            if outcome.failures and not refused:
                raise StreamStopped("\n".join(outcome.failures))
            versions = {week: (changed[week].path, changed[week].etag) for week in weeks}
            self._refused |= {versions[week]: why for week, why in refused.items()}
            taken = [week for week in weeks if week not in refused]
            loaded |= dict(versions[week] for week in taken)
            self.storage.write(LOADED_VERSIONS, json.dumps(loaded).encode())
            for line in refused.values():
                self.say(line)
            if taken:
                self.say(f"{', '.join(week.iso for week in taken)} loaded.")

    def _refused_of(self, weeks: Sequence[Week]) -> dict[Week, str]:
        """The weeks that the run could not take, each with the reason."""
        notes = [problems_of(self.storage, asset, weeks) for asset in WEEKLY_ASSETS]
        return {week: why for each in reversed(notes) for week, why in each.items()}

    def _loaded(self) -> dict[str, str]:
        """The loaded version of each file.

        Raises:
            StreamStopped: the file that says so cannot be read.
        """
        if self.storage.find(LOADED_VERSIONS) is None:
            return {}
        try:
            return dict(json.loads(self.storage.read(LOADED_VERSIONS)[1]))
        except ValueError:
            raise StreamStopped(
                f"{self.storage.where(LOADED_VERSIONS)} is damaged; delete it, and every week is "
                "loaded again, which changes nothing."
            ) from None


def _end_at_once(*_: object) -> None:
    """End this process in a line; an exception would be logged by whatever waits for Java."""
    os.write(sys.stderr.fileno(), b"Stopped; start it again to go on.\n")
    os._exit(INTERRUPTED)
