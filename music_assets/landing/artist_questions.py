"""The questions of an ingest of MusicBrainz, in an order in which a kill costs one call."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from music_assets.calls.call_errors import BadRequest, CallError, Forbidden, NotFound, RateLimited
from music_assets.landing.artist_batches import ArtistBatch, Lead, begun
from music_assets.landing.ingests import IngestError
from music_assets.landing.pages import Reject, sound_page
from music_assets.landing.progress import Progress
from music_assets.musicbrainz.lookups import Lookups
from music_assets.musicbrainz.web_service import MOST_ADDRESSES
from music_assets.storage.blobs import StorageResource
from music_assets.transforms.musicbrainz_form import MUSICBRAINZ_ARTISTS
from music_assets.transforms.rows import Page

#: The name of the ingests' folder.
KIND = "musicbrainz"
#: After so many questions in a row without an answer, the rest would most likely have none.
HOPELESS = 3
#: Artists of one name that are looked at.
MOST_CANDIDATES = 5
#: An MBID that was merged into another leads there at once; more redirects are a circle.
MOST_MERGES = 5


class ArtistQuestions:
    """Asks for the artists that have no page yet, and lands each answer before the next call.

    Attributes:
        landed: artists with a page; those that come are added.
        failed: the errors of the artists that were asked for in vain.
        counts: of this run's answers.
        rejects: parts of pages that no reader takes.
    """

    def __init__(
        self,
        storage: StorageResource,
        folder: str,
        lookups: Lookups,
        names: Mapping[str, str],
        titles: Mapping[str, Collection[str]],
        landed: set[str],
        run_id: str,
        tell: Callable[[str], None],
    ) -> None:
        self._storage, self._folder, self._run_id = storage, folder, run_id
        self._lookups, self._names, self._titles = lookups, names, titles
        self._progress = Progress(KIND, lookups, tell)
        self._in_vain = 0
        self.landed = landed
        self.failed: dict[str, str] = {}
        self.counts = Counter(asked=0, matched=0, unknown=0, ambiguous=0)
        self.rejects: list[Reject] = []

    def ask(self) -> str:
        """Ask for all that is missing; returns why something is missing still, or ""."""
        try:
            for batch in begun(self._storage, self._folder, self._missing()):
                self._ask_for(batch)
            todo = sorted(self._missing() - self.failed.keys())
            for start in range(0, len(todo), MOST_ADDRESSES):
                self._ask_for(self._looked_up(todo[start : start + MOST_ADDRESSES]))
        except RateLimited as refusal:
            until = self._lookups.refuse(refusal)
            return f"{self._standing(refusal)} run again after {until:%Y-%m-%d %H:%M} UTC."
        except (Forbidden, IngestError) as error:
            return f"{self._standing(error)} the next run goes on from there."
        if not self.failed:
            return ""
        artist, why = next(iter(self.failed.items()))
        return (
            f"{why} {len(self.failed):,} of {len(self._names):,} artists could not be asked for, "
            f"{artist} among them; the next run does so again."
        )

    def _standing(self, error: Exception) -> str:
        return f"{error} {len(self.landed):,} of {len(self._names):,} artists have landed;"

    def _missing(self) -> set[str]:
        return self._names.keys() - self.landed

    def _looked_up(self, artists: Sequence[str]) -> ArtistBatch:
        """A batch of artists whose addresses have been asked for; those that led nowhere land."""
        batch = ArtistBatch.new(self._storage, self._folder, self._run_id)
        with self._in_hope(artists):
            found = self._lookups.artists_of(artists)
            chosen = {each: _chosen(self._names[each], found.get(each, {})) for each in artists}
            unknown = {each for each in artists if not found.get(each)}
            by_name = unknown & self._titles.keys()
            batch.leads = {each: Lead(mbid) for each, mbid in chosen.items() if mbid}
            batch.leads |= {each: Lead() for each in artists if each in by_name}
            batch.note()
            self._land(
                batch,
                *(
                    self._page(each, missed="unknown" if each in unknown else "ambiguous")
                    for each in artists
                    if each not in batch.leads
                ),
            )
        return batch

    def _ask_for(self, batch: ArtistBatch) -> None:
        """Land a page of each artist in a batch that has none."""
        for artist in sorted(batch.leads, key=lambda each: not batch.leads[each].mbid):
            with self._in_hope([artist]):
                self._land(batch, self._answer(batch, artist))
            done, total = len(self.landed), len(self._names)
            self._progress.advance(done, total, total - done)
        self._lookups.record()

    def _answer(self, batch: ArtistBatch, artist: str) -> Page:
        lead = batch.leads[artist]
        if not lead.mbid:
            self._look_for_name(batch, artist)
            if len(lead.agreed) != 1:
                return self._page(artist, missed="ambiguous" if lead.agreed else "unknown")
            lead.mbid, lead.matched = lead.agreed[0], "name"
        for _ in range(MOST_MERGES):
            try:
                answer = self._lookups.artist(lead.mbid)
            except NotFound:
                return self._page(artist, missed="unknown")
            if not isinstance(answer, str):
                href = self._lookups.service.artist_url(lead.mbid)
                matched = {"requested": artist, "href": href, "matched": lead.matched}
                return {**matched, "items": [answer]}
            lead.mbid = answer
            batch.note()
        raise BadRequest(f"MusicBrainz says that {lead.mbid} is another, in a circle.")

    def _look_for_name(self, batch: ArtistBatch, artist: str) -> None:
        """Find the artists of a name who have an album of ours; each answer is noted."""
        lead, name = batch.leads[artist], folded(self._names[artist])
        if lead.candidates is None:
            found = self._lookups.artists_named(self._names[artist])
            namesakes = [mbid for mbid, theirs in found.items() if folded(theirs) == name]
            lead.candidates = namesakes[:MOST_CANDIDATES]
            batch.note()
        ours = {folded(title) for title in self._titles.get(artist, ())}
        while lead.candidates:
            theirs = self._lookups.titles_of(lead.candidates[0])
            candidate = lead.candidates.pop(0)
            lead.agreed += [candidate] if ours & {folded(title) for title in theirs} else []
            batch.note()

    def _page(self, artist: str, *, missed: str) -> Page:
        """The page of an artist without a match."""
        href = self._lookups.service.url_of([artist])
        return {"requested": artist, "href": href, "missed": missed, "items": []}

    def _land(self, batch: ArtistBatch, *pages: Page) -> None:
        sound = []
        for page in pages:
            kept, why = sound_page(page, MUSICBRAINZ_ARTISTS)
            self.rejects += why
            sound += [kept] if kept is not None else []
            self.counts.update(["asked", page.get("missed", "matched")])
            self.landed.add(page["requested"])
        batch.add(*sound)

    @contextmanager
    def _in_hope(self, artists: Sequence[str]) -> Iterator[None]:
        """A `with` block whose error is about these artists, unless it would be about all others.

        Raises:
            IngestError: `HOPELESS` questions in a row had no answer.
            Forbidden: MusicBrainz has blocked this address.
            RateLimited: MusicBrainz wants a long pause.
        """
        try:
            yield
        except (Forbidden, RateLimited):
            raise
        except CallError as error:
            self._in_vain += 1
            self.counts["asked"] += len(artists)
            self.failed |= dict.fromkeys(artists, str(error))
            if self._in_vain >= HOPELESS:
                raise IngestError(str(error)) from None
        else:
            self._in_vain = 0


def _chosen(name: str, found: Mapping[str, str]) -> str | None:
    """The MBID of the one artist that an address leads to, or of the one of this name."""
    if len(found) == 1:
        return next(iter(found))
    named = [mbid for mbid, theirs in found.items() if folded(theirs) == folded(name)]
    return named[0] if len(named) == 1 else None


def folded(name: str) -> str:
    """A name as it compares: the forms, the case and the spaces of Unicode make no difference."""
    compatible = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", compatible).split())
