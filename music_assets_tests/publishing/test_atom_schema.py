"""The feed is valid Atom: by the schema in appendix B of RFC 4287, and by its assertions."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from music_assets.publishing.atom_feed import atom
from music_assets.publishing.new_albums import NewAlbum
from music_assets_tests.publishing.test_release_feeds import albums

NAMESPACE = {"atom": "http://www.w3.org/2005/Atom"}
SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))
#: What RELAX NG cannot say: an XPath that finds what is wrong, and the rule.
ASSERTIONS = {
    "//atom:feed[not(atom:author or not(atom:entry[not(atom:author)]))]": (
        "a feed has an author, unless all of its entries have"
    ),
    "//atom:entry[not(atom:link[@rel='alternate'] or atom:link[not(@rel)] or atom:content)]": (
        "an entry has an alternate link or content"
    ),
    "//atom:entry[not(atom:author or ../atom:author or atom:source/atom:author)]": (
        "an entry has an author, if its feed has none"
    ),
}
ALBUM = NewAlbum(
    album_id="0Aa9z",
    name="Waterloo",
    kind="album",
    artists=("Abba", "Zoë"),
    new=dt.date(2026, 11, 20),
    released=dt.date(2026, 11, 20),
    told=dt.date(2026, 11, 20),
    tracks=11,
    label="Polar",
    cover="https://i.example/cover",
)


def faults(feed: bytes) -> list[str]:
    """The faults of a feed; none if it is valid."""
    parsed: Any = etree.fromstring(feed)
    SCHEMA.validate(parsed)
    said = [each.message for each in SCHEMA.error_log]
    return said + [
        rule for where, rule in ASSERTIONS.items() if parsed.xpath(where, namespaces=NAMESPACE)
    ]


@given(st.lists(albums(), max_size=4))
@example([ALBUM])
@example([])
def test_whatever_the_names_are_the_feed_is_valid(given_albums: list[NewAlbum]) -> None:
    assert faults(atom(given_albums)) == []


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("<id>urn:uuid:", "<guid>urn:uuid:"),
        ("<updated>2026-11-20T00:00:00+00:00</updated>", "<updated>2026-11-20</updated>"),
        ("<updated>2026-11-20T00:00:00+00:00</updated>", ""),
        ('rel="alternate"', 'rel="related"'),
        ('href="https://open.spotify.com/album/0Aa9z"', ""),
        ('type="html"', 'type="markdown"'),
        ("<category term=", "<category name="),
        ("<name>Abba</name>", ""),
        ("<entry>", "<entry><rating>5</rating>"),
    ],
)
def test_what_is_no_atom_is_found(part: str, wrong: str) -> None:
    feed = atom([ALBUM]).decode()
    assert part in feed
    spoilt = feed.replace(part, wrong)
    if "guid" in wrong:
        spoilt = spoilt.replace("</id>", "</guid>")
    assert faults(spoilt.encode()) != []


def test_an_author_is_missed() -> None:
    feed: Any = etree.fromstring(atom([ALBUM]))
    for each in feed.findall(".//atom:author", NAMESPACE):
        each.getparent().remove(each)
    assert faults(etree.tostring(feed)) == [
        "a feed has an author, unless all of its entries have",
        "an entry has an author, if its feed has none",
    ]
