"""The counts of a sandbox."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Stats:
    """The counts of a server since it was made or reset.

    `calls`: API calls that passed token and limits, by endpoint: following, recently_played,
    artist_albums, album, album_tracks, albums. `refused`: those answered 429; `unauthorised`:
    those answered 401. `tokens`: tokens issued, by grant type. `faults`: faults injected, by kind.
    `lookups`: MusicBrainz's calls that passed its limit, by endpoint: url, artist, search,
    release_group, release, barcode; `lookups_refused`: those answered 503 since they came too fast.
    """

    calls: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    unauthorised: int = 0
    tokens: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    lookups: Counter[str] = field(default_factory=Counter)
    lookups_refused: int = 0
