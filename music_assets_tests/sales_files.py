"""Reports of sales in exactly the form in which DistroKid lets people download them; invented."""

from collections.abc import Iterable

from music_assets.storage.blobs import StorageResource

HEADER = (
    "Reporting Date\tSale Month\tStore\tArtist\tTitle\tISRC\tUPC\tQuantity\tTeam Percentage\t"
    "Song/Album\tCountry of Sale\tSongwriter Royalties Withheld\tEarnings (USD)"
)
#: What no part of the project may keep.
EARNINGS = "77.123456789"


def sale(quantity: object = 5, **others: object) -> str:
    """A line of a report, of a song unless told otherwise."""
    known = {
        "reported": "2026-03-05", "month": "2026-01", "store": "Spotify", "artist": "Mot\xf6rhead",
        "title": "Song", "isrc": "SEABC2600001", "upc": "190000000001", "kind": "Song",
        "country": "SE",
    } | others  # fmt: skip
    first = ("reported", "month", "store", "artist", "title", "isrc", "upc")
    last = (quantity, "50.0", known["kind"], known["country"], "0", EARNINGS)
    return "\t".join(map(str, [*(known[name] for name in first), *last]))


def report(lines: Iterable[str]) -> bytes:
    """A file of lines, in ISO-8859-1."""
    return "\n".join([HEADER, *lines, ""]).encode("latin-1")


def put_report(storage: StorageResource, *lines: str, name: str = "DistroKid.tsv") -> str:
    """Put a report into the inbox; one of one song unless lines are given."""
    path = f"sales/{name}"
    storage.write(path, report(lines or [sale()]))
    return path
