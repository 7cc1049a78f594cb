"""Recently played: the plays that Spotify remembers, landed before it forgets them.

Spotify remembers the last 50. Each call's are put among those of their month, in a folder in which
each play stands once: asking twice, or after a kill, gives the same landing. If none of the 50 was
known before, some in between may be lost, which is noted as a gap.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

import msgspec

from music_assets.calls.call_errors import CallError, LacksRight
from music_assets.landing.ingests import SUCCESS, UNREADABLE, IngestError
from music_assets.landing.pages import Reject
from music_assets.landing.play_manifests import PlaysManifest
from music_assets.landing.play_pages import (
    SECONDS_PER_DAY,
    UNKNOWN_MONTH,
    Play,
    PlaysWriter,
    month_of,
)
from music_assets.landing.progress import notice
from music_assets.landing.recent_page import RecentPage, read_recent
from music_assets.spotify.access import LACKS_RIGHT, SpotifyResource
from music_assets.spotify.session import open_session
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import folders, now

#: Begins the keys of these landings; the month follows.
RECENT = "recent-"
#: A gap is told for so long.
TOLD = dt.timedelta(days=30)


@dataclass(frozen=True)
class Gap:
    """A time of which Spotify may have forgotten plays: between two that are known."""

    begins: dt.datetime
    ends: dt.datetime

    def __str__(self) -> str:
        return f"{self.begins:%Y-%m-%d %H:%M:%S} to {self.ends:%Y-%m-%d %H:%M:%S} UTC"


@dataclass
class Heard:
    """The result of asking Spotify in one run.

    Attributes:
        came: plays that Spotify gave.
        new: those of them that had not landed before.
        not_music: other things that it gave.
        calls: that it took.
        rejects: entries that are no plays.
        gaps: those of the last 30 days.
        not_asked: the sentence that says why nobody was asked, and what to do; "" if Spotify was.
        problem: the sentence that says why nothing came; "" where nothing went wrong.
    """

    came: int = 0
    new: int = 0
    not_music: int = 0
    calls: int = 0
    rejects: list[Reject] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    not_asked: str = ""
    problem: str = ""


def land_recent_plays(
    storage: StorageResource,
    spotify: SpotifyResource,
    *,
    run_id: str,
    tell: Callable[[str], None],
) -> Heard:
    """Ask Spotify for the newest plays, in one call, and land those that are new.

    Whatever keeps Spotify away is told and not raised: what was heard before stands.

    Args:
        storage: holds the landing.
        spotify: access to the Web API.
        run_id: of the run.
        tell: takes lines for the run's log.
    """

    def tell_all(line: str) -> None:
        tell(line)
        notice(line)

    heard = Heard(not_asked=spotify.why_not_listening)
    if not heard.not_asked:
        try:
            with open_session(spotify, storage, run_id, user=True, tell=tell_all) as session:
                session.begin()
                try:
                    page = read_recent(session.listings.recently_played())
                finally:
                    heard.calls = session.made.calls
                # In this run's turn, so that no other one lands in the same month meanwhile.
                _land(storage, page, heard)
        except LacksRight:
            spotify.note_no_listening()
            heard.not_asked = LACKS_RIGHT
        except (CallError, IngestError) as error:
            heard.problem = str(error)
    heard.gaps = gaps_told(storage)
    return heard


def _land(storage: StorageResource, page: RecentPage, heard: Heard) -> None:
    heard.came, heard.not_music = len(page.plays), page.not_music
    heard.rejects = page.rejects
    newest = _newest(storage)
    oldest = min(_moments(page.plays), default=None)
    if newest is not None and oldest is not None and newest < oldest:
        # Before the plays, after which nobody could see it any more.
        _note_gap(storage, newest, oldest)
    # The oldest month first, and the newest of those that landed once more: a run that is killed
    # between two of its files leaves the rest to the next one.
    months = {_month_of(play) for play in page.plays} | {*_months(storage)[-2:]}
    for month in sorted(months):
        came = [play for play in page.plays if _month_of(play) == month]
        heard.new += _put(storage, month, came)


def _put(storage: StorageResource, month: str, came: Sequence[Play]) -> int:
    """Put plays among those of their month; returns how many are new."""
    held = {_identity(play): play for play in _plays_of(storage, month)}
    every = {_identity(play): play for play in came} | held
    plays, key = [every[identity] for identity in sorted(every)], f"{RECENT}{month}"
    version = hashlib.sha256(msgspec.json.encode(plays)).hexdigest()[:16]
    manifest = PlaysManifest(key, version, "recent", records=len(plays), plays=len(plays))
    # Nobody reads a month anew that stays as it is.
    if plays and _manifest(storage, key) != asdict(manifest):
        with PlaysWriter(storage, key) as writer:
            for each in plays:
                song = writer.song(each.song_id, each.title, each.artist, each.album)
                writer.add(song, each.source, each.at, None, length_ms=each.length_ms)
            writer.finish(manifest)
    return len(every) - len(held)


def _manifest(storage: StorageResource, key: str) -> Mapping[str, object] | None:
    """The contents of a landing's `_SUCCESS`, which is written last; None where there is none."""
    path = f"{paths.landed_plays(key)}{SUCCESS}"
    try:
        return dict(json.loads(storage.read(path)[1])) if storage.find(path) else None
    except (*UNREADABLE, TypeError):
        return None


def _identity(play: Play) -> str:
    """A play is known by its moment and its song. The moment leads, and so sorts the plays."""
    song = play.song_id or play.name_id or [play.title, play.artist]
    return json.dumps([f"{play.at:012}" if isinstance(play.at, int) else play.at, song])


def _month_of(play: Play) -> str:
    return month_of(play.at // SECONDS_PER_DAY) if isinstance(play.at, int) else UNKNOWN_MONTH


class _Line(msgspec.Struct):
    plays: list[Play]


def _plays_of(storage: StorageResource, month: str) -> list[Play]:
    """The plays of a month that have landed.

    Raises:
        IngestError: they cannot be read, and are not to be lost.
    """
    path = f"{paths.landed_plays(RECENT + month)}{month}-001.ndjson"
    if storage.find(path) is None:
        return []
    try:
        lines = storage.read(path)[1].splitlines()
        return [play for line in lines for play in msgspec.json.decode(line, type=_Line).plays]
    except (*UNREADABLE, msgspec.MsgspecError):
        raise IngestError(
            f"{path} holds plays that Spotify no longer remembers and cannot be read, so nothing "
            "was added to it; put it right, or move it away."
        ) from None


def _months(storage: StorageResource) -> list[str]:
    """The months that have landed, in order; that of plays without a moment is last."""
    names = [folder.split("/")[-2] for folder in folders(storage, paths.LANDED_PLAYS)]
    return [name.removeprefix(RECENT) for name in names if name.startswith(RECENT)]


def _newest(storage: StorageResource) -> int | None:
    """The moment of the newest play that has landed; None where none has."""
    until = now().timestamp()
    for month in reversed(_months(storage)):
        past = [at for at in _moments(_plays_of(storage, month)) if at <= until]
        if past:
            return max(past)
    return None


def _moments(plays: Iterable[Play]) -> Iterator[int]:
    return (play.at for play in plays if isinstance(play.at, int))


def _note_gap(storage: StorageResource, begins: int, ends: int) -> None:
    """Add a gap to the notes, in place of one with the same beginning."""
    gap = Gap(*(dt.datetime.fromtimestamp(each, dt.UTC) for each in (begins, ends)))
    noted = {each.begins: each for each in gaps_told(storage)} | {gap.begins: gap}
    content = {each.begins.isoformat(): each.ends.isoformat() for each in noted.values()}
    storage.write(paths.PLAY_GAPS, json.dumps(content).encode())


def gaps_told(storage: StorageResource) -> list[Gap]:
    """The gaps of the last 30 days, in order. Notes that cannot be read tell of none."""
    if storage.find(paths.PLAY_GAPS) is None:
        return []
    try:
        noted = dict(json.loads(storage.read(paths.PLAY_GAPS)[1])).items()
        moment = dt.datetime.fromisoformat
        gaps = [Gap(moment(begins), moment(ends)) for begins, ends in sorted(noted)]
        return [gap for gap in gaps if now() - gap.ends < TOLD]
    except (*UNREADABLE, TypeError):
        return []
