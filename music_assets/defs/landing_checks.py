"""Asset checks of what has landed: does it say what Spotify and the inboxes hold, and is it stored.

None of them blocks, so that one bad part does not hold up the good ones.
"""

import json
from collections.abc import Callable, Collection

import dagster as dg
import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.defs.assets.catalogue import MOST_GONE, tracks_held
from music_assets.defs.checks import ERROR, SHOWN, WARN
from music_assets.landing.follow_inbox import held_before_doubts
from music_assets.landing.ingests import SPOTIFY_KINDS, IngestError, newest_ingest
from music_assets.landing.listing_memory import TOO_SHORT, ListingMemory
from music_assets.landing.pages import ids
from music_assets.landing.subjects import Artists
from music_assets.landing.weekly_inbox import WEEKLY_ASSETS, problems_of
from music_assets.loading.asset_kinds import in_sentences
from music_assets.loading.chart_loads import chart_problems
from music_assets.loading.play_landings import listening_problems
from music_assets.loading.sales_loads import sales_problems
from music_assets.partitions import weeks_of_run
from music_assets.schema import tables
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.transforms import catalogue


@dg.asset_check(asset="artist_albums", description="Every artist's listing is stored whole.")
@in_sentences
def listings_complete(
    database: DatabaseResource, storage: dg.ResourceParam[StorageResource]
) -> dg.AssetCheckResult:
    """Compare the length of each artist's listing, as Spotify counts it, with the table."""
    try:
        manifest = newest_ingest(storage, "albums").manifest
    except IngestError as error:
        return dg.AssetCheckResult(passed=False, severity=WARN, description=str(error))
    table = tables.artist_albums
    rows = database.read(sa.select(table.c.ArtistID, sa.func.count()).group_by(table.c.ArtistID))
    stored = dict(rows.iter_rows())
    memory = ListingMemory.of(storage, "albums")
    short = {
        artist: f"{stored.get(artist, 0)} of {count}"
        for artist, count in manifest.expected.items()
        if count is None or (stored.get(artist, 0) < count and not memory.is_known(artist))
    }
    short |= dict.fromkeys(manifest.gone, "Spotify does not know this artist")
    short |= dict.fromkeys(manifest.doubtful, f"{TOO_SHORT}; the next run asks again")
    return dg.AssetCheckResult(
        passed=not short,
        severity=WARN,
        metadata={"artists": len(short), "some": dict(list(short.items())[:SHOWN])},
    )


@dg.asset_check(
    asset="artists",
    name="list_takes_few_away",
    description="The follow list does not take away more than half of the artists.",
)
@in_sentences
def list_takes_few_away(
    database: DatabaseResource, storage: dg.ResourceParam[StorageResource]
) -> dg.AssetCheckResult:
    """Compare the artists in the database with the follow list that has landed."""
    ingest = newest_ingest(storage, "artists")
    lines = (line for part in ingest.parts for line in storage.read(part)[1].splitlines())
    named = ids((json.loads(line) for line in lines), catalogue.artists)
    stored = database.read(sa.select(tables.artists.c.ArtistID))["ArtistID"]
    held = held_before_doubts(storage, stored)
    gone = len(held - set(named))
    passed = not ingest.manifest.complete or gone <= MOST_GONE * len(held)
    return dg.AssetCheckResult(
        passed=passed,
        severity=ERROR,
        description=None
        if passed
        else f"The follow list names {len(named)} artists and not {gone} of the {len(held)} that "
        "were held, so none was deleted. If it is yours, run `music-assets follow --replace`.",
        metadata={"named": len(named), "not_named": gone, "held": len(held)},
    )


#: A larger share of artists without a match is worth a look.
MOST_UNMATCHED = 0.4


@dg.asset_check(
    asset="artist_details",
    name="most_are_matched",
    description="MusicBrainz knows most of the artists.",
)
@in_sentences
def most_are_matched(
    database: DatabaseResource, storage: dg.ResourceParam[StorageResource]
) -> dg.AssetCheckResult:
    """Compare the artists with a MusicBrainzID with all of them; nobody need have been asked."""
    table = tables.artists.c
    every = database.read(sa.select(table.ArtistID, table.Name, table.MusicBrainzID))
    unmatched = every.filter(every["MusicBrainzID"].is_null())
    was_asked = bool(list(storage.list(paths.ingests(Artists.kind))))
    share = unmatched.height / every.height if every.height else 0.0
    return dg.AssetCheckResult(
        passed=share <= MOST_UNMATCHED or not was_asked,
        severity=WARN,
        description=f"{unmatched.height} of {every.height} artists have no match at MusicBrainz.",
        metadata={
            "share_without_a_match": share,
            "some": [str(name) for name in unmatched["Name"].head(SHOWN)],
        },
    )


@dg.asset_check(
    asset="tracks",
    name="albums_have_their_tracks",
    description="Every album has TotalTracks tracks, unless Spotify is known to miscount them.",
)
@in_sentences
def albums_have_their_tracks(
    database: DatabaseResource, storage: dg.ResourceParam[StorageResource]
) -> dg.AssetCheckResult:
    """Compare the tracks of each album with Spotify's count."""
    memory, every = ListingMemory.of(storage, "tracks"), database.read(tracks_held())
    counts = {
        album: (total, rows)
        for album, total, rows in every.iter_rows()
        if total is not None and total != rows
    }
    wrong = {
        album: f"{rows} of {total}"
        for album, (total, rows) in counts.items()
        if not memory.is_settled(album, total, rows)
    }
    return dg.AssetCheckResult(
        passed=not wrong,
        severity=WARN,
        metadata={
            "violations": len(wrong),
            "miscounted_by_spotify": len(counts) - len(wrong),
            "some": dict(list(wrong.items())[:SHOWN]),
        },
    )


def everything_fetched(kind: str) -> dg.AssetChecksDefinition:
    """The check that ends a run red where something could not be fetched.

    It is a step of its own and blocks nothing, so what was fetched is loaded all the same.
    """

    @dg.asset_check(
        name="everything_fetched",
        asset=f"raw_{kind}",
        description="Whatever was asked for came, or is no longer there.",
    )
    @in_sentences
    def check(storage: dg.ResourceParam[StorageResource]) -> dg.AssetCheckResult:
        failed = newest_ingest(storage, kind).manifest.failed
        if failed:
            some = "; ".join(f"{each}: {why}" for each, why in list(failed.items())[:SHOWN])
            raise dg.Failure(
                f"{len(failed)} of the {kind} lists could not be fetched. What came is loaded; a "
                f"new run asks for them again. {some}",
                {"failed": failed},
                allow_retries=False,
            )
        return dg.AssetCheckResult(passed=True)

    return check


def every_week(asset: str) -> dg.AssetChecksDefinition:
    """The check that ends a run red where an asset could not take one of its weeks.

    It is a step of its own and blocks nothing, so the other weeks, marts and report are made.
    """

    @dg.asset_check(
        name="every_week",
        asset=asset,
        description="Each week that the run asks for could be used.",
    )
    @in_sentences
    def check(
        context: dg.AssetCheckExecutionContext, storage: dg.ResourceParam[StorageResource]
    ) -> dg.AssetCheckResult:
        problems = problems_of(storage, asset, weeks_of_run(context.run.tags))
        if problems:
            raise dg.Failure(
                " ".join(problems.values()),
                {"weeks": [week.iso for week in problems]},
                allow_retries=False,
            )
        return dg.AssetCheckResult(passed=True)

    return check


def every_file_taken(
    asset: str,
    name: str,
    description: str,
    problems: Callable[[StorageResource], Collection[str]],
) -> dg.AssetChecksDefinition:
    """The check that ends a run red where something in an inbox could not be taken.

    It is a step of its own and blocks nothing, so what the other files hold is loaded.

    Args:
        asset: that takes the files.
        name: of the check.
        description: of what holds.
        problems: the sentences about what was not taken.
    """

    @dg.asset_check(asset=asset, name=name, description=description)
    @in_sentences
    def check(storage: dg.ResourceParam[StorageResource]) -> dg.AssetCheckResult:
        if found := problems(storage):
            raise dg.Failure(" ".join(found), {"refused": len(found)}, allow_retries=False)
        return dg.AssetCheckResult(passed=True)

    return check


every_chart = every_file_taken(
    "chart_entries",
    "every_chart",
    "Each chart in the inbox could be read, and some of it used.",
    chart_problems,
)
every_report = every_file_taken(
    "monthly_sales",
    "every_report",
    "Each file in sales/ could be read, and some of it used.",
    sales_problems,
)
every_file = every_file_taken(
    "raw_plays",
    "every_file",
    "Each file in listening/ could be used.",
    lambda storage: listening_problems(storage).values(),
)


checks_of_kinds: list[dg.AssetChecksDefinition] = [
    *(everything_fetched(kind) for kind in SPOTIFY_KINDS),
    *(every_week(asset) for asset in WEEKLY_ASSETS),
]
