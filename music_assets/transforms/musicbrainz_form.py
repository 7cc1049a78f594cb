"""The forms in which MusicBrainz's answers land: a page per id of ours, with at most one item.

Beside what every page has, its `matched` says how the item was found, `url`, `name` or `barcode`. A
page without an item has `missed` instead: `unknown`, `ambiguous` or `gone`.
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
#: One of the labels that an edition came out on.
_LABEL_INFO = nw.Struct({"label": nw.Struct({"name": nw.String()})})

MUSICBRAINZ_RELEASES = Form(
    items="items",
    item=nw.Schema(
        {
            "id": nw.String(),
            "label-info": nw.List(_LABEL_INFO),
            "release-group": nw.Struct({"first-release-date": nw.String()}),
        }
    ),
)
