"""The parts of the status, each looked at without a change and without a call to anybody else."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import dagster as dg
import sqlalchemy as sa

from music_assets.calls.ledger import Ledger
from music_assets.cli.status_model import (
    LastRun,
    Login,
    NewestWeek,
    Quarantined,
    Quota,
    Stale,
    Unfinished,
)
from music_assets.cli.weeks_to_do import weeks_to_do
from music_assets.config.settings import Settings
from music_assets.database.versioning import Versions, versions
from music_assets.landing.chart_inbox import charts_in
from music_assets.landing.follow_inbox import loaded_version
from music_assets.landing.inboxes import first_of
from music_assets.landing.ingests import RESUMABLE_DAYS, SUCCESS, parts
from music_assets.landing.listening_inbox import listening_files
from music_assets.loading.chart_loads import files_waiting
from music_assets.loading.play_landings import listening_is_loaded
from music_assets.loading.sales_loads import sales_inbox, sales_waiting
from music_assets.schema import tables
from music_assets.schema.data_versions import data_versions
from music_assets.spotify.login_file import LOGIN_FILE, OLD, LoginFile
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import age, folders, now
from music_assets.upkeep.rejects import by_reason, rejects
from music_assets.weeks import Week

#: What is asked for piece by piece, so that a run may stop in the middle.
KINDS = ("albums", "tracks", "musicbrainz", "musicbrainz_releases")
LEDGERS = (("Spotify", paths.SPOTIFY_LEDGER), ("MusicBrainz", paths.MUSICBRAINZ_LEDGER))


def last_run(instance: dg.DagsterInstance) -> LastRun | None:
    """The newest run in the history."""
    for record in instance.get_run_records(limit=1):
        run = record.dagster_run
        began, ended = map(_moment, (record.start_time, record.end_time))
        return LastRun(
            run_id=run.run_id, job=run.job_name, status=run.status.value, began=began, ended=ended
        )
    return None


def _moment(seconds: float | None) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(int(seconds), dt.UTC) if seconds else None


def rows(connection: sa.Connection) -> dict[str, int]:
    """The number of rows of each table that is there."""
    there = set(sa.inspect(connection).get_table_names())
    return {
        table.name: int(
            connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        )
        for table in tables.metadata.sorted_tables
        if table.name in there
    }


def newest_week(connection: sa.Connection) -> NewestWeek | None:
    """The newest week with figures, and where these come from; None where no week has any."""
    facts = (tables.weekly_streams.c, tables.weekly_downloads.c)
    newest = [_newest_of(connection, fact.WeekID) for fact in facts]
    if not any(newest):
        return None
    week = max(each for each in newest if each)
    sources = {
        source
        for fact in facts
        for source in connection.scalars(
            sa.select(fact.Source).where(fact.WeekID == week.week_id).distinct()
        )
    }
    return NewestWeek(
        week=week.iso,
        week_id=week.week_id,
        finished=week.sunday <= now().date(),
        sources=sorted(sources - {None}),
    )


def _newest_of(connection: sa.Connection, week_id: sa.ColumnElement[int]) -> Week | None:
    """The newest week of a column; rows of weeks that no calendar has are left out."""
    found: int | None = None
    while True:
        query = sa.select(sa.func.max(week_id))
        query = query if found is None else query.where(week_id < found)
        found = connection.execute(query).scalar()
        if found is None:
            return None
        try:
            return Week.from_id(found)
        except ValueError:  # somebody wrote them by hand
            continue


def known_versions(connection: sa.Connection | None) -> Versions:
    """The data versions of the tables that nobody has written to since they were given."""
    if connection is None or not sa.inspect(connection).has_table(data_versions.name):
        return {}
    return {part: word for part, word in versions(connection).items() if word}


def stale(storage: StorageResource, known: Versions, instance: dg.DagsterInstance) -> Stale:
    """The weeks and the files that wait for a run."""
    weeks = weeks_to_do(storage, known, instance)
    return Stale(weeks=[week.iso for week in weeks], files=sorted(_files_waiting(storage)))


def _files_waiting(storage: StorageResource) -> Iterator[str]:
    """The files in inboxes that no run has loaded; those of weeks are told as weeks."""
    follow_list = first_of(storage, paths.FOLLOW_LIST)
    if follow_list and follow_list.etag != loaded_version(storage):
        yield follow_list.path
    histories = listening_files(storage)
    yield from (blob.path for blob in histories if not listening_is_loaded(storage, blob))
    yield from files_waiting(storage, charts_in(list(storage.list(paths.CHART_FILES))))
    yield from sales_waiting(storage, sales_inbox(storage)[0])


def quarantine(storage: StorageResource) -> list[Quarantined]:
    """The records in quarantine by asset and reason, the most first."""
    return [
        Quarantined(asset=asset, reason=reason, records=count, loaded=usable)
        for (asset, reason, usable), count in by_reason(rejects(storage)).most_common()
    ]


def quotas(storage: StorageResource) -> list[Quota]:
    """The calls of each app and account of which there is a ledger."""
    found = []
    for server, folder in LEDGERS:
        apps = {blob.path.removeprefix(folder).partition("/")[0] for blob in storage.list(folder)}
        for app in sorted(map(unquote, apps)):
            ledger = Ledger(storage, app, "status", folder=folder, server=server)
            found.append(
                Quota(
                    server=server,
                    app=app,
                    spent=ledger.spent(),
                    left=ledger.left(),
                    not_before=ledger.not_before(),
                )
            )
    return found


def unfinished(storage: StorageResource) -> list[Unfinished]:
    """The newest ingest of each kind, where it was not closed."""
    found = []
    for kind in KINDS:
        for folder in folders(storage, paths.ingests(kind))[-1:]:
            if storage.find(f"{folder}{SUCCESS}"):
                continue
            landed = parts(storage, folder)
            since = min(age(each) for each in (folder, *landed))
            found.append(
                Unfinished(
                    kind=kind,
                    folder=folder,
                    parts=len(landed),
                    seconds=int(since.total_seconds()),
                    resumed=since.days < RESUMABLE_DAYS,
                )
            )
    return found


def login(settings: Settings) -> Login:
    """The login at Spotify, as far as it is kept here."""
    if settings.client_id is None:
        return Login(kind="sandbox", days=None, old=False)
    if settings.refresh_token is None:
        return Login(kind="browser", days=None, old=False)
    given = settings.refresh_token.get_secret_value()
    since = LoginFile(Path(LOGIN_FILE), given).age()
    return Login(kind="token", days=since and since.days, old=since is not None and since > OLD)
