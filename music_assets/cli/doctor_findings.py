"""The needs of a run, each looked at by itself, with a sentence on how to mend it."""

import datetime as dt
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import requests
import sqlalchemy as sa

from music_assets.cli.doctor_model import Finding
from music_assets.cli.outside_runs import existing_history, existing_storage
from music_assets.cli.status_parts import login
from music_assets.config.dagster_home import dagster_home
from music_assets.config.settings import Settings
from music_assets.config.spotify_settings import SPOTIFY_API
from music_assets.database.connections import is_sqlite, make_engine
from music_assets.database.database_errors import Unavailable
from music_assets.database.looking import looking
from music_assets.database.migrating import revision, revisions
from music_assets.database.resource import location
from music_assets.defs.resources import engine
from music_assets.loading.asset_kinds import IN_SENTENCES

#: Less space than this is soon used up: a first run of a large follow list takes about as much.
LEAST_BYTES = 500_000_000
#: A clock that is further off confuses tokens and signatures, and the days of figures.
MOST_SECONDS = 60
PROBE = b"music-assets doctor"
ANSWERS_WITHIN = 5


def findings(settings: Settings) -> Iterator[Finding]:
    """Everything that is looked at, in order."""
    yield _well("settings", "Every variable is understood.")
    for look in (_login, _storage, _database, _driver, _java, _disk, _history, _clock):
        name: Any = look.__name__.removeprefix("_")
        try:
            yield look(settings)
        except IN_SENTENCES as error:
            yield _wrong(name, str(error))
        except SystemExit as error:
            yield _wrong(name, str(error))


def _well(name: Any, said: str) -> Finding:  # noqa: ANN401
    return Finding(name=name, well=True, said=said, mend="")


def _wrong(name: Any, said: str, mend: str = "") -> Finding:  # noqa: ANN401
    """The fault; the advice at the end of a sentence that has one is told as advice."""
    if not mend:
        said, found, mend = said.rpartition("; ")
        if not found:
            said, mend = mend, "Do what the sentence says, and look again."
        else:
            said, mend = f"{said}.", f"{mend[0].upper()}{mend[1:]}"
    return Finding(name=name, well=False, said=said, mend=mend)


def _login(settings: Settings) -> Finding:
    found = login(settings)
    if found.kind == "sandbox":
        return _well("login", "None is needed: the bundled sandbox stands in for Spotify.")
    if found.kind == "browser":
        return _well("login", "None is kept; `music-assets follow` opens a browser.")
    if found.old:
        told = f"The login at Spotify is {found.days} days old and ends after six months."
        return _wrong("login", told, "Run `music-assets login`.")
    days = "of a day that nobody noted" if found.days is None else f"{found.days} days old"
    return _well("login", f"A login is kept, {days}.")


def _storage(settings: Settings) -> Finding:
    """Write a file, read it and remove it."""
    path = f"checkpoints/doctor-{uuid.uuid4().hex}"
    with existing_storage(settings) as storage:
        storage.write(path, PROBE)
        try:
            same = storage.read(path)[1] == PROBE
        finally:
            storage.delete(path)
        where = storage.where("").rstrip("/")
    if not same or storage.find(path) is not None:
        return _wrong("storage", f"{where} does not keep what is written.", "Take another storage.")
    return _well("storage", f"{where} takes files, gives them back and lets them be removed.")


def _database(settings: Settings) -> Finding:
    url = settings.database_url.get_secret_value()
    where, known = location(url), revisions()
    with looking(url) as connection:
        if connection is None:
            return _new_database(Path(where))
        found = revision(connection)
    if found in (None, known[-1]):
        tables = "has no tables yet; the first run makes them" if found is None else "answers"
        return _well("database", f"{where} {tables}.")
    if found in known:
        return _well("database", f"{where} is of an earlier version; the next run changes it.")
    return _wrong(
        "database",
        f"{where} is at revision {found}, and this music-assets knows them up to {known[-1]}.",
        "Install the newer music-assets that changed it.",
    )


def _new_database(file: Path) -> Finding:
    folder = _existing(file.parent)
    if not _takes_files(folder):
        told = f"{file} does not exist, and cannot be made in {folder}."
        return _wrong("database", told, "Let this user write there, or set MUSIC_DATABASE_URL.")
    return _well("database", f"{file} does not exist yet; the first run makes it.")


def _driver(settings: Settings) -> Finding:
    url = sa.make_url(settings.database_url.get_secret_value())
    if is_sqlite(url):
        return _well("driver", "SQLite needs none.")
    try:
        make_engine(url).dispose()
    except (Unavailable, ImportError) as error:
        return _wrong("driver", str(error))
    return _well("driver", f"{url.get_backend_name()} has one, {url.get_driver_name()}.")


def _java(settings: Settings) -> Finding:
    if settings.engine == "polars":
        return _well("java", "Polars needs none.")
    # Raises SystemExit where packages or Java are missing, and starts nothing.
    engine(settings)
    return _well("java", f"MUSIC_ENGINE={settings.engine} has what it needs on this machine.")


def _disk(settings: Settings) -> Finding:
    places = [Path(gettempdir()), dagster_home()]
    places += [] if settings.storage_in_azure else [Path(settings.storage_url).resolve()]
    url = sa.make_url(settings.database_url.get_secret_value())
    places += [Path(url.database).resolve().parent] if is_sqlite(url) and url.database else []
    return disk(places)


def disk(
    places: Sequence[Path],
    least: int = LEAST_BYTES,
    free: Callable[[Path], int] = lambda place: shutil.disk_usage(place).free,
) -> Finding:
    """The finding about folders that a run writes to, made already or not."""
    space = {place: free(_existing(place)) for place in places}
    place = min(space, key=lambda each: space[each])
    told = f"{place} has {space[place] / 1e9:,.1f} GB free"
    if space[place] < least:
        return _wrong("disk", f"{told}, which is soon used up.", "Free some space there.")
    return _well("disk", f"{told}, and the others more.")


def _existing(place: Path) -> Path:
    return next(each for each in (place, *place.parents) if each.exists())


def _takes_files(place: Path) -> bool:
    return place.is_dir() and os.access(place, os.W_OK)


def _history(_settings: Settings) -> Finding:
    with existing_history() as instance:
        runs = instance.get_runs_count()
    home = dagster_home()
    if not _takes_files(_existing(home)):
        told = f"{home} cannot be written."
        return _wrong("history", told, "Let this user write there, or set DAGSTER_HOME.")
    return _well("history", f"{home} knows {runs:,} {'run' if runs == 1 else 'runs'}.")


def _clock(settings: Settings) -> Finding:
    """The finding about this machine's clock, against that of the storage or of Spotify."""
    if settings.storage_in_azure:
        return clock(settings.storage_url)
    if settings.client_id is None and settings.api_url == SPOTIFY_API:
        return _well("clock", "Nobody else's is needed.")
    return clock(settings.api_url)


def clock(address: str) -> Finding:
    """The finding about this machine's clock, against the Date that a server's answer bears."""
    try:
        answer = requests.head(address, timeout=ANSWERS_WITHIN)
        theirs = parsedate_to_datetime(answer.headers["Date"])
    except (requests.RequestException, KeyError, ValueError):
        return _well("clock", f"{address} tells no time, so it was compared with nobody's.")
    off = (dt.datetime.now(dt.UTC) - theirs).total_seconds()
    if abs(off) > MOST_SECONDS:
        way = "ahead of" if off > 0 else "behind"
        told = f"This machine's is {abs(off):,.0f} seconds {way} that of {address}."
        return _wrong("clock", told, "Let the machine set its clock by NTP.")
    return _well("clock", f"It agrees with that of {address}.")
