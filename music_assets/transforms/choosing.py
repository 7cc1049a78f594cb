"""From judged records to rows and rejects: the end of every transform, on every engine."""

import narwhals as nw

from music_assets.transforms.rows import ORDER, Transform


def accepted(transform: Transform, judged: nw.LazyFrame) -> nw.LazyFrame:
    """The usable records as rows, sorted by key: per key a sound one, the first in `ORDER`."""
    return chosen(transform, usable(transform, judged)).sort(*transform.key)


def usable(transform: Transform, judged: nw.LazyFrame) -> nw.LazyFrame:
    """The usable records, without those that the transform does without."""
    found = judged.filter(nw.col("Usable"))
    return transform.settle(found) if transform.settle else found


def chosen(transform: Transform, records: nw.LazyFrame) -> nw.LazyFrame:
    """One row for each key of usable records."""
    lacking = records.with_columns(Lacks=~nw.col("Reason").is_null())
    order = ["Lacks", *transform.prefer, *ORDER]
    once = lacking.unique(subset=list(transform.key), keep="first", order_by=order)
    return once.select(*transform.columns)


def rejected(transform: Transform, judged: nw.LazyFrame) -> nw.LazyFrame:
    """The records with a reason: it, `Usable`, the place, and the columns that could be read."""
    rejects = judged.filter(~nw.col("Reason").is_null())
    return rejects.select("Reason", "Usable", *ORDER, *transform.columns)
