"""Records of listening histories, in each form in which people can download them.

Only what is used is declared. The reader skips every other member, so that an address, a country, a
device or a user's name is never even held. Formats: Spotify's "Understanding my data", and the
documentation of ListenBrainz.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from music_assets.landing.listening_values import (
    LOCAL_FILE,
    names_of_local_file,
    positive,
    seconds_of,
    seconds_of_offline,
    song_id_of,
)
from music_assets.landing.play_pages import Plays, Song

#: Begins the address of an episode of a podcast.
EPISODE = "spotify:episode:"
#: Whole numbers that every reader takes for the same.
Whole = Annotated[int, msgspec.Meta(ge=-(10**18), le=10**18)]


class Streamed(msgspec.Struct, gc=False):
    """A record of Spotify's extended streaming history: music, an episode or an audiobook."""

    ts: str
    ms_played: Whole
    master_metadata_track_name: str | None = None
    master_metadata_album_artist_name: str | None = None
    master_metadata_album_album_name: str | None = None
    spotify_track_uri: str | None = None
    episode_name: str | None = None
    episode_show_name: str | None = None
    spotify_episode_uri: str | None = None
    audiobook_title: str | None = None
    audiobook_uri: str | None = None
    audiobook_chapter_uri: str | None = None
    skipped: bool | None = None
    offline: bool | None = None
    # No play is lost for one that cannot be read.
    offline_timestamp: Any = None


class AccountStreamed(msgspec.Struct, gc=False):
    """A record of the streaming history in Spotify's account data."""

    endTime: str  # noqa: N815
    msPlayed: Whole  # noqa: N815
    artistName: str | None = None  # noqa: N815
    trackName: str | None = None  # noqa: N815
    podcastName: str | None = None  # noqa: N815
    episodeName: str | None = None  # noqa: N815
    audiobookName: str | None = None  # noqa: N815
    chapterName: str | None = None  # noqa: N815


class AdditionalInfo(msgspec.Struct, gc=False):
    """The members of a listen beside the names."""

    spotify_id: Any = None
    origin_url: Any = None
    duration_ms: Any = None
    duration: Any = None


class TrackMetadata(msgspec.Struct, gc=False):
    """The track of a listen."""

    artist_name: str | None = None
    track_name: str | None = None
    release_name: str | None = None
    additional_info: AdditionalInfo | None = None


class Listen(msgspec.Struct, gc=False):
    """A record of an export of ListenBrainz."""

    listened_at: Whole
    track_metadata: TrackMetadata


@dataclass(frozen=True)
class RecordForm:
    """A form of records that are objects.

    Attributes:
        source: of the plays; see `play_pages.Play`.
        marks: members that a record of this form has, and one of no other form.
        record: its type.
        take: adds the play in a record; False if it is no music.
        shown: members of a record that may be shown, by what they are.
    """

    source: str
    marks: frozenset[str]
    record: type[msgspec.Struct]
    take: Callable[[Any, Plays], bool]
    shown: Mapping[str, tuple[str, ...]]

    def fits(self, value: object) -> bool:
        """True if a value seems to be a record of this form."""
        return isinstance(value, dict) and value.keys() >= self.marks

    def showing(self, value: object) -> dict[str, object]:
        """The members of a record that may be shown: none that tell who heard it, or where."""
        found = {name: _member(value, path) for name, path in self.shown.items()}
        if not isinstance(uri := found.get("uri"), str) or not song_id_of(uri):
            found.pop("uri", None)
        else:
            found["uri"] = f"spotify:track:{song_id_of(uri)}"
        return {
            name: each
            for name, each in found.items()
            if isinstance(each, int if name == "ms_played" else str | int)
        }


def _member(value: object, path: tuple[str, ...]) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def take_streamed(record: Streamed, plays: Plays) -> bool:
    """Add the play in a record of the extended history."""
    title, artist = record.master_metadata_track_name, record.master_metadata_album_artist_name
    album, uri = record.master_metadata_album_album_name, record.spotify_track_uri
    if title is None and _is_spoken(record):
        return False
    song = plays.known.get((uri, title, artist, album))
    if song is None:
        song = plays.known[uri, title, artist, album] = _song(uri, title, artist, album, plays)
    offline = seconds_of_offline(record.offline_timestamp) if record.offline else None
    at = seconds_of(record.ts)
    plays.add(song, "spotify", at, record.ms_played, None, record.skipped, offline)
    return True


def _song(
    uri: str | None, title: str | None, artist: str | None, album: str | None, plays: Plays
) -> Song:
    if uri and not title and uri.startswith(LOCAL_FILE):
        artist, album, title = names_of_local_file(uri)
    return plays.song(song_id_of(uri) if uri else None, title, artist, album)


def _is_spoken(record: Streamed) -> bool:
    if record.spotify_track_uri:
        return record.spotify_track_uri.startswith(EPISODE)
    return bool(
        record.episode_name
        or record.episode_show_name
        or record.spotify_episode_uri
        or record.audiobook_title
        or record.audiobook_uri
        or record.audiobook_chapter_uri
    )


def take_account_streamed(record: AccountStreamed, plays: Plays) -> bool:
    """Add the play in a record of the account data, which tells the minute of its end."""
    if record.trackName is None and (
        record.podcastName or record.episodeName or record.audiobookName or record.chapterName
    ):
        return False
    song = plays.song(None, record.trackName, record.artistName, None)
    plays.add(song, "account", seconds_of(record.endTime), record.msPlayed)
    return True


def take_listen(record: Listen, plays: Plays) -> bool:
    """Add the play in a listen, which tells the moment at which it began."""
    track = record.track_metadata
    told = track.additional_info or AdditionalInfo()
    addresses = (each for each in (told.spotify_id, told.origin_url) if isinstance(each, str))
    song_id = next(filter(None, map(song_id_of, addresses)), None)
    song = plays.song(song_id, track.track_name, track.artist_name, track.release_name)
    length = positive(told.duration_ms)
    if length is None and (seconds := positive(told.duration)) is not None:
        length = seconds * 1_000
    plays.add(song, "listenbrainz", record.listened_at, None, length)
    return True


RECORD_FORMS = (
    RecordForm(
        "spotify",
        frozenset({"ts", "ms_played"}),
        Streamed,
        take_streamed,
        {
            "title": ("master_metadata_track_name",),
            "artist": ("master_metadata_album_artist_name",),
            "album": ("master_metadata_album_album_name",),
            "uri": ("spotify_track_uri",),
            "ts": ("ts",),
            "ms_played": ("ms_played",),
        },
    ),
    RecordForm(
        "account",
        frozenset({"endTime", "msPlayed"}),
        AccountStreamed,
        take_account_streamed,
        {
            "title": ("trackName",),
            "artist": ("artistName",),
            "ts": ("endTime",),
            "ms_played": ("msPlayed",),
        },
    ),
    RecordForm(
        "listenbrainz",
        frozenset({"listened_at", "track_metadata"}),
        Listen,
        take_listen,
        {
            "title": ("track_metadata", "track_name"),
            "artist": ("track_metadata", "artist_name"),
            "album": ("track_metadata", "release_name"),
            "uri": ("track_metadata", "additional_info", "origin_url"),
            "ts": ("listened_at",),
        },
    ),
)
