"""The forms of files with listening histories, known by what is in them, and their readers.

A file's name is asked only where its records do not tell: a history of videos has the records of
one of music.
"""

import codecs
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec
from typing_extensions import override

from music_assets.landing.damaged_json import objects
from music_assets.landing.delimited import Column, DelimitedError, read_delimited
from music_assets.landing.ingests import IngestError
from music_assets.landing.listening_archives import Member
from music_assets.landing.listening_records import RECORD_FORMS, RecordForm
from music_assets.landing.pages import Reject
from music_assets.landing.play_pages import Plays
from music_assets.landing.record_blocks import ahead, whole_records

#: Names of files whose records look like music and are something else.
_NO_MUSIC = re.compile(r"streaming_?history_(video|podcast|audiobook)", re.IGNORECASE)
#: Names of histories, for those of which no record can be read.
_NAMED = {
    "spotify": re.compile(r"(streaming_history_(audio|video)|endsong).*\.json", re.IGNORECASE),
    "account": re.compile(r"streaminghistory.*\.json", re.IGNORECASE),
}
#: Files that other programs leave in folders: `._name` is a Mac's, whatever the name says.
_LEFTOVERS = ("._",)
LASTFM_COLUMNS = (
    Column("uts", ("uts",)),
    Column("artist", ("artist",)),
    Column("album", ("album",), needed=False),
    Column("track", ("track",)),
)
_UTS = re.compile(r"(?:\A|[,;\t|\n])\s*\"?uts\"?\s*(?:[,;\t|]|\Z)", re.IGNORECASE)
_DIGITS = re.compile(r"-?[0-9]{1,18}", re.ASCII)
#: What stands between the records of a list, and around them.
_BETWEEN = b" \t\r\n,[]"
#: Errors of a reader of records; none of them quotes a value.
_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass
class Outcome:
    """The result of reading one file: its records, those that are no music, and the rejects."""

    records: int = 0
    not_music: int = 0
    rejects: list[Reject] = field(default_factory=list)


class HistoryForm(ABC):
    """A form of files.

    Attributes:
        source: of the plays; see `play_pages.Play`.
    """

    source: str

    @abstractmethod
    def read(self, member: Member, plays: Plays) -> Outcome:
        """Add the plays of a file."""


def form_of(member: Member) -> HistoryForm | None:
    """The form of a file; None for one that is no listening history."""
    if member.name.startswith(_LEFTOVERS):
        return None
    head = in_utf_8(member.head)
    if _UTS.search(head[:1_000].decode("latin-1")):
        return LastFm()
    begun = (_value(found.content) for found in objects(head, _is_record) if found.content)
    for value in begun:
        for form in RECORD_FORMS:
            if form.fits(value):
                return JsonHistory(form)
    named = (form for form in RECORD_FORMS if form.source in _NAMED)
    of_name = (form for form in named if _NAMED[form.source].match(member.name))
    return next(map(JsonHistory, of_name), None)


def is_library(member: Member) -> bool:
    """True for the file of account data that names followed artists and saved songs."""
    return member.name.lower().startswith("yourlibrary") and member.name.lower().endswith(".json")


def in_utf_8(content: bytes) -> bytes:
    """Text as UTF-8 without a byte order mark, as editors and consoles save it otherwise."""
    if content.startswith(_UTF_16):
        return content.decode("utf-16", "replace").encode()
    return content.removeprefix(codecs.BOM_UTF8)


def _is_record(value: object) -> bool:
    return any(form.fits(value) for form in RECORD_FORMS)


def _value(content: bytes) -> object:
    """The value of a text that is JSON; None for any other."""
    try:
        return json.loads(content.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return None


@dataclass(frozen=True)
class JsonHistory(HistoryForm):
    """Records in a JSON list or one per line."""

    form: RecordForm

    @property
    def source(self) -> str:  # type: ignore[override]
        """The source of the plays."""
        return self.form.source

    @override
    def read(self, member: Member, plays: Plays) -> Outcome:
        outcome, take = Outcome(), self.form.take
        is_music = not _NO_MUSIC.search(member.name)
        for content in _contents(member):
            for record in self._records(content, outcome):
                if not (is_music and take(record, plays)):
                    outcome.not_music += 1
        return outcome

    def _records(self, content: bytes, outcome: Outcome) -> Iterable[msgspec.Struct]:
        for read in (self._list, self._lines):
            with suppress(*_UNREADABLE):
                records = read(content)
                outcome.records += len(records)
                return records
        return self._one_by_one(content, outcome)

    def _list(self, content: bytes) -> list[msgspec.Struct]:
        decoder = msgspec.json.Decoder(list[self.form.record])  # type: ignore[name-defined]
        return decoder.decode(b"[%b]" % content.strip(_BETWEEN))

    def _lines(self, content: bytes) -> list[msgspec.Struct]:
        return msgspec.json.Decoder(self.form.record).decode_lines(content)

    def _one_by_one(self, content: bytes, outcome: Outcome) -> Iterator[msgspec.Struct]:
        """The records of a damaged content; those that cannot be used are rejects."""
        before = outcome.records
        for found in objects(content, self.form.fits):
            outcome.records, reason = before + found.number, found.reason
            if not reason:
                try:
                    yield msgspec.json.decode(found.content, type=self.form.record, strict=False)
                except _UNREADABLE as error:
                    reason = f"not a play: {error}"
            if reason:
                outcome.rejects.append(self._reject(found.content, outcome.records, reason))

    def _reject(self, content: bytes, number: int, reason: str) -> Reject:
        """A reject with the few members that may be shown, and its number as its line."""
        showing = self.form.showing(_value(content))
        return Reject(number, reason, json.dumps(showing) if showing else "")


def _contents(member: Member) -> Iterator[bytes]:
    """The content of a file in UTF-8, in blocks of whole records."""
    if member.head.startswith(_UTF_16):
        yield in_utf_8(member.read())
        return
    for content in whole_records(ahead(member.blocks()), member.head):
        yield content.removeprefix(codecs.BOM_UTF8)


class LastFm(HistoryForm):
    """A table of scrobbles, as exporters of Last.fm write it."""

    source = "lastfm"

    @override
    def read(self, member: Member, plays: Plays) -> Outcome:
        try:
            for _, row in read_delimited(member.read(), member.name, LASTFM_COLUMNS):
                song = plays.song(None, row["track"], row["artist"], row["album"])
                moment = row["uts"]
                whole = moment is not None and _DIGITS.fullmatch(moment)
                plays.add(song, self.source, int(moment) if moment and whole else moment, None)
        except DelimitedError as error:
            raise IngestError(str(error)) from None
        return Outcome()
