"""The descriptions of the marts' columns, which stand in their SQL."""

import pytest

from music_assets.schema.mart_sql import (
    Column,
    Mart,
    MartError,
    columns,
    description_of,
    read_marts,
    sql_folder,
)

MARTS = read_marts(sql_folder() / "marts")


@pytest.mark.parametrize("mart", MARTS.values(), ids=MARTS.keys())
def test_every_column_of_a_mart_is_described_in_its_order_and_no_other(mart: Mart) -> None:
    assert list(mart.descriptions) == [column.name for column in columns(mart, MARTS)]
    for said in mart.descriptions.values():
        assert said.endswith(".")


def test_a_description_goes_on_in_lines_that_are_indented_and_ends_with_the_comment() -> None:
    mart = Mart(
        "m",
        "-- One row is one song,\n-- or two.\n-- Weeks read: 3\n-- Columns:\n-- Name: who it is:\n"
        "--   a person.\n-- Size: how many.\nSELECT Name, Size -- Shape: none.\nFROM artists",
    )
    assert mart.description == "One row is one song, or two."
    assert mart.weeks_read == 3
    assert mart.descriptions == {"Name": "Who it is: a person.", "Size": "How many."}


def test_what_a_column_is_made_of_stands_behind_what_it_is() -> None:
    mart = Mart("m", "-- One row.\n-- Columns:\n-- Share: a part.\nSELECT 1 AS Share")
    made = Column("Share", "INT", (("artists", "Followers"), ("weekly_totals", "Streams")))
    of = "Made of: artists.Followers, weekly_totals.Streams."
    assert description_of(mart, made) == f"A part. {of}"
    assert description_of(mart, Column("Share", "INT", ())) == "A part."
    assert description_of(Mart("bare", "SELECT 1"), made) == of


@pytest.mark.parametrize("line", ["Weeks read: 1", "no column at all", "Name:", "  indented"])
def test_a_line_that_describes_no_column_is_named(line: str) -> None:
    mart = Mart("m", f"-- One row.\n-- Columns:\n-- {line}\nSELECT 1")
    with pytest.raises(MartError, match=rf'm\.sql says "{line.strip()}" below "Columns:"; say'):
        _ = mart.descriptions
