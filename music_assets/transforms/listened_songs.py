"""Transform of the songs that somebody has heard, whoever made them."""

import narwhals as nw

from music_assets.schema import tables
from music_assets.transforms.rows import (
    BASE_62,
    LONGEST_NAME,
    ORDER,
    Form,
    Transform,
    field,
    name_in,
    not_a_text,
    says,
    verdict,
    whole_number,
)

TEXT = nw.String()
SONGS = Form(
    items="songs",
    item=nw.Schema(dict.fromkeys(("song_id", "name_id", "title", "artist", "album", "last"), TEXT)),
    needs=(),
)
TOO_LONG = f"longer than {LONGEST_NAME} characters, or with a NUL"


def judge_listened_songs(records: nw.LazyFrame, names: nw.LazyFrame) -> nw.LazyFrame:
    """One row per song as one file names it; of several that tell the album, the newest counts.

    Args:
        records: songs of files.
        names: `NameID` and the `Named` song of it, for songs that some file names only.
    """
    identity, last = field("song_id"), whole_number(field("last"))
    parts = {name: field(name) for name in ("title", "artist", "album")}
    known = nw.when(identity.str.contains(BASE_62)).then(identity)
    named = records.with_columns(NameID=field("name_id"), Known=known).join(
        names, on="NameID", how="left"
    )
    return named.select(
        *ORDER,
        SongID=nw.coalesce("Known", "Named", "NameID"),
        Title=name_in(parts["title"]),
        ArtistName=name_in(parts["artist"]),
        AlbumName=name_in(parts["album"]),
        # A file that knows no album takes none away from another.
        NoAlbum=parts["album"].is_null(),
        Age=-nw.coalesce(last, nw.lit(0)),
        # Names of the same moment in one order, whatever the file is called.
        Words=nw.concat_str(*parts.values(), separator="\n", ignore_nulls=True),
        **verdict(
            (
                nw.coalesce("Known", "Named", "NameID").is_null(),
                nw.lit("it has neither an id nor a name"),
            ),
            without=[
                (not_a_text(value), says(name, value, TOO_LONG)) for name, value in parts.items()
            ],
        ),
    )


listened_songs = Transform.into(
    tables.listened_songs, SONGS, judge_listened_songs, prefer=("NoAlbum", "Age", "Words")
)
