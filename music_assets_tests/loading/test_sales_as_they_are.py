"""Sales, from files to the table: overlaps are one row, and what has not changed costs a look."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets.storage.fingerprints import forget_all
from music_assets.storage.paths import LANDED_SALES
from music_assets_tests.house import House, failed_checks, failures, metadata_of
from music_assets_tests.sales_files import EARNINGS, put_report, report, sale

LOADED = ("inserted", "updated", "deleted")
APRIL = sale(1, reported="2026-04-05", month="2026-02")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with SandboxServer(World.fictional(2, 2, 4)) as server:
        yield House(tmp_path, server)


def run(house: House) -> dg.ExecuteInProcessResult:
    return house.run("group:sales")


def done(result: dg.ExecuteInProcessResult) -> tuple[int, list[int]]:
    """Files that landed; rows inserted, updated and deleted."""
    told = metadata_of(result, "monthly_sales")
    return metadata_of(result, "raw_sales")["landed"], [told[name] for name in LOADED]


def sold(house: House) -> list[tuple[str, str, str, int]]:
    """Statement, month, item and quantity of each row."""
    return [(row[0], row[1], row[4], row[8]) for row in house.rows("monthly_sales")]


JANUARY = ("2026-03-05", "2026-01-01", "SEABC2600001", 3)
FEBRUARY = ("2026-04-05", "2026-02-01", "SEABC2600001", 1)


def test_histories_that_overlap_are_loaded_once_whatever_the_files_are_called(house: House) -> None:
    put_report(house.storage, sale(5), sale(-2))
    assert done(result := run(house)) == (1, [1, 0, 0])
    assert (failures(result), failed_checks(result)) == ({}, set())
    put_report(house.storage, sale(5), sale(-2), APRIL, name="DistroKid (1).txt")
    packed = gzip.compress(report([sale(5), sale(-2)]))
    house.storage.write("sales/again.tsv.gz", packed)
    assert done(run(house)) == (1, [1, 0, 0])
    assert sold(house) == [JANUARY, FEBRUARY]
    [row, _] = house.rows("monthly_sales")
    assert row[6:8] == ("Song", "Mot\xf6rhead")
    before = house.dump(), house.data_versions(), list(house.storage.list(LANDED_SALES))
    for _ in range(2):
        result = run(house)
        assert done(result) == (0, [0, 0, 0])
        assert metadata_of(result, "monthly_sales")["step"] == "unchanged"
    after = house.dump(), house.data_versions(), list(house.storage.list(LANDED_SALES))
    assert after == before


def test_a_file_that_leaves_the_inbox_keeps_its_rows(house: House) -> None:
    path = put_report(house.storage, sale(3), APRIL)
    run(house)
    house.storage.delete(path)
    assert done(run(house)) == (0, [0, 0, 0])
    forget_all(house.storage)
    assert done(run(house)) == (0, [0, 0, 0])
    assert sold(house) == [JANUARY, FEBRUARY]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM monthly_sales",
        "UPDATE monthly_sales SET Quantity = 9",
        "INSERT INTO monthly_sales SELECT ReportDate, Month, 'Shop', Country, Item, Kind, Title,"
        " ArtistName, 7 FROM monthly_sales",
    ],
)
def test_what_was_changed_by_hand_is_healed(statement: str, house: House) -> None:
    put_report(house.storage, sale(3), APRIL)
    run(house)
    with house.connection() as connection, connection.begin():
        connection.exec_driver_sql(statement)
    run(house)
    assert sold(house) == [JANUARY, FEBRUARY]


def test_a_landing_that_is_gone_or_that_somebody_wrote_lands_again(house: House) -> None:
    put_report(house.storage, sale(3))
    run(house)
    [landing] = house.storage.list(LANDED_SALES)
    house.storage.delete(landing.path)
    assert done(run(house)) == (1, [0, 0, 0])
    house.storage.write(landing.path, b"{}\n")
    assert done(run(house)) == (1, [0, 0, 0])
    assert sold(house) == [JANUARY]


def test_a_bad_file_is_named_and_holds_up_no_other_and_a_bad_line_costs_itself(
    house: House,
) -> None:
    put_report(house.storage, sale(3), sale("many", title="Lost"), name="good.tsv")
    house.storage.write("sales/login.csv", b"<!DOCTYPE html><html></html>")
    put_report(house.storage, sale(7, isrc="?"), name="useless.tsv")
    house.storage.write("sales/later.tsv", b"")
    for _ in range(2):
        result = run(house)
        [(step, said)] = failures(result).items()
        assert step == "monthly_sales_every_report"
        assert said.startswith("sales/login.csv holds a web page")
        assert "No record of sales/useless.tsv could be used; quarantine/monthly_sales/" in said
        assert failed_checks(result) == {
            "raw_sales:nothing_quarantined", "monthly_sales:nothing_quarantined"
        }  # fmt: skip
        assert sold(house) == [JANUARY]
    reasons = {each["Reason"] for each in house.quarantined()["monthly_sales"]}
    assert reasons == {
        "quantity is 'many', not a whole number", "isrc is '?', not the code of a song"
    }  # fmt: skip
    for name in ("login.csv", "useless.tsv", "later.tsv"):
        house.storage.delete(f"sales/{name}")
    assert failures(run(house)) == {}


def test_earnings_stay_in_the_file(house: House) -> None:
    put_report(house.storage, sale(3), sale("many"))
    run(house)
    files = [each for each in house.folder.rglob("*") if each.is_file()]
    found = [each.name for each in files if EARNINGS.encode() in each.read_bytes()]
    assert found == ["DistroKid.tsv"]


def test_days_that_may_be_read_in_two_ways_are_not_guessed(house: House) -> None:
    put_report(house.storage, sale(reported="05/03/2026"))
    [said] = failures(run(house)).values()
    assert "05/03/2026 may be 2026-03-05 or 2026-05-03" in said
    put_report(house.storage, sale(3, reported="05/03/2026"), sale(1, reported="31/03/2026"))
    assert failures(run(house)) == {}
    assert [row[0] for row in sold(house)] == ["2026-03-05", "2026-03-31"]
