-- Made by `music-assets schema --dialect sqlite`; a test keeps the two equal.

-- One row is one album of a followed artist, alone or with others.
CREATE TABLE albums (
    -- Spotify's id of the album.
    "AlbumID" VARCHAR(64) NOT NULL,
    -- The album's name at Spotify. NULL: Spotify gave none that can be used.
    "AlbumName" VARCHAR(1000),
    -- Spotify's word for it: `album`, `single` or `compilation`. NULL: not told.
    "AlbumType" VARCHAR(32),
    -- The day of the release, as Spotify has it; of a year or a month alone, its first day. A day
    -- to come is announced. NULL: not told, or not a date.
    "ReleaseDate" DATE,
    -- The part of ReleaseDate that Spotify tells: `year`, `month` or `day`. NULL: there is no
    -- ReleaseDate.
    "ReleaseDatePrecision" VARCHAR(5),
    -- The number of the album's tracks, as Spotify counts them; `tracks` may hold fewer. NULL: not
    -- told.
    "TotalTracks" INTEGER,
    -- The barcode, a UPC or an EAN. NULL: not told yet.
    "UPC" VARCHAR(32),
    -- The record label, as Spotify has it; where Spotify tells none, as MusicBrainz has it. NULL:
    -- neither tells, or not asked yet.
    "Label" VARCHAR(1000),
    -- The address of the cover at Spotify, 300 pixels wide where there is such a picture, otherwise
    -- the largest. NULL: there is none, or not told yet.
    "CoverURL" VARCHAR(1000),
    -- The copyright line of the work (C), or of the recording where there is no other. NULL: there
    -- is none, or not told yet.
    "Copyright" VARCHAR(1000),
    -- The year in which the first edition of the album came out, as MusicBrainz has it. NULL: not
    -- known there, or not asked for.
    "FirstReleaseYear" INTEGER,
    -- The day, in UTC, on which the pages landed that brought the album first; no later load
    -- changes it. NULL: not known, since the row is older than this column.
    "FirstSeen" DATE,
    PRIMARY KEY ("AlbumID")
);

-- One row is one artist that is followed.
CREATE TABLE artists (
    -- Spotify's id of the artist.
    "ArtistID" VARCHAR(64) NOT NULL,
    -- The artist's name at Spotify. NULL: Spotify gave none that can be used.
    "Name" VARCHAR(1000),
    -- The number of the artist's followers at Spotify. NULL: Spotify does not say, as to apps in
    -- development mode.
    "Followers" INTEGER,
    -- MusicBrainz's id (MBID) of the artist. NULL: not found there, or not asked for.
    "MusicBrainzID" VARCHAR(36),
    -- The artist's country at MusicBrainz, by ISO 3166-1 or a code of MusicBrainz's own, such as XW
    -- for the whole world. NULL: not told.
    "Country" VARCHAR(8),
    -- MusicBrainz's word for the artist, such as Person or Group. NULL: not told.
    "ArtistType" VARCHAR(32),
    -- The year of the birth or the founding, as MusicBrainz has it. NULL: not told.
    "BeganYear" INTEGER,
    -- The way in which MusicBrainz's artist was found: `url`, by the address at Spotify, or `name`,
    -- which is a guess. NULL: not found, or not asked for.
    "MatchedBy" VARCHAR(8),
    PRIMARY KEY ("ArtistID")
);

-- One row is one song on one chart of Spotify's, whoever made it.
CREATE TABLE chart_entries (
    -- The region of the chart: `global`, or the code of a country.
    "Region" VARCHAR(8) NOT NULL,
    -- The time that the chart counts: `daily`, or `weekly`, from a Friday to the Thursday that is
    -- its ChartDate.
    "Period" VARCHAR(8) NOT NULL,
    -- The day of the chart; of a weekly one, the Thursday that ends it.
    "ChartDate" DATE NOT NULL,
    -- Spotify's id of the song, in `tracks` if its album is in the catalogue.
    "SongID" VARCHAR(64) NOT NULL,
    -- The song's place on the chart, from 1.
    "Rank" INTEGER NOT NULL,
    -- The place on the chart before. NULL: the song was not on it.
    "PreviousRank" INTEGER,
    -- The best place that the song ever had. NULL: not told.
    "PeakRank" INTEGER,
    -- The number of days or weeks that the song has been on the chart. NULL: not told.
    "TimesOnChart" INTEGER,
    -- The number of streams that Spotify counted for the chart. NULL: not told.
    "Streams" BIGINT,
    -- The song's title on the chart. NULL: not told.
    "Title" VARCHAR(1000),
    -- The artists' names on the chart, one text. NULL: not told.
    "ArtistNames" VARCHAR(1000),
    -- The label on the chart. NULL: not told.
    "Label" VARCHAR(1000),
    -- The week: ISO year times 100 plus ISO week, such as 202647. It is that of ChartDate.
    "WeekID" INTEGER NOT NULL,
    PRIMARY KEY ("Region", "Period", "ChartDate", "SongID")
)
 WITHOUT ROWID;

CREATE INDEX "ix_chart_entries_SongID" ON chart_entries ("SongID");

CREATE INDEX "ix_chart_entries_WeekID" ON chart_entries ("WeekID");

-- One row is one genre that Spotify or MusicBrainz has named.
CREATE TABLE genres (
    -- A number of our own, given at the first load of the genre and never given again.
    "GenreID" INTEGER NOT NULL,
    -- The genre's name, in the spelling that came first.
    "Name" VARCHAR(400) NOT NULL,
    PRIMARY KEY ("GenreID"),
    UNIQUE ("Name")
);

-- One row is one song that was ever heard, whoever made it, followed or not.
CREATE TABLE listened_songs (
    -- Spotify's id of the song; where no file gives one, an id of our own, `local:` and a hash of
    -- artist and title.
    "SongID" VARCHAR(64) NOT NULL,
    -- The song's title as listened. NULL: no file gives one.
    "Title" VARCHAR(1000),
    -- The artist's name as listened. NULL: no file gives one.
    "ArtistName" VARCHAR(1000),
    -- The album's name as listened. NULL: no file gives one.
    "AlbumName" VARCHAR(1000),
    PRIMARY KEY ("SongID")
);

-- One row is what one statement of a distributor says of one song or album, in one store and
-- country, in one month.
CREATE TABLE monthly_sales (
    -- The day of the distributor's statement.
    "ReportDate" DATE NOT NULL,
    -- The first day of the month of the sales.
    "Month" DATE NOT NULL,
    -- The store's name, as the statement has it.
    "Store" VARCHAR(100) NOT NULL,
    -- The code of the country of the sales, as the statement has it.
    "Country" VARCHAR(8) NOT NULL,
    -- The ISRC of a song, the UPC of an album.
    "Item" VARCHAR(32) NOT NULL,
    -- What Item is: `song` or `album`.
    "Kind" VARCHAR(8) NOT NULL,
    -- The title in the statement. NULL: not told.
    "Title" VARCHAR(1000),
    -- The artist in the statement. NULL: not told.
    "ArtistName" VARCHAR(1000),
    -- The number of sales or streams; below 0 where the statement takes back what an earlier one
    -- had said.
    "Quantity" BIGINT NOT NULL,
    PRIMARY KEY ("ReportDate", "Month", "Store", "Country", "Item", "Kind")
)
 WITHOUT ROWID;

-- One row is one album of one artist.
CREATE TABLE artist_albums (
    -- The artist, in `artists`.
    "ArtistID" VARCHAR(64) NOT NULL,
    -- The album, in `albums`.
    "AlbumID" VARCHAR(64) NOT NULL,
    PRIMARY KEY ("ArtistID", "AlbumID"),
    FOREIGN KEY("ArtistID") REFERENCES artists ("ArtistID") ON DELETE CASCADE,
    FOREIGN KEY("AlbumID") REFERENCES albums ("AlbumID") ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX "ix_artist_albums_AlbumID" ON artist_albums ("AlbumID");

-- One row is one genre of one artist.
CREATE TABLE artist_genres (
    -- The artist, in `artists`.
    "ArtistID" VARCHAR(64) NOT NULL,
    -- The genre, in `genres`.
    "GenreID" INTEGER NOT NULL,
    -- Who says so, `spotify` or `musicbrainz`; a genre that both give is Spotify's.
    "Source" VARCHAR(16) DEFAULT 'spotify' NOT NULL,
    -- The number of votes that the genre has at MusicBrainz. NULL: it is Spotify's.
    "Votes" INTEGER,
    PRIMARY KEY ("ArtistID", "GenreID"),
    FOREIGN KEY("ArtistID") REFERENCES artists ("ArtistID") ON DELETE CASCADE,
    FOREIGN KEY("GenreID") REFERENCES genres ("GenreID") ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX "ix_artist_genres_GenreID" ON artist_genres ("GenreID");

-- One row is one play of one song, however short; `counted_plays` has those that count.
CREATE TABLE plays (
    -- The moment at which the play ended, in UTC, to the second; of some sources to the minute, or
    -- the one moment that they tell.
    "EndedAt" DATETIME NOT NULL,
    -- The song, in `listened_songs`, and in `tracks` if its album is in the catalogue.
    "SongID" VARCHAR(64) NOT NULL,
    -- The time for which the song was heard, in seconds, exact to the millisecond. NULL: the source
    -- says only that it was played.
    "SecondsPlayed" DOUBLE,
    -- True if the listener went on before the end. NULL: the source does not say.
    "Skipped" BOOLEAN,
    -- What tells of the play: `spotify`, `account`, `recent`, `listenbrainz`, `lastfm` or
    -- `simulated`; of several, the most exact.
    "Source" VARCHAR(16) NOT NULL,
    -- The day of EndedAt in MUSIC_TIME_ZONE.
    "LocalDate" DATE NOT NULL,
    -- The hour of EndedAt in MUSIC_TIME_ZONE, 0 to 23.
    "LocalHour" INTEGER NOT NULL,
    -- The week: ISO year times 100 plus ISO week, such as 202647. It is that of LocalDate.
    "WeekID" INTEGER NOT NULL,
    -- The Monday of the week of LocalDate.
    "WeekStartDate" DATE NOT NULL,
    -- The first day of LocalDate's month.
    "MonthStartDate" DATE NOT NULL,
    -- The first day of LocalDate's year.
    "YearStartDate" DATE NOT NULL,
    -- The number of days from 1970-01-01 to LocalDate.
    "DayNumber" INTEGER NOT NULL,
    PRIMARY KEY ("EndedAt", "SongID"),
    FOREIGN KEY("SongID") REFERENCES listened_songs ("SongID") ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX "ix_plays_SongID" ON plays ("SongID");

CREATE INDEX "ix_plays_WeekID" ON plays ("WeekID");

-- One row is one track of one album.
CREATE TABLE tracks (
    -- Spotify's id of the track.
    "SongID" VARCHAR(64) NOT NULL,
    -- The number of the track on its disc, from 1. NULL: not told.
    "TrackNumber" INTEGER,
    -- The track's name at Spotify. NULL: Spotify gave none that can be used.
    "Title" VARCHAR(1000),
    -- The length in seconds, exact to the millisecond. NULL: not told.
    "DurationInSeconds" DOUBLE,
    -- The album, in `albums`. A track that Spotify lists on two albums stays on the one that was
    -- stored first.
    "AlbumID" VARCHAR(64) NOT NULL,
    -- The number of the disc, from 1. NULL: not told.
    "DiscNumber" INTEGER,
    -- The International Standard Recording Code; two tracks may share one. NULL: not told.
    "ISRC" VARCHAR(32),
    -- The day, in UTC, on which the pages landed that brought the track first; no later load
    -- changes it. NULL: not known, since the row is older than this column.
    "FirstSeen" DATE,
    PRIMARY KEY ("SongID"),
    FOREIGN KEY("AlbumID") REFERENCES albums ("AlbumID") ON DELETE CASCADE
);

CREATE INDEX "ix_tracks_AlbumID" ON tracks ("AlbumID");

-- One row is one album in one week: the sums of `weekly_streams` and of `weekly_downloads`, stored.
CREATE TABLE weekly_album_totals (
    -- The week: ISO year times 100 plus ISO week, such as 202647.
    "WeekID" INTEGER NOT NULL,
    -- The album, in `albums`.
    "AlbumID" VARCHAR(64) NOT NULL,
    -- The Monday that begins the week.
    "WeekStartDate" DATE NOT NULL,
    -- The number of the album's tracks that have streams or downloads in the week.
    "Tracks" INTEGER NOT NULL,
    -- The sum of the tracks' WeeklyStreams. NULL: none of them has streams.
    "Streams" BIGINT,
    -- The sum of the tracks' TotalWeeklyDownloads. NULL: none of them has downloads.
    "Downloads" BIGINT,
    -- The number of the tracks that have streams, by which a mean is divided.
    "StreamFigures" INTEGER NOT NULL,
    -- The kind of the week's figures: `given` where a file gives them, `simulated`, or `unknown`;
    -- those of another kind are left out of the sums.
    "Figures" VARCHAR(16) DEFAULT 'unknown' NOT NULL,
    PRIMARY KEY ("WeekID", "AlbumID"),
    FOREIGN KEY("AlbumID") REFERENCES albums ("AlbumID") ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX ix_weekly_album_totals_sums ON weekly_album_totals ("AlbumID", "Figures", "StreamFigures", "Streams", "Downloads");

-- One row is the downloads of one track in one week. A track without a row has no figure, which is
-- not 0.
CREATE TABLE weekly_downloads (
    -- The week: ISO year times 100 plus ISO week, such as 202647.
    "WeekID" INTEGER NOT NULL,
    -- The track, in `tracks`.
    "SongID" VARCHAR(64) NOT NULL,
    -- The Monday that begins the week.
    "WeekStartDate" DATE NOT NULL,
    -- The Sunday that ends the week.
    "WeekEndDate" DATE NOT NULL,
    -- The number of the track's downloads in the week.
    "TotalWeeklyDownloads" BIGINT NOT NULL,
    -- The path of the file that gave the figure, or `simulated`. NULL: not known, since the week
    -- was loaded before this was kept.
    "Source" VARCHAR(200),
    PRIMARY KEY ("WeekID", "SongID"),
    FOREIGN KEY("SongID") REFERENCES tracks ("SongID") ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX "ix_weekly_downloads_SongID" ON weekly_downloads ("SongID");

-- One row is the streams of one track in one week. A track without a row has no figure, which is
-- not 0.
CREATE TABLE weekly_streams (
    -- The week: ISO year times 100 plus ISO week, such as 202647.
    "WeekID" INTEGER NOT NULL,
    -- The track, in `tracks`.
    "SongID" VARCHAR(64) NOT NULL,
    -- The Monday that begins the week.
    "WeekStartDate" DATE NOT NULL,
    -- The Sunday that ends the week.
    "WeekEndDate" DATE NOT NULL,
    -- The number of the track's streams in the week.
    "WeeklyStreams" BIGINT NOT NULL,
    -- The path of the file that gave the figure, or `simulated`. NULL: not known, since the week
    -- was loaded before this was kept.
    "Source" VARCHAR(200),
    PRIMARY KEY ("WeekID", "SongID"),
    FOREIGN KEY("SongID") REFERENCES tracks ("SongID") ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX "ix_weekly_streams_SongID" ON weekly_streams ("SongID");

-- One row is one table, or one part of it, and the version of its rows.
CREATE TABLE data_versions (
    -- The name of the table.
    "TableName" VARCHAR(64) NOT NULL,
    -- A WeekID, or 0: every row, 1: what marts show of them, 2: the columns that are filled in
    -- later.
    "Part" INTEGER NOT NULL,
    -- A word at random; the same word means the same rows. NULL: somebody has written to the part
    -- since.
    "DataVersion" VARCHAR(32),
    PRIMARY KEY ("TableName", "Part")
)
 WITHOUT ROWID;

INSERT INTO "data_versions" ("TableName", "Part") VALUES ('artists', 0);

INSERT INTO "data_versions" ("TableName", "Part") VALUES ('artists', 1);

INSERT INTO "data_versions" ("TableName", "Part") VALUES ('artists', 2);

INSERT INTO "data_versions" ("TableName", "Part") VALUES ('genres', 0);

INSERT INTO "data_versions" ("TableName", "Part") VALUES ('genres', 1);

INSERT INTO "data_versions" ("TableName", "Part") VALUES ('albums', 0);

INSERT INTO "data_versions" ("TableName", "Part") VALUES ('albums', 1);

INSERT INTO "data_versions" ("TableName", "Part") VALUES ('albums', 2);

INSERT INTO "data_versions" ("TableName", "Part") VALUES ('tracks', 0);

INSERT INTO "data_versions" ("TableName", "Part") VALUES ('tracks', 1);

INSERT INTO "data_versions" ("TableName", "Part") VALUES ('listened_songs', 0);

INSERT INTO "data_versions" ("TableName", "Part") VALUES ('listened_songs', 1);

INSERT INTO "data_versions" ("TableName", "Part") VALUES ('artist_genres', 0);

INSERT INTO "data_versions" ("TableName", "Part") VALUES ('artist_genres', 1);

INSERT INTO "data_versions" ("TableName", "Part") VALUES ('artist_albums', 0);

INSERT INTO "data_versions" ("TableName", "Part") VALUES ('artist_albums', 1);

INSERT INTO "data_versions" ("TableName", "Part") VALUES ('monthly_sales', 0);

CREATE TRIGGER "artists_insert_forgets_version" AFTER INSERT ON "artists" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artists' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artists' AND "Part" = 2; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artists' AND "Part" = 1 AND (EXISTS (SELECT 1 FROM "artist_genres" WHERE "ArtistID" = NEW."ArtistID") OR EXISTS (SELECT 1 FROM "artist_albums" WHERE "ArtistID" = NEW."ArtistID")); END;

CREATE TRIGGER "artists_update_forgets_version" AFTER UPDATE ON "artists" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artists' AND "Part" = 0 AND (OLD."ArtistID" IS NOT NEW."ArtistID" OR OLD."Name" IS NOT NEW."Name" OR OLD."Followers" IS NOT NEW."Followers"); UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artists' AND "Part" = 2 AND (OLD."ArtistID" IS NOT NEW."ArtistID" OR OLD."MusicBrainzID" IS NOT NEW."MusicBrainzID" OR OLD."Country" IS NOT NEW."Country" OR OLD."ArtistType" IS NOT NEW."ArtistType" OR OLD."BeganYear" IS NOT NEW."BeganYear" OR OLD."MatchedBy" IS NOT NEW."MatchedBy"); UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artists' AND "Part" = 1 AND (OLD."ArtistID" IS NOT NEW."ArtistID" OR OLD."Name" IS NOT NEW."Name"); END;

CREATE TRIGGER "artists_delete_forgets_version" AFTER DELETE ON "artists" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artists' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artists' AND "Part" = 2; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artists' AND "Part" = 1 AND (EXISTS (SELECT 1 FROM "artist_genres" WHERE "ArtistID" = OLD."ArtistID") OR EXISTS (SELECT 1 FROM "artist_albums" WHERE "ArtistID" = OLD."ArtistID")); END;

CREATE TRIGGER "genres_insert_forgets_version" AFTER INSERT ON "genres" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'genres' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'genres' AND "Part" = 1 AND (EXISTS (SELECT 1 FROM "artist_genres" WHERE "GenreID" = NEW."GenreID")); END;

CREATE TRIGGER "genres_update_forgets_version" AFTER UPDATE ON "genres" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'genres' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'genres' AND "Part" = 1 AND (OLD."GenreID" IS NOT NEW."GenreID" OR OLD."Name" IS NOT NEW."Name"); END;

CREATE TRIGGER "genres_delete_forgets_version" AFTER DELETE ON "genres" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'genres' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'genres' AND "Part" = 1 AND (EXISTS (SELECT 1 FROM "artist_genres" WHERE "GenreID" = OLD."GenreID")); END;

CREATE TRIGGER "albums_insert_forgets_version" AFTER INSERT ON "albums" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'albums' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'albums' AND "Part" = 2; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'albums' AND "Part" = 1 AND (EXISTS (SELECT 1 FROM "artist_albums" WHERE "AlbumID" = NEW."AlbumID") OR EXISTS (SELECT 1 FROM "tracks" WHERE "AlbumID" = NEW."AlbumID") OR EXISTS (SELECT 1 FROM "weekly_album_totals" WHERE "AlbumID" = NEW."AlbumID")); END;

CREATE TRIGGER "albums_update_forgets_version" AFTER UPDATE ON "albums" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'albums' AND "Part" = 0 AND (OLD."AlbumID" IS NOT NEW."AlbumID" OR OLD."AlbumName" IS NOT NEW."AlbumName" OR OLD."AlbumType" IS NOT NEW."AlbumType" OR OLD."ReleaseDate" IS NOT NEW."ReleaseDate" OR OLD."ReleaseDatePrecision" IS NOT NEW."ReleaseDatePrecision" OR OLD."TotalTracks" IS NOT NEW."TotalTracks" OR OLD."FirstSeen" IS NOT NEW."FirstSeen"); UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'albums' AND "Part" = 2 AND (OLD."AlbumID" IS NOT NEW."AlbumID" OR OLD."UPC" IS NOT NEW."UPC" OR OLD."Label" IS NOT NEW."Label" OR OLD."CoverURL" IS NOT NEW."CoverURL" OR OLD."Copyright" IS NOT NEW."Copyright" OR OLD."FirstReleaseYear" IS NOT NEW."FirstReleaseYear"); UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'albums' AND "Part" = 1 AND (OLD."AlbumID" IS NOT NEW."AlbumID" OR OLD."AlbumName" IS NOT NEW."AlbumName" OR OLD."AlbumType" IS NOT NEW."AlbumType" OR OLD."ReleaseDate" IS NOT NEW."ReleaseDate"); END;

CREATE TRIGGER "albums_delete_forgets_version" AFTER DELETE ON "albums" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'albums' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'albums' AND "Part" = 2; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'albums' AND "Part" = 1 AND (EXISTS (SELECT 1 FROM "artist_albums" WHERE "AlbumID" = OLD."AlbumID") OR EXISTS (SELECT 1 FROM "tracks" WHERE "AlbumID" = OLD."AlbumID") OR EXISTS (SELECT 1 FROM "weekly_album_totals" WHERE "AlbumID" = OLD."AlbumID")); END;

CREATE TRIGGER "tracks_insert_forgets_version" AFTER INSERT ON "tracks" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'tracks' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND ("TableName" = 'weekly_streams' OR "TableName" = 'weekly_downloads') AND (EXISTS (SELECT 1 FROM "weekly_streams" WHERE "SongID" = NEW."SongID") OR EXISTS (SELECT 1 FROM "weekly_downloads" WHERE "SongID" = NEW."SongID")); END;

CREATE TRIGGER "tracks_update_forgets_version" AFTER UPDATE ON "tracks" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'tracks' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'tracks' AND "Part" = 1 AND (OLD."SongID" IS NOT NEW."SongID" OR OLD."Title" IS NOT NEW."Title" OR OLD."AlbumID" IS NOT NEW."AlbumID"); UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'weekly_album_totals' AND (OLD."SongID" IS NOT NEW."SongID" OR OLD."AlbumID" IS NOT NEW."AlbumID"); END;

CREATE TRIGGER "tracks_delete_forgets_version" AFTER DELETE ON "tracks" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'tracks' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND ("TableName" = 'weekly_streams' OR "TableName" = 'weekly_downloads') AND (EXISTS (SELECT 1 FROM "weekly_streams" WHERE "SongID" = OLD."SongID") OR EXISTS (SELECT 1 FROM "weekly_downloads" WHERE "SongID" = OLD."SongID")); END;

CREATE TRIGGER "listened_songs_insert_forgets_version" AFTER INSERT ON "listened_songs" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'listened_songs' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'listened_songs' AND "Part" = 1 AND (EXISTS (SELECT 1 FROM "plays" WHERE "SongID" = NEW."SongID")); END;

CREATE TRIGGER "listened_songs_update_forgets_version" AFTER UPDATE ON "listened_songs" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'listened_songs' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'listened_songs' AND "Part" = 1 AND (OLD."SongID" IS NOT NEW."SongID" OR OLD."ArtistName" IS NOT NEW."ArtistName"); END;

CREATE TRIGGER "listened_songs_delete_forgets_version" AFTER DELETE ON "listened_songs" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'listened_songs' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'listened_songs' AND "Part" = 1 AND (EXISTS (SELECT 1 FROM "plays" WHERE "SongID" = OLD."SongID")); END;

CREATE TRIGGER "artist_genres_insert_forgets_version" AFTER INSERT ON "artist_genres" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artist_genres' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artist_genres' AND "Part" = 1 AND EXISTS (SELECT 1 FROM "artist_albums" WHERE "ArtistID" = NEW."ArtistID"); END;

CREATE TRIGGER "artist_genres_update_forgets_version" AFTER UPDATE ON "artist_genres" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artist_genres' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artist_genres' AND "Part" = 1; END;

CREATE TRIGGER "artist_genres_delete_forgets_version" AFTER DELETE ON "artist_genres" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artist_genres' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artist_genres' AND "Part" = 1; END;

CREATE TRIGGER "artist_albums_insert_forgets_version" AFTER INSERT ON "artist_albums" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artist_albums' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artist_albums' AND "Part" = 1 AND EXISTS (SELECT 1 FROM "weekly_album_totals" WHERE "AlbumID" = NEW."AlbumID"); END;

CREATE TRIGGER "artist_albums_update_forgets_version" AFTER UPDATE ON "artist_albums" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artist_albums' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artist_albums' AND "Part" = 1; END;

CREATE TRIGGER "artist_albums_delete_forgets_version" AFTER DELETE ON "artist_albums" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artist_albums' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'artist_albums' AND "Part" = 1; END;

CREATE TRIGGER "monthly_sales_insert_forgets_version" AFTER INSERT ON "monthly_sales" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'monthly_sales' AND "Part" = 0; END;

CREATE TRIGGER "monthly_sales_update_forgets_version" AFTER UPDATE ON "monthly_sales" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'monthly_sales' AND "Part" = 0; END;

CREATE TRIGGER "monthly_sales_delete_forgets_version" AFTER DELETE ON "monthly_sales" BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND "TableName" = 'monthly_sales' AND "Part" = 0; END;

CREATE TRIGGER "weekly_streams_insert_forgets_version" AFTER INSERT ON "weekly_streams" BEGIN INSERT INTO "data_versions" VALUES ('weekly_streams', NEW."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; END;

CREATE TRIGGER "weekly_streams_update_forgets_version" AFTER UPDATE ON "weekly_streams" BEGIN INSERT INTO "data_versions" VALUES ('weekly_streams', NEW."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; INSERT INTO "data_versions" VALUES ('weekly_streams', OLD."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; END;

CREATE TRIGGER "weekly_streams_delete_forgets_version" AFTER DELETE ON "weekly_streams" BEGIN INSERT INTO "data_versions" VALUES ('weekly_streams', OLD."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; END;

CREATE TRIGGER "weekly_downloads_insert_forgets_version" AFTER INSERT ON "weekly_downloads" BEGIN INSERT INTO "data_versions" VALUES ('weekly_downloads', NEW."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; END;

CREATE TRIGGER "weekly_downloads_update_forgets_version" AFTER UPDATE ON "weekly_downloads" BEGIN INSERT INTO "data_versions" VALUES ('weekly_downloads', NEW."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; INSERT INTO "data_versions" VALUES ('weekly_downloads', OLD."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; END;

CREATE TRIGGER "weekly_downloads_delete_forgets_version" AFTER DELETE ON "weekly_downloads" BEGIN INSERT INTO "data_versions" VALUES ('weekly_downloads', OLD."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; END;

CREATE TRIGGER "weekly_album_totals_insert_forgets_version" AFTER INSERT ON "weekly_album_totals" BEGIN INSERT INTO "data_versions" VALUES ('weekly_album_totals', NEW."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; END;

CREATE TRIGGER "weekly_album_totals_update_forgets_version" AFTER UPDATE ON "weekly_album_totals" BEGIN INSERT INTO "data_versions" VALUES ('weekly_album_totals', NEW."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; INSERT INTO "data_versions" VALUES ('weekly_album_totals', OLD."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; END;

CREATE TRIGGER "weekly_album_totals_delete_forgets_version" AFTER DELETE ON "weekly_album_totals" BEGIN INSERT INTO "data_versions" VALUES ('weekly_album_totals', OLD."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; END;

CREATE TRIGGER "plays_insert_forgets_version" AFTER INSERT ON "plays" BEGIN INSERT INTO "data_versions" VALUES ('plays', NEW."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; END;

CREATE TRIGGER "plays_update_forgets_version" AFTER UPDATE ON "plays" BEGIN INSERT INTO "data_versions" VALUES ('plays', NEW."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; INSERT INTO "data_versions" VALUES ('plays', OLD."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; END;

CREATE TRIGGER "plays_delete_forgets_version" AFTER DELETE ON "plays" BEGIN INSERT INTO "data_versions" VALUES ('plays', OLD."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; END;

CREATE TRIGGER "chart_entries_insert_forgets_version" AFTER INSERT ON "chart_entries" BEGIN INSERT INTO "data_versions" VALUES ('chart_entries', NEW."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; END;

CREATE TRIGGER "chart_entries_update_forgets_version" AFTER UPDATE ON "chart_entries" BEGIN INSERT INTO "data_versions" VALUES ('chart_entries', NEW."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; INSERT INTO "data_versions" VALUES ('chart_entries', OLD."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; END;

CREATE TRIGGER "chart_entries_delete_forgets_version" AFTER DELETE ON "chart_entries" BEGIN INSERT INTO "data_versions" VALUES ('chart_entries', OLD."WeekID", NULL) ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL; END;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    PRIMARY KEY (version_num)
);

INSERT INTO alembic_version (version_num) VALUES ('0005');

CREATE VIEW album_performance AS
-- One row is one album and one kind of figures that it has in any week.
-- Columns:
-- AlbumID: Spotify's id of the album, as in `albums`.
-- AlbumName: the album's name. NULL: not known.
-- AlbumType: `album`, `single` or `compilation`. NULL: not told.
-- ReleaseDate: the day of the release; of a year or a month alone, its first day. NULL: not told.
-- Tracks: the number of the album's tracks that have such figures in any week.
-- FirstWeekID: the first week with such figures, ISO year times 100 plus ISO week, such as 202647.
-- FirstWeekStartDate: the Monday that begins the first week.
-- LastWeekID: the last week with such figures, ISO year times 100 plus ISO week, such as 202647.
-- LastWeekStartDate: the Monday that begins the last week.
-- Streams: streams of all weeks of this kind. NULL: there are none of streams.
-- Downloads: downloads of all weeks of this kind. NULL: there are none of downloads.
-- AverageWeeklyStreamsPerTrack: the mean of the streams that each track has in each of its weeks.
--   NULL: no track has any.
-- Figures: the kind, `given` where files give the figures, `simulated`, or `unknown`.
WITH totals AS (
    -- Without the weeks' dates, so that an index has all that is added up.
    SELECT
        AlbumID,
        Figures,
        MIN(WeekID) AS FirstWeekID,
        MAX(WeekID) AS LastWeekID,
        SUM(StreamFigures) AS StreamFigures,
        SUM(Streams) AS Streams,
        SUM(Downloads) AS Downloads
    FROM weekly_album_totals
    GROUP BY AlbumID, Figures
),

heard AS (
    SELECT
        totals.AlbumID,
        totals.Figures,
        COUNT(*) AS Tracks
    FROM totals
    INNER JOIN tracks ON tracks.AlbumID = totals.AlbumID
    WHERE
        EXISTS (
            SELECT 1 FROM weekly_streams AS s
            WHERE
                s.SongID = tracks.SongID
                AND s.WeekID BETWEEN totals.FirstWeekID AND totals.LastWeekID
                AND CASE
                    WHEN s.Source IS NULL THEN 'unknown'
                    WHEN s.Source = 'simulated' THEN 'simulated'
                    ELSE 'given'
                END = totals.Figures
        )
        OR EXISTS (
            SELECT 1 FROM weekly_downloads AS d
            WHERE
                d.SongID = tracks.SongID
                AND d.WeekID BETWEEN totals.FirstWeekID AND totals.LastWeekID
                AND CASE
                    WHEN d.Source IS NULL THEN 'unknown'
                    WHEN d.Source = 'simulated' THEN 'simulated'
                    ELSE 'given'
                END = totals.Figures
        )
    GROUP BY totals.AlbumID, totals.Figures
)

SELECT
    totals.AlbumID,
    albums.AlbumName,
    albums.AlbumType,
    albums.ReleaseDate,
    heard.Tracks,
    totals.FirstWeekID,
    earliest.WeekStartDate AS FirstWeekStartDate,
    totals.LastWeekID,
    latest.WeekStartDate AS LastWeekStartDate,
    totals.Streams,
    totals.Downloads,
    CAST(totals.Streams AS FLOAT)
    / NULLIF(totals.StreamFigures, 0) AS AverageWeeklyStreamsPerTrack,
    totals.Figures
FROM totals
INNER JOIN heard ON heard.AlbumID = totals.AlbumID AND heard.Figures = totals.Figures
INNER JOIN albums ON albums.AlbumID = totals.AlbumID
INNER JOIN weekly_album_totals AS earliest
    ON earliest.WeekID = totals.FirstWeekID AND earliest.AlbumID = totals.AlbumID
INNER JOIN weekly_album_totals AS latest
    ON latest.WeekID = totals.LastWeekID AND latest.AlbumID = totals.AlbumID;

CREATE VIEW artist_identity AS
-- One row is one followed artist: who this is at MusicBrainz, and how that was found.
-- Columns:
-- ArtistID: Spotify's id of the artist, as in `artists`.
-- Name: the artist's name at Spotify. NULL: not known.
-- MusicBrainzID: MusicBrainz's id (MBID). NULL: nobody was found or asked.
-- MatchedBy: `url` where MusicBrainz knows the artist's address at Spotify, `name` where name,
--   type and the title of an album agree, which is a guess. NULL: nobody was found or asked.
-- Country: the artist's country at MusicBrainz, by ISO 3166-1 or a code of its own. NULL: not
--   told.
-- ArtistType: MusicBrainz's word, such as Person or Group. NULL: not told.
-- BeganYear: the year of the birth or the founding. NULL: not told.
-- GenresOfSpotify: the number of the artist's genres that Spotify gives.
-- GenresOfMusicBrainz: the number of those that MusicBrainz alone gives.
SELECT
    artists.ArtistID,
    artists.Name,
    artists.MusicBrainzID,
    artists.MatchedBy,
    artists.Country,
    artists.ArtistType,
    artists.BeganYear,
    (
        SELECT COUNT(*) FROM artist_genres
        WHERE artist_genres.ArtistID = artists.ArtistID AND artist_genres.Source = 'spotify'
    ) AS GenresOfSpotify,
    (
        SELECT COUNT(*) FROM artist_genres
        WHERE artist_genres.ArtistID = artists.ArtistID AND artist_genres.Source = 'musicbrainz'
    ) AS GenresOfMusicBrainz
FROM artists;

CREATE VIEW chart_positions AS
-- One row is one song on one chart, for each followed artist of its album.
-- Columns:
-- Region: `global`, or the code of a country.
-- Period: `daily`, or `weekly`, from a Friday to the Thursday that is its ChartDate.
-- ChartDate: the day of the chart; of a weekly one, the Thursday that ends it.
-- WeekID: the ISO week of ChartDate, ISO year times 100 plus ISO week, such as 202647.
-- ArtistID: Spotify's id of the followed artist, as in `artists`.
-- ArtistName: the artist's name. NULL: not known.
-- SongID: Spotify's id of the song, as in `tracks`.
-- Title: the song's title in `tracks`. NULL: not known.
-- AlbumName: the name of the song's album. NULL: not known.
-- Rank: the song's place, from 1.
-- PreviousRank: its place on the chart before. NULL: it was not on it.
-- Movement: the number of places that it has gone up since, below 0 if it went down. NULL: it was
--   not on the chart before.
-- Entry: of a song that was not on the chart before: `new`, or `back` where it was on an earlier
--   one. NULL: it was on it.
-- PeakRank: the best place that it ever had. NULL: not told.
-- TimesOnChart: the number of days or weeks that it has been on the chart. NULL: not told.
-- Streams: the streams that Spotify counted for the chart. NULL: not told.
SELECT
    chart_entries.Region,
    chart_entries.Period,
    chart_entries.ChartDate,
    chart_entries.WeekID,
    artist_albums.ArtistID,
    artists.Name AS ArtistName,
    chart_entries.SongID,
    tracks.Title,
    albums.AlbumName,
    chart_entries.Rank,
    chart_entries.PreviousRank,
    chart_entries.PreviousRank - chart_entries.Rank AS Movement,
    CASE
        WHEN chart_entries.PreviousRank IS NULL AND chart_entries.TimesOnChart > 1 THEN 'back'
        WHEN chart_entries.PreviousRank IS NULL THEN 'new'
    END AS Entry,
    chart_entries.PeakRank,
    chart_entries.TimesOnChart,
    chart_entries.Streams
FROM chart_entries
INNER JOIN tracks ON tracks.SongID = chart_entries.SongID
INNER JOIN albums ON albums.AlbumID = tracks.AlbumID
INNER JOIN artist_albums ON artist_albums.AlbumID = tracks.AlbumID
INNER JOIN artists ON artists.ArtistID = artist_albums.ArtistID;

CREATE VIEW counted_plays AS
-- One row is one play that counts: one of 30 seconds or more, or one of which the source does not
-- say how long it was, since such a source lists only plays that counted. What counts is decided
-- here alone: all marts about listening read this one.
-- Weeks read: 1
-- Columns:
-- EndedAt: the moment at which the play ended, in UTC.
-- SongID: the song, as in `listened_songs`.
-- SecondsPlayed: the time for which it was heard, in seconds. NULL: the source does not say.
-- Milliseconds: SecondsPlayed as a whole number, of which sums are exact. NULL: the source does
--   not say.
-- Skipped: true if the listener went on before the end. NULL: the source does not say.
-- Source: what tells of the play: `spotify`, `account`, `recent`, `listenbrainz`, `lastfm` or
--   `simulated`.
-- LocalDate: the day of EndedAt in MUSIC_TIME_ZONE.
-- LocalHour: its hour in MUSIC_TIME_ZONE, 0 to 23.
-- Weekday: the day of the week of LocalDate, 1 on a Monday.
-- DayNumber: the number of days from 1970-01-01 to LocalDate.
-- WeekID: the week of LocalDate, ISO year times 100 plus ISO week, such as 202647.
-- WeekStartDate: the Monday that begins the week.
-- MonthStartDate: the first day of LocalDate's month.
-- YearStartDate: the first day of LocalDate's year.
SELECT
    EndedAt,
    SongID,
    SecondsPlayed,
    CAST(ROUND(SecondsPlayed * 1000, 0) AS BIGINT) AS Milliseconds,
    Skipped,
    Source,
    LocalDate,
    LocalHour,
    -- 1970-01-01, day 0, was a Thursday.
    (DayNumber + 3) % 7 + 1 AS Weekday,
    DayNumber,
    WeekID,
    WeekStartDate,
    MonthStartDate,
    YearStartDate
FROM plays
WHERE SecondsPlayed >= 30 OR SecondsPlayed IS NULL;

CREATE VIEW weekly_totals AS
-- One row is one week that has figures: those of all songs, and their change against the week that
-- starts 7 days earlier.
-- Weeks read: 2
-- Columns:
-- WeekID: the week, ISO year times 100 plus ISO week, such as 202647.
-- WeekStartDate: the Monday that begins the week.
-- PreviousWeekID: the week before. NULL: it has no figures of the same kind.
-- Tracks: the number of songs that have streams or downloads in the week.
-- Streams: streams of all songs in the week. NULL: none has any.
-- StreamsChange: Streams less those of the week before. NULL: one of the two has none of this
--   kind.
-- Downloads: downloads of all songs in the week. NULL: none has any.
-- DownloadsChange: Downloads less those of the week before. NULL: one of the two has none of this
--   kind.
-- Figures: the kind of the week's figures, `given` where a file gives them, `simulated`, or
--   `unknown`.
WITH totals AS (
    SELECT
        WeekID,
        WeekStartDate,
        Figures,
        SUM(Tracks) AS Tracks,
        SUM(Streams) AS Streams,
        SUM(Downloads) AS Downloads
    FROM weekly_album_totals
    GROUP BY WeekID, WeekStartDate, Figures
),

-- The week before the first of a year is the last of the year before. That is its 53rd where the
-- year ends on a Thursday, or begins on one; (days up to a year's end) % 7 is that day.
dated AS (
    SELECT
        WeekID,
        WeekStartDate,
        Figures,
        Tracks,
        Streams,
        Downloads,
        CASE
            WHEN WeekID % 100 > 1 THEN WeekID - 1
            WHEN
                (WeekID / 100 - 1 + (WeekID / 100 - 1) / 4
                    - (WeekID / 100 - 1) / 100 + (WeekID / 100 - 1) / 400) % 7 = 4
                OR (WeekID / 100 - 2 + (WeekID / 100 - 2) / 4
                    - (WeekID / 100 - 2) / 100 + (WeekID / 100 - 2) / 400) % 7 = 3
                THEN (WeekID / 100 - 1) * 100 + 53
            ELSE (WeekID / 100 - 1) * 100 + 52
        END AS WeekBefore
    FROM totals
),

-- One subquery for each figure of the week before: a join would add up all weeks first.
compared AS (
    SELECT
        dated.WeekID,
        dated.WeekStartDate,
        dated.Figures,
        (
            SELECT MAX(e.WeekID) FROM weekly_album_totals AS e
            WHERE e.WeekID = dated.WeekBefore AND e.Figures = dated.Figures
        ) AS PreviousWeekID,
        dated.Tracks,
        dated.Streams,
        (
            SELECT SUM(e.Streams) FROM weekly_album_totals AS e
            WHERE e.WeekID = dated.WeekBefore AND e.Figures = dated.Figures
        ) AS StreamsBefore,
        dated.Downloads,
        (
            SELECT SUM(e.Downloads) FROM weekly_album_totals AS e
            WHERE e.WeekID = dated.WeekBefore AND e.Figures = dated.Figures
        ) AS DownloadsBefore
    FROM dated
)

SELECT
    WeekID,
    WeekStartDate,
    PreviousWeekID,
    Tracks,
    Streams,
    Streams - StreamsBefore AS StreamsChange,
    Downloads,
    Downloads - DownloadsBefore AS DownloadsChange,
    Figures
FROM compared;

CREATE VIEW monthly_song_sales AS
-- One row is one song in one month in which distributors' statements tell of it.
-- Columns:
-- Month: the first day of the month.
-- ISRC: the song's ISRC.
-- SongID: that of the one track with this ISRC. NULL: there is none, or several.
-- Title: the title in the newest statement. NULL: not told.
-- ArtistName: the artist in the newest statement. NULL: not told.
-- Quantity: the sum over all statements, stores and countries, less what later ones take back.
-- Stores: the number of stores.
-- Countries: the number of countries.
WITH songs AS (
    SELECT
        Month,
        Item,
        SUM(Quantity) AS Quantity,
        COUNT(DISTINCT Store) AS Stores,
        COUNT(DISTINCT Country) AS Countries
    FROM monthly_sales
    WHERE Kind = 'song'
    GROUP BY Month, Item
),

names AS (
    SELECT
        Item,
        Title,
        ArtistName,
        ROW_NUMBER() OVER (
            PARTITION BY Item ORDER BY ReportDate DESC, Month DESC, Store, Country
        ) AS Age
    FROM monthly_sales
    WHERE Kind = 'song'
),

bearers AS (
    SELECT
        ISRC,
        MIN(SongID) AS SongID
    FROM tracks
    GROUP BY ISRC
    HAVING COUNT(*) = 1
)

SELECT
    songs.Month,
    songs.Item AS ISRC,
    bearers.SongID,
    names.Title,
    names.ArtistName,
    songs.Quantity,
    songs.Stores,
    songs.Countries
FROM songs
INNER JOIN names ON names.Item = songs.Item AND names.Age = 1
LEFT JOIN bearers ON bearers.ISRC = songs.Item;

CREATE VIEW new_releases AS
-- One row is one album of a followed artist that is, was or will be new on a day that is known. An
-- album with a release date to the day is new on that day, or on the day on which it was first
-- seen if it came later. Any other is new on the day on which it was first seen. What came with an
-- artist's first albums is back catalogue, which is new on its release date alone: to follow
-- somebody is no release. So an album is new once, in the week in which it was both out and known;
-- one with a NewDate to come is announced.
-- Columns:
-- AlbumID: Spotify's id of the album, as in `albums`.
-- AlbumName: the album's name. NULL: not known.
-- AlbumType: `album`, `single` or `compilation`. NULL: not told.
-- ArtistID: Spotify's id of the album's followed artist, as in `artists`; of several, the one
--   whose name sorts first.
-- ArtistName: that artist's name. NULL: not known.
-- Artists: the number of the album's followed artists.
-- ReleaseDate: the day of the release; of a year or a month alone, its first day. NULL: not told.
-- ReleaseDatePrecision: the part of ReleaseDate that is told, `year`, `month` or `day`. NULL:
--   there is no ReleaseDate.
-- FirstSeen: the day, in UTC, on which the album was first seen. NULL: not known.
-- NewDate: the day on which it is new, ReleaseDate or FirstSeen.
-- NewRank: the place by NewDate, 1 for the newest or the one furthest ahead; of one day, by
--   AlbumID.
-- WeekID: the week of NewDate, ISO year times 100 plus ISO week, such as 202647.
-- Event: what happened on NewDate: it was `released`, or it was `seen`.
-- Announced: 1 where ReleaseDate was still to come when the album was first seen, 0 where not.
--   NULL: not known.
-- TotalTracks: the number of its tracks. NULL: not told.
-- Label: its record label. NULL: not told yet.
-- CoverURL: the address of its cover. NULL: there is none, or not told yet.
WITH came AS (
    SELECT
        a.ArtistID,
        MIN(albums.FirstSeen) AS Since,
        SUM(CASE WHEN albums.FirstSeen IS NULL THEN 1 ELSE 0 END) AS Undated
    FROM artist_albums AS a
    INNER JOIN albums ON albums.AlbumID = a.AlbumID
    GROUP BY a.ArtistID
),

makers AS (
    SELECT
        a.AlbumID,
        a.ArtistID,
        artists.Name AS ArtistName,
        albums.ReleaseDate,
        albums.ReleaseDatePrecision,
        albums.FirstSeen,
        ROW_NUMBER() OVER (PARTITION BY a.AlbumID ORDER BY artists.Name, a.ArtistID) AS Place,
        COUNT(*) OVER (PARTITION BY a.AlbumID) AS Artists,
        MAX(
            CASE
                WHEN albums.FirstSeen IS NULL THEN 0
                WHEN came.Undated > 0 OR albums.FirstSeen > came.Since THEN 1
                ELSE 0
            END
        ) OVER (PARTITION BY a.AlbumID) AS CameLater
    FROM artist_albums AS a
    INNER JOIN albums ON albums.AlbumID = a.AlbumID
    INNER JOIN artists ON artists.ArtistID = a.ArtistID
    INNER JOIN came ON came.ArtistID = a.ArtistID
),

events AS (
    SELECT
        AlbumID,
        ArtistID,
        ArtistName,
        Artists,
        ReleaseDate,
        FirstSeen,
        CASE
            WHEN
                ReleaseDatePrecision = 'day' AND (CameLater = 0 OR ReleaseDate >= FirstSeen)
                THEN 'released'
            WHEN CameLater = 1 THEN 'seen'
        END AS Event
    FROM makers
    WHERE Place = 1
),

news AS (
    SELECT
        AlbumID,
        ArtistID,
        ArtistName,
        Artists,
        Event,
        CASE WHEN Event = 'released' THEN ReleaseDate ELSE FirstSeen END AS NewDate
    FROM events
    WHERE Event IS NOT NULL
),

-- Databases have no function of dates in common, so the week is worked out of the digits:
-- 2026-11-20 is 20261120.
digits AS (
    SELECT
        AlbumID,
        ArtistID,
        ArtistName,
        Artists,
        Event,
        NewDate,
        CAST(REPLACE(CAST(NewDate AS VARCHAR(10)), '-', '') AS INTEGER) AS Digits,
        ROW_NUMBER() OVER (ORDER BY NewDate DESC, AlbumID) AS NewRank
    FROM news
),

-- A year that begins in March has its odd day at the end.
marches AS (
    SELECT
        AlbumID,
        ArtistID,
        ArtistName,
        Artists,
        Event,
        NewDate,
        NewRank,
        Digits / 10000 AS CivilYear,
        Digits % 100 AS DayOfMonth,
        (Digits / 100 % 100 + 9) % 12 AS MonthsSinceMarch,
        Digits / 10000 + 4800 - (14 - Digits / 100 % 100) / 12 AS MarchYear
    FROM digits
),

-- The Julian day number, by which 0 was a Monday.
numbered AS (
    SELECT
        AlbumID,
        ArtistID,
        ArtistName,
        Artists,
        Event,
        NewDate,
        NewRank,
        CivilYear,
        DayOfMonth + (153 * MonthsSinceMarch + 2) / 5 + 365 * MarchYear
        + MarchYear / 4 - MarchYear / 100 + MarchYear / 400 - 32045 AS DayNumber
    FROM marches
),

-- A week is of the year that its Thursday is in.
thursdays AS (
    SELECT
        AlbumID,
        ArtistID,
        ArtistName,
        Artists,
        Event,
        NewDate,
        NewRank,
        CivilYear,
        DayNumber - DayNumber % 7 + 3 AS Thursday,
        365 * CivilYear + (CivilYear - 1) / 4 - (CivilYear - 1) / 100
        + (CivilYear - 1) / 400 + 1721061 AS NewYear,
        365 * (CivilYear + 1) + CivilYear / 4 - CivilYear / 100 + CivilYear / 400
        + 1721061 AS NextNewYear
    FROM numbered
),

years AS (
    SELECT
        AlbumID,
        ArtistID,
        ArtistName,
        Artists,
        Event,
        NewDate,
        NewRank,
        Thursday,
        CASE
            WHEN Thursday < NewYear THEN CivilYear - 1
            WHEN Thursday >= NextNewYear THEN CivilYear + 1
            ELSE CivilYear
        END AS IsoYear
    FROM thursdays
),

weeks AS (
    SELECT
        AlbumID,
        ArtistID,
        ArtistName,
        Artists,
        Event,
        NewDate,
        NewRank,
        IsoYear * 100 + 1 + (
            Thursday
            - (
                365 * IsoYear + (IsoYear - 1) / 4 - (IsoYear - 1) / 100
                + (IsoYear - 1) / 400 + 1721061
            )
        ) / 7 AS WeekID
    FROM years
)

SELECT
    weeks.AlbumID,
    albums.AlbumName,
    albums.AlbumType,
    weeks.ArtistID,
    weeks.ArtistName,
    weeks.Artists,
    albums.ReleaseDate,
    albums.ReleaseDatePrecision,
    albums.FirstSeen,
    weeks.NewDate,
    weeks.NewRank,
    weeks.WeekID,
    weeks.Event,
    CASE
        WHEN albums.FirstSeen IS NULL OR albums.ReleaseDate IS NULL THEN NULL
        WHEN albums.ReleaseDate > albums.FirstSeen THEN 1
        ELSE 0
    END AS Announced,
    albums.TotalTracks,
    albums.Label,
    albums.CoverURL
FROM weeks
INNER JOIN albums ON albums.AlbumID = weeks.AlbumID;

CREATE VIEW top_tracks AS
-- One row is one of the 100 most streamed songs of one week.
-- Weeks read: 1
-- Columns:
-- WeekID: the week, ISO year times 100 plus ISO week, such as 202647.
-- WeekStartDate: the Monday that begins the week.
-- StreamRank: the place by Streams, 1 to 100; of songs that were streamed equally often, the one
--   whose SongID sorts first ranks first.
-- SongID: Spotify's id of the song, as in `tracks`.
-- Title: its title. NULL: not known.
-- AlbumName: the name of its album. NULL: not known.
-- Streams: its streams in the week.
-- Downloads: its downloads in the week. NULL: there is no figure of them of the same kind.
-- Figures: the kind of the streams, `given` where a file gives them, `simulated`, or `unknown`.
WITH ranked AS (
    SELECT
        WeekID,
        WeekStartDate,
        SongID,
        WeeklyStreams,
        CASE
            WHEN weekly_streams.Source IS NULL THEN 'unknown'
            WHEN weekly_streams.Source = 'simulated' THEN 'simulated'
            ELSE 'given'
        END AS Figures,
        ROW_NUMBER() OVER (PARTITION BY WeekID ORDER BY WeeklyStreams DESC, SongID) AS StreamRank
    FROM weekly_streams
)

SELECT
    ranked.WeekID,
    ranked.WeekStartDate,
    ranked.StreamRank,
    ranked.SongID,
    tracks.Title,
    albums.AlbumName,
    ranked.WeeklyStreams AS Streams,
    weekly_downloads.TotalWeeklyDownloads AS Downloads,
    ranked.Figures
FROM ranked
INNER JOIN tracks ON tracks.SongID = ranked.SongID
INNER JOIN albums ON albums.AlbumID = tracks.AlbumID
LEFT JOIN weekly_downloads
    ON
        weekly_downloads.WeekID = ranked.WeekID
        AND weekly_downloads.SongID = ranked.SongID
        AND CASE
            WHEN weekly_downloads.Source IS NULL THEN 'unknown'
            WHEN weekly_downloads.Source = 'simulated' THEN 'simulated'
            ELSE 'given'
        END = ranked.Figures
WHERE ranked.StreamRank <= 100;

CREATE VIEW weekly_artist_totals AS
-- One row is one week of one followed artist: the tracks of all the artist's albums. A track
-- counts for every followed artist of its album.
-- Weeks read: 1
-- Columns:
-- WeekID: the week, ISO year times 100 plus ISO week, such as 202647.
-- WeekStartDate: the Monday that begins the week.
-- ArtistID: Spotify's id of the artist, as in `artists`.
-- ArtistName: the artist's name. NULL: not known.
-- Tracks: the number of the artist's tracks that have streams or downloads in the week.
-- Streams: their streams in the week. NULL: none has any.
-- Downloads: their downloads in the week. NULL: none has any.
-- Figures: the kind of the week's figures, `given` where a file gives them, `simulated`, or
--   `unknown`.
WITH totals AS (
    SELECT
        w.WeekID,
        w.WeekStartDate,
        a.ArtistID,
        w.Figures,
        SUM(w.Tracks) AS Tracks,
        SUM(w.Streams) AS Streams,
        SUM(w.Downloads) AS Downloads
    FROM weekly_album_totals AS w
    INNER JOIN artist_albums AS a ON a.AlbumID = w.AlbumID
    GROUP BY w.WeekID, w.WeekStartDate, a.ArtistID, w.Figures
)

SELECT
    totals.WeekID,
    totals.WeekStartDate,
    totals.ArtistID,
    artists.Name AS ArtistName,
    totals.Tracks,
    totals.Streams,
    totals.Downloads,
    totals.Figures
FROM totals
INNER JOIN artists ON artists.ArtistID = totals.ArtistID;

CREATE VIEW followed_but_unheard AS
-- One row is one followed artist of whom no play that counts is known: neither of a song on the
-- artist's albums, nor of any song by an artist of this name. Without any play there is no row,
-- since then nothing is known.
-- Columns:
-- ArtistID: Spotify's id of the artist, as in `artists`.
-- ArtistName: the artist's name. NULL: not known.
-- Tracks: the number of songs on the artist's albums.
-- NewestAlbumName: the name of the album that was released last. NULL: no date is known.
-- NewestReleaseDate: the day of its release. NULL: no date is known.
WITH heard AS (
    SELECT
        s.SongID,
        s.ArtistName
    FROM listened_songs AS s
    WHERE EXISTS (SELECT 1 FROM counted_plays AS c WHERE c.SongID = s.SongID)
),

releases AS (
    SELECT
        a.ArtistID,
        albums.AlbumName,
        albums.ReleaseDate,
        ROW_NUMBER() OVER (
            PARTITION BY a.ArtistID ORDER BY albums.ReleaseDate DESC, albums.AlbumID
        ) AS Newness
    FROM artist_albums AS a
    INNER JOIN albums ON albums.AlbumID = a.AlbumID
    WHERE albums.ReleaseDate IS NOT NULL
)

SELECT
    artists.ArtistID,
    artists.Name AS ArtistName,
    (
        SELECT COUNT(*) FROM artist_albums AS a
        INNER JOIN tracks ON tracks.AlbumID = a.AlbumID
        WHERE a.ArtistID = artists.ArtistID
    ) AS Tracks,
    releases.AlbumName AS NewestAlbumName,
    releases.ReleaseDate AS NewestReleaseDate
FROM artists
LEFT JOIN releases ON releases.ArtistID = artists.ArtistID AND releases.Newness = 1
WHERE
    EXISTS (SELECT 1 FROM heard)
    AND artists.ArtistID NOT IN (
        SELECT a.ArtistID FROM heard
        INNER JOIN tracks ON tracks.SongID = heard.SongID
        INNER JOIN artist_albums AS a ON a.AlbumID = tracks.AlbumID
    )
    AND (
        artists.Name IS NULL
        OR artists.Name NOT IN (
            SELECT heard.ArtistName FROM heard
            WHERE heard.ArtistName IS NOT NULL
        )
    );

CREATE VIEW heard_but_not_followed AS
-- One row is one artist, by name as listened, who was heard and has the name of no followed
-- artist.
-- Columns:
-- PlayRank: the place by Plays, from 1; of artists who were played equally often, the one whose
--   name sorts first ranks first.
-- ArtistName: the artist's name as listened.
-- Songs: the number of the artist's songs with a play that counts.
-- Plays: the number of plays that count.
-- Minutes: minutes of the plays that say how long they were. NULL: none says it.
-- FirstHeardDate: the day of the first of the plays, in MUSIC_TIME_ZONE.
-- LastHeardDate: the day of the last of them.
WITH totals AS (
    SELECT
        s.ArtistName,
        COUNT(DISTINCT c.SongID) AS Songs,
        COUNT(*) AS Plays,
        SUM(c.Milliseconds) AS Milliseconds,
        MIN(c.LocalDate) AS FirstHeardDate,
        MAX(c.LocalDate) AS LastHeardDate
    FROM counted_plays AS c
    INNER JOIN listened_songs AS s ON s.SongID = c.SongID
    WHERE
        s.ArtistName IS NOT NULL
        AND s.ArtistName NOT IN (SELECT artists.Name FROM artists WHERE artists.Name IS NOT NULL)
    GROUP BY s.ArtistName
)

SELECT
    ROW_NUMBER() OVER (ORDER BY Plays DESC, ArtistName) AS PlayRank,
    ArtistName,
    Songs,
    Plays,
    CAST(Milliseconds AS FLOAT) / 60000 AS Minutes,
    FirstHeardDate,
    LastHeardDate
FROM totals;

CREATE VIEW my_discoveries AS
-- One row is one song with a play that counts, and the first of them. A song in `tracks` has its
-- title there, any other as listened.
-- Columns:
-- SongID: the song, as in `listened_songs`.
-- Title: its title. NULL: not known.
-- ArtistName: the artist's name as listened. NULL: not known.
-- FirstHeardAt: the end of the first play, in UTC.
-- FirstHeardDate: its day in MUSIC_TIME_ZONE.
-- FirstWeekID: its week in MUSIC_TIME_ZONE, ISO year times 100 plus ISO week, such as 202647.
-- FirstWeekStartDate: the Monday that begins the week.
-- ArtistDiscovered: 1 where that was the first play of any song of this artist, by name; 0 where
--   it was not. Of songs at one moment, the one whose SongID sorts first is the first. NULL: the
--   artist's name is not known.
-- PlaysSince: the number of plays after the first.
WITH firsts AS (
    SELECT
        SongID,
        MIN(EndedAt) AS EndedAt,
        COUNT(*) - 1 AS PlaysSince
    FROM counted_plays
    GROUP BY SongID
),

discovered AS (
    SELECT
        firsts.SongID,
        firsts.EndedAt,
        firsts.PlaysSince,
        s.Title,
        s.ArtistName,
        ROW_NUMBER() OVER (
            PARTITION BY s.ArtistName ORDER BY firsts.EndedAt, firsts.SongID
        ) AS SongOfArtist
    FROM firsts
    INNER JOIN listened_songs AS s ON s.SongID = firsts.SongID
)

SELECT
    d.SongID,
    COALESCE(tracks.Title, d.Title) AS Title,
    d.ArtistName,
    c.EndedAt AS FirstHeardAt,
    c.LocalDate AS FirstHeardDate,
    c.WeekID AS FirstWeekID,
    c.WeekStartDate AS FirstWeekStartDate,
    CASE
        WHEN d.ArtistName IS NULL THEN NULL
        WHEN d.SongOfArtist = 1 THEN 1
        ELSE 0
    END AS ArtistDiscovered,
    d.PlaysSince
FROM discovered AS d
INNER JOIN counted_plays AS c ON c.EndedAt = d.EndedAt AND c.SongID = d.SongID
LEFT JOIN tracks ON tracks.SongID = d.SongID;

CREATE VIEW my_listening_clock AS
-- One row is one hour of a weekday, in MUSIC_TIME_ZONE, in which a play that counts has ended. An
-- hour without plays has no row.
-- Columns:
-- Weekday: 1 on a Monday to 7.
-- LocalHour: 0 to 23.
-- Plays: the number of plays that ended in it.
-- Minutes: minutes of those that say how long they were, all of them in the hour in which they
--   ended. NULL: none says it.
SELECT
    Weekday,
    LocalHour,
    COUNT(*) AS Plays,
    CAST(SUM(Milliseconds) AS FLOAT) / 60000 AS Minutes
FROM counted_plays
GROUP BY Weekday, LocalHour;

CREATE VIEW my_streaks AS
-- One row is one run of consecutive days, in MUSIC_TIME_ZONE, of which each has a play that
-- counts.
-- Columns:
-- FirstDate: the first day.
-- LastDate: the last day.
-- Days: the number of days.
-- Plays: the number of plays on them.
WITH days AS (
    SELECT
        LocalDate,
        DayNumber,
        COUNT(*) AS Plays
    FROM counted_plays
    GROUP BY LocalDate, DayNumber
),

-- In a run, the number of the day and the number of the row grow alike.
runs AS (
    SELECT
        LocalDate,
        Plays,
        DayNumber - ROW_NUMBER() OVER (ORDER BY DayNumber) AS Run
    FROM days
)

SELECT
    MIN(LocalDate) AS FirstDate,
    MAX(LocalDate) AS LastDate,
    COUNT(*) AS Days,
    SUM(Plays) AS Plays
FROM runs
GROUP BY Run;

CREATE VIEW my_top_albums AS
-- One row is one of the 100 albums whose songs were played most in one period. An album is what
-- goes by one name and one artist's name as listened; a song in `tracks` is on the album that it
-- has there. A song of which no album is known counts for none.
-- Columns:
-- Period: `week`, `month`, `year` or `all`.
-- PeriodStartDate: the first day of the period; of `all`, the day of the first play.
-- PlayRank: the place by Plays, 1 to 100; of albums that were played equally often, the one whose
--   name, and then its artist's, sorts first ranks first.
-- AlbumName: the album's name.
-- ArtistName: the artist's name as listened.
-- AlbumID: that of the album in `albums`, the first where several have the name. NULL: it is not
--   there.
-- Plays: the number of plays that count.
-- Minutes: minutes of the plays that say how long they were. NULL: none says it.
WITH songs AS (
    SELECT
        s.SongID,
        COALESCE(albums.AlbumName, s.AlbumName) AS AlbumName,
        s.ArtistName,
        albums.AlbumID
    FROM listened_songs AS s
    LEFT JOIN tracks ON tracks.SongID = s.SongID
    LEFT JOIN albums ON albums.AlbumID = tracks.AlbumID
    WHERE
        s.ArtistName IS NOT NULL
        AND (albums.AlbumName IS NOT NULL OR s.AlbumName IS NOT NULL)
),

-- A CROSS JOIN, which SQLite does in this order: it reads all plays once, and looks each song up.
weeks AS (
    SELECT
        c.WeekStartDate,
        songs.AlbumName,
        songs.ArtistName,
        MIN(songs.AlbumID) AS AlbumID,
        COUNT(*) AS Plays,
        SUM(c.Milliseconds) AS Milliseconds
    FROM counted_plays AS c
    CROSS JOIN songs
    WHERE songs.SongID = c.SongID
    GROUP BY c.WeekStartDate, songs.AlbumName, songs.ArtistName
),

months AS (
    SELECT
        c.MonthStartDate,
        c.YearStartDate,
        songs.AlbumName,
        songs.ArtistName,
        MIN(songs.AlbumID) AS AlbumID,
        COUNT(*) AS Plays,
        SUM(c.Milliseconds) AS Milliseconds
    FROM counted_plays AS c
    CROSS JOIN songs
    WHERE songs.SongID = c.SongID
    GROUP BY c.MonthStartDate, c.YearStartDate, songs.AlbumName, songs.ArtistName
),

years AS (
    SELECT
        YearStartDate,
        AlbumName,
        ArtistName,
        MIN(AlbumID) AS AlbumID,
        SUM(Plays) AS Plays,
        SUM(Milliseconds) AS Milliseconds
    FROM months
    GROUP BY YearStartDate, AlbumName, ArtistName
),

totals AS (
    SELECT
        'week' AS Period,
        WeekStartDate AS PeriodStartDate,
        AlbumName,
        ArtistName,
        AlbumID,
        Plays,
        Milliseconds
    FROM weeks
    UNION ALL
    SELECT
        'month' AS Period,
        MonthStartDate AS PeriodStartDate,
        AlbumName,
        ArtistName,
        AlbumID,
        Plays,
        Milliseconds
    FROM months
    UNION ALL
    SELECT
        'year' AS Period,
        YearStartDate AS PeriodStartDate,
        AlbumName,
        ArtistName,
        AlbumID,
        Plays,
        Milliseconds
    FROM years
    UNION ALL
    SELECT
        'all' AS Period,
        (SELECT MIN(LocalDate) FROM counted_plays) AS PeriodStartDate,
        AlbumName,
        ArtistName,
        MIN(AlbumID) AS AlbumID,
        SUM(Plays) AS Plays,
        SUM(Milliseconds) AS Milliseconds
    FROM years
    GROUP BY AlbumName, ArtistName
),

ranked AS (
    SELECT
        Period,
        PeriodStartDate,
        AlbumName,
        ArtistName,
        AlbumID,
        Plays,
        Milliseconds,
        ROW_NUMBER() OVER (
            PARTITION BY Period, PeriodStartDate ORDER BY Plays DESC, AlbumName, ArtistName
        ) AS PlayRank
    FROM totals
)

SELECT
    Period,
    PeriodStartDate,
    PlayRank,
    AlbumName,
    ArtistName,
    AlbumID,
    Plays,
    CAST(Milliseconds AS FLOAT) / 60000 AS Minutes
FROM ranked
WHERE PlayRank <= 100;

CREATE VIEW my_top_artists AS
-- One row is one of the 100 artists who were played most in one period. An artist is who goes by
-- one name as listened.
-- Columns:
-- Period: `week`, `month`, `year` or `all`.
-- PeriodStartDate: the first day of the period; of `all`, the day of the first play.
-- PlayRank: the place by Plays, 1 to 100; of artists who were played equally often, the one whose
--   name sorts first ranks first.
-- ArtistName: the artist's name as listened.
-- ArtistID: that of the followed artist of this name; of several, one with a heard song on an
--   album. NULL: none is followed.
-- Plays: the number of plays that count.
-- Minutes: minutes of the plays that say how long they were. NULL: none says it.
WITH heard AS (
    SELECT DISTINCT
        a.ArtistID,
        s.ArtistName
    FROM listened_songs AS s
    INNER JOIN tracks ON tracks.SongID = s.SongID
    INNER JOIN artist_albums AS a ON a.AlbumID = tracks.AlbumID
),

songs AS (
    SELECT
        s.SongID,
        s.ArtistName,
        COALESCE(MIN(heard.ArtistID), MIN(artists.ArtistID)) AS ArtistID
    FROM listened_songs AS s
    LEFT JOIN artists ON artists.Name = s.ArtistName
    LEFT JOIN heard ON heard.ArtistID = artists.ArtistID AND heard.ArtistName = artists.Name
    WHERE s.ArtistName IS NOT NULL
    GROUP BY s.SongID, s.ArtistName
),

-- A CROSS JOIN, which SQLite does in this order: it reads all plays once, and looks each song up.
weeks AS (
    SELECT
        c.WeekStartDate,
        songs.ArtistName,
        songs.ArtistID,
        COUNT(*) AS Plays,
        SUM(c.Milliseconds) AS Milliseconds
    FROM counted_plays AS c
    CROSS JOIN songs
    WHERE songs.SongID = c.SongID
    GROUP BY c.WeekStartDate, songs.ArtistName, songs.ArtistID
),

months AS (
    SELECT
        c.MonthStartDate,
        c.YearStartDate,
        songs.ArtistName,
        songs.ArtistID,
        COUNT(*) AS Plays,
        SUM(c.Milliseconds) AS Milliseconds
    FROM counted_plays AS c
    CROSS JOIN songs
    WHERE songs.SongID = c.SongID
    GROUP BY c.MonthStartDate, c.YearStartDate, songs.ArtistName, songs.ArtistID
),

years AS (
    SELECT
        YearStartDate,
        ArtistName,
        ArtistID,
        SUM(Plays) AS Plays,
        SUM(Milliseconds) AS Milliseconds
    FROM months
    GROUP BY YearStartDate, ArtistName, ArtistID
),

totals AS (
    SELECT
        'week' AS Period,
        WeekStartDate AS PeriodStartDate,
        ArtistName,
        ArtistID,
        Plays,
        Milliseconds
    FROM weeks
    UNION ALL
    SELECT
        'month' AS Period,
        MonthStartDate AS PeriodStartDate,
        ArtistName,
        ArtistID,
        Plays,
        Milliseconds
    FROM months
    UNION ALL
    SELECT
        'year' AS Period,
        YearStartDate AS PeriodStartDate,
        ArtistName,
        ArtistID,
        Plays,
        Milliseconds
    FROM years
    UNION ALL
    SELECT
        'all' AS Period,
        (SELECT MIN(LocalDate) FROM counted_plays) AS PeriodStartDate,
        ArtistName,
        ArtistID,
        SUM(Plays) AS Plays,
        SUM(Milliseconds) AS Milliseconds
    FROM years
    GROUP BY ArtistName, ArtistID
),

ranked AS (
    SELECT
        Period,
        PeriodStartDate,
        ArtistName,
        ArtistID,
        Plays,
        Milliseconds,
        ROW_NUMBER() OVER (
            PARTITION BY Period, PeriodStartDate ORDER BY Plays DESC, ArtistName
        ) AS PlayRank
    FROM totals
)

SELECT
    Period,
    PeriodStartDate,
    PlayRank,
    ArtistName,
    ArtistID,
    Plays,
    CAST(Milliseconds AS FLOAT) / 60000 AS Minutes
FROM ranked
WHERE PlayRank <= 100;

CREATE VIEW my_top_tracks AS
-- One row is one of the 100 songs that were played most in one period. A song in `tracks` has its
-- title there, any other as listened.
-- Columns:
-- Period: `week`, `month`, `year` or `all`.
-- PeriodStartDate: the first day of the period; of `all`, the day of the first play.
-- PlayRank: the place by Plays, 1 to 100; of songs that were played equally often, the one whose
--   SongID sorts first ranks first.
-- SongID: the song, as in `listened_songs`.
-- Title: its title. NULL: not known.
-- ArtistName: the artist's name as listened. NULL: not known.
-- Plays: the number of plays that count.
-- Minutes: minutes of the plays that say how long they were. NULL: none says it.
WITH weeks AS (
    SELECT
        WeekStartDate,
        SongID,
        COUNT(*) AS Plays,
        SUM(Milliseconds) AS Milliseconds
    FROM counted_plays
    GROUP BY WeekStartDate, SongID
),

months AS (
    SELECT
        MonthStartDate,
        YearStartDate,
        SongID,
        COUNT(*) AS Plays,
        SUM(Milliseconds) AS Milliseconds
    FROM counted_plays
    GROUP BY MonthStartDate, YearStartDate, SongID
),

years AS (
    SELECT
        YearStartDate,
        SongID,
        SUM(Plays) AS Plays,
        SUM(Milliseconds) AS Milliseconds
    FROM months
    GROUP BY YearStartDate, SongID
),

totals AS (
    SELECT
        'week' AS Period,
        WeekStartDate AS PeriodStartDate,
        SongID,
        Plays,
        Milliseconds
    FROM weeks
    UNION ALL
    SELECT
        'month' AS Period,
        MonthStartDate AS PeriodStartDate,
        SongID,
        Plays,
        Milliseconds
    FROM months
    UNION ALL
    SELECT
        'year' AS Period,
        YearStartDate AS PeriodStartDate,
        SongID,
        Plays,
        Milliseconds
    FROM years
    UNION ALL
    SELECT
        'all' AS Period,
        (SELECT MIN(LocalDate) FROM counted_plays) AS PeriodStartDate,
        SongID,
        SUM(Plays) AS Plays,
        SUM(Milliseconds) AS Milliseconds
    FROM years
    GROUP BY SongID
),

ranked AS (
    SELECT
        Period,
        PeriodStartDate,
        SongID,
        Plays,
        Milliseconds,
        ROW_NUMBER() OVER (
            PARTITION BY Period, PeriodStartDate ORDER BY Plays DESC, SongID
        ) AS PlayRank
    FROM totals
)

SELECT
    ranked.Period,
    ranked.PeriodStartDate,
    ranked.PlayRank,
    ranked.SongID,
    COALESCE(tracks.Title, s.Title) AS Title,
    s.ArtistName,
    ranked.Plays,
    CAST(ranked.Milliseconds AS FLOAT) / 60000 AS Minutes
FROM ranked
INNER JOIN listened_songs AS s ON s.SongID = ranked.SongID
LEFT JOIN tracks ON tracks.SongID = ranked.SongID
WHERE ranked.PlayRank <= 100;

CREATE VIEW my_weekly_plays AS
-- One row is one week with plays that count.
-- Weeks read: 1
-- Columns:
-- WeekID: the week in MUSIC_TIME_ZONE, ISO year times 100 plus ISO week, such as 202647.
-- WeekStartDate: the Monday that begins the week.
-- Plays: the number of plays that count.
-- Songs: the number of their songs.
-- Artists: the number of their artists, by name.
-- Minutes: minutes of the plays that say how long they were. NULL: none says it.
-- ShortPlays: the number of the week's other plays, which count nowhere.
WITH counted AS (
    SELECT
        c.WeekID,
        c.WeekStartDate,
        COUNT(*) AS Plays,
        COUNT(DISTINCT c.SongID) AS Songs,
        COUNT(DISTINCT s.ArtistName) AS Artists,
        SUM(c.Milliseconds) AS Milliseconds
    FROM counted_plays AS c
    INNER JOIN listened_songs AS s ON s.SongID = c.SongID
    GROUP BY c.WeekID, c.WeekStartDate
)

-- A subquery for all plays of a week: a join would count those of all weeks first.
SELECT
    WeekID,
    WeekStartDate,
    Plays,
    Songs,
    Artists,
    CAST(Milliseconds AS FLOAT) / 60000 AS Minutes,
    (
        SELECT COUNT(*) FROM plays
        WHERE plays.WeekID = counted.WeekID
    ) - Plays AS ShortPlays
FROM counted;

CREATE VIEW genre_trends AS
-- One row is one week of one genre: the tracks on albums by artists of that genre. A track counts
-- once per genre and for each of its genres, so that the shares of a week may add up to more than
-- 1; a track without a genre counts in none.
-- Weeks read: 2
-- Columns:
-- WeekID: the week, ISO year times 100 plus ISO week, such as 202647.
-- WeekStartDate: the Monday that begins the week.
-- GenreID: the genre, as in `genres`.
-- GenreName: the genre's name.
-- Tracks: the number of its tracks that have streams or downloads in the week.
-- Streams: their streams in the week. NULL: none has any.
-- Downloads: their downloads in the week. NULL: none has any.
-- ShareOfStreams: Streams by those of all songs of the week, 0 to 1. NULL: there are none.
-- StreamsChange: Streams less those of the week that starts 7 days earlier. NULL: that week has no
--   figure of this kind.
-- Figures: the kind of the week's figures, `given` where a file gives them, `simulated`, or
--   `unknown`.
WITH album_genres AS (
    SELECT DISTINCT
        artist_albums.AlbumID,
        artist_genres.GenreID
    FROM artist_albums
    INNER JOIN artist_genres ON artist_genres.ArtistID = artist_albums.ArtistID
),

totals AS (
    SELECT
        w.WeekID,
        w.WeekStartDate,
        g.GenreID,
        w.Figures,
        SUM(w.Tracks) AS Tracks,
        SUM(w.Streams) AS Streams,
        SUM(w.Downloads) AS Downloads
    FROM weekly_album_totals AS w
    INNER JOIN album_genres AS g ON g.AlbumID = w.AlbumID
    GROUP BY w.WeekID, w.WeekStartDate, g.GenreID, w.Figures
),

-- A subquery for the week before: a join would add up all weeks first.
compared AS (
    SELECT
        totals.WeekID,
        totals.WeekStartDate,
        totals.GenreID,
        totals.Figures,
        totals.Tracks,
        totals.Streams,
        totals.Downloads,
        weekly_totals.Streams AS StreamsOfWeek,
        (
            SELECT SUM(e.Streams) FROM weekly_album_totals AS e
            WHERE
                e.WeekID = weekly_totals.PreviousWeekID
                AND e.AlbumID IN (
                    SELECT artist_albums.AlbumID FROM artist_albums
                    INNER JOIN artist_genres ON artist_genres.ArtistID = artist_albums.ArtistID
                    WHERE artist_genres.GenreID = totals.GenreID
                )
        ) AS StreamsBefore
    FROM totals
    INNER JOIN weekly_totals ON weekly_totals.WeekID = totals.WeekID
)

SELECT
    compared.WeekID,
    compared.WeekStartDate,
    compared.GenreID,
    genres.Name AS GenreName,
    compared.Tracks,
    compared.Streams,
    compared.Downloads,
    CAST(compared.Streams AS FLOAT) / NULLIF(compared.StreamsOfWeek, 0) AS ShareOfStreams,
    compared.Streams - compared.StreamsBefore AS StreamsChange,
    compared.Figures
FROM compared
INNER JOIN genres ON genres.GenreID = compared.GenreID;

CREATE VIEW weekly_movers AS
-- One row is one of the 100 songs of one week whose streams changed most, up or down, against the
-- week that starts 7 days earlier. A song without a figure of the same kind in that week is no
-- mover.
-- Weeks read: 2
-- Columns:
-- WeekID: the week, ISO year times 100 plus ISO week, such as 202647.
-- WeekStartDate: the Monday that begins the week.
-- MoveRank: the place by the size of Change, 1 to 100; of equal changes, the one whose SongID
--   sorts first ranks first.
-- SongID: Spotify's id of the song, as in `tracks`.
-- Title: its title. NULL: not known.
-- AlbumName: the name of its album. NULL: not known.
-- StreamsBefore: its streams in the week before.
-- Streams: its streams in the week.
-- Change: Streams less StreamsBefore.
-- ChangePercent: Change in per cent of StreamsBefore. NULL: that was 0.
-- Figures: the kind of both, `given` where files give both weeks, `simulated`, or `unknown`.
WITH moved AS (
    SELECT
        this.WeekID,
        this.WeekStartDate,
        this.SongID,
        earlier.WeeklyStreams AS StreamsBefore,
        this.WeeklyStreams AS Streams,
        weeks.Figures,
        ROW_NUMBER() OVER (
            PARTITION BY this.WeekID
            ORDER BY ABS(this.WeeklyStreams - earlier.WeeklyStreams) DESC, this.SongID
        ) AS MoveRank
    FROM weekly_streams AS this
    INNER JOIN weekly_totals AS weeks
        ON
            weeks.WeekID = this.WeekID
            AND weeks.Figures = CASE
                WHEN this.Source IS NULL THEN 'unknown'
                WHEN this.Source = 'simulated' THEN 'simulated'
                ELSE 'given'
            END
    INNER JOIN weekly_streams AS earlier
        ON
            earlier.WeekID = weeks.PreviousWeekID
            AND earlier.SongID = this.SongID
            AND CASE
                WHEN earlier.Source IS NULL THEN 'unknown'
                WHEN earlier.Source = 'simulated' THEN 'simulated'
                ELSE 'given'
            END = weeks.Figures
)

SELECT
    moved.WeekID,
    moved.WeekStartDate,
    moved.MoveRank,
    moved.SongID,
    tracks.Title,
    albums.AlbumName,
    moved.StreamsBefore,
    moved.Streams,
    moved.Streams - moved.StreamsBefore AS Change,
    CAST(moved.Streams - moved.StreamsBefore AS FLOAT) * 100
    / NULLIF(moved.StreamsBefore, 0) AS ChangePercent,
    moved.Figures
FROM moved
INNER JOIN tracks ON tracks.SongID = moved.SongID
INNER JOIN albums ON albums.AlbumID = tracks.AlbumID
WHERE moved.MoveRank <= 100;
