"""The inbox of monthly sales: reports as distributors let people download them, and their landings.

A report lands as one blob of pages, by the key of its content: the same content is the same
landing, whatever the file is called. Earnings and a team's shares never leave the file.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from music_assets.landing.delimited import (
    ARTIST,
    TITLE,
    Column,
    First,
    day_of,
    first_in,
    read_delimited,
    whole_number_of,
)
from music_assets.landing.inboxes import plain
from music_assets.landing.pages import sound_page, to_line
from music_assets.transforms.sales import SALES

SALES_PER_PAGE = 1_000
COLUMNS = (
    Column("report_date", ("reporting date",)),
    Column("month", ("sale month",)),
    Column("store", ("store",)),
    Column("country_of_sale", ("country of sale",)),
    Column("kind", ("song/album",)),
    Column("isrc", ("isrc",)),
    Column("upc", ("upc",)),
    Column("title", TITLE, needed=False),
    Column("artist", ARTIST, needed=False),
    Column("quantity", ("quantity",)),
)
Record = Mapping[str, str | None]


def sales_lines(content: bytes, path: str) -> tuple[str, list[bytes], int]:
    """The key of a report's content, the lines of its landing, and the number of their records.

    Args:
        content: of the file, compressed or not.
        path: of the file, for sentences.

    Raises:
        ValueError: it is no report of sales, or one without a sale.
    """
    text = plain(content, path)
    records = [record for _, record in read_delimited(text, path, COLUMNS)]
    if not records:
        raise ValueError(f"{path} lists no sale; download it again.")
    first = first_in((record["report_date"] for record in records), path)
    items = [_item(record, first) for record in records]
    key = hashlib.sha256(text).hexdigest()[:16]
    pages = (
        sound_page({"requested": key, SALES.items: items[begin : begin + SALES_PER_PAGE]}, SALES)
        for begin in range(0, len(items), SALES_PER_PAGE)
    )
    return key, [to_line(page) for page, _ in pages if page], len(items)


def _item(record: Record, first: First | None) -> dict[str, Any]:
    """A record in one spelling of days, numbers and codes; the transform judges what is none."""
    day, number = day_of(record["report_date"], first), whole_number_of(record["quantity"])
    month, isrc = day_of(f"{record['month']}-01"), record["isrc"]
    return {
        **record,
        "report_date": day.isoformat() if day else record["report_date"],
        "month": f"{month:%Y-%m}" if month else record["month"],
        "kind": record["kind"] and record["kind"].lower(),
        "isrc": isrc and isrc.replace("-", "").upper(),
        "quantity": record["quantity"] if number is None else number,
    }
