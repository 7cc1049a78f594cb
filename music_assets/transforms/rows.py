"""Records, and their judgement: the parts that all transforms share.

An engine reads landing pages and gives a transform *records*: one row per item of a page, in order,
with the columns `Source` (landing path), `Line` (in the file, from 1), `Position` (in the page,
from 1), `requested` (the id that was asked for, or a week's Monday; null in pages that others
wrote), `href`, and `item` (every leaf as text, so that the transform judges what was sent).
Where a transform's record is an object of the page itself, each page that has it gives one record.

A transform's `judge` adds the entity's columns, `Reason` and `Usable`. A record is judged by its
parts: a value that cannot be used is null in its column, and `Reason` says so. Only a record
without an identity or a place is not `Usable`. `transforms/choosing.py` makes the rows of the
usable ones, and the rejects of every one that has a reason.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import narwhals as nw
import sqlalchemy as sa

from music_assets.schema.treatments import Treatment, has_treatment

#: One JSON object with a list of items, as Spotify or a weekly file gives it.
Page = dict[str, Any]
#: The containers of a value: the shape of each member of an object, the one shape of the members of
#: a list, or None for a leaf.
Shape: TypeAlias = "dict[str, Shape] | list[Shape] | None"
#: The order of records. `requested` leads, since an ingest asks for many ids at once, and the order
#: of the answers differs from run to run.
ORDER = ("requested", "Source", "Line", "Position")
#: The columns that no record of a row's own source has.
NOT_OF_THE_INPUT = (Treatment.NUMBERED, Treatment.INSERTED, Treatment.DETAIL)
#: The largest values that INTEGER and BIGINT columns hold on every database.
LARGEST_INTEGER = 2**31 - 1
LARGEST_BIGINT = 10**18 - 1
#: Characters of a name, as in schema/catalogue_tables.py; counted in UTF-16, as SQL Server does.
LONGEST_NAME = 1_000
NO_CODE = "not a word of 32 letters at most"
#: Patterns end in `\z`, since Java's `$` also matches before a last line break.
BASE_62 = r"^[0-9A-Za-z]{1,64}\z"


@dataclass(frozen=True, kw_only=True)
class Form:
    """The form of landing pages of one kind.

    Attributes:
        items: the member of a page that holds the records, `items` or `songs`; if `single`, the
            one that is the record.
        item: schema of one record, every leaf a string.
        needs: members of a record without which it has no identity or place.
        beside: the schemas of objects beside the items of a page, which are other transforms'
            records.
        single: True if a page holds one record or none, an object, and no list of records.
        told: other texts of a page that its records have as columns.
    """

    items: str
    item: nw.Schema
    needs: tuple[str, ...] = ("id",)
    beside: Mapping[str, nw.Schema] = dataclasses.field(default_factory=dict)
    single: bool = False
    told: tuple[str, ...] = ()

    @property
    def page(self) -> nw.Schema:
        """Schema of one landing line."""
        record = nw.Struct(dict(self.item))
        records = record if self.single else nw.List(record)
        texts = dict.fromkeys(("requested", "href", *self.told), nw.String())
        return nw.Schema({**texts, self.items: records})

    @cached_property
    def shape(self) -> dict[str, Shape]:
        """The containers of one record; cached, since each record that lands is held against it."""
        return _shape_of(self.item)

    @cached_property
    def shapes_beside(self) -> dict[str, dict[str, Shape]]:
        """The containers of the objects beside the items."""
        return {name: _shape_of(schema) for name, schema in self.beside.items()}


@dataclass(frozen=True, kw_only=True)
class Transform(Form):
    """Makes the rows of one table from landing pages of one form.

    Attributes:
        table: the table of the rows, which names the entity.
        judge: records -> the columns, `ORDER`, `Reason` and `Usable`.
        entity: the name of the rows: the table's, unless several make rows for it.
        columns: of the rows: the table's, unless the sync gives one.
        key: the columns that make a row unique.
        prefer: columns of `judge` by which one of several usable records of a key is chosen.
        settle: leaves out usable records that another one makes needless, without being the same.
    """

    table: sa.Table
    judge: Callable[..., nw.LazyFrame]
    entity: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    prefer: tuple[str, ...] = ()
    settle: Callable[[nw.LazyFrame], nw.LazyFrame] | None = None

    @classmethod
    def into(
        cls,
        table: sa.Table,
        form: Form,
        judge: Callable[..., nw.LazyFrame],
        *,
        name: str = "",
        columns: Sequence[str] = (),
        key: Sequence[str] = (),
        **others: Any,  # noqa: ANN401
    ) -> "Transform":
        """A transform of the pages of a form into a table.

        Args:
            table: of the rows.
            form: of the pages.
            judge: see the class.
            name: of the entity, where it is not the table's.
            columns: of the rows; the table's unless given, without those that the sync gives or
                another step fills in later.
            key: the columns that make a row unique, if not the table's primary key.
            others: `prefer` and `settle`.
        """
        primary = [each.name for each in table.primary_key]
        own = [
            each.name
            for each in table.columns
            if not any(has_treatment(each, treatment) for treatment in NOT_OF_THE_INPUT)
        ]
        columns = tuple(columns or own)
        key = tuple(key) or tuple(each for each in columns if each in primary) or columns
        parts = {each.name: getattr(form, each.name) for each in dataclasses.fields(form)}
        named: dict[str, Any] = {
            "table": table,
            "entity": name or table.name,
            "columns": columns,
            "key": key,
        }
        return cls(**parts, judge=judge, **named, **others)


def _shape_of(schema: nw.Schema) -> dict[str, Shape]:
    return {name: _shape(dtype) for name, dtype in schema.items()}


def _shape(dtype: object) -> Shape:
    if isinstance(dtype, nw.Struct):
        return {member.name: _shape(member.dtype) for member in dtype.fields}
    return [_shape(dtype.inner)] if isinstance(dtype, nw.List) else None


def field(*path: str) -> nw.Expr:
    """A member of the item, as text."""
    value = nw.col("item")
    for name in path:
        value = value.struct.field(name)
    return value


def whole_number(text: nw.Expr) -> nw.Expr:
    """Text as an integer, otherwise null. `12.0` is 12, since JSON has only one type of numbers."""
    digits = text.str.replace_all(r"\.0+\z", "")
    return nw.when(digits.str.contains(r"^-?[0-9]{1,18}\z")).then(digits).cast(nw.Int64())


def given(text: nw.Expr) -> nw.Expr:
    """True if a value was sent."""
    return ~text.is_null()


def no_id(text: nw.Expr) -> nw.Expr:
    """True if this is no Spotify id: absent, empty, or not base-62."""
    return text.is_null() | ~text.str.contains(BASE_62)


def not_a_count(text: nw.Expr, most: int = LARGEST_INTEGER) -> nw.Expr:
    """True if a value was sent and is no integer from 0 to `most`."""
    number = whole_number(text)
    return given(text) & (number.is_null() | (number < 0) | (number > most))


def count_in(text: nw.Expr, most: int = LARGEST_INTEGER) -> nw.Expr:
    """Text as an integer from 0 to `most`, otherwise null."""
    return nw.when(~not_a_count(text, most)).then(whole_number(text))


def not_a_text(text: nw.Expr, most: int = LONGEST_NAME) -> nw.Expr:
    """True if a value was sent with more characters than its column holds, or with a NUL.

    PostgreSQL refuses a NUL in any text, and the whole load with it.
    """
    # A character beyond the first plane takes two of UTF-16's units. Only of these texts can the
    # units be too many.
    lengthy = nw.when(text.str.len_chars() > most // 2).then(text)
    twofold = lengthy.str.replace_all(r"[^\x{10000}-\x{10FFFF}]", "")
    long = lengthy.str.len_chars() + twofold.str.len_chars() > most
    return given(text) & ((given(lengthy) & long) | text.str.contains(r"\x00"))


def name_in(text: nw.Expr, most: int = LONGEST_NAME) -> nw.Expr:
    """Text that its column holds, otherwise null."""
    return nw.when(~not_a_text(text, most)).then(text)


def not_a_code(text: nw.Expr) -> nw.Expr:
    """True if a value was sent that is not a word of 1 to 32 letters of ASCII."""
    return given(text) & ~text.str.contains(r"^[ -~]{1,32}\z")


def code_in(text: nw.Expr) -> nw.Expr:
    """Text that a column of codes holds, otherwise null."""
    return nw.when(~not_a_code(text)).then(text)


def says(name: str, text: nw.Expr, problem: str) -> nw.Expr:
    """A reason that quotes the value: `duration_ms is 'abc', not a number of milliseconds`."""
    value = (
        nw.when(text.is_null())
        .then(nw.lit("absent"))
        .otherwise(nw.concat_str(nw.lit("'"), text, nw.lit("'")))
    )
    return nw.concat_str(nw.lit(f"{name} is "), value, nw.lit(f", {problem}"))


Rule = tuple[nw.Expr, nw.Expr]


def verdict(*unusable: Rule, without: Sequence[Rule] = ()) -> dict[str, nw.Expr]:
    """The columns `Reason` and `Usable`.

    Args:
        unusable: rules for a record without an identity or a place.
        without: rules for a record that is loaded without a value.
    """
    reason = first_reason(*unusable)
    left_out = nw.concat_str(first_reason(*without), nw.lit("; it is loaded without"))
    return {"Reason": nw.coalesce(reason, left_out), "Usable": reason.is_null()}


def first_reason(*rules: Rule) -> nw.Expr:
    """The reason of the first rule that holds; null where none does."""
    reason = nw.lit(None, dtype=nw.String())
    for broken, why in reversed(rules):
        reason = nw.when(broken).then(why).otherwise(reason)
    return reason
