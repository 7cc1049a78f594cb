"""The questions of an ingest of MusicBrainz, in an order in which a kill costs one call."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from music_assets.calls.call_errors import BadRequest, CallError, Forbidden, NotFound, RateLimited
from music_assets.landing.ingests import IngestError
from music_assets.landing.lookup_batches import Lead, LookupBatch, begun
from music_assets.landing.pages import Reject, sound_page
from music_assets.landing.progress import Progress
from music_assets.landing.subjects import Subject
from music_assets.musicbrainz.lookups import Lookups
from music_assets.musicbrainz.web_service import MOST_ADDRESSES
from music_assets.storage.blobs import StorageResource
from music_assets.transforms.rows import Page

#: After so many questions in a row without an answer, the rest would most likely have none.
HOPELESS = 3
NO_RELATIONS = "MusicBrainz's answer does not say whose this address is."
#: An MBID that was merged into another leads there at once; more redirects are a circle.
MOST_MERGES = 5


class Questions:
    """Asks for the ids that have no page yet, and lands each answer before the next call.

    Attributes:
        landed: ids with a page; those that come are added.
        failed: the errors of the ids that were asked for in vain.
        counts: of this run's answers.
        rejects: parts of pages that no reader takes.
    """

    def __init__(
        self,
        storage: StorageResource,
        folder: str,
        lookups: Lookups,
        subject: Subject,
        landed: set[str],
        run_id: str,
        tell: Callable[[str], None],
    ) -> None:
        self._storage, self._folder, self._run_id = storage, folder, run_id
        self._lookups, self._subject, self._sought = lookups, subject, set(subject.sought())
        self._progress = Progress(subject.kind, lookups, tell)
        self._in_vain = 0
        self.landed = landed
        self.failed: dict[str, str] = {}
        self.counts = Counter(asked=0, matched=0, unknown=0, ambiguous=0)
        self.rejects: list[Reject] = []

    def ask(self) -> str:
        """Ask for all that is missing; returns why something is missing still, or ""."""
        try:
            left = list(begun(self._storage, self._folder, self._missing()))
            # What failed before comes last: whoever is always refused holds up nobody.
            todo = sorted(self._missing().difference(*(batch.leads for batch in left)))
            for start in range(0, len(todo), MOST_ADDRESSES):
                self._ask_for(self._looked_up(todo[start : start + MOST_ADDRESSES]))
            for batch in left:
                self._ask_for(batch)
        except RateLimited as refusal:
            until = self._lookups.refuse(refusal)
            return f"{self._standing(refusal)} run again after {until:%Y-%m-%d %H:%M} UTC."
        except (Forbidden, IngestError) as error:
            return f"{self._standing(error)} the next run goes on from there."
        if not self.failed:
            return ""
        one, why = next(iter(self.failed.items()))
        return (
            f"{why} {len(self.failed):,} of {self._all} could not be asked for, {one} among them; "
            "the next run does so again."
        )

    def _standing(self, error: Exception) -> str:
        return f"{error} {len(self.landed):,} of {self._all} have landed;"

    @property
    def _all(self) -> str:
        return f"{len(self._subject.names):,} {self._subject.plural}"

    def _missing(self) -> set[str]:
        return self._subject.names.keys() - self.landed

    def _looked_up(self, ids: Sequence[str]) -> LookupBatch:
        """A batch of ids whose addresses have been asked for; those that led nowhere land."""
        batch = LookupBatch.new(self._storage, self._folder, self._run_id)
        with self._in_hope(ids):
            found = self._lookups.known_at(self._subject.entity, ids)
            broken = {each for each in ids if found.get(each, {}) is None}
            self.failed |= dict.fromkeys(sorted(broken), NO_RELATIONS)
            ids = [each for each in ids if each not in broken]
            chosen = {each: self._subject.chosen(each, found.get(each) or {}) for each in ids}
            unknown = {each for each in ids if not found.get(each)}
            batch.leads = {each: Lead(mbid) for each, mbid in chosen.items() if mbid}
            batch.leads |= {each: Lead() for each in sorted(unknown & self._sought)}
            batch.note()
            self._land(
                batch,
                *(
                    self._page(each, missed="unknown" if each in unknown else "ambiguous")
                    for each in ids
                    if each not in batch.leads
                ),
            )
        return batch

    def _ask_for(self, batch: LookupBatch) -> None:
        """Land a page of each id in a batch that has none."""
        leads = batch.leads
        for each in sorted(leads, key=lambda each: (leads[each].tries, not leads[each].mbid)):
            with self._in_hope([each], batch):
                self._land(batch, self._answer(batch, each))
            done, total = len(self.landed), len(self._subject.names)
            self._progress.advance(done, total, total - done)
        self._lookups.record()

    def _answer(self, batch: LookupBatch, each: str) -> Page:
        lead, entity = batch.leads[each], self._subject.entity
        if not lead.mbid:
            self._subject.seek(self._lookups, each, lead, batch.note)
            if len(lead.agreed) != 1:
                return self._page(each, missed="ambiguous" if lead.agreed else "unknown")
            lead.mbid, lead.matched = lead.agreed[0], self._subject.otherwise
        for _ in range(MOST_MERGES):
            try:
                answer = self._lookups.entity(entity, lead.mbid)
            except NotFound:
                return self._page(each, missed="unknown")
            if not isinstance(answer, str):
                href = self._lookups.service.entity_url(entity, lead.mbid)
                matched = {"requested": each, "href": href, "matched": lead.matched}
                return {**matched, "items": [answer]}
            lead.mbid = answer
            batch.note()
        raise BadRequest(f"MusicBrainz says that {lead.mbid} is another, in a circle.")

    def _page(self, each: str, *, missed: str) -> Page:
        """The page of an id without a match."""
        href = self._lookups.service.url_of(self._subject.entity, [each])
        return {"requested": each, "href": href, "missed": missed, "items": []}

    def _land(self, batch: LookupBatch, *pages: Page) -> None:
        sound = []
        for page in pages:
            kept, why = sound_page(page, self._subject.form)
            self.rejects += why
            sound += [kept] if kept is not None else []
            self.counts.update(["asked", page.get("missed", "matched")])
            self.landed.add(page["requested"])
        batch.add(*sound)

    @contextmanager
    def _in_hope(self, ids: Sequence[str], batch: LookupBatch | None = None) -> Iterator[None]:
        """A `with` block whose error is about these ids, unless it would be about all others.

        The leads of a batch remember that they were followed in vain. What is refused there is
        about one id alone.

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
            self._in_vain += not (batch and isinstance(error, BadRequest))
            self.counts["asked"] += len(ids)
            self.failed |= dict.fromkeys(ids, str(error))
            if batch:
                batch.leads[ids[0]].tries += 1
                batch.note()
            if self._in_vain >= HOPELESS:
                raise IngestError(str(error)) from None
        else:
            self._in_vain = 0
