"""A refresh that finds nothing new: every artist's list is read, and nothing is written."""

from benchmarks.lines import Bound, Line, Result
from benchmarks.measuring import Cost, interleaved
from benchmarks.rooms import catalogue
from benchmarks.server import sandbox_process
from benchmarks.workshop import Workshop, copied_house, ours, peer

LANDINGS = "raw_artists,raw_albums,raw_tracks"
MOST_SECONDS = 2.5


def result(workshop: Workshop) -> Result:
    """Measure a run of the follow list and the catalogue, after one that loaded everything."""
    artists = workshop.scaled(catalogue.ARTISTS)
    albums, tracks = artists * catalogue.ALBUMS_EACH, artists * catalogue.TRACKS_EACH
    landed = catalogue.whole_catalogue(workshop)
    loaded = copied_house(landed / "house", workshop.folder / "loaded")
    # An ingest is over once the albums' own pages are in too.
    assets = f"{catalogue.ASSETS},album_details"
    ours(loaded, "benchmarks.worker", "--assets", assets)
    with sandbox_process(artists=artists, albums=albums, tracks=tracks) as url:

        def refresh() -> Cost:
            house = copied_house(loaded, workshop.folder / "refresh")
            servers = {"SPOTIFY_API_URL": url, "SPOTIFY_ACCOUNTS_URL": url}
            return ours(house, "benchmarks.worker", "--assets", f"{LANDINGS},{assets}", **servers)

        def by_hand() -> Cost:
            return peer(loaded, "by_hand", "listings", loaded / "storage", loaded / "music.db")

        costs = interleaved(
            {"listings read": by_hand, "ours": refresh}, workshop.rounds, workshop.tell
        )
    mine = costs["ours"]
    told = f"{mine}, of which {mine.begun:.2f} s for imports and {mine.http:.2f} s for HTTP"
    bound = Bound("s outside imports and HTTP", mine.work, MOST_SECONDS)
    work = f"refresh with nothing new, {artists:,} artists, {albums:,} albums"
    return Result([Line(work, told, f"{costs['listings read']}, without HTTP", bounds=[bound])])
