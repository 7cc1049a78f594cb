"""Pages: what the inbox takes, what it does not, and that one never harms the other."""

import codecs
import json
import math
import tempfile
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from music_assets.engines.engine import Work
from music_assets.engines.polars import PolarsEngine
from music_assets.landing.pages import (
    CANNOT_BE_TAKEN,
    Reject,
    ids,
    parse_pages,
    sound_page,
    to_line,
)
from music_assets.storage.folder import FolderStorage
from music_assets.transforms.catalogue import albums, artist_albums, artists, tracks
from music_assets.transforms.rows import Page, Transform
from music_assets.transforms.weekly import weekly_streams

PAGE: Page = {
    "href": "https://api.spotify.com/v1/me/following?type=artist&limit=20",
    "items": [{"id": "4aawyAB9vmqN3uQ7FjRGTy", "name": "A\u0308rzte", "genres": ["punk"]}],
    "total": 2,
}
OTHER: Page = {"href": None, "items": [{"id": "b", "followers": {"total": 7}}, None], "total": 2}

compact: Callable[[Page], str] = json.dumps
unescaped: Callable[[Page], str] = lambda page: json.dumps(page, ensure_ascii=False)  # noqa: E731
pretty: Callable[[Page], str] = lambda page: json.dumps(page, indent=2)  # noqa: E731
tabbed: Callable[[Page], str] = lambda page: json.dumps(page, indent="\t")  # noqa: E731
STYLES = [compact, unescaped, pretty, tabbed]


def nested(depth: int) -> Any:
    """Lists in lists."""
    return [nested(depth - 1)] if depth else []


def parsed(content: str | bytes, transform: Transform = artists) -> tuple[list[Page], list[Reject]]:
    return parse_pages(content.encode() if isinstance(content, str) else content, transform)


def accepted(content: str | bytes) -> list[Page]:
    """The pages of a file in which everything is sound."""
    pages, rejects = parsed(content)
    assert rejects == []
    return pages


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("between", ["\n", "", " ", "\n\n", "\r\n", "\n \t\n", ",\n"])
@pytest.mark.parametrize("end", ["\n", "", "\r\n"])
def test_pages_appended_to_a_file_all_come(
    style: Callable[[Page], str], between: str, end: str
) -> None:
    content = between.join(style(page) for page in (PAGE, OTHER, PAGE)) + end
    assert accepted(content) == [PAGE, OTHER, PAGE]


@pytest.mark.parametrize("first", STYLES)
@pytest.mark.parametrize("second", STYLES)
def test_styles_may_be_mixed_in_one_file(
    first: Callable[[Page], str], second: Callable[[Page], str]
) -> None:
    assert accepted(f"{first(PAGE)}\n{second(OTHER)}\n") == [PAGE, OTHER]


@pytest.mark.parametrize("style", STYLES)
def test_windows_line_ends_are_taken(style: Callable[[Page], str]) -> None:
    content = f"{style(PAGE)}\n{style(OTHER)}\n".replace("\n", "\r\n")
    assert accepted(content) == [PAGE, OTHER]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("between", ["", "\n"])
def test_byte_order_marks_are_taken_at_the_start_and_in_the_middle(
    style: Callable[[Page], str], between: str
) -> None:
    part = codecs.BOM_UTF8 + style(PAGE).encode()
    assert accepted(part + between.encode() + part) == [PAGE, PAGE]


@pytest.mark.parametrize("style", STYLES)
def test_spotifys_wrapper_around_followed_artists_is_taken_off(
    style: Callable[[Page], str],
) -> None:
    assert accepted(f"{style({'artists': PAGE})}\n{style(OTHER)}") == [PAGE, OTHER]


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_a_list_of_pages_is_its_pages(indent: int | str | None) -> None:
    pages = [PAGE, {"artists": OTHER}, PAGE]
    content = json.dumps(pages, indent=indent)
    assert accepted(f"{content}\n{content}") == [PAGE, OTHER, PAGE] * 2


def test_a_list_that_was_cut_into_lines_by_hand_gives_its_pages() -> None:
    lines = f"[\n{compact(PAGE)},\n{compact(OTHER)}\n]\n"
    assert accepted(lines) == [PAGE, OTHER]
    # With a line that is none, each line is read by itself.
    pages, rejects = parsed(f"{lines}{{\n")
    assert pages == [PAGE, OTHER]
    assert [(reject.line, reject.record) for reject in rejects] == [(1, "["), (4, "]"), (5, "{")]


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n \t\n", codecs.BOM_UTF8])
def test_nothing_is_no_page_and_no_reject(content: bytes) -> None:
    assert parsed(content) == ([], [])


BAD_LINES = {
    "{": "not JSON",
    "}": "not JSON",
    "]": "not JSON",
    "  indented": "not JSON",
    "{'items': []}": "not JSON",
    '{"items": [}': "not JSON",
    "[" * 100_000: "not JSON: maximum recursion depth exceeded",
    '{"items":' * 100_000: "not JSON: maximum recursion depth exceeded",
    "null": "not a page with a list of items",
    "7": "not a page with a list of items",
    '"items"': "not a page with a list of items",
    "{}": "not a page with a list of items",
    '{"items": null}': "not a page with a list of items",
    '{"items": {"id": "a"}}': "not a page with a list of items",
    '{"artists": []}': "not a page with a list of items",
    '{"artists": null}': "not a page with a list of items",
    '{"songs": []}': "not a page with a list of items",
    "[[]]": "not a page with a list of items",
}


@pytest.mark.parametrize("bad", BAD_LINES, ids=lambda line: line[:40])
@pytest.mark.parametrize("style", STYLES)
def test_a_bad_line_costs_only_itself_and_is_reported(
    style: Callable[[Page], str], bad: str
) -> None:
    content = f"{style(PAGE)}\n{bad}\n{style(OTHER)}\n"
    pages, rejects = parsed(content)
    assert pages == [PAGE, OTHER]
    assert len(rejects) == 1
    assert rejects[0].line == style(PAGE).count("\n") + 2
    assert rejects[0].reason.startswith(BAD_LINES[bad])


def test_the_line_number_is_that_of_the_page_and_not_of_the_document() -> None:
    pages, rejects = parsed(f"{pretty(PAGE)}{pretty({'songs': []})}{pretty(OTHER)}")
    assert pages == [PAGE, OTHER]
    assert [reject.line for reject in rejects] == [pretty(PAGE).count("\n") + 1]


@pytest.mark.parametrize("bad", [b'{"items": [\xff]}', b"\xc3\x28", b"\xed\xa0\x80", b"\xff\xfe{}"])
def test_what_is_not_utf8_costs_only_its_line(bad: bytes) -> None:
    line = compact(PAGE).encode()
    pages, rejects = parsed(b"\n".join([line, bad, line]))
    assert pages == [PAGE, PAGE]
    assert [(reject.line, reject.reason) for reject in rejects] == [(2, "not UTF-8")]
    json.loads(rejects[0].to_line("source"))


def test_a_file_in_another_encoding_is_rejected_and_not_misread() -> None:
    pages, rejects = parsed(compact(PAGE).encode("utf-16"))
    assert pages == []
    assert rejects


@pytest.mark.parametrize(
    ("item", "why"),
    [
        ("a", "that is no object"),
        (7, "that is no object"),
        (True, "that is no object"),
        ([], "that is no object"),
        ({"id": {"x": "a"}}, f"whose id {CANNOT_BE_TAKEN}"),
        ({"id": ["a"]}, f"whose id {CANNOT_BE_TAKEN}"),
        ({"id": "\ud83d", "name": "a"}, f"whose id {CANNOT_BE_TAKEN}"),
        ({"id": 10**38}, f"whose id {CANNOT_BE_TAKEN}"),
        ({"id": math.nan}, f"whose id {CANNOT_BE_TAKEN}"),
    ],
)
def test_an_entry_without_an_identity_costs_only_itself(item: object, why: str) -> None:
    pages, rejects = parsed("\n" + compact({**PAGE, "items": [*PAGE["items"], item, None]}))
    assert pages == [{**PAGE, "items": [*PAGE["items"], None]}]
    assert [(reject.line, reject.reason) for reject in rejects] == [(2, f"an entry of items {why}")]


@pytest.mark.parametrize(
    ("bad", "lands"),
    [
        ({"name": {}}, {"name": None}),
        ({"name": "\ud83d"}, {"name": None}),
        ({"name": math.nan}, {"name": None}),
        ({"name": -math.inf}, {"name": None}),
        ({"followers": 7}, {"followers": None}),
        ({"followers": [7]}, {"followers": None}),
        ({"followers": {"total": [7]}}, {"followers": {"total": None}}),
        ({"followers": {"total": 10**38}}, {"followers": {"total": None}}),
        ({"followers": {"total": 1e300}}, {"followers": {"total": None}}),
        ({"followers": {"unknown": [[10**38]]}}, {"followers": {}}),
        ({"genres": "punk"}, {"genres": None}),
        ({"genres": {"0": "punk"}}, {"genres": None}),
        ({"genres": ["punk", ["rock"]]}, {"genres": ["punk"]}),
        ({"genres": ["\udc00"]}, {"genres": None}),
        ({"unknown": ["\udc00"]}, {}),
        ({"unknown": 10**38}, {}),
        ({"unknown": {"deep": [-(10**40)]}}, {}),
        ({"unknown": math.inf}, {}),
        ({"unknown": nested(201)}, {}),
        ({"\udc00": 1}, {}),
        ({"x" * 20_001: 1}, {}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_entry_lands_without_a_member_that_no_reader_takes(bad: Page, lands: Page) -> None:
    item = {"id": "a", "kept": 1, **bad}
    pages, rejects = parsed("\n" + compact({**PAGE, "items": [*PAGE["items"], item]}))
    assert pages == [{**PAGE, "items": [*PAGE["items"], {"id": "a", "kept": 1, **lands}]}]
    (name,) = bad
    name = "followers.total" if lands == {"followers": {"total": None}} else name
    name = "followers.unknown" if lands == {"followers": {}} else name
    assert [(reject.line, reject.reason) for reject in rejects] == [
        (2, f"an entry of items whose {name[:100]} {CANNOT_BE_TAKEN}; it lands without")
    ]


ALBUM: Page = {
    "id": "4aawyAB9vmqN3uQ7FjRGTy",
    "external_ids": {"upc": "012345678905"},
    "images": [{"url": "https://i.scdn.co/image/1", "height": 640, "width": 640}],
    "copyrights": [{"text": "1987 Moss", "type": "C"}],
    "label": "Moss",
    "artists": [{"id": "a"}],
}


def test_the_album_beside_its_tracks_lands_as_it_came() -> None:
    page = {"requested": "b", "items": [{"id": "a"}], "album": ALBUM}
    assert sound_page(page, tracks) == (page, [])
    # A page that landed before albums came along.
    assert sound_page({"requested": "b", "items": []}, tracks) == (
        {"requested": "b", "items": []},
        [],
    )


@pytest.mark.parametrize("album", [7, "x", [ALBUM], math.nan, "\ud83d", 10**40])
def test_an_album_that_no_reader_takes_costs_itself_and_is_told(album: object) -> None:
    page, rejects = sound_page({"items": [{"id": "a"}, None], "album": album}, tracks)
    assert page == {"items": [{"id": "a"}, None]}
    assert [reject.reason for reject in rejects] == [
        f"a page whose album {CANNOT_BE_TAKEN}; it lands without"
    ]


@pytest.mark.parametrize(
    ("bad", "lands", "name"),
    [
        ({"label": ["Moss"]}, {"label": None}, "label"),
        ({"label": "\udc00"}, {"label": None}, "label"),
        ({"external_ids": "012"}, {"external_ids": None}, "external_ids"),
        ({"external_ids": {"upc": {}}}, {"external_ids": {"upc": None}}, "external_ids.upc"),
        ({"images": {"url": "x"}}, {"images": None}, "images"),
        ({"images": [7, {"url": "x"}]}, {"images": [{"url": "x"}]}, "images"),
        ({"copyrights": [{"text": []}]}, {"copyrights": [{"text": None}]}, "copyrights.text"),
        ({"unknown": 10**38}, {}, "unknown"),
        ({"unknown": nested(201)}, {}, "unknown"),
        ({"x" * 20_001: 1}, {}, "x" * 94),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_album_beside_its_tracks_lands_without_a_part_that_no_reader_takes(
    bad: Page, lands: Page, name: str
) -> None:
    page, rejects = sound_page({"items": [{"id": "a"}], "album": ALBUM | bad}, tracks, 3)
    kept = {each: value for each, value in ALBUM.items() if each not in bad}
    assert page == {"items": [{"id": "a"}], "album": kept | lands}
    assert [(reject.line, reject.reason) for reject in rejects] == [
        (3, f"a page whose album.{name} {CANNOT_BE_TAKEN}; it lands without")
    ]


def test_a_number_of_the_album_lands_as_every_reader_writes_it() -> None:
    page, _ = sound_page({"items": [], "album": {"images": [{"width": 300.0}]}}, tracks)
    assert json.dumps(page) == '{"album": {"images": [{"width": 300}]}, "items": []}'


def test_a_number_that_python_does_not_read_costs_only_its_member() -> None:
    pages, rejects = parsed('{"items": [{"id": "a", "name": ' + "1" * 5000 + '}, {"id": "b"}]}')
    assert pages == [{"items": [{"id": "a", "name": None}, {"id": "b"}]}]
    assert len(rejects) == 1


def test_a_member_called_artists_is_no_wrapper_where_the_page_has_its_items() -> None:
    page = {"artists": {"items": [{"id": "x"}]}, "items": [{"id": "a"}]}
    sound, rejects = sound_page(page, albums)
    assert (sound, rejects) == (page, [])


def test_many_pages_on_one_line_are_read_in_time_that_grows_with_their_number() -> None:
    def seconds(pages: int) -> float:
        content = b'{"items": []} ' * pages
        begun = time.perf_counter()
        assert len(parse_pages(content, artists)[0]) == pages
        return time.perf_counter() - begun

    seconds(100)
    assert min(seconds(40_000) for _ in range(3)) < 40 * min(seconds(4_000) for _ in range(3))


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"id": None, "name": None, "followers": None, "genres": None},
        {"id": "a", "followers": {}, "genres": []},
        {"id": "a", "genres": [None]},
        {"id": 7, "name": True, "followers": {"total": 1.5}},
        {"id": "a", "name": "\U0001f3b5"},
        {"id": "a", "images": [{"url": "x"}], "unknown": {"deep": [[{}]]}},
        {"id": "a", "unknown": nested(150), "name": "x" * 30_000},
        {"id": "a", "x" * 20_000: [[]] * 300},
    ],
)
def test_absent_and_unknown_fields_and_leaves_of_any_kind_are_left_to_the_judge(
    item: object,
) -> None:
    page = {"items": [item]}
    assert accepted(compact(page)) == [page]


@pytest.mark.parametrize(
    "beside",
    [{"href": 5.0}, {"requested": {"b": [1.0]}}, {"requested": "\ud800"}, {"x" * 20_001: 1}],
)
def test_what_readers_cannot_take_beside_the_items_costs_only_itself(beside: Page) -> None:
    page, rejects = sound_page({"items": [], "total": 1.0, **beside}, artists)
    assert page == {"items": [], "total": 1.0}
    assert len(rejects) == 1


def test_a_number_lands_as_every_reader_writes_it() -> None:
    numbers = [1.0, -0.0, 1e22, 1.5, 10**38 - 1, True, 0.0001]
    page, rejects = sound_page(
        {"items": [{"id": each, "popularity": 1.0} for each in numbers]}, artists
    )
    assert page is not None
    assert rejects == []
    shown = [json.dumps(item["id"]) for item in page["items"]]
    assert shown == ["1", "0", str(10**22), "1.5", "9" * 38, "true", "0.0001"]
    assert {json.dumps(item["popularity"]) for item in page["items"]} == {"1.0"}


@pytest.mark.parametrize("number", [1e39, -1e300, 10**38, 0.00009, -5e-324])
def test_a_number_that_readers_write_differently_costs_its_entry(number: float) -> None:
    page, rejects = sound_page({"items": [{"followers": {"total": number}}, {"id": "b"}]}, artists)
    assert page == {"items": [{"id": "b"}]}
    assert len(rejects) == 1


def test_a_song_is_judged_by_its_own_shape() -> None:
    good = {"songs": [{"song_id": "a", "weekly_data": {"week": 47}}]}
    bad = {"songs": [{"song_id": "a", "weekly_data": [47]}]}
    pages, rejects = parsed(f"{compact(good)}\n{compact(bad)}", weekly_streams)
    assert pages == [good, {"songs": []}]
    assert rejects[0].reason == f"an entry of songs whose weekly_data {CANNOT_BE_TAKEN}"


def test_a_figure_that_no_reader_takes_leaves_the_song_its_other_figure() -> None:
    data = '{"week": 47, "total_weekly_downloads": 7, "total_weekly_streams": NaN, "x": Infinity}'
    pages, rejects = parsed(
        f'{{"songs": [{{"song_id": "a", "weekly_data": {data}}}]}}', weekly_streams
    )
    kept = {"week": 47, "total_weekly_downloads": 7, "total_weekly_streams": None}
    assert pages == [{"songs": [{"song_id": "a", "weekly_data": kept}]}]
    names = "weekly_data.total_weekly_streams, weekly_data.x"
    assert (
        rejects[0].reason == f"an entry of songs whose {names} {CANNOT_BE_TAKEN}; it lands without"
    )


@pytest.mark.parametrize("depth", range(190, 210))
def test_a_part_is_left_out_with_its_name_or_lands(depth: int) -> None:
    item = {"id": "a", "followers": {"total": 7, "x": nested(depth)}}
    page, rejects = sound_page({"items": [item]}, artists)
    left_out = {"id": "a", "followers": {"total": 7}}
    assert page == {"items": [left_out if rejects else item]}
    assert all("whose followers.x no" in reject.reason for reject in rejects)


def test_a_page_of_an_answer_is_told_from_what_is_none() -> None:
    assert sound_page(OTHER, artists) == (OTHER, [])
    page, rejects = sound_page({"items": 7}, artists)
    assert page is None
    assert rejects == [Reject(1, "not a page with a list of items", '{"items": 7}')]


def test_a_landing_line_is_one_line_of_ascii() -> None:
    line = to_line({"items": [{"name": "a\nb\u2028c\ud83dd\U0001f3b5"}]})
    assert line.endswith(b"\n")
    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert json.loads(line) == {"items": [{"name": "a\nb\u2028c\ud83dd\U0001f3b5"}]}


def test_a_landing_line_never_holds_what_no_reader_takes() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_line({"items": [{"popularity": float("nan")}]})


def test_a_quarantine_line_says_why_where_and_what() -> None:
    line = Reject(3, "not UTF-8", "\\xff\n").to_line("inbox/list.json")
    assert line.count(b"\n") == 1
    fields = {"Reason": "not UTF-8", "Source": "inbox/list.json", "Line": 3, "Record": "\\xff\n"}
    assert json.loads(line) == fields


def test_ids_are_distinct_and_in_order() -> None:
    items = [{"id": "b"}, None, {"id": "a"}, {"id": ""}, {}, {"id": None}, {"id": "A"}]
    assert ids([{"items": items}, {"items": [{"id": "b"}]}], artists) == ["b", "a", "A"]


text = st.text(max_size=5)
unicode_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
whole = st.integers(1 - 10**38, 10**38 - 1)
finite = st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | whole | finite | text
# What every reader makes the same text of; other numbers are rejected, as a test of theirs shows.
readable = finite.filter(lambda number: number == 0 or 1e-4 <= abs(number) < 1e38)
numbers = st.none() | whole | readable
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
sound_items = st.none() | st.fixed_dictionaries(
    {"id": st.none() | unicode_text},
    optional={
        "name": st.none() | unicode_text | whole,
        "followers": st.none() | st.fixed_dictionaries({}, optional={"total": numbers}),
        "genres": st.none() | st.lists(st.none() | unicode_text, max_size=2),
        "unknown": anything,
    },
)
sound_pages = st.fixed_dictionaries(
    {"items": st.lists(sound_items, max_size=3)},
    optional={"href": st.none() | unicode_text, "total": anything},
)
separators = st.sampled_from(["\n", "", " ", "\r\n", "\n\n", ",", "\n\ufeff"])


@given(st.lists(st.tuples(sound_pages, st.sampled_from([compact, pretty, tabbed]), separators)))
def test_pages_written_in_any_style_come_back_equal(content: list[Any]) -> None:
    written = "".join(style(page) + separator for page, style, separator in content)
    assert accepted(written) == [page for page, _, _ in content]


@given(
    sound_pages, st.sampled_from([compact, pretty, tabbed]), st.sampled_from(["", "\n", " \r\n"])
)
def test_a_page_alone_is_the_same_as_one_beside_a_line_that_is_none(
    page: Page, style: Callable[[Page], str], before: str
) -> None:
    content = before + style(page)
    alone, beside = parsed(content), parsed(f"{content}\n{{")
    assert alone[0] == beside[0]
    assert alone[1] == beside[1][:-1]


@given(st.lists(st.binary(max_size=20) | st.sampled_from([compact(PAGE).encode(), b"{", b"\n"])))
@example([b"\xef\xbb\xbf\xef\xbb"])
def test_no_content_whatever_raises(parts: list[bytes]) -> None:
    pages, rejects = parsed(b"".join(parts))
    for page in pages:
        to_line(page)
    for reject in rejects:
        assert json.loads(reject.to_line("source"))["Line"] >= 1


@given(st.lists(anything | st.builds(lambda items: {"items": items}, st.lists(anything))))
def test_no_value_whatever_raises(values: list[Any]) -> None:
    pages, rejects = parsed("\n".join(map(json.dumps, values)))
    assert len(pages) + len(rejects) >= sum(1 for value in values if value != [])


hostile = st.recursive(
    leaves | st.sampled_from([2**64, 10**38 - 1, 1 - 10**38, 1e308, 5e-324, "\ud800", "\x00"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(text, inner, max_size=2),
    max_leaves=4,
)
fields = [name for each in (artists, albums, tracks) for name in each.item]
hostile_items = st.dictionaries(st.sampled_from(fields) | text, hostile, max_size=4)
hostile_pages = st.fixed_dictionaries(
    {"items": st.lists(hostile_items | hostile, max_size=3)},
    optional={"href": hostile, "requested": hostile, "x": hostile},
)


@pytest.mark.parametrize("transform", [artists, artist_albums, tracks])
@given(pages=st.lists(hostile_pages, max_size=3))
@example(pages=[{"items": [{"id": "a"}], "href": -(2**127) - 1}])
@example(pages=[{"items": [{"id": 10**400}]}])
def test_what_is_taken_can_be_read_by_the_engine(transform: Transform, pages: list[Any]) -> None:
    """A page that its reader cannot take would stop the whole run, and every run after it."""
    sound, _ = parsed("\n".join(map(json.dumps, pages)), transform)
    with tempfile.TemporaryDirectory() as folder:
        storage = FolderStorage(root=folder)
        storage.write("landing/1.ndjson", b"".join(to_line(page) for page in sound))
        work = Work(transform, ["landing/1.ndjson"], rows="rows", quarantine="quarantine")
        outcome = PolarsEngine().run(work, storage)
    assert outcome.accepted + outcome.rejected <= sum(len(page["items"]) for page in sound)
