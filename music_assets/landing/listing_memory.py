"""The memory of listings that Spotify gets wrong, so that each is asked about once, not for ever.

Some listings never have as many entries as their `total`, and some are empty for hours. A file per
kind of ingest remembers what came, and the next run judges by it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from music_assets.landing.ingests import Manifest
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import listing_memory

#: A list that comes with less than this share of what is stored is not believed at once.
FAR_SHORTER = 0.5
#: The words for such a list.
TOO_SHORT = "came with a list far shorter than what is stored"
#: Answers with entries that could not be used, after which there is no hope of a better one.
ENOUGH_ANSWERS = 2


@dataclass
class ListingMemory:
    """The listings of one kind that came with something wrong, by the id that was asked for.

    Attributes:
        short: came far shorter than stored: the entries that came, and the ingest.
        miscounted: ended before their `total`: the total, the entries that came, and the number of
            ingests in which it was so.
        owners: whose rows in the table are not as many as Spotify's total: the total, the rows, and
            the answers with unusable entries.
    """

    short: dict[str, tuple[int, str]] = field(default_factory=dict)
    miscounted: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    owners: dict[str, tuple[int | None, int, int]] = field(default_factory=dict)

    def doubt(self, stored: Mapping[str, int], manifest: Manifest, ingest: str) -> list[str]:
        """The ids whose list is so much shorter than before that it is not believed yet.

        The same answer in a later ingest is believed.

        Args:
            stored: the entries of each id before.
            manifest: of the ingest.
            ingest: its folder.
        """
        doubtful = []
        for each, came in manifest.fetched.items():
            earlier, seen_in = self.short.pop(each, (None, ""))
            if came >= FAR_SHORTER * stored.get(each, 0):
                continue
            if earlier == came and seen_in != ingest:
                continue
            self.short[each] = (came, ingest)
            doubtful.append(each)
        return doubtful

    def count_again(self, manifest: Manifest) -> None:
        """Remember the lists that ended before their total, and forget those that do no longer."""
        for each, came in manifest.fetched.items():
            total = manifest.expected.get(each)
            *known, times = self.miscounted.pop(each, (None, None, 0))
            if total is not None and came < total and each not in manifest.begun:
                again = times + 1 if known == [total, came] else 1
                self.miscounted[each] = (total, came, again)

    def is_as_before(self, requested: str, total: int, came: int) -> bool:
        """True if a list ended like this before, and asking for more brought nothing."""
        return self.miscounted.get(requested, (None, None))[:2] == (total, came)

    def is_known(self, requested: str) -> bool:
        """True if a list has ended before its total in several ingests, which were told."""
        return self.miscounted.get(requested, (0, 0, 0))[2] >= ENOUGH_ANSWERS

    def judge_owners(
        self, totals: Mapping[str, tuple[int | None, int]], spoilt: Iterable[str]
    ) -> None:
        """Remember the owners whose rows are not what Spotify counts, or lack something.

        Args:
            totals: of the owners that were asked for: Spotify's total, and the rows.
            spoilt: those with an entry that could not be used, or not wholly.
        """
        spoilt = set(spoilt)
        for each, (total, rows) in totals.items():
            *known, answers = self.owners.pop(each, (None, 0, 0))
            if each in spoilt:
                # Another number is another list, of which there is hope again.
                again = answers + 1 if known == [total, rows] else 1
                self.owners[each] = (total, rows, again)
            elif total != rows:
                self.owners[each] = (total, rows, ENOUGH_ANSWERS)

    def is_settled(self, owner: str, total: int | None, rows: int) -> bool:
        """True if an owner need not be asked for: complete, or no answer will be any better."""
        known = self.owners.get(owner)
        if known is None:
            return total == rows
        return known[:2] == (total, rows) and known[2] >= ENOUGH_ANSWERS

    @classmethod
    def of(cls, storage: StorageResource, kind: str) -> "ListingMemory":
        """The memory of a kind; an empty one where the file is missing or damaged."""
        if storage.find(listing_memory(kind)) is None:
            return cls()
        try:
            stored = json.loads(storage.read(listing_memory(kind))[1])
            return cls(
                **{name: {each: tuple(it) for each, it in stored[name].items()} for name in stored}
            )
        except (ValueError, TypeError, AttributeError):
            # Then every list is asked for once more.
            return cls()

    def keep(self, storage: StorageResource, kind: str) -> None:
        """Write the memory down, if it has changed."""
        if self != ListingMemory.of(storage, kind):
            storage.write(listing_memory(kind), json.dumps(asdict(self)).encode())
