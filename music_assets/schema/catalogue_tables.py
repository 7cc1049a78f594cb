"""The tables of the catalogue: artists, genres, albums, tracks, and who made what."""

import sqlalchemy as sa

from music_assets.schema.column_types import SECONDS, Code, Name
from music_assets.schema.table_parts import detail, first_seen, metadata, references, spotify_id
from music_assets.schema.treatments import Treatment

artists = sa.Table(
    "artists",
    metadata,
    sa.Column("ArtistID", spotify_id(), primary_key=True, comment="Spotify's id of the artist."),
    sa.Column(
        "Name",
        Name(1000),
        comment="The artist's name at Spotify. NULL: Spotify gave none that can be used.",
    ),
    sa.Column(
        "Followers",
        sa.Integer,
        comment="The number of the artist's followers at Spotify. NULL: Spotify does not say, as "
        "to apps in development mode.",
    ),
    detail(
        "MusicBrainzID",
        Code(36),
        Treatment.EXACT,
        comment="MusicBrainz's id (MBID) of the artist. NULL: not found there, or not asked for.",
    ),
    detail(
        "Country",
        Code(8),
        Treatment.EXACT,
        comment="The artist's country at MusicBrainz, by ISO 3166-1 or a code of MusicBrainz's "
        "own, such as XW for the whole world. NULL: not told.",
    ),
    detail(
        "ArtistType",
        Code(32),
        Treatment.EXACT,
        comment="MusicBrainz's word for the artist, such as Person or Group. NULL: not told.",
    ),
    detail(
        "BeganYear",
        sa.Integer,
        Treatment.EXACT,
        comment="The year of the birth or the founding, as MusicBrainz has it. NULL: not told.",
    ),
    detail(
        "MatchedBy",
        Code(8),
        Treatment.EXACT,
        comment="The way in which MusicBrainz's artist was found: `url`, by the address at "
        "Spotify, or `name`, which is a guess. NULL: not found, or not asked for.",
    ),
    comment="One row is one artist that is followed.",
)

genres = sa.Table(
    "genres",
    metadata,
    sa.Column(
        "GenreID",
        sa.Integer,
        primary_key=True,
        autoincrement=False,
        info={"treatments": {Treatment.NUMBERED}},
        comment="A number of our own, given at the first load of the genre and never given again.",
    ),
    sa.Column(
        "Name",
        Name(400),
        nullable=False,
        unique=True,
        comment="The genre's name, in the spelling that came first.",
    ),
    comment="One row is one genre that Spotify or MusicBrainz has named.",
)

artist_genres = sa.Table(
    "artist_genres",
    metadata,
    sa.Column(
        "ArtistID",
        spotify_id(),
        references("artists.ArtistID"),
        primary_key=True,
        comment="The artist, in `artists`.",
    ),
    sa.Column(
        "GenreID",
        sa.Integer,
        references("genres.GenreID"),
        primary_key=True,
        autoincrement=False,
        index=True,
        comment="The genre, in `genres`.",
    ),
    sa.Column(
        "Source",
        Code(16),
        nullable=False,
        server_default="spotify",
        comment="Who says so, `spotify` or `musicbrainz`; a genre that both give is Spotify's.",
    ),
    sa.Column(
        "Votes",
        sa.Integer,
        info={"treatments": {Treatment.EXACT}},
        comment="The number of votes that the genre has at MusicBrainz. NULL: it is Spotify's.",
    ),
    comment="One row is one genre of one artist.",
    sqlite_with_rowid=False,
)

albums = sa.Table(
    "albums",
    metadata,
    sa.Column("AlbumID", spotify_id(), primary_key=True, comment="Spotify's id of the album."),
    sa.Column(
        "AlbumName",
        Name(1000),
        comment="The album's name at Spotify. NULL: Spotify gave none that can be used.",
    ),
    sa.Column(
        "AlbumType",
        Code(32),
        comment="Spotify's word for it: `album`, `single` or `compilation`. NULL: not told.",
    ),
    sa.Column(
        "ReleaseDate",
        sa.DATE,
        comment="The day of the release, as Spotify has it; of a year or a month alone, its first "
        "day. A day to come is announced. NULL: not told, or not a date.",
    ),
    sa.Column(
        "ReleaseDatePrecision",
        Code(5),
        comment="The part of ReleaseDate that Spotify tells: `year`, `month` or `day`. NULL: "
        "there is no ReleaseDate.",
    ),
    sa.Column(
        "TotalTracks",
        sa.Integer,
        comment="The number of the album's tracks, as Spotify counts them; `tracks` may hold "
        "fewer. NULL: not told.",
    ),
    detail("UPC", Code(32), comment="The barcode, a UPC or an EAN. NULL: not told yet."),
    detail(
        "Label",
        Name(1000),
        comment="The record label, as Spotify has it; where Spotify tells none, as MusicBrainz "
        "has it. NULL: neither tells, or not asked yet.",
    ),
    detail(
        "CoverURL",
        Name(1000),
        comment="The address of the cover at Spotify, 300 pixels wide where there is such a "
        "picture, otherwise the largest. NULL: there is none, or not told yet.",
    ),
    detail(
        "Copyright",
        Name(1000),
        comment="The copyright line of the work (C), or of the recording where there is no other. "
        "NULL: there is none, or not told yet.",
    ),
    detail(
        "FirstReleaseYear",
        sa.Integer,
        comment="The year in which the first edition of the album came out, as MusicBrainz has "
        "it. NULL: not known there, or not asked for.",
    ),
    first_seen("album"),
    comment="One row is one album of a followed artist, alone or with others.",
)

artist_albums = sa.Table(
    "artist_albums",
    metadata,
    sa.Column(
        "ArtistID",
        spotify_id(),
        references("artists.ArtistID"),
        primary_key=True,
        comment="The artist, in `artists`.",
    ),
    sa.Column(
        "AlbumID",
        spotify_id(),
        references("albums.AlbumID"),
        primary_key=True,
        index=True,
        comment="The album, in `albums`.",
    ),
    comment="One row is one album of one artist.",
    sqlite_with_rowid=False,
)

tracks = sa.Table(
    "tracks",
    metadata,
    sa.Column("SongID", spotify_id(), primary_key=True, comment="Spotify's id of the track."),
    sa.Column(
        "TrackNumber",
        sa.Integer,
        comment="The number of the track on its disc, from 1. NULL: not told.",
    ),
    sa.Column(
        "Title",
        Name(1000),
        comment="The track's name at Spotify. NULL: Spotify gave none that can be used.",
    ),
    sa.Column(
        "DurationInSeconds",
        SECONDS,
        comment="The length in seconds, exact to the millisecond. NULL: not told.",
    ),
    sa.Column(
        "AlbumID",
        spotify_id(),
        references("albums.AlbumID"),
        nullable=False,
        index=True,
        info={"treatments": {Treatment.FIXED}},
        comment="The album, in `albums`. A track that Spotify lists on two albums stays on the "
        "one that was stored first.",
    ),
    sa.Column("DiscNumber", sa.Integer, comment="The number of the disc, from 1. NULL: not told."),
    sa.Column(
        "ISRC",
        Code(32),
        comment="The International Standard Recording Code; two tracks may share one. NULL: not "
        "told.",
    ),
    first_seen("track"),
    comment="One row is one track of one album.",
)
