"""Transform of monthly sales: from the lines of distributors' reports to a row per statement.

A report lists a song once for each share of a team, so the lines of one file that say the same are
added up. Files overlap, since people download the whole history again and again: of several that
have a row, the one with the newest statement of all gives it.
"""

import narwhals as nw

from music_assets.schema import tables
from music_assets.transforms.catalogue import calendar_date
from music_assets.transforms.rows import (
    LARGEST_INTEGER,
    ORDER,
    Form,
    Rule,
    Transform,
    field,
    name_in,
    not_a_text,
    says,
    verdict,
    whole_number,
)

SALES = Form(
    items="items",
    item=nw.Schema(
        dict.fromkeys(
            (
                *("report_date", "month", "store", "country_of_sale", "kind", "isrc", "upc"),
                *("title", "artist", "quantity"),
            ),
            nw.String(),
        )
    ),
    needs=("report_date", "month", "store", "country_of_sale", "kind", "quantity"),
)
KEY = tuple(column.name for column in tables.monthly_sales.primary_key)
#: Characters of a store's name.
LONGEST_STORE = 100
DAY, MONTH = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\z", r"^[0-9]{4}-[0-9]{2}\z"
COUNTRY, ITEM = r"^[0-9A-Za-z]{1,8}\z", r"^[0-9A-Z]{1,32}\z"


def _judge(records: nw.LazyFrame) -> nw.LazyFrame:
    """One record per line of a report, with the sum of all that its file says of the same."""
    texts = {name: field(name) for name in SALES.item}
    song = texts["kind"] == "song"
    item = nw.when(song).then(texts["isrc"]).otherwise(texts["upc"])
    number = whole_number(texts["quantity"])
    in_range = (number >= -LARGEST_INTEGER) & (number <= LARGEST_INTEGER)
    key = [{"Item": "Code"}.get(name, name) for name in KEY]
    read = records.with_columns(
        ReportDate=calendar_date(_like(texts["report_date"], DAY)),
        Month=calendar_date(_like(texts["month"], MONTH)),
        Store=name_in(texts["store"], LONGEST_STORE),
        Country=_like(texts["country_of_sale"], COUNTRY),
        # Not `Item` yet: to Spark that is the record's `item`.
        Code=_like(item, ITEM),
        Kind=nw.when(texts["kind"].is_in(["song", "album"])).then(texts["kind"]),
        Told=nw.when(in_range).then(number),
    )
    lacks = {name: nw.col(name).is_null() for name in (*key, "Told")}
    unusable = [
        (lacks["ReportDate"], says("report_date", texts["report_date"], "not a day")),
        (lacks["Month"], says("month", texts["month"], "not a month")),
        (lacks["Store"], says("store", texts["store"], "not a name of 100 characters at most")),
        (
            lacks["Country"],
            says("country_of_sale", texts["country_of_sale"], "not the code of a country"),
        ),
        (lacks["Kind"], says("kind", texts["kind"], "neither song nor album")),
        (lacks["Code"] & song, says("isrc", texts["isrc"], "not the code of a song")),
        (lacks["Code"], says("upc", texts["upc"], "not the code of an album")),
        (lacks["Told"], says("quantity", texts["quantity"], "not a whole number")),
    ]
    found = verdict(*unusable, without=[*map(_no_name, ("title", "artist"))])
    counted = nw.col("Counted").sum().over("requested", *key)
    judged = read.with_columns(**found)
    return judged.with_columns(Counted=nw.when(nw.col("Usable")).then(nw.col("Told"))).select(
        *ORDER,
        *(name for name in key if name != "Code"),
        Item=nw.col("Code"),
        Title=name_in(texts["title"]),
        ArtistName=name_in(texts["artist"]),
        Quantity=nw.when(nw.col("Usable")).then(counted).otherwise(nw.col("Told")),
        Reason=nw.col("Reason"),
        Usable=nw.col("Usable"),
    )


def _of_newest_files(found: nw.LazyFrame) -> nw.LazyFrame:
    """The records of one file for each row: the newest, and of equally new ones the last by key."""
    newest = nw.col("Newest")
    return (
        found.with_columns(Newest=nw.col("ReportDate").max().over("requested"))
        .with_columns(NewestOfAll=newest.max().over(*KEY))
        .with_columns(OfNewest=nw.when(newest == nw.col("NewestOfAll")).then(nw.col("requested")))
        .with_columns(Chosen=nw.col("OfNewest").max().over(*KEY))
        .filter(nw.col("requested") == nw.col("Chosen"))
    )


def _like(text: nw.Expr, pattern: str) -> nw.Expr:
    return nw.when(text.str.contains(pattern)).then(text)


def _no_name(name: str) -> Rule:
    return not_a_text(field(name)), nw.lit(f"{name} is longer than its column, or holds a NUL")


monthly_sales = Transform.into(tables.monthly_sales, SALES, _judge, settle=_of_newest_files)
