"""New this week: the albums that the mart `new_releases` says are new in a week."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from music_assets.database.versioning import Versions
from music_assets.report.mart_rows import Reader, Row
from music_assets.storage.blobs import StorageResource
from music_assets.storage.fingerprints import Made, fingerprint, made_before, note_made
from music_assets.weeks import Week

STEP = "report_new"
#: What the mart is made of. It looks at all albums, so its rows are noted until one changes.
TABLES = ("albums", "artist_albums", "artists")
COLUMNS = (
    "AlbumID", "AlbumName", "AlbumType", "ReleaseDate", "NewDate", "Event", "WeekID", "CoverURL",
)  # fmt: skip
DAYS = ("ReleaseDate", "NewDate")


def new_by_week(
    read: Reader, versions: Versions, storage: StorageResource, first: dt.date, *, pictures: bool
) -> Mapping[Week, Sequence[Row]]:
    """The albums that are new on a day that is not before a first one, by week, newest first.

    Args:
        read: the reader.
        versions: the data versions.
        storage: keeps the notes.
        first: the day.
        pictures: False where the covers' addresses are invented and lead nowhere.
    """
    words = [word for (table, _), word in sorted(versions.items()) if table in TABLES]
    word = fingerprint(str(first), *words)
    noted = made_before(storage, STEP).get(STEP)
    if noted is None or noted.fingerprint != word:
        noted = Made(word, told={"rows": json.dumps(_rows(read, first), default=str)})
        note_made(storage, STEP, {STEP: noted})
    found: dict[Week, list[Row]] = defaultdict(list)
    for row in json.loads(noted.told["rows"]):
        days = {name: row[name] and dt.date.fromisoformat(row[name]) for name in DAYS}
        cover = row["CoverURL"] if pictures else None
        found[Week.from_id(row["WeekID"])].append(row | days | {"CoverURL": cover})
    return found


def _rows(read: Reader, first: dt.date) -> list[Row]:
    columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in COLUMNS]
    new, album = sa.column("NewDate", sa.DATE()), sa.column("AlbumID", sa.String())
    every: sa.Select[Any] = sa.select(*columns).select_from(sa.table("new_releases"))
    return read.rows(every.where(new >= first).order_by(new.desc(), album))
