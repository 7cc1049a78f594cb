"""The transform of sales: lines of one file add up, and of several files the newest counts."""

import datetime as dt
from typing import Any

import pytest

from music_assets.transforms.sales import monthly_sales
from music_assets_tests.transforms.conftest import Row, accepted, transformed

SONG = {
    "report_date": "2026-03-05",
    "month": "2026-01",
    "store": "Spotify",
    "country_of_sale": "SE",
    "kind": "song",
    "isrc": "SE1",
    "upc": "19",
    "title": "T",
    "artist": "A",
}


def page(*items: Row, file: str = "f") -> Row:
    return {"requested": file, "items": items}


def sold(quantity: object, **others: Any) -> Row:
    return SONG | {"quantity": quantity} | others


def quantities(*pages: Row) -> list[tuple[dt.date, int]]:
    return [(row["ReportDate"], row["Quantity"]) for row in accepted(monthly_sales, *pages)]


def test_a_line_is_a_row_whose_item_is_the_code_of_its_kind() -> None:
    song, album = accepted(monthly_sales, page(sold(-3), sold(4, kind="album", isrc=None)))[::-1]
    assert song == {
        "ReportDate": dt.date(2026, 3, 5), "Month": dt.date(2026, 1, 1), "Store": "Spotify",
        "Country": "SE", "Item": "SE1", "Kind": "song", "Title": "T", "ArtistName": "A",
        "Quantity": -3,
    }  # fmt: skip
    assert (album["Item"], album["Kind"], album["Quantity"]) == ("19", "album", 4)


def test_the_lines_of_a_team_add_up_in_a_file_also_over_pages() -> None:
    assert quantities(page(sold(5), sold(-7)), page(sold(1))) == [(dt.date(2026, 3, 5), -1)]


def test_the_same_statement_in_several_files_is_one_row_of_the_newest_file() -> None:
    older, april = dt.date(2026, 3, 5), dt.date(2026, 4, 5)
    old = page(sold(5), sold(5), file="z")
    new = page(sold(9), sold(1, report_date="2026-04-05"), file="a")
    for pages in ((old, new), (new, old)):
        assert quantities(*pages) == [(older, 9), (april, 1)]


def test_a_dispute_of_files_as_new_as_each_other_ends_the_same_in_any_order() -> None:
    one, other = page(sold(5), file="a"), page(sold(6), sold(1), file="b")
    assert quantities(one, other) == quantities(other, one) == [(dt.date(2026, 3, 5), 7)]


@pytest.mark.parametrize(
    ("member", "value", "reason"),
    [
        ("report_date", "2026-02-30", "report_date is '2026-02-30', not a day"),
        ("month", "Jan 26", "month is 'Jan 26', not a month"),
        ("store", None, "store is absent, not a name of 100 characters at most"),
        (
            "country_of_sale",
            "the world",
            "country_of_sale is 'the world', not the code of a country",
        ),
        ("kind", "video", "kind is 'video', neither song nor album"),
        ("isrc", "1.9E+11", "isrc is '1.9E+11', not the code of a song"),
        ("quantity", "1.5", "quantity is '1.5', not a whole number"),
        ("quantity", 2**31, "quantity is '2147483648', not a whole number"),
    ],
)
def test_a_line_that_cannot_be_read_costs_itself_and_says_why(
    member: str, value: object, reason: str
) -> None:
    rows, reasons = transformed(monthly_sales, page(sold(5), sold(7) | {member: value}))
    assert ([row["Quantity"] for row in rows], reasons) == ([5], [reason])


def test_a_title_that_no_column_holds_is_left_out_and_its_quantity_counts() -> None:
    rows, [reason] = transformed(monthly_sales, page(sold(5, title="x" * 1_001), sold(2)))
    assert [(row["Title"], row["Quantity"]) for row in rows] == [("T", 7)]
    assert reason == "title is longer than its column, or holds a NUL; it is loaded without"
