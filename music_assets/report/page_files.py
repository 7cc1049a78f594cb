"""Pages that are written where what they are made of has changed, and removed where they end."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from music_assets.report.file_names import in_reports
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.fingerprints import Made, fingerprint, made_before, note_made

STEP = "report_pages"
#: The folders that hold nothing but the site's files.
FOLDERS = ("weeks", "months", "years", "artists", "albums", "assets", "cards")
#: What earlier versions wrote.
EARLIER = "weekly_report.html"


@dataclass(frozen=True)
class Page:
    """A file of the site.

    Attributes:
        file: its name, below `reports/`.
        inputs: the words of all that it is made of.
        content: makes it.
    """

    file: str
    inputs: Sequence[object]
    content: Callable[[], str | bytes]

    @property
    def folder(self) -> str:
        """The folder below `reports/`, under which it is noted."""
        return self.file.rpartition("/")[0]


def write_changed(pages: Collection[Page], storage: StorageResource) -> list[str]:
    """Write the pages that are not as they were noted; returns their names.

    The notes of a folder are one part, with one seal: there may be thousands of pages.
    """
    etags = {blob.path: blob.etag for blob in storage.list(paths.REPORTS)}
    noted = {
        file: word
        for made in made_before(storage, STEP).values()
        for file, word in made.told.items()
    }
    stale = [each for each in pages if noted.get(each.file) != _word(each, etags)]
    for page in stale:
        content = page.content()
        path = in_reports(page.file)
        storage.write(path, content.encode() if isinstance(content, str) else content)
        if blob := storage.find(path):
            etags[path] = blob.etag
    _remove({each.file for each in pages}, etags, storage)
    after = {page.file: _word(page, etags) for page in stale}
    gone = noted.keys() - {each.file for each in pages}
    if stale or gone:
        _note(pages, noted | after, storage)
    return [page.file for page in stale]


def _word(page: Page, etags: dict[str, str]) -> str:
    return fingerprint(*page.inputs, etags.get(in_reports(page.file)))


def _note(pages: Collection[Page], words: dict[str, str], storage: StorageResource) -> None:
    told: dict[str, dict[str, str]] = defaultdict(dict)
    for page in pages:
        told[page.folder][page.file] = words[page.file]
    empty: dict[str, dict[str, str]] = {folder: {} for folder in ("", *FOLDERS)}
    parts = empty | told
    note_made(storage, STEP, {part: Made(STEP, len(files), files) for part, files in parts.items()})


def _remove(wanted: Collection[str], found: Collection[str], storage: StorageResource) -> None:
    """Remove the site's files that nothing leads to any more."""
    for path in found:
        file = path.removeprefix(paths.REPORTS)
        ours = file.partition("/")[0] in FOLDERS or file in {EARLIER, "listening.html"}
        if ours and file not in wanted:
            storage.delete(path)
