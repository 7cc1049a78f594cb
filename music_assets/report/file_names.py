"""Names of the site's files.

Spotify's ids tell capital from small letters, and a disk may not. So a page is named by the id's
bytes in base 32, in small letters: two ids never share a file.
"""

import base64

from music_assets.storage import paths


def coded(spotify_id: str) -> str:
    """An id as the name of a file that needs no capital letters."""
    return base64.b32encode(spotify_id.encode()).decode().rstrip("=").lower()


def artist_file(artist: str) -> str:
    """The page of an artist, below `reports/`."""
    return f"artists/{coded(artist)}.html"


def album_file(album: str) -> str:
    """The page of an album, below `reports/`."""
    return f"albums/{coded(album)}.html"


def in_reports(file: str) -> str:
    """The path in storage of a file of the site."""
    return f"{paths.REPORTS}{file}"
