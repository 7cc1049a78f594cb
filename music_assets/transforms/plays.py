"""Transform of plays: from what several files say of them to one row each.

Files overlap, and say the same play differently. Which of them counts is decided here:

- The export of the whole history (`spotify`) knows a play's end to the second, and how long it was.
- The account's data (`account`) knows the end to the minute. In a minute for which the history has
  a play of the song too, it is that play.
- The list of recent plays (`recent`) and other services (`listenbrainz`, `lastfm`) give a moment
  only. One that lies within another source's play of the song, a minute more or less, is that play.
- The history may repeat a play that was made offline, at the moment when it was told. The first
  counts; the lookup `repeated` names the others.
"""

import narwhals as nw

from music_assets.schema import tables
from music_assets.transforms.local_time import DAY
from music_assets.transforms.rows import (
    BASE_62,
    ORDER,
    Form,
    Transform,
    field,
    given,
    not_a_count,
    says,
    verdict,
    whole_number,
)

TEXT = nw.String()
PLAYS = Form(
    items="plays",
    item=nw.Schema(
        dict.fromkeys(
            (
                *("source", "at", "ms_played", "length_ms", "song_id", "name_id"),
                *("title", "artist", "album", "skipped", "offline"),
            ),
            TEXT,
        )
    ),
    needs=("source",),
)
#: The sources of plays, the most exact ones first.
RANKS = {"spotify": 0, "simulated": 0, "account": 1, "recent": 2, "listenbrainz": 3, "lastfm": 4}
#: Sources that say how long a play was; a record of theirs that does not is damaged.
TELL_LENGTH = ("spotify", "simulated", "account")
#: The columns that say when a play was in the time zone of the person.
CALENDAR = (
    *("LocalDate", "LocalHour", "WeekID"),
    *("WeekStartDate", "MonthStartDate", "YearStartDate", "DayNumber"),
)
#: Seconds by which the moments of two sources may differ, and of one that knows only minutes.
TOLERANCE, MINUTE = 60, 60
#: Nobody hears a song for a day on end.
LONGEST_PLAY = DAY * 1_000 - 1
#: What records of one song may have in common.
SAME_SONG = ("SongID", "NameID")
#: The place of a record, by which it is found again.
PLACE = list(ORDER)


def judge_plays(records: nw.LazyFrame, **lookups: nw.LazyFrame) -> nw.LazyFrame:
    """One row per record, with what is needed to find those that mean the same play.

    Args:
        records: of the months that are wanted, and of those beside them.
        lookups: see `_placed`.
    """
    ms, skipped, source = field("ms_played"), field("skipped"), nw.col("Kind")
    bad_length = not_a_count(ms, LONGEST_PLAY) | (source.is_in(TELL_LENGTH) & ms.is_null())
    bad_skipped = given(skipped) & ~skipped.is_in(["true", "false"])
    judged = _placed(records, **lookups).select(
        *(*ORDER, "SongID", "NameID", "Kind", *CALENDAR, "At", "Rank"),
        EndedAt=nw.col("At"),
        SecondsPlayed=(nw.when(~bad_length).then(whole_number(ms)) / 1000).round(3),
        Skipped=nw.when(~bad_skipped).then(skipped == "true"),
        Shorter=-nw.coalesce(whole_number(ms), nw.lit(0)),
        Begin=_begin(ms),
        End=nw.col("At") + nw.when(source == "account").then(MINUTE - 1).otherwise(0),
        Again=~nw.col("Again").is_null(),
        Wanted=~nw.col("Wanted").is_null(),
        **verdict(
            (nw.col("Rank").is_null(), says("source", source, "not a source of plays")),
            (nw.col("SongID").is_null(), nw.lit("it names no song")),
            (
                nw.col("LocalDate").is_null(),
                says("at", field("at"), "not a moment from 2006 to today"),
            ),
            (bad_length, says("ms_played", ms, "not the milliseconds of a play")),
            without=[(bad_skipped, says("skipped", skipped, "neither true nor false"))],
        ),
    )
    # The others are there to be compared with; what is wrong with them is told with their month.
    told = judged.with_columns(Reason=nw.when(nw.col("Wanted")).then(nw.col("Reason")))
    return told.filter(nw.col("Wanted") | nw.col("Usable"))


def _placed(
    records: nw.LazyFrame,
    days: nw.LazyFrame,
    calendar: nw.LazyFrame,
    names: nw.LazyFrame,
    repeated: nw.LazyFrame,
    months: nw.LazyFrame,
) -> nw.LazyFrame:
    """The records with song, rank and local time; null where they have none.

    Args:
        records: as they landed.
        days: of the time zone; see `local_time`.
        calendar: likewise.
        names: `NameID` and the `Named` song of it, for songs that some file names only.
        repeated: `Key`, `At` and `Offline` of plays that are told a second time, and `Again`.
        months: the months that are wanted, in `requested`, and `Wanted`.
    """
    identity, name, kind = field("song_id"), field("name_id"), field("source")
    rank: nw.Expr = nw.lit(None, dtype=nw.Int64())
    for source, place in RANKS.items():
        rank = nw.when(kind == source).then(place).otherwise(rank)
    known = nw.when(identity.str.contains(BASE_62)).then(identity)
    local = nw.col("At") + nw.when(nw.col("At") < nw.col("ChangesAt")).then(
        nw.col("Before")
    ).otherwise(nw.col("After"))
    return (
        records.with_columns(
            At=whole_number(field("at")),
            NameID=name,
            Known=known,
            Key=nw.coalesce(known, name),
            Offline=whole_number(field("offline")),
            Kind=kind,
            Rank=rank,
        )
        .join(names, on="NameID", how="left")
        .join(repeated, on=["Key", "At", "Offline"], how="left")
        .join(months, on="requested", how="left")
        .with_columns(SongID=nw.coalesce("Known", "Named", "NameID"), Day=nw.col("At") // DAY)
        .join(days, on="Day", how="left")
        .with_columns(Local=local)
        .with_columns(DayNumber=nw.col("Local") // DAY, LocalHour=(nw.col("Local") % DAY) // 3600)
        .join(calendar, on="DayNumber", how="left")
    )


def _begin(ms: nw.Expr) -> nw.Expr:
    """The second at which a play began, as far as its source says."""
    length = nw.when(nw.col("Kind") == "recent").then(whole_number(field("length_ms")))
    seconds = nw.coalesce(whole_number(ms), length, nw.lit(0)) // 1000
    # The services that are told of plays are told of their begin.
    return nw.col("At") - nw.when(nw.col("Rank") > RANKS["recent"]).then(0).otherwise(seconds)


def one_row_each(usable: nw.LazyFrame) -> nw.LazyFrame:
    """The usable records without those that mean a play which a more exact source tells too."""
    told = usable.filter(~nw.col("Again")).with_columns(Minute=nw.col("At") // MINUTE)
    exact = told.filter(nw.col("Rank") == 0)
    account = told.filter(nw.col("Rank") == RANKS["account"])
    # A song may have several ids, of a single and of an album, and a bare name means any of them.
    for song in SAME_SONG:
        minutes = [song, "Minute"]
        account = account.join(exact.select(minutes).unique(minutes), on=minutes, how="anti")
    others = told.filter(nw.col("Rank") > RANKS["account"])
    lasting = nw.concat([exact, account, others]).select(*SAME_SONG, "Rank", "Begin", "End")
    kept = others.join(_within(others, lasting), on=PLACE, how="anti")
    return nw.concat([exact, _apart(account), kept]).filter(nw.col("Wanted"))


def _apart(account: nw.LazyFrame) -> nw.LazyFrame:
    """Plays of one song in one minute a second apart: their length tells that they are several."""
    place = nw.col("SecondsPlayed").rank("dense").over("SongID", "At").cast(nw.Int64())
    return account.with_columns(EndedAt=nw.col("At") + place - 1)


def _within(moments: nw.LazyFrame, lasting: nw.LazyFrame) -> nw.LazyFrame:
    """The places of the moments that lie within a more exact source's play of the song."""
    spans = lasting.with_columns(
        From=nw.col("Begin") - TOLERANCE, Until=nw.col("End") + TOLERANCE, Exacter=nw.col("Rank")
    )
    # By day, since a favourite song has thousands of plays. One may last past midnight.
    first = spans.with_columns(Day=nw.col("From") // DAY)
    second = spans.with_columns(Day=nw.col("Until") // DAY).filter(
        nw.col("Until") // DAY > nw.col("From") // DAY
    )
    placed = moments.with_columns(Day=nw.col("At") // DAY)
    pairs = []
    for song in SAME_SONG:
        columns = [song, "Day", "From", "Until", "Exacter"]
        by_day = nw.concat([first.select(columns), second.select(columns)])
        both = placed.join(by_day, on=[song, "Day"], how="inner").filter(
            nw.col("Exacter") < nw.col("Rank"),
            nw.col("At") >= nw.col("From"),
            nw.col("At") <= nw.col("Until"),
        )
        pairs.append(both.select(PLACE))
    return nw.concat(pairs).unique(PLACE)


plays = Transform.into(
    tables.plays,
    PLAYS,
    judge_plays,
    columns=(
        *("EndedAt", "SongID", "SecondsPlayed", "Skipped", "Kind"),
        *CALENDAR,
    ),
    # Of records of one second, a song that was skipped and one that was heard, the longest counts.
    prefer=("Rank", "Shorter"),
    settle=one_row_each,
)
