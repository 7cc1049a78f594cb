"""The form in which artists of MusicBrainz land: a page per artist of ours, with at most one item.

Beside what every page has, its `matched` says how the artist was found, `url` or `name`. A page
without an item has `missed` instead: `unknown`, `ambiguous` or `gone`.
"""

import narwhals as nw

from music_assets.transforms.rows import Form

_GENRE = nw.Struct({"name": nw.String(), "count": nw.String()})

MUSICBRAINZ_ARTISTS = Form(
    items="items",
    item=nw.Schema(
        {
            "id": nw.String(),
            "name": nw.String(),
            "type": nw.String(),
            "country": nw.String(),
            "life-span": nw.Struct({"begin": nw.String()}),
            "genres": nw.List(_GENRE),
        }
    ),
    told=("matched",),
)
