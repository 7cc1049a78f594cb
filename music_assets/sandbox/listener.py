"""A fictional listener: a history in the form of Spotify's extended streaming history.

Each day is a function of the seed, the day and the songs, so the days that were there stay as more
come. For each play the songs run a race, in which each one's time is its own; so a new song changes
only the sittings in which it is heard.
"""

import datetime as dt

import numpy as np
import numpy.typing as npt
import polars as pl

from music_assets.sandbox.draws import Draws, Hashes, hashes_of, uniform
from music_assets.sandbox.repertoire import repertoire
from music_assets.weeks import Week

Numbers = npt.NDArray[np.int64]

WORKDAY, FRIDAY = (7.5, 17.4, 20.2), (7.5, 17.4, 21.2)
SATURDAY, SUNDAY = (10.8, 15.3, 21.8), (10.8, 15.3, 20.2)
#: The hours at which a day's three sittings begin, Monday to Sunday: on the way to work, on the way
#: home, and in the evening. Beside them the plays of each, on average.
HOURS = np.array([*[WORKDAY] * 4, FRIDAY, SATURDAY, SUNDAY])
PLAYS = np.array([*[(6, 6, 10)] * 5, *[(7, 6, 12)] * 2])
SITTINGS = 3
#: More than a sitting can have.
MOST_PLAYS = 64
#: Two weeks without music begin with this ISO week of a year, or with one of the next three.
HOLIDAY_WEEK, HOLIDAY_DAYS = 28, 14
#: Days in which a discovered song fades, and days after which it may come back.
FADING, CYCLE = 30, 1_461
#: How much an artist whom nobody follows is liked beside the others; and one who is never heard.
STRANGERS_SHARE, NEVER = 0.2, 1e-9
#: Plays of which the songs are chosen at once.
AT_ONCE = 500
PODCAST = "The Fictional Half Hour"
SKIPPED, LEFT, HEARD_OUT = "fwdbtn", "endplay", "trackdone"
#: Seconds after which a play without a network is told once more.
TOLD_AGAIN = 2_400


def simulated_history(
    catalogue: pl.DataFrame, first: Week, last: Week, *, seed: int = 1, zone: dt.tzinfo = dt.UTC
) -> bytes:
    """The content of a `Streaming_History_Audio_….json`: a JSON array, the oldest play first.

    Its address, country and platform are the same in every record, and nobody's.

    Args:
        catalogue: rows of tracks with their artists; see `repertoire`.
        first: the first week.
        last: the last one.
        seed: another seed is another listener.
        zone: in whose hours the listener lives.
    """
    days = np.arange(first.monday.toordinal(), last.sunday.toordinal() + 1)
    plays = _plays(repertoire(catalogue, seed), _sittings(days, zone, seed), seed)
    end = int(_midnights(days[-1:] + 1, zone)[0])
    records = _with_repeats(plays).filter(pl.col("Ends") < end).select(**_members())
    return records.write_json().encode()


def _draw(purpose: str, counters: npt.ArrayLike, seed: int) -> Draws:
    return uniform(hashes_of([purpose], seed), counters)


def _sittings(days: Numbers, zone: dt.tzinfo, seed: int) -> pl.DataFrame:
    """The sittings with music: number, day, begin in milliseconds since 1970, count of plays."""
    weekdays = (days - 1) % 7
    numbers = days[:, None] * SITTINGS + np.arange(SITTINGS)
    silent = np.isin(days, _holidays(days, seed)) | (_draw("silence", days, seed) < 0.04)
    left_out = silent[:, None] | (_draw("left out", numbers, seed) < 0.12)
    plays = PLAYS[weekdays] * (0.4 + 1.2 * _draw("length", numbers, seed))
    hours = HOURS[weekdays] + 1.2 * (_draw("hour", numbers, seed) - 0.5)
    begins = 1_000 * (_midnights(days, zone)[:, None] + 3_600 * hours)
    return pl.DataFrame(
        {
            "Sitting": numbers.ravel(),
            "Day": days.repeat(SITTINGS),
            "Commute": ((weekdays[:, None] < 5) & (np.arange(SITTINGS) == 0)).ravel(),
            "Begins": begins.ravel().astype(np.int64),
            "Plays": np.where(left_out, 0, plays).ravel().round().astype(np.int64),
        }
    ).filter(pl.col("Plays") > 0)


def _holidays(days: Numbers, seed: int) -> Numbers:
    first, last = (dt.date.fromordinal(int(day)).year for day in (days[0], days[-1]))
    years = np.arange(first, last + 1)
    weeks = HOLIDAY_WEEK + (4 * _draw("holiday", years, seed)).astype(np.int64)
    pairs = zip(years.tolist(), weeks.tolist(), strict=True)
    begins = [dt.date.fromisocalendar(year, week, 1).toordinal() for year, week in pairs]
    return (np.array(begins)[:, None] + np.arange(HOLIDAY_DAYS)).ravel()


def _midnights(days: Numbers, zone: dt.tzinfo) -> Numbers:
    """The moments at which days begin in a zone, in seconds since 1970."""
    dates = map(dt.date.fromordinal, days.tolist())
    # When clocks are put forward or back, a day's hours are those that it has at noon.
    noons = [dt.datetime.combine(date, dt.time(12), zone).timestamp() for date in dates]
    return np.array(noons).astype(np.int64) - 12 * 3_600


def _plays(songs: pl.DataFrame, sittings: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The plays: song, sitting, milliseconds played, and the second in which each ended."""
    plays = sittings.with_columns(Position=pl.int_ranges("Plays")).explode("Position")
    numbers = (plays["Sitting"] * MOST_PLAYS + plays["Position"]).to_numpy()
    chosen = _Taste(songs, seed).chosen(plays["Day"].to_numpy(), numbers)
    draws = {name: _draw(name, numbers, seed) for name in ("Reason", "Share", "Pause", "Again")}
    offline = _draw("offline", plays["Sitting"].to_numpy(), seed) < 0.07
    first, share, length = pl.col("Position") == 0, pl.col("Share"), pl.col("DurationInSeconds")
    left = pl.when(pl.col("Reason") < 0.17).then(pl.lit(LEFT)).otherwise(pl.lit(HEARD_OUT))
    ended = pl.when(pl.col("Reason") < 0.13).then(pl.lit(SKIPPED)).otherwise(left)
    seconds = (
        pl.when("Episode").then(600 + 1_500 * share)
        .when(pl.col("Ended") == SKIPPED).then(length * (0.02 + 0.3 * share))
        .when(pl.col("Ended") == LEFT).then(length * (0.3 + 0.6 * share))
        .otherwise(length)
    )  # fmt: skip
    passed = (pl.col("Played") + 3_000 * pl.col("Pause")).cum_sum().over("Sitting")
    following = pl.col("Ended").shift(1).over("Sitting").replace(LEFT, "clickrow")
    return (
        plays.hstack(songs[chosen])
        .with_columns(Offline=offline, **{name: pl.Series(each) for name, each in draws.items()})
        .with_columns(Ended=ended, Episode=first & pl.col("Commute") & (pl.col("Again") < 0.3))
        .with_columns(Played=(1_000 * seconds).round().cast(pl.Int64))
        .with_columns(Began=pl.when(first).then(pl.lit("clickrow")).otherwise(following))
        .with_columns(Ends=((pl.col("Begins") + passed) // 1_000).cast(pl.Int64))
        .with_columns(Starts=pl.col("Ends") - pl.col("Played") // 1_000)
    )


class _Taste:
    """The listener's taste: a weight for each artist and each song."""

    def __init__(self, songs: pl.DataFrame, seed: int) -> None:
        artists = songs.group_by("ArtistName", maintain_order=True).agg(
            pl.len(), pl.first("Followed")
        )
        self._bounds = np.concatenate([[0], artists["len"].cum_sum().to_numpy()])
        self._artists = hashes_of(artists["ArtistName"], seed)
        # As Zipf's law has it, few are liked much.
        liked = np.minimum(1 / (1 - uniform(self._artists, 0)), 30)
        liked *= np.where(artists["Followed"].to_numpy(), 1, STRANGERS_SHARE)
        self._liked = np.where(uniform(self._artists, 1) < 0.15, NEVER, liked)
        self._songs = hashes_of(songs["SongID"], seed)
        self._catchy = np.minimum((1 - uniform(self._songs, 0)) ** -0.8, 50)
        self._lasting = np.where(uniform(self._songs, 1) < 0.35, 1, 0.02)
        self._discovered = np.floor(CYCLE * uniform(self._songs, 2))

    def chosen(self, days: Numbers, plays: Numbers) -> Numbers:
        """The songs, as positions, of plays with their days and numbers."""
        return np.concatenate(
            [
                np.array([], dtype=np.int64),
                *(
                    self._some(days[begin : begin + AT_ONCE], plays[begin : begin + AT_ONCE])
                    for begin in range(0, len(plays), AT_ONCE)
                ),
            ]
        )

    def _some(self, days: Numbers, plays: Numbers) -> Numbers:
        artists = _winners(self._artists, self._liked, plays)
        songs = np.empty_like(plays)
        for artist in np.unique(artists):
            mine = artists == artist
            own = slice(*self._bounds[artist : artist + 2])
            liked = self._liked_songs(own, days[mine])
            songs[mine] = own.start + _winners(self._songs[own], liked, plays[mine])
        return songs

    def _liked_songs(self, own: slice, days: Numbers) -> Draws:
        """The weights of songs on each of the days: once discovered, high for a while."""
        since = (days[:, None] - self._discovered[own]) % CYCLE
        liked: Draws = self._catchy[own] * (self._lasting[own] + 6 * np.exp(-since / FADING))
        return liked


def _winners(runners: Hashes, speeds: Draws, races: Numbers) -> Numbers:
    """For each race the runner who wins; one twice as fast wins twice as often."""
    times = -np.log1p(-uniform(runners, races[:, None])) / speeds
    winners: Numbers = np.argmin(times, axis=1)
    return winners


def _with_repeats(plays: pl.DataFrame) -> pl.DataFrame:
    """The plays, some of them twice: as they are or, if without a network, as of a later moment."""
    later = plays.filter(pl.col("Offline") & pl.col("Again").is_between(0.4, 0.6))
    twice = plays.filter(pl.col("Again") > 0.996)
    moved = later.with_columns(pl.col("Ends") + TOLD_AGAIN)
    return pl.concat([plays, moved, twice]).sort("Ends", "Sitting", "Position")


def _members() -> dict[str, pl.Expr]:
    """The members of a record, each made of a play."""
    nothing = pl.lit(None, dtype=pl.String)
    episode = pl.col("Episode")
    uncertain = episode | (pl.col("Sitting") % 5 == 0)
    moment = pl.col("Starts") * pl.when(pl.col("Sitting") % 2 == 0).then(1).otherwise(1_000)
    return {
        "ts": pl.from_epoch("Ends").dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "platform": pl.lit("sandbox"),
        "ms_played": pl.col("Played"),
        "conn_country": pl.lit("ZZ"),
        # Of a network that is kept for documents (RFC 5737).
        "ip_addr": pl.lit("192.0.2.1"),
        "master_metadata_track_name": pl.when(~episode).then("Title"),
        "master_metadata_album_artist_name": pl.when(~episode).then("ArtistName"),
        "master_metadata_album_album_name": pl.when(~episode).then("AlbumName"),
        "spotify_track_uri": pl.when(~episode).then(pl.format("spotify:track:{}", "SongID")),
        "episode_name": pl.when(episode).then(pl.format("Number {}", pl.col("Day") % 1_000)),
        "episode_show_name": pl.when(episode).then(pl.lit(PODCAST)),
        "spotify_episode_uri": pl.when(episode).then(
            pl.format("spotify:episode:{}", pl.col("Day").cast(pl.String).str.zfill(22))
        ),
        "audiobook_title": nothing,
        "audiobook_uri": nothing,
        "audiobook_chapter_uri": nothing,
        "audiobook_chapter_title": nothing,
        "reason_start": pl.col("Began"),
        "reason_end": pl.col("Ended"),
        "shuffle": pl.col("Sitting") % 3 == 1,
        "skipped": pl.when(~uncertain).then(pl.col("Ended") == SKIPPED),
        "offline": pl.col("Offline"),
        "offline_timestamp": pl.when("Offline").then(moment),
        "incognito_mode": pl.lit(value=False),
    }
