"""Transform of an album's own object, which comes along with the first page of its tracks."""

import narwhals as nw

from music_assets.schema import tables
from music_assets.transforms.rows import (
    LONGEST_NAME,
    NO_CODE,
    ORDER,
    Form,
    Transform,
    code_in,
    field,
    name_in,
    no_id,
    not_a_code,
    not_a_text,
    says,
    verdict,
    whole_number,
)

TEXT = nw.String()
#: What an album's own object says that its artists' listings do not.
ALBUM_DETAILS = nw.Schema(
    {
        "id": TEXT,
        "external_ids": nw.Struct({"upc": TEXT, "ean": TEXT}),
        "images": nw.List(nw.Struct({"url": TEXT, "height": TEXT, "width": TEXT})),
        "label": TEXT,
        "copyrights": nw.List(nw.Struct({"text": TEXT, "type": TEXT})),
    }
)
#: Pixels of a cover that is shown in a list.
COVER = "300"
#: The one line of a record that is about the work; `P` is about the recording.
WORK = "C"
TOO_LONG = f"longer than {LONGEST_NAME} characters, or with a NUL"


def judge_album_details(records: nw.LazyFrame) -> nw.LazyFrame:
    """One row per album: its UPC, label, copyright line, and the picture of 300 pixels.

    Of an album without that picture, the first one counts, which is the largest.
    """
    # The id that was asked for: Spotify may answer with that of a copy for another market.
    identity, label = nw.col("requested"), field("label")
    upc = nw.coalesce(field("external_ids", "upc"), field("external_ids", "ean"))
    cover, line = nw.col("Image").struct.field("url"), nw.col("Notice").struct.field("text")
    return _with_one_of_each(records).select(
        *ORDER,
        AlbumID=identity,
        UPC=code_in(upc),
        Label=name_in(label),
        CoverURL=name_in(cover),
        Copyright=name_in(line),
        **verdict(
            (no_id(identity), says("id", identity, "not the id of an album")),
            without=[
                (not_a_code(upc), says("upc", upc, NO_CODE)),
                (not_a_text(label), nw.lit(f"the label is {TOO_LONG}")),
                (not_a_text(cover), nw.lit(f"the address of the cover is {TOO_LONG}")),
                (not_a_text(line), nw.lit(f"the copyright is {TOO_LONG}")),
            ],
        ),
    )


def _with_one_of_each(records: nw.LazyFrame) -> nw.LazyFrame:
    """The records with the best one of their images and of their copyright lines."""
    images = records.with_columns(Image=field("images")).explode("Image")
    height, address = (nw.col("Image").struct.field(name) for name in ("height", "url"))
    largest = -whole_number(height).fill_null(0)
    one_image = _best(images, height != COVER, largest, address)
    notices = one_image.with_columns(Notice=field("copyrights")).explode("Notice")
    kind, text = (nw.col("Notice").struct.field(name) for name in ("type", "text"))
    return _best(notices, kind != WORK, text)


def _best(records: nw.LazyFrame, *by: nw.Expr) -> nw.LazyFrame:
    """One of the rows that each record was made into: the least by these values, nulls last."""
    keys = {f"Key{number}": value for number, value in enumerate(by)}
    lacking = {f"No{name}": value.is_null() for name, value in keys.items()}
    order = [each for name in keys for each in (f"No{name}", name)]
    ranked = records.with_columns(**keys, **lacking)
    return ranked.unique(subset=list(ORDER), keep="first", order_by=order).drop(order)


album_details = Transform.into(
    tables.albums,
    Form(items="album", item=ALBUM_DETAILS, single=True),
    judge_album_details,
    name="album_details",
    columns=("AlbumID", "UPC", "Label", "CoverURL", "Copyright"),
)
