"""Every path in storage: `<container>/<blob>`, with slashes; a folder ends in one.

Every path that anything writes or reads belongs here. The form of the contents belongs to the
writer.
"""

import datetime as dt
import re
from contextlib import suppress

from music_assets.weeks import Week

#: The follow list, which `music-assets follow` or a person puts there.
FOLLOW_LIST = "followed-artist-data/followed_artists_list.json"
#: The folder of real figures for weeks, one file per week.
WEEKLY_FILES = "weekly-data/"
#: The folder of listening histories, as people downloaded them.
LISTENING_FILES = "listening/"
#: The folder of charts as Spotify lets people download them, one file per chart.
CHART_FILES = "charts/"
#: The folder of the charts' landings.
LANDED_CHARTS = "landing/charts/"
#: The folder of distributors' reports of monthly sales, as people download them.
SALES_FILES = "sales/"
#: The folder of the reports' landings.
LANDED_SALES = "landing/sales/"
#: The folder of the ledgers of apps.
SPOTIFY_LEDGER = "landing/spotify/"
#: The folder of the ledgers of MusicBrainz's servers; `landing/musicbrainz/` holds ingests.
MUSICBRAINZ_LEDGER = "checkpoints/musicbrainz/"
#: Spark's own folder for the stream of weekly files. Without it every file is looked at again.
STREAM_CHECKPOINT = "checkpoints/weekly"
#: The version of each weekly file that a run has loaded.
LOADED_VERSIONS = "checkpoints/weekly-loaded.json"
#: The version of each landing of plays that is in the tables.
LOADED_PLAYS = "checkpoints/plays-loaded.json"
#: The digests of the weekly files that `music-assets figures import` wrote, and its turn.
IMPORTED_FIGURES = "checkpoints/imported-figures.json"
IMPORT_TURN = "checkpoints/importing-figures"
#: The artists that were held before a follow list that is not believed.
DOUBTED_LIST = "checkpoints/doubted-follow-list.json"
#: The times of which Spotify no longer knew all plays when it was asked.
PLAY_GAPS = "checkpoints/recent-gaps.json"
#: The folder of the notes of what steps were made of.
FINGERPRINTS = "checkpoints/fingerprints/"
#: The folder of the report's pages, and the one that people open.
REPORTS = "reports/"
WEEKLY_REPORT = f"{REPORTS}index.html"
#: What followed artists have released and announced, for readers of feeds and for calendars.
RELEASES_FEED = "published/new_releases.xml"
RELEASES_CALENDAR = "published/new_releases.ics"

#: The folders of what could not be used, of rows on their way to the database, and of extracts.
QUARANTINE, PROCESSED, PUBLISHED = "quarantine/", "processed/", "published/"
#: The folder of the weeks' landings, and the beginning of a note's name in one of them.
LANDED_WEEKS, WEEK_PROBLEM = "landing/weekly/", "/_PROBLEM-"
#: The folder of the plays that have landed, file by file.
LANDED_PLAYS = "landing/plays/"
#: Endings of a file in an inbox: as it is, or compressed.
ENDINGS = ("", ".gz")
#: An extract's name, of a WeekID that a column of integers holds.
_WEEK_ID = re.compile(r"WeekID=([1-9]\d{0,8})\.parquet", re.ASCII)
_WEEKLY_FILE = re.compile(r"weekly_data_(\d{4})-W(\d{2})\.json(\.gz)?", re.ASCII)
#: What stands between a year and a week, and what a week is called.
_BETWEEN, _A_WEEK = r"[\W_]{0,3}", r"(?:week|wk|kw|cw|w)"
#: Names that seem to mean a week: one that says so counts before a day, which may be any day's.
_WEEK_MEANT = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<year>\d{{4}}){_BETWEEN}{_A_WEEK}{_BETWEEN}0*(?P<week>\d{{1,2}})(?!\d)",
        rf"(?<![a-z]){_A_WEEK}{_BETWEEN}0*(?P<week>\d{{1,2}}){_BETWEEN}(?P<year>\d{{4}})(?!\d)",
        r"(?P<year>\d{4})[-_. ]?(?P<month>\d{2})[-_. ]?(?P<day>\d{2})(?!\d)",
        r"(?P<year>\d{4})[-_. ]*(?P<week>\d{1,2})(?!\d)",
    )
]


def ingests(kind: str) -> str:
    """The folder of the ingests of a kind: `artists`, `albums` or `tracks`."""
    return f"landing/{kind}/"


def listing_memory(kind: str) -> str:
    """The file that remembers the listings of a kind that Spotify gets wrong."""
    return f"checkpoints/listings-{kind}.json"


def weekly_file(week: Week) -> str:
    """The file of real figures for a week, if somebody puts one there."""
    return f"{WEEKLY_FILES}weekly_data_{week.iso}.json"


def week_of_file(path: str) -> Week | None:
    """The week that the path of a weekly file names; None where it names none."""
    match = _WEEKLY_FILE.fullmatch(path.removeprefix(WEEKLY_FILES))
    try:
        return Week.from_iso(int(match[1]), int(match[2])) if match else None
    except ValueError:
        return None


def week_meant_by(path: str) -> Week | None:
    """The week that a name of another form seems to mean: a year and a week, or a day.

    Where the file's own name means none, its folders may: a writer may have made a folder of the
    week's name.
    """
    for text in (path.rpartition("/")[2], path.removeprefix(WEEKLY_FILES)):
        for pattern in _WEEK_MEANT:
            found = pattern.search(text)
            with suppress(ValueError):
                if found:
                    return _week_in(found.groupdict())
    return None


def _week_in(parts: dict[str, str]) -> Week:
    """The week of a year with a week's number, or with a month and a day."""
    numbers = {name: int(digits) for name, digits in parts.items()}
    if "week" in numbers:
        return Week.from_iso(numbers["year"], numbers["week"])
    return Week.of(dt.date(numbers["year"], numbers["month"], numbers["day"]))


def landed_week(week: Week) -> str:
    """The landing file of a week."""
    return f"landing/weekly/{week.key}/weekly.ndjson"


def landed_week_success(week: Week) -> str:
    """The file that closes a week's landing and holds the source of its figures."""
    return f"landing/weekly/{week.key}/_SUCCESS"


def chart_file(chart: str) -> str:
    """The file of a chart, by its key such as `global-weekly-2026-11-19`."""
    return f"{CHART_FILES}regional-{chart}.csv"


def landed_chart(chart: str) -> str:
    """The landing file of a chart, by its key."""
    return f"{LANDED_CHARTS}{chart}/chart.ndjson"


def landed_sales(file: str) -> str:
    """The landing file of a report of sales; `file` is the key of its content."""
    return f"{LANDED_SALES}{file}/sales.ndjson"


def week_problem(week: Week, asset: str) -> str:
    """The note that says why an asset could not take a week; there is none once it has."""
    return f"{LANDED_WEEKS}{week.key}{WEEK_PROBLEM}{asset}"


def processed(entity: str) -> str:
    """The folder of an entity's rows, ready to load."""
    return f"{PROCESSED}{entity}/"


def quarantined(entity: str, run_id: str, name: str) -> str:
    """The file of a run's rejects; `name` tells several of them apart."""
    return f"{QUARANTINE}{entity}/{run_id}-{name}.ndjson"


def extracts(name: str) -> str:
    """The folder of a table's or a mart's extracts per week."""
    return f"{PUBLISHED}{name}/"


def extract(name: str, week: int | None) -> str:
    """The extract of a week, by its WeekID; without one, that of rows that belong to no week."""
    return f"{extracts(name)}WeekID={week}.parquet" if week else whole_extract(name, "parquet")


def week_of_extract(name: str, path: str) -> int | None:
    """The WeekID whose extract a path is; None for any other file."""
    match = _WEEK_ID.fullmatch(path.removeprefix(extracts(name)))
    return int(match[1]) if match else None


def whole_extract(name: str, kind: str) -> str:
    """The file of all rows of a table or a mart; `kind` is `parquet` or `csv`."""
    return f"{PUBLISHED}{name}.{kind}"


def fingerprints(step: str) -> str:
    """The notes of what the parts of a step were made of."""
    return f"{FINGERPRINTS}{step}.json"


def landed_plays(file: str) -> str:
    """The folder of the plays that a file of somebody's listening gave; `file` is its key."""
    return f"{LANDED_PLAYS}{file}/"
