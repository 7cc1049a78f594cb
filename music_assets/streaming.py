"""Weeks' files to the tables as they arrive, by Spark Structured Streaming.

The stream says which files are new, and its checkpoint remembers them. What is done with a week is
`weekly_job`, so its rows come by the same transforms and the same sync as in any other run. A batch
that was cut off comes again, and a sync of the same rows writes nothing: each row is there once.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from music_assets import running
from music_assets.automation import contiguous, span
from music_assets.ingest.weekly import INBOX, week_of
from music_assets.partitions import WEEKS
from music_assets.resources.storage import StorageResource
from music_assets.weeks import Week

#: Delete it, and every file is loaded again.
CHECKPOINT = "checkpoints/weekly"
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
        say: told what was loaded.
    """

    session: SparkSession
    storage: StorageResource
    say: Callable[[str], None]
    _failures: list[str] = field(default_factory=list)

    def run(self, *, continuous: bool) -> None:
        """Load what is there, or go on until interrupted.

        Raises:
            StreamStopped: a week could not be loaded.
        """
        # Spark does not watch a folder that does not exist.
        while not any(self.storage.list(INBOX)):
            if not continuous:
                return
            time.sleep(LOOK_EVERY_SECONDS)
        query = self._started(continuous=continuous)
        try:
            query.awaitTermination()
        except KeyboardInterrupt:
            query.stop()
        except StreamingQueryException as error:
            raise StreamStopped("\n".join(self._failures) or str(error)) from None

    def _started(self, *, continuous: bool) -> StreamingQuery:
        files = (
            self.session.readStream.format("binaryFile")
            .schema(FILE)
            .option("pathGlobFilter", "weekly_data_*.json")
            # A file that was made long ago and is put here now is new all the same.
            .option("maxFileAge", "36500d")
            .load(self.storage.address(INBOX))
        )
        writer = files.select("path").writeStream.foreachBatch(self._load)
        writer = writer.option("checkpointLocation", self.storage.address(CHECKPOINT))
        if continuous:
            return writer.trigger(processingTime=f"{LOOK_EVERY_SECONDS} seconds").start()
        return writer.trigger(availableNow=True).start()

    def _load(self, files: DataFrame, _batch: int) -> None:
        """Load a batch of files: their names come here, what is in them does not."""
        weeks = set[Week]()
        for row in files.collect():
            name = row["path"].rpartition("/")[2]
            week = week_of(f"{INBOX}{name}")
            if week is None or week.key not in WEEKS.get_partition_keys():
                self.say(f"{name} is left out: it names no week for which there is a partition.")
            else:
                weeks.add(week)
        for group in contiguous(sorted(weeks)):
            self._load_weeks(group)

    def _load_weeks(self, weeks: Sequence[Week]) -> None:
        # Dagster would remember of a killed run that it is writing, and the next would wait for it.
        outcome = running.materialise("weekly_job", span(weeks), remembered=False)
        if outcome.failures:
            self._failures += outcome.failures
            raise StreamStopped("\n".join(outcome.failures))
        self.say(f"{', '.join(week.iso for week in weeks)} loaded.")
