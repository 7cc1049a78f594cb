"""Material: what all pages of one run are made of, and the words for it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from music_assets.database.versioning import Versions
from music_assets.report.details import Details
from music_assets.report.mart_rows import Reader, Row
from music_assets.report.shown_lists import Past, WeekLists, names_word
from music_assets.storage.fingerprints import fingerprint
from music_assets.weeks import Week


@dataclass(frozen=True)
class Material:
    """The things that the pages of one run share.

    Attributes:
        read: the reader.
        versions: the data versions.
        past: the lists of all weeks.
        details: of what they show.
        new: new releases, by week.
        today: a week is finished from its Sunday on, when its figures are made.
        sandbox: True if the bundled sandbox stands in for Spotify, which the pages mention.
    """

    read: Reader
    versions: Versions
    past: Past
    details: Details
    new: Mapping[Week, Sequence[Row]]
    today: dt.date
    sandbox: bool
    _trends: dict[tuple[Week, int], str] = field(default_factory=dict)

    def is_finished(self, week: Week) -> bool:
        """True from the week's Sunday on."""
        return week.sunday <= self.today

    @property
    def newest(self) -> WeekLists:
        """The newest finished week, or the newest where none is."""
        finished = [each for each in self.past.weeks if self.is_finished(each.week)]
        return (finished or self.past.weeks)[-1]

    @cached_property
    def names(self) -> str:
        """A word for every name."""
        return names_word(self.versions)

    @property
    def has_plays(self) -> bool:
        """True if any week has, or had, plays."""
        return bool(self._weeks_with("plays"))

    @cached_property
    def everything_played(self) -> str:
        """A word for all plays."""
        return fingerprint(self.names, *self._of("plays", self._weeks_with("plays")))

    def played(self, first: dt.date, last: dt.date) -> str:
        """A word for the plays of the weeks of some days."""
        start, end = Week.of(first).week_id, Week.of(last).week_id
        within = [each for each in self._weeks_with("plays") if start <= each <= end]
        return fingerprint(*self._of("plays", within)) if within else ""

    def charted(self, week: Week) -> str | None:
        """The word for the charts of a week."""
        return self.versions.get(("chart_entries", week.week_id))

    def trend(self, week: Week, count: int) -> str:
        """A word for the figures of the last weeks up to one."""
        if (week, count) not in self._trends:
            before = [each.week.week_id for each in self.past.before(week, count)]
            word = fingerprint(*before, *self._of("weekly_album_totals", before))
            self._trends[week, count] = word
        return self._trends[week, count]

    def shown_in(self, weeks: Sequence[WeekLists]) -> str:
        """A word for what the lists of some weeks are made of."""
        return fingerprint(*(each.word for each in weeks))

    def _of(self, table: str, weeks: Sequence[int]) -> list[str | None]:
        return [self.versions.get((table, week)) for week in weeks]

    def _weeks_with(self, table: str) -> list[int]:
        return sorted(part for name, part in self.versions if name == table)
