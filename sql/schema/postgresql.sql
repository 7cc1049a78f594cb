-- Made by `music-assets schema --dialect postgresql`; a test keeps the two equal.

CREATE TABLE albums (
    "AlbumID" VARCHAR(64) COLLATE "C" NOT NULL,
    "AlbumName" VARCHAR(1000) COLLATE "C",
    "AlbumType" VARCHAR(32) COLLATE "C",
    "ReleaseDate" DATE,
    "ReleaseDatePrecision" VARCHAR(5) COLLATE "C",
    "TotalTracks" INTEGER,
    "UPC" VARCHAR(32) COLLATE "C",
    "Label" VARCHAR(1000) COLLATE "C",
    "CoverURL" VARCHAR(1000) COLLATE "C",
    "Copyright" VARCHAR(1000) COLLATE "C",
    "FirstReleaseYear" INTEGER,
    "FirstSeen" DATE,
    PRIMARY KEY ("AlbumID")
);

CREATE TABLE artists (
    "ArtistID" VARCHAR(64) COLLATE "C" NOT NULL,
    "Name" VARCHAR(1000) COLLATE "C",
    "Followers" INTEGER,
    "MusicBrainzID" VARCHAR(36) COLLATE "C",
    "Country" VARCHAR(8) COLLATE "C",
    "ArtistType" VARCHAR(32) COLLATE "C",
    "BeganYear" INTEGER,
    "MatchedBy" VARCHAR(8) COLLATE "C",
    PRIMARY KEY ("ArtistID")
);

CREATE TABLE chart_entries (
    "Region" VARCHAR(8) COLLATE "C" NOT NULL,
    "Period" VARCHAR(8) COLLATE "C" NOT NULL,
    "ChartDate" DATE NOT NULL,
    "SongID" VARCHAR(64) COLLATE "C" NOT NULL,
    "Rank" INTEGER NOT NULL,
    "PreviousRank" INTEGER,
    "PeakRank" INTEGER,
    "TimesOnChart" INTEGER,
    "Streams" BIGINT,
    "Title" VARCHAR(1000) COLLATE "C",
    "ArtistNames" VARCHAR(1000) COLLATE "C",
    "Label" VARCHAR(1000) COLLATE "C",
    "WeekID" INTEGER NOT NULL,
    PRIMARY KEY ("Region", "Period", "ChartDate", "SongID")
);

CREATE INDEX "ix_chart_entries_SongID" ON chart_entries ("SongID");

CREATE INDEX "ix_chart_entries_WeekID" ON chart_entries ("WeekID");

CREATE TABLE genres (
    "GenreID" INTEGER NOT NULL,
    "Name" VARCHAR(400) COLLATE "C" NOT NULL,
    PRIMARY KEY ("GenreID"),
    UNIQUE ("Name")
);

CREATE TABLE listened_songs (
    "SongID" VARCHAR(64) COLLATE "C" NOT NULL,
    "Title" VARCHAR(1000) COLLATE "C",
    "ArtistName" VARCHAR(1000) COLLATE "C",
    "AlbumName" VARCHAR(1000) COLLATE "C",
    PRIMARY KEY ("SongID")
);

CREATE TABLE monthly_sales (
    "ReportDate" DATE NOT NULL,
    "Month" DATE NOT NULL,
    "Store" VARCHAR(100) COLLATE "C" NOT NULL,
    "Country" VARCHAR(8) COLLATE "C" NOT NULL,
    "Item" VARCHAR(32) COLLATE "C" NOT NULL,
    "Kind" VARCHAR(8) COLLATE "C" NOT NULL,
    "Title" VARCHAR(1000) COLLATE "C",
    "ArtistName" VARCHAR(1000) COLLATE "C",
    "Quantity" BIGINT NOT NULL,
    PRIMARY KEY ("ReportDate", "Month", "Store", "Country", "Item", "Kind")
);

CREATE TABLE artist_albums (
    "ArtistID" VARCHAR(64) COLLATE "C" NOT NULL,
    "AlbumID" VARCHAR(64) COLLATE "C" NOT NULL,
    PRIMARY KEY ("ArtistID", "AlbumID"),
    FOREIGN KEY("ArtistID") REFERENCES artists ("ArtistID") ON DELETE CASCADE,
    FOREIGN KEY("AlbumID") REFERENCES albums ("AlbumID") ON DELETE CASCADE
);

CREATE INDEX "ix_artist_albums_AlbumID" ON artist_albums ("AlbumID");

CREATE TABLE artist_genres (
    "ArtistID" VARCHAR(64) COLLATE "C" NOT NULL,
    "GenreID" INTEGER NOT NULL,
    "Source" VARCHAR(16) COLLATE "C" DEFAULT 'spotify' NOT NULL,
    "Votes" INTEGER,
    PRIMARY KEY ("ArtistID", "GenreID"),
    FOREIGN KEY("ArtistID") REFERENCES artists ("ArtistID") ON DELETE CASCADE,
    FOREIGN KEY("GenreID") REFERENCES genres ("GenreID") ON DELETE CASCADE
);

CREATE INDEX "ix_artist_genres_GenreID" ON artist_genres ("GenreID");

CREATE TABLE plays (
    "EndedAt" TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    "SongID" VARCHAR(64) COLLATE "C" NOT NULL,
    "SecondsPlayed" NUMERIC(12, 3),
    "Skipped" BOOLEAN,
    "Source" VARCHAR(16) COLLATE "C" NOT NULL,
    "LocalDate" DATE NOT NULL,
    "LocalHour" INTEGER NOT NULL,
    "WeekID" INTEGER NOT NULL,
    "WeekStartDate" DATE NOT NULL,
    "MonthStartDate" DATE NOT NULL,
    "YearStartDate" DATE NOT NULL,
    "DayNumber" INTEGER NOT NULL,
    PRIMARY KEY ("EndedAt", "SongID"),
    FOREIGN KEY("SongID") REFERENCES listened_songs ("SongID") ON DELETE CASCADE
);

CREATE INDEX "ix_plays_SongID" ON plays ("SongID");

CREATE INDEX "ix_plays_WeekID" ON plays ("WeekID");

CREATE TABLE tracks (
    "SongID" VARCHAR(64) COLLATE "C" NOT NULL,
    "TrackNumber" INTEGER,
    "Title" VARCHAR(1000) COLLATE "C",
    "DurationInSeconds" NUMERIC(12, 3),
    "AlbumID" VARCHAR(64) COLLATE "C" NOT NULL,
    "DiscNumber" INTEGER,
    "ISRC" VARCHAR(32) COLLATE "C",
    "FirstSeen" DATE,
    PRIMARY KEY ("SongID"),
    FOREIGN KEY("AlbumID") REFERENCES albums ("AlbumID") ON DELETE CASCADE
);

CREATE INDEX "ix_tracks_AlbumID" ON tracks ("AlbumID");

CREATE TABLE weekly_album_totals (
    "WeekID" INTEGER NOT NULL,
    "AlbumID" VARCHAR(64) COLLATE "C" NOT NULL,
    "WeekStartDate" DATE NOT NULL,
    "Tracks" INTEGER NOT NULL,
    "Streams" BIGINT,
    "Downloads" BIGINT,
    "StreamFigures" INTEGER NOT NULL,
    "Figures" VARCHAR(16) COLLATE "C" DEFAULT 'unknown' NOT NULL,
    PRIMARY KEY ("WeekID", "AlbumID"),
    FOREIGN KEY("AlbumID") REFERENCES albums ("AlbumID") ON DELETE CASCADE
);

CREATE INDEX ix_weekly_album_totals_sums ON weekly_album_totals ("AlbumID", "Figures", "StreamFigures", "Streams", "Downloads");

CREATE TABLE weekly_downloads (
    "WeekID" INTEGER NOT NULL,
    "SongID" VARCHAR(64) COLLATE "C" NOT NULL,
    "WeekStartDate" DATE NOT NULL,
    "WeekEndDate" DATE NOT NULL,
    "TotalWeeklyDownloads" BIGINT NOT NULL,
    "Source" VARCHAR(200) COLLATE "C",
    PRIMARY KEY ("WeekID", "SongID"),
    FOREIGN KEY("SongID") REFERENCES tracks ("SongID") ON DELETE CASCADE
);

CREATE INDEX "ix_weekly_downloads_SongID" ON weekly_downloads ("SongID");

CREATE TABLE weekly_streams (
    "WeekID" INTEGER NOT NULL,
    "SongID" VARCHAR(64) COLLATE "C" NOT NULL,
    "WeekStartDate" DATE NOT NULL,
    "WeekEndDate" DATE NOT NULL,
    "WeeklyStreams" BIGINT NOT NULL,
    "Source" VARCHAR(200) COLLATE "C",
    PRIMARY KEY ("WeekID", "SongID"),
    FOREIGN KEY("SongID") REFERENCES tracks ("SongID") ON DELETE CASCADE
);

CREATE INDEX "ix_weekly_streams_SongID" ON weekly_streams ("SongID");

CREATE TABLE data_versions (
    "TableName" VARCHAR(64) COLLATE "C" NOT NULL,
    "Part" INTEGER NOT NULL,
    "DataVersion" VARCHAR(32) COLLATE "C",
    PRIMARY KEY ("TableName", "Part")
);

COMMENT ON TABLE albums IS 'One row is one album of a followed artist, alone or with others.';

COMMENT ON COLUMN albums."AlbumID" IS 'Spotify''s id of the album.';

COMMENT ON COLUMN albums."AlbumName" IS 'The album''s name at Spotify. NULL: Spotify gave none that can be used.';

COMMENT ON COLUMN albums."AlbumType" IS 'Spotify''s word for it: `album`, `single` or `compilation`. NULL: not told.';

COMMENT ON COLUMN albums."ReleaseDate" IS 'The day of the release, as Spotify has it; of a year or a month alone, its first day. A day to come is announced. NULL: not told, or not a date.';

COMMENT ON COLUMN albums."ReleaseDatePrecision" IS 'The part of ReleaseDate that Spotify tells: `year`, `month` or `day`. NULL: there is no ReleaseDate.';

COMMENT ON COLUMN albums."TotalTracks" IS 'The number of the album''s tracks, as Spotify counts them; `tracks` may hold fewer. NULL: not told.';

COMMENT ON COLUMN albums."UPC" IS 'The barcode, a UPC or an EAN. NULL: not told yet.';

COMMENT ON COLUMN albums."Label" IS 'The record label, as Spotify has it; where Spotify tells none, as MusicBrainz has it. NULL: neither tells, or not asked yet.';

COMMENT ON COLUMN albums."CoverURL" IS 'The address of the cover at Spotify, 300 pixels wide where there is such a picture, otherwise the largest. NULL: there is none, or not told yet.';

COMMENT ON COLUMN albums."Copyright" IS 'The copyright line of the work (C), or of the recording where there is no other. NULL: there is none, or not told yet.';

COMMENT ON COLUMN albums."FirstReleaseYear" IS 'The year in which the first edition of the album came out, as MusicBrainz has it. NULL: not known there, or not asked for.';

COMMENT ON COLUMN albums."FirstSeen" IS 'The day, in UTC, on which the pages landed that brought the album first; no later load changes it. NULL: not known, since the row is older than this column.';

COMMENT ON TABLE artists IS 'One row is one artist that is followed.';

COMMENT ON COLUMN artists."ArtistID" IS 'Spotify''s id of the artist.';

COMMENT ON COLUMN artists."Name" IS 'The artist''s name at Spotify. NULL: Spotify gave none that can be used.';

COMMENT ON COLUMN artists."Followers" IS 'The number of the artist''s followers at Spotify. NULL: Spotify does not say, as to apps in development mode.';

COMMENT ON COLUMN artists."MusicBrainzID" IS 'MusicBrainz''s id (MBID) of the artist. NULL: not found there, or not asked for.';

COMMENT ON COLUMN artists."Country" IS 'The artist''s country at MusicBrainz, by ISO 3166-1 or a code of MusicBrainz''s own, such as XW for the whole world. NULL: not told.';

COMMENT ON COLUMN artists."ArtistType" IS 'MusicBrainz''s word for the artist, such as Person or Group. NULL: not told.';

COMMENT ON COLUMN artists."BeganYear" IS 'The year of the birth or the founding, as MusicBrainz has it. NULL: not told.';

COMMENT ON COLUMN artists."MatchedBy" IS 'The way in which MusicBrainz''s artist was found: `url`, by the address at Spotify, or `name`, which is a guess. NULL: not found, or not asked for.';

COMMENT ON TABLE chart_entries IS 'One row is one song on one chart of Spotify''s, whoever made it.';

COMMENT ON COLUMN chart_entries."Region" IS 'The region of the chart: `global`, or the code of a country.';

COMMENT ON COLUMN chart_entries."Period" IS 'The time that the chart counts: `daily`, or `weekly`, from a Friday to the Thursday that is its ChartDate.';

COMMENT ON COLUMN chart_entries."ChartDate" IS 'The day of the chart; of a weekly one, the Thursday that ends it.';

COMMENT ON COLUMN chart_entries."SongID" IS 'Spotify''s id of the song, in `tracks` if its album is in the catalogue.';

COMMENT ON COLUMN chart_entries."Rank" IS 'The song''s place on the chart, from 1.';

COMMENT ON COLUMN chart_entries."PreviousRank" IS 'The place on the chart before. NULL: the song was not on it.';

COMMENT ON COLUMN chart_entries."PeakRank" IS 'The best place that the song ever had. NULL: not told.';

COMMENT ON COLUMN chart_entries."TimesOnChart" IS 'The number of days or weeks that the song has been on the chart. NULL: not told.';

COMMENT ON COLUMN chart_entries."Streams" IS 'The number of streams that Spotify counted for the chart. NULL: not told.';

COMMENT ON COLUMN chart_entries."Title" IS 'The song''s title on the chart. NULL: not told.';

COMMENT ON COLUMN chart_entries."ArtistNames" IS 'The artists'' names on the chart, one text. NULL: not told.';

COMMENT ON COLUMN chart_entries."Label" IS 'The label on the chart. NULL: not told.';

COMMENT ON COLUMN chart_entries."WeekID" IS 'The week: ISO year times 100 plus ISO week, such as 202647. It is that of ChartDate.';

COMMENT ON TABLE genres IS 'One row is one genre that Spotify or MusicBrainz has named.';

COMMENT ON COLUMN genres."GenreID" IS 'A number of our own, given at the first load of the genre and never given again.';

COMMENT ON COLUMN genres."Name" IS 'The genre''s name, in the spelling that came first.';

COMMENT ON TABLE listened_songs IS 'One row is one song that was ever heard, whoever made it, followed or not.';

COMMENT ON COLUMN listened_songs."SongID" IS 'Spotify''s id of the song; where no file gives one, an id of our own, `local:` and a hash of artist and title.';

COMMENT ON COLUMN listened_songs."Title" IS 'The song''s title as listened. NULL: no file gives one.';

COMMENT ON COLUMN listened_songs."ArtistName" IS 'The artist''s name as listened. NULL: no file gives one.';

COMMENT ON COLUMN listened_songs."AlbumName" IS 'The album''s name as listened. NULL: no file gives one.';

COMMENT ON TABLE monthly_sales IS 'One row is what one statement of a distributor says of one song or album, in one store and country, in one month.';

COMMENT ON COLUMN monthly_sales."ReportDate" IS 'The day of the distributor''s statement.';

COMMENT ON COLUMN monthly_sales."Month" IS 'The first day of the month of the sales.';

COMMENT ON COLUMN monthly_sales."Store" IS 'The store''s name, as the statement has it.';

COMMENT ON COLUMN monthly_sales."Country" IS 'The code of the country of the sales, as the statement has it.';

COMMENT ON COLUMN monthly_sales."Item" IS 'The ISRC of a song, the UPC of an album.';

COMMENT ON COLUMN monthly_sales."Kind" IS 'What Item is: `song` or `album`.';

COMMENT ON COLUMN monthly_sales."Title" IS 'The title in the statement. NULL: not told.';

COMMENT ON COLUMN monthly_sales."ArtistName" IS 'The artist in the statement. NULL: not told.';

COMMENT ON COLUMN monthly_sales."Quantity" IS 'The number of sales or streams; below 0 where the statement takes back what an earlier one had said.';

COMMENT ON TABLE artist_albums IS 'One row is one album of one artist.';

COMMENT ON COLUMN artist_albums."ArtistID" IS 'The artist, in `artists`.';

COMMENT ON COLUMN artist_albums."AlbumID" IS 'The album, in `albums`.';

COMMENT ON TABLE artist_genres IS 'One row is one genre of one artist.';

COMMENT ON COLUMN artist_genres."ArtistID" IS 'The artist, in `artists`.';

COMMENT ON COLUMN artist_genres."GenreID" IS 'The genre, in `genres`.';

COMMENT ON COLUMN artist_genres."Source" IS 'Who says so, `spotify` or `musicbrainz`; a genre that both give is Spotify''s.';

COMMENT ON COLUMN artist_genres."Votes" IS 'The number of votes that the genre has at MusicBrainz. NULL: it is Spotify''s.';

COMMENT ON TABLE plays IS 'One row is one play of one song, however short; `counted_plays` has those that count.';

COMMENT ON COLUMN plays."EndedAt" IS 'The moment at which the play ended, in UTC, to the second; of some sources to the minute, or the one moment that they tell.';

COMMENT ON COLUMN plays."SongID" IS 'The song, in `listened_songs`, and in `tracks` if its album is in the catalogue.';

COMMENT ON COLUMN plays."SecondsPlayed" IS 'The time for which the song was heard, in seconds, exact to the millisecond. NULL: the source says only that it was played.';

COMMENT ON COLUMN plays."Skipped" IS 'True if the listener went on before the end. NULL: the source does not say.';

COMMENT ON COLUMN plays."Source" IS 'What tells of the play: `spotify`, `account`, `recent`, `listenbrainz`, `lastfm` or `simulated`; of several, the most exact.';

COMMENT ON COLUMN plays."LocalDate" IS 'The day of EndedAt in MUSIC_TIME_ZONE.';

COMMENT ON COLUMN plays."LocalHour" IS 'The hour of EndedAt in MUSIC_TIME_ZONE, 0 to 23.';

COMMENT ON COLUMN plays."WeekID" IS 'The week: ISO year times 100 plus ISO week, such as 202647. It is that of LocalDate.';

COMMENT ON COLUMN plays."WeekStartDate" IS 'The Monday of the week of LocalDate.';

COMMENT ON COLUMN plays."MonthStartDate" IS 'The first day of LocalDate''s month.';

COMMENT ON COLUMN plays."YearStartDate" IS 'The first day of LocalDate''s year.';

COMMENT ON COLUMN plays."DayNumber" IS 'The number of days from 1970-01-01 to LocalDate.';

COMMENT ON TABLE tracks IS 'One row is one track of one album.';

COMMENT ON COLUMN tracks."SongID" IS 'Spotify''s id of the track.';

COMMENT ON COLUMN tracks."TrackNumber" IS 'The number of the track on its disc, from 1. NULL: not told.';

COMMENT ON COLUMN tracks."Title" IS 'The track''s name at Spotify. NULL: Spotify gave none that can be used.';

COMMENT ON COLUMN tracks."DurationInSeconds" IS 'The length in seconds, exact to the millisecond. NULL: not told.';

COMMENT ON COLUMN tracks."AlbumID" IS 'The album, in `albums`. A track that Spotify lists on two albums stays on the one that was stored first.';

COMMENT ON COLUMN tracks."DiscNumber" IS 'The number of the disc, from 1. NULL: not told.';

COMMENT ON COLUMN tracks."ISRC" IS 'The International Standard Recording Code; two tracks may share one. NULL: not told.';

COMMENT ON COLUMN tracks."FirstSeen" IS 'The day, in UTC, on which the pages landed that brought the track first; no later load changes it. NULL: not known, since the row is older than this column.';

COMMENT ON TABLE weekly_album_totals IS 'One row is one album in one week: the sums of `weekly_streams` and of `weekly_downloads`, stored.';

COMMENT ON COLUMN weekly_album_totals."WeekID" IS 'The week: ISO year times 100 plus ISO week, such as 202647.';

COMMENT ON COLUMN weekly_album_totals."AlbumID" IS 'The album, in `albums`.';

COMMENT ON COLUMN weekly_album_totals."WeekStartDate" IS 'The Monday that begins the week.';

COMMENT ON COLUMN weekly_album_totals."Tracks" IS 'The number of the album''s tracks that have streams or downloads in the week.';

COMMENT ON COLUMN weekly_album_totals."Streams" IS 'The sum of the tracks'' WeeklyStreams. NULL: none of them has streams.';

COMMENT ON COLUMN weekly_album_totals."Downloads" IS 'The sum of the tracks'' TotalWeeklyDownloads. NULL: none of them has downloads.';

COMMENT ON COLUMN weekly_album_totals."StreamFigures" IS 'The number of the tracks that have streams, by which a mean is divided.';

COMMENT ON COLUMN weekly_album_totals."Figures" IS 'The kind of the week''s figures: `given` where a file gives them, `simulated`, or `unknown`; those of another kind are left out of the sums.';

COMMENT ON TABLE weekly_downloads IS 'One row is the downloads of one track in one week. A track without a row has no figure, which is not 0.';

COMMENT ON COLUMN weekly_downloads."WeekID" IS 'The week: ISO year times 100 plus ISO week, such as 202647.';

COMMENT ON COLUMN weekly_downloads."SongID" IS 'The track, in `tracks`.';

COMMENT ON COLUMN weekly_downloads."WeekStartDate" IS 'The Monday that begins the week.';

COMMENT ON COLUMN weekly_downloads."WeekEndDate" IS 'The Sunday that ends the week.';

COMMENT ON COLUMN weekly_downloads."TotalWeeklyDownloads" IS 'The number of the track''s downloads in the week.';

COMMENT ON COLUMN weekly_downloads."Source" IS 'The path of the file that gave the figure, or `simulated`. NULL: not known, since the week was loaded before this was kept.';

COMMENT ON TABLE weekly_streams IS 'One row is the streams of one track in one week. A track without a row has no figure, which is not 0.';

COMMENT ON COLUMN weekly_streams."WeekID" IS 'The week: ISO year times 100 plus ISO week, such as 202647.';

COMMENT ON COLUMN weekly_streams."SongID" IS 'The track, in `tracks`.';

COMMENT ON COLUMN weekly_streams."WeekStartDate" IS 'The Monday that begins the week.';

COMMENT ON COLUMN weekly_streams."WeekEndDate" IS 'The Sunday that ends the week.';

COMMENT ON COLUMN weekly_streams."WeeklyStreams" IS 'The number of the track''s streams in the week.';

COMMENT ON COLUMN weekly_streams."Source" IS 'The path of the file that gave the figure, or `simulated`. NULL: not known, since the week was loaded before this was kept.';

COMMENT ON TABLE data_versions IS 'One row is one table, or one part of it, and the version of its rows.';

COMMENT ON COLUMN data_versions."TableName" IS 'The name of the table.';

COMMENT ON COLUMN data_versions."Part" IS 'A WeekID, or 0: every row, 1: what marts show of them, 2: the columns that are filled in later.';

COMMENT ON COLUMN data_versions."DataVersion" IS 'A word at random; the same word means the same rows. NULL: somebody has written to the part since.';

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

CREATE OR REPLACE FUNCTION "artists_insert_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artists' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artists' AND "Part" = 2; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artists' AND "Part" = 1 AND (EXISTS (SELECT 1 FROM "artist_genres" WHERE "ArtistID" IN (SELECT "ArtistID" FROM inserted)) OR EXISTS (SELECT 1 FROM "artist_albums" WHERE "ArtistID" IN (SELECT "ArtistID" FROM inserted))); RETURN NULL; END $$;

CREATE TRIGGER "artists_insert_forgets_version" AFTER INSERT ON "artists" REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION "artists_insert_forgets_version"();

CREATE OR REPLACE FUNCTION "artists_update_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artists' AND "Part" = 0 AND EXISTS (SELECT "ArtistID", "Name", "Followers" FROM deleted EXCEPT SELECT "ArtistID", "Name", "Followers" FROM inserted); UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artists' AND "Part" = 2 AND EXISTS (SELECT "ArtistID", "MusicBrainzID", "Country", "ArtistType", "BeganYear", "MatchedBy" FROM deleted EXCEPT SELECT "ArtistID", "MusicBrainzID", "Country", "ArtistType", "BeganYear", "MatchedBy" FROM inserted); UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artists' AND "Part" = 1 AND EXISTS (SELECT "ArtistID", "Name" FROM deleted EXCEPT SELECT "ArtistID", "Name" FROM inserted); RETURN NULL; END $$;

CREATE TRIGGER "artists_update_forgets_version" AFTER UPDATE ON "artists" REFERENCING NEW TABLE AS inserted OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "artists_update_forgets_version"();

CREATE OR REPLACE FUNCTION "artists_delete_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artists' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artists' AND "Part" = 2; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artists' AND "Part" = 1 AND (EXISTS (SELECT 1 FROM "artist_genres" WHERE "ArtistID" IN (SELECT "ArtistID" FROM deleted)) OR EXISTS (SELECT 1 FROM "artist_albums" WHERE "ArtistID" IN (SELECT "ArtistID" FROM deleted))); RETURN NULL; END $$;

CREATE TRIGGER "artists_delete_forgets_version" AFTER DELETE ON "artists" REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "artists_delete_forgets_version"();

CREATE OR REPLACE FUNCTION "artists_truncate_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artists'; RETURN NULL; END $$;

CREATE TRIGGER "artists_truncate_forgets_version" AFTER TRUNCATE ON "artists" FOR EACH STATEMENT EXECUTE FUNCTION "artists_truncate_forgets_version"();

CREATE OR REPLACE FUNCTION "genres_insert_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'genres' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'genres' AND "Part" = 1 AND (EXISTS (SELECT 1 FROM "artist_genres" WHERE "GenreID" IN (SELECT "GenreID" FROM inserted))); RETURN NULL; END $$;

CREATE TRIGGER "genres_insert_forgets_version" AFTER INSERT ON "genres" REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION "genres_insert_forgets_version"();

CREATE OR REPLACE FUNCTION "genres_update_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'genres' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'genres' AND "Part" = 1 AND EXISTS (SELECT "GenreID", "Name" FROM deleted EXCEPT SELECT "GenreID", "Name" FROM inserted); RETURN NULL; END $$;

CREATE TRIGGER "genres_update_forgets_version" AFTER UPDATE ON "genres" REFERENCING NEW TABLE AS inserted OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "genres_update_forgets_version"();

CREATE OR REPLACE FUNCTION "genres_delete_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'genres' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'genres' AND "Part" = 1 AND (EXISTS (SELECT 1 FROM "artist_genres" WHERE "GenreID" IN (SELECT "GenreID" FROM deleted))); RETURN NULL; END $$;

CREATE TRIGGER "genres_delete_forgets_version" AFTER DELETE ON "genres" REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "genres_delete_forgets_version"();

CREATE OR REPLACE FUNCTION "genres_truncate_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'genres'; RETURN NULL; END $$;

CREATE TRIGGER "genres_truncate_forgets_version" AFTER TRUNCATE ON "genres" FOR EACH STATEMENT EXECUTE FUNCTION "genres_truncate_forgets_version"();

CREATE OR REPLACE FUNCTION "albums_insert_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'albums' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'albums' AND "Part" = 2; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'albums' AND "Part" = 1 AND (EXISTS (SELECT 1 FROM "artist_albums" WHERE "AlbumID" IN (SELECT "AlbumID" FROM inserted)) OR EXISTS (SELECT 1 FROM "tracks" WHERE "AlbumID" IN (SELECT "AlbumID" FROM inserted)) OR EXISTS (SELECT 1 FROM "weekly_album_totals" WHERE "AlbumID" IN (SELECT "AlbumID" FROM inserted))); RETURN NULL; END $$;

CREATE TRIGGER "albums_insert_forgets_version" AFTER INSERT ON "albums" REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION "albums_insert_forgets_version"();

CREATE OR REPLACE FUNCTION "albums_update_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'albums' AND "Part" = 0 AND EXISTS (SELECT "AlbumID", "AlbumName", "AlbumType", "ReleaseDate", "ReleaseDatePrecision", "TotalTracks", "FirstSeen" FROM deleted EXCEPT SELECT "AlbumID", "AlbumName", "AlbumType", "ReleaseDate", "ReleaseDatePrecision", "TotalTracks", "FirstSeen" FROM inserted); UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'albums' AND "Part" = 2 AND EXISTS (SELECT "AlbumID", "UPC", "Label", "CoverURL", "Copyright", "FirstReleaseYear" FROM deleted EXCEPT SELECT "AlbumID", "UPC", "Label", "CoverURL", "Copyright", "FirstReleaseYear" FROM inserted); UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'albums' AND "Part" = 1 AND EXISTS (SELECT "AlbumID", "AlbumName", "AlbumType", "ReleaseDate" FROM deleted EXCEPT SELECT "AlbumID", "AlbumName", "AlbumType", "ReleaseDate" FROM inserted); RETURN NULL; END $$;

CREATE TRIGGER "albums_update_forgets_version" AFTER UPDATE ON "albums" REFERENCING NEW TABLE AS inserted OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "albums_update_forgets_version"();

CREATE OR REPLACE FUNCTION "albums_delete_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'albums' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'albums' AND "Part" = 2; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'albums' AND "Part" = 1 AND (EXISTS (SELECT 1 FROM "artist_albums" WHERE "AlbumID" IN (SELECT "AlbumID" FROM deleted)) OR EXISTS (SELECT 1 FROM "tracks" WHERE "AlbumID" IN (SELECT "AlbumID" FROM deleted)) OR EXISTS (SELECT 1 FROM "weekly_album_totals" WHERE "AlbumID" IN (SELECT "AlbumID" FROM deleted))); RETURN NULL; END $$;

CREATE TRIGGER "albums_delete_forgets_version" AFTER DELETE ON "albums" REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "albums_delete_forgets_version"();

CREATE OR REPLACE FUNCTION "albums_truncate_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'albums'; RETURN NULL; END $$;

CREATE TRIGGER "albums_truncate_forgets_version" AFTER TRUNCATE ON "albums" FOR EACH STATEMENT EXECUTE FUNCTION "albums_truncate_forgets_version"();

CREATE OR REPLACE FUNCTION "tracks_insert_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'tracks' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE ("TableName" = 'weekly_streams' OR "TableName" = 'weekly_downloads') AND (EXISTS (SELECT 1 FROM "weekly_streams" WHERE "SongID" IN (SELECT "SongID" FROM inserted)) OR EXISTS (SELECT 1 FROM "weekly_downloads" WHERE "SongID" IN (SELECT "SongID" FROM inserted))); RETURN NULL; END $$;

CREATE TRIGGER "tracks_insert_forgets_version" AFTER INSERT ON "tracks" REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION "tracks_insert_forgets_version"();

CREATE OR REPLACE FUNCTION "tracks_update_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'tracks' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'tracks' AND "Part" = 1 AND EXISTS (SELECT "SongID", "Title", "AlbumID" FROM deleted EXCEPT SELECT "SongID", "Title", "AlbumID" FROM inserted); UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'weekly_album_totals' AND EXISTS (SELECT "SongID", "AlbumID" FROM deleted EXCEPT SELECT "SongID", "AlbumID" FROM inserted); RETURN NULL; END $$;

CREATE TRIGGER "tracks_update_forgets_version" AFTER UPDATE ON "tracks" REFERENCING NEW TABLE AS inserted OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "tracks_update_forgets_version"();

CREATE OR REPLACE FUNCTION "tracks_delete_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'tracks' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE ("TableName" = 'weekly_streams' OR "TableName" = 'weekly_downloads') AND (EXISTS (SELECT 1 FROM "weekly_streams" WHERE "SongID" IN (SELECT "SongID" FROM deleted)) OR EXISTS (SELECT 1 FROM "weekly_downloads" WHERE "SongID" IN (SELECT "SongID" FROM deleted))); RETURN NULL; END $$;

CREATE TRIGGER "tracks_delete_forgets_version" AFTER DELETE ON "tracks" REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "tracks_delete_forgets_version"();

CREATE OR REPLACE FUNCTION "tracks_truncate_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'tracks'; RETURN NULL; END $$;

CREATE TRIGGER "tracks_truncate_forgets_version" AFTER TRUNCATE ON "tracks" FOR EACH STATEMENT EXECUTE FUNCTION "tracks_truncate_forgets_version"();

CREATE OR REPLACE FUNCTION "listened_songs_insert_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'listened_songs' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'listened_songs' AND "Part" = 1 AND (EXISTS (SELECT 1 FROM "plays" WHERE "SongID" IN (SELECT "SongID" FROM inserted))); RETURN NULL; END $$;

CREATE TRIGGER "listened_songs_insert_forgets_version" AFTER INSERT ON "listened_songs" REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION "listened_songs_insert_forgets_version"();

CREATE OR REPLACE FUNCTION "listened_songs_update_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'listened_songs' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'listened_songs' AND "Part" = 1 AND EXISTS (SELECT "SongID", "ArtistName" FROM deleted EXCEPT SELECT "SongID", "ArtistName" FROM inserted); RETURN NULL; END $$;

CREATE TRIGGER "listened_songs_update_forgets_version" AFTER UPDATE ON "listened_songs" REFERENCING NEW TABLE AS inserted OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "listened_songs_update_forgets_version"();

CREATE OR REPLACE FUNCTION "listened_songs_delete_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'listened_songs' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'listened_songs' AND "Part" = 1 AND (EXISTS (SELECT 1 FROM "plays" WHERE "SongID" IN (SELECT "SongID" FROM deleted))); RETURN NULL; END $$;

CREATE TRIGGER "listened_songs_delete_forgets_version" AFTER DELETE ON "listened_songs" REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "listened_songs_delete_forgets_version"();

CREATE OR REPLACE FUNCTION "listened_songs_truncate_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'listened_songs'; RETURN NULL; END $$;

CREATE TRIGGER "listened_songs_truncate_forgets_version" AFTER TRUNCATE ON "listened_songs" FOR EACH STATEMENT EXECUTE FUNCTION "listened_songs_truncate_forgets_version"();

CREATE OR REPLACE FUNCTION "artist_genres_insert_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artist_genres' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artist_genres' AND "Part" = 1 AND EXISTS (SELECT 1 FROM "artist_albums" WHERE "ArtistID" IN (SELECT "ArtistID" FROM inserted)); RETURN NULL; END $$;

CREATE TRIGGER "artist_genres_insert_forgets_version" AFTER INSERT ON "artist_genres" REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION "artist_genres_insert_forgets_version"();

CREATE OR REPLACE FUNCTION "artist_genres_update_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artist_genres' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artist_genres' AND "Part" = 1; RETURN NULL; END $$;

CREATE TRIGGER "artist_genres_update_forgets_version" AFTER UPDATE ON "artist_genres" REFERENCING NEW TABLE AS inserted OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "artist_genres_update_forgets_version"();

CREATE OR REPLACE FUNCTION "artist_genres_delete_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artist_genres' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artist_genres' AND "Part" = 1; RETURN NULL; END $$;

CREATE TRIGGER "artist_genres_delete_forgets_version" AFTER DELETE ON "artist_genres" REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "artist_genres_delete_forgets_version"();

CREATE OR REPLACE FUNCTION "artist_genres_truncate_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artist_genres'; RETURN NULL; END $$;

CREATE TRIGGER "artist_genres_truncate_forgets_version" AFTER TRUNCATE ON "artist_genres" FOR EACH STATEMENT EXECUTE FUNCTION "artist_genres_truncate_forgets_version"();

CREATE OR REPLACE FUNCTION "artist_albums_insert_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artist_albums' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artist_albums' AND "Part" = 1 AND EXISTS (SELECT 1 FROM "weekly_album_totals" WHERE "AlbumID" IN (SELECT "AlbumID" FROM inserted)); RETURN NULL; END $$;

CREATE TRIGGER "artist_albums_insert_forgets_version" AFTER INSERT ON "artist_albums" REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION "artist_albums_insert_forgets_version"();

CREATE OR REPLACE FUNCTION "artist_albums_update_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artist_albums' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artist_albums' AND "Part" = 1; RETURN NULL; END $$;

CREATE TRIGGER "artist_albums_update_forgets_version" AFTER UPDATE ON "artist_albums" REFERENCING NEW TABLE AS inserted OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "artist_albums_update_forgets_version"();

CREATE OR REPLACE FUNCTION "artist_albums_delete_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artist_albums' AND "Part" = 0; UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artist_albums' AND "Part" = 1; RETURN NULL; END $$;

CREATE TRIGGER "artist_albums_delete_forgets_version" AFTER DELETE ON "artist_albums" REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "artist_albums_delete_forgets_version"();

CREATE OR REPLACE FUNCTION "artist_albums_truncate_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'artist_albums'; RETURN NULL; END $$;

CREATE TRIGGER "artist_albums_truncate_forgets_version" AFTER TRUNCATE ON "artist_albums" FOR EACH STATEMENT EXECUTE FUNCTION "artist_albums_truncate_forgets_version"();

CREATE OR REPLACE FUNCTION "monthly_sales_insert_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'monthly_sales' AND "Part" = 0; RETURN NULL; END $$;

CREATE TRIGGER "monthly_sales_insert_forgets_version" AFTER INSERT ON "monthly_sales" REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION "monthly_sales_insert_forgets_version"();

CREATE OR REPLACE FUNCTION "monthly_sales_update_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'monthly_sales' AND "Part" = 0; RETURN NULL; END $$;

CREATE TRIGGER "monthly_sales_update_forgets_version" AFTER UPDATE ON "monthly_sales" REFERENCING NEW TABLE AS inserted OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "monthly_sales_update_forgets_version"();

CREATE OR REPLACE FUNCTION "monthly_sales_delete_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'monthly_sales' AND "Part" = 0; RETURN NULL; END $$;

CREATE TRIGGER "monthly_sales_delete_forgets_version" AFTER DELETE ON "monthly_sales" REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "monthly_sales_delete_forgets_version"();

CREATE OR REPLACE FUNCTION "monthly_sales_truncate_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'monthly_sales'; RETURN NULL; END $$;

CREATE TRIGGER "monthly_sales_truncate_forgets_version" AFTER TRUNCATE ON "monthly_sales" FOR EACH STATEMENT EXECUTE FUNCTION "monthly_sales_truncate_forgets_version"();

CREATE OR REPLACE FUNCTION "weekly_streams_insert_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'weekly_streams', "WeekID" FROM inserted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; RETURN NULL; END $$;

CREATE TRIGGER "weekly_streams_insert_forgets_version" AFTER INSERT ON "weekly_streams" REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION "weekly_streams_insert_forgets_version"();

CREATE OR REPLACE FUNCTION "weekly_streams_update_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'weekly_streams', "WeekID" FROM inserted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'weekly_streams', "WeekID" FROM deleted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; RETURN NULL; END $$;

CREATE TRIGGER "weekly_streams_update_forgets_version" AFTER UPDATE ON "weekly_streams" REFERENCING NEW TABLE AS inserted OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "weekly_streams_update_forgets_version"();

CREATE OR REPLACE FUNCTION "weekly_streams_delete_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'weekly_streams', "WeekID" FROM deleted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; RETURN NULL; END $$;

CREATE TRIGGER "weekly_streams_delete_forgets_version" AFTER DELETE ON "weekly_streams" REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "weekly_streams_delete_forgets_version"();

CREATE OR REPLACE FUNCTION "weekly_streams_truncate_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'weekly_streams'; RETURN NULL; END $$;

CREATE TRIGGER "weekly_streams_truncate_forgets_version" AFTER TRUNCATE ON "weekly_streams" FOR EACH STATEMENT EXECUTE FUNCTION "weekly_streams_truncate_forgets_version"();

CREATE OR REPLACE FUNCTION "weekly_downloads_insert_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'weekly_downloads', "WeekID" FROM inserted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; RETURN NULL; END $$;

CREATE TRIGGER "weekly_downloads_insert_forgets_version" AFTER INSERT ON "weekly_downloads" REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION "weekly_downloads_insert_forgets_version"();

CREATE OR REPLACE FUNCTION "weekly_downloads_update_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'weekly_downloads', "WeekID" FROM inserted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'weekly_downloads', "WeekID" FROM deleted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; RETURN NULL; END $$;

CREATE TRIGGER "weekly_downloads_update_forgets_version" AFTER UPDATE ON "weekly_downloads" REFERENCING NEW TABLE AS inserted OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "weekly_downloads_update_forgets_version"();

CREATE OR REPLACE FUNCTION "weekly_downloads_delete_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'weekly_downloads', "WeekID" FROM deleted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; RETURN NULL; END $$;

CREATE TRIGGER "weekly_downloads_delete_forgets_version" AFTER DELETE ON "weekly_downloads" REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "weekly_downloads_delete_forgets_version"();

CREATE OR REPLACE FUNCTION "weekly_downloads_truncate_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'weekly_downloads'; RETURN NULL; END $$;

CREATE TRIGGER "weekly_downloads_truncate_forgets_version" AFTER TRUNCATE ON "weekly_downloads" FOR EACH STATEMENT EXECUTE FUNCTION "weekly_downloads_truncate_forgets_version"();

CREATE OR REPLACE FUNCTION "weekly_album_totals_insert_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'weekly_album_totals', "WeekID" FROM inserted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; RETURN NULL; END $$;

CREATE TRIGGER "weekly_album_totals_insert_forgets_version" AFTER INSERT ON "weekly_album_totals" REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION "weekly_album_totals_insert_forgets_version"();

CREATE OR REPLACE FUNCTION "weekly_album_totals_update_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'weekly_album_totals', "WeekID" FROM inserted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'weekly_album_totals', "WeekID" FROM deleted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; RETURN NULL; END $$;

CREATE TRIGGER "weekly_album_totals_update_forgets_version" AFTER UPDATE ON "weekly_album_totals" REFERENCING NEW TABLE AS inserted OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "weekly_album_totals_update_forgets_version"();

CREATE OR REPLACE FUNCTION "weekly_album_totals_delete_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'weekly_album_totals', "WeekID" FROM deleted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; RETURN NULL; END $$;

CREATE TRIGGER "weekly_album_totals_delete_forgets_version" AFTER DELETE ON "weekly_album_totals" REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "weekly_album_totals_delete_forgets_version"();

CREATE OR REPLACE FUNCTION "weekly_album_totals_truncate_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'weekly_album_totals'; RETURN NULL; END $$;

CREATE TRIGGER "weekly_album_totals_truncate_forgets_version" AFTER TRUNCATE ON "weekly_album_totals" FOR EACH STATEMENT EXECUTE FUNCTION "weekly_album_totals_truncate_forgets_version"();

CREATE OR REPLACE FUNCTION "plays_insert_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'plays', "WeekID" FROM inserted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; RETURN NULL; END $$;

CREATE TRIGGER "plays_insert_forgets_version" AFTER INSERT ON "plays" REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION "plays_insert_forgets_version"();

CREATE OR REPLACE FUNCTION "plays_update_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'plays', "WeekID" FROM inserted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'plays', "WeekID" FROM deleted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; RETURN NULL; END $$;

CREATE TRIGGER "plays_update_forgets_version" AFTER UPDATE ON "plays" REFERENCING NEW TABLE AS inserted OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "plays_update_forgets_version"();

CREATE OR REPLACE FUNCTION "plays_delete_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'plays', "WeekID" FROM deleted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; RETURN NULL; END $$;

CREATE TRIGGER "plays_delete_forgets_version" AFTER DELETE ON "plays" REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "plays_delete_forgets_version"();

CREATE OR REPLACE FUNCTION "plays_truncate_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'plays'; RETURN NULL; END $$;

CREATE TRIGGER "plays_truncate_forgets_version" AFTER TRUNCATE ON "plays" FOR EACH STATEMENT EXECUTE FUNCTION "plays_truncate_forgets_version"();

CREATE OR REPLACE FUNCTION "chart_entries_insert_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'chart_entries', "WeekID" FROM inserted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; RETURN NULL; END $$;

CREATE TRIGGER "chart_entries_insert_forgets_version" AFTER INSERT ON "chart_entries" REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION "chart_entries_insert_forgets_version"();

CREATE OR REPLACE FUNCTION "chart_entries_update_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'chart_entries', "WeekID" FROM inserted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'chart_entries', "WeekID" FROM deleted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; RETURN NULL; END $$;

CREATE TRIGGER "chart_entries_update_forgets_version" AFTER UPDATE ON "chart_entries" REFERENCING NEW TABLE AS inserted OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "chart_entries_update_forgets_version"();

CREATE OR REPLACE FUNCTION "chart_entries_delete_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN INSERT INTO "data_versions" ("TableName", "Part") SELECT DISTINCT 'chart_entries', "WeekID" FROM deleted ORDER BY "WeekID" ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL; RETURN NULL; END $$;

CREATE TRIGGER "chart_entries_delete_forgets_version" AFTER DELETE ON "chart_entries" REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION "chart_entries_delete_forgets_version"();

CREATE OR REPLACE FUNCTION "chart_entries_truncate_forgets_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN UPDATE "data_versions" SET "DataVersion" = NULL WHERE "TableName" = 'chart_entries'; RETURN NULL; END $$;

CREATE TRIGGER "chart_entries_truncate_forgets_version" AFTER TRUNCATE ON "chart_entries" FOR EACH STATEMENT EXECUTE FUNCTION "chart_entries_truncate_forgets_version"();

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    PRIMARY KEY (version_num)
);

INSERT INTO alembic_version (version_num) VALUES ('0005');

CREATE VIEW album_performance AS
/* One row is one album and one kind of figures that it has in any week. */
/* Columns: */
/* AlbumID: Spotify's id of the album, as in `albums`. */
/* AlbumName: the album's name. NULL: not known. */
/* AlbumType: `album`, `single` or `compilation`. NULL: not told. */
/* ReleaseDate: the day of the release; of a year or a month alone, its first day. NULL: not told. */
/* Tracks: the number of the album's tracks that have such figures in any week. */
/* FirstWeekID: the first week with such figures, ISO year times 100 plus ISO week, such as 202647. */
/* FirstWeekStartDate: the Monday that begins the first week. */
/* LastWeekID: the last week with such figures, ISO year times 100 plus ISO week, such as 202647. */
/* LastWeekStartDate: the Monday that begins the last week. */
/* Streams: streams of all weeks of this kind. NULL: there are none of streams. */
/* Downloads: downloads of all weeks of this kind. NULL: there are none of downloads. */
/* AverageWeeklyStreamsPerTrack: the mean of the streams that each track has in each of its weeks. */
/*   NULL: no track has any. */
/* Figures: the kind, `given` where files give the figures, `simulated`, or `unknown`. */
WITH "totals" AS (
  /* Without the weeks' dates, so that an index has all that is added up. */
  SELECT
    "AlbumID",
    "Figures",
    MIN("WeekID") AS "FirstWeekID",
    MAX("WeekID") AS "LastWeekID",
    SUM("StreamFigures") AS "StreamFigures",
    SUM("Streams") AS "Streams",
    SUM("Downloads") AS "Downloads"
  FROM "weekly_album_totals"
  GROUP BY
    "AlbumID",
    "Figures"
), "heard" AS (
  SELECT
    "totals"."AlbumID",
    "totals"."Figures",
    COUNT(*) AS "Tracks"
  FROM "totals"
  INNER JOIN "tracks"
    ON "tracks"."AlbumID" = "totals"."AlbumID"
  WHERE
    EXISTS(
      SELECT
        1
      FROM "weekly_streams" AS "s"
      WHERE
        "s"."SongID" = "tracks"."SongID"
        AND "s"."WeekID" BETWEEN "totals"."FirstWeekID" AND "totals"."LastWeekID"
        AND CASE
          WHEN "s"."Source" IS NULL
          THEN 'unknown'
          WHEN "s"."Source" = 'simulated'
          THEN 'simulated'
          ELSE 'given'
        END = "totals"."Figures"
    )
    OR EXISTS(
      SELECT
        1
      FROM "weekly_downloads" AS "d"
      WHERE
        "d"."SongID" = "tracks"."SongID"
        AND "d"."WeekID" BETWEEN "totals"."FirstWeekID" AND "totals"."LastWeekID"
        AND CASE
          WHEN "d"."Source" IS NULL
          THEN 'unknown'
          WHEN "d"."Source" = 'simulated'
          THEN 'simulated'
          ELSE 'given'
        END = "totals"."Figures"
    )
  GROUP BY
    "totals"."AlbumID",
    "totals"."Figures"
)
SELECT
  "totals"."AlbumID",
  "albums"."AlbumName",
  "albums"."AlbumType",
  "albums"."ReleaseDate",
  "heard"."Tracks",
  "totals"."FirstWeekID",
  "earliest"."WeekStartDate" AS "FirstWeekStartDate",
  "totals"."LastWeekID",
  "latest"."WeekStartDate" AS "LastWeekStartDate",
  "totals"."Streams",
  "totals"."Downloads",
  CAST("totals"."Streams" AS REAL) / NULLIF("totals"."StreamFigures", 0) AS "AverageWeeklyStreamsPerTrack",
  "totals"."Figures"
FROM "totals"
INNER JOIN "heard"
  ON "heard"."AlbumID" = "totals"."AlbumID" AND "heard"."Figures" = "totals"."Figures"
INNER JOIN "albums"
  ON "albums"."AlbumID" = "totals"."AlbumID"
INNER JOIN "weekly_album_totals" AS "earliest"
  ON "earliest"."WeekID" = "totals"."FirstWeekID"
  AND "earliest"."AlbumID" = "totals"."AlbumID"
INNER JOIN "weekly_album_totals" AS "latest"
  ON "latest"."WeekID" = "totals"."LastWeekID"
  AND "latest"."AlbumID" = "totals"."AlbumID";

CREATE VIEW artist_identity AS
/* One row is one followed artist: who this is at MusicBrainz, and how that was found. */
/* Columns: */
/* ArtistID: Spotify's id of the artist, as in `artists`. */
/* Name: the artist's name at Spotify. NULL: not known. */
/* MusicBrainzID: MusicBrainz's id (MBID). NULL: nobody was found or asked. */
/* MatchedBy: `url` where MusicBrainz knows the artist's address at Spotify, `name` where name, */
/*   type and the title of an album agree, which is a guess. NULL: nobody was found or asked. */
/* Country: the artist's country at MusicBrainz, by ISO 3166-1 or a code of its own. NULL: not */
/*   told. */
/* ArtistType: MusicBrainz's word, such as Person or Group. NULL: not told. */
/* BeganYear: the year of the birth or the founding. NULL: not told. */
/* GenresOfSpotify: the number of the artist's genres that Spotify gives. */
/* GenresOfMusicBrainz: the number of those that MusicBrainz alone gives. */
SELECT
  "artists"."ArtistID",
  "artists"."Name",
  "artists"."MusicBrainzID",
  "artists"."MatchedBy",
  "artists"."Country",
  "artists"."ArtistType",
  "artists"."BeganYear",
  (
    SELECT
      COUNT(*)
    FROM "artist_genres"
    WHERE
      "artist_genres"."ArtistID" = "artists"."ArtistID"
      AND "artist_genres"."Source" = 'spotify'
  ) AS "GenresOfSpotify",
  (
    SELECT
      COUNT(*)
    FROM "artist_genres"
    WHERE
      "artist_genres"."ArtistID" = "artists"."ArtistID"
      AND "artist_genres"."Source" = 'musicbrainz'
  ) AS "GenresOfMusicBrainz"
FROM "artists";

CREATE VIEW chart_positions AS
/* One row is one song on one chart, for each followed artist of its album. */
/* Columns: */
/* Region: `global`, or the code of a country. */
/* Period: `daily`, or `weekly`, from a Friday to the Thursday that is its ChartDate. */
/* ChartDate: the day of the chart; of a weekly one, the Thursday that ends it. */
/* WeekID: the ISO week of ChartDate, ISO year times 100 plus ISO week, such as 202647. */
/* ArtistID: Spotify's id of the followed artist, as in `artists`. */
/* ArtistName: the artist's name. NULL: not known. */
/* SongID: Spotify's id of the song, as in `tracks`. */
/* Title: the song's title in `tracks`. NULL: not known. */
/* AlbumName: the name of the song's album. NULL: not known. */
/* Rank: the song's place, from 1. */
/* PreviousRank: its place on the chart before. NULL: it was not on it. */
/* Movement: the number of places that it has gone up since, below 0 if it went down. NULL: it was */
/*   not on the chart before. */
/* Entry: of a song that was not on the chart before: `new`, or `back` where it was on an earlier */
/*   one. NULL: it was on it. */
/* PeakRank: the best place that it ever had. NULL: not told. */
/* TimesOnChart: the number of days or weeks that it has been on the chart. NULL: not told. */
/* Streams: the streams that Spotify counted for the chart. NULL: not told. */
SELECT
  "chart_entries"."Region",
  "chart_entries"."Period",
  "chart_entries"."ChartDate",
  "chart_entries"."WeekID",
  "artist_albums"."ArtistID",
  "artists"."Name" AS "ArtistName",
  "chart_entries"."SongID",
  "tracks"."Title",
  "albums"."AlbumName",
  "chart_entries"."Rank",
  "chart_entries"."PreviousRank",
  "chart_entries"."PreviousRank" - "chart_entries"."Rank" AS "Movement",
  CASE
    WHEN "chart_entries"."PreviousRank" IS NULL AND "chart_entries"."TimesOnChart" > 1
    THEN 'back'
    WHEN "chart_entries"."PreviousRank" IS NULL
    THEN 'new'
  END AS "Entry",
  "chart_entries"."PeakRank",
  "chart_entries"."TimesOnChart",
  "chart_entries"."Streams"
FROM "chart_entries"
INNER JOIN "tracks"
  ON "tracks"."SongID" = "chart_entries"."SongID"
INNER JOIN "albums"
  ON "albums"."AlbumID" = "tracks"."AlbumID"
INNER JOIN "artist_albums"
  ON "artist_albums"."AlbumID" = "tracks"."AlbumID"
INNER JOIN "artists"
  ON "artists"."ArtistID" = "artist_albums"."ArtistID";

CREATE VIEW counted_plays AS
/* One row is one play that counts: one of 30 seconds or more, or one of which the source does not */
/* say how long it was, since such a source lists only plays that counted. What counts is decided */
/* here alone: all marts about listening read this one. */
/* Weeks read: 1 */
/* Columns: */
/* EndedAt: the moment at which the play ended, in UTC. */
/* SongID: the song, as in `listened_songs`. */
/* SecondsPlayed: the time for which it was heard, in seconds. NULL: the source does not say. */
/* Milliseconds: SecondsPlayed as a whole number, of which sums are exact. NULL: the source does */
/*   not say. */
/* Skipped: true if the listener went on before the end. NULL: the source does not say. */
/* Source: what tells of the play: `spotify`, `account`, `recent`, `listenbrainz`, `lastfm` or */
/*   `simulated`. */
/* LocalDate: the day of EndedAt in MUSIC_TIME_ZONE. */
/* LocalHour: its hour in MUSIC_TIME_ZONE, 0 to 23. */
/* Weekday: the day of the week of LocalDate, 1 on a Monday. */
/* DayNumber: the number of days from 1970-01-01 to LocalDate. */
/* WeekID: the week of LocalDate, ISO year times 100 plus ISO week, such as 202647. */
/* WeekStartDate: the Monday that begins the week. */
/* MonthStartDate: the first day of LocalDate's month. */
/* YearStartDate: the first day of LocalDate's year. */
SELECT
  "EndedAt",
  "SongID",
  "SecondsPlayed",
  CAST(ROUND("SecondsPlayed" * 1000, 0) AS BIGINT) AS "Milliseconds",
  "Skipped",
  "Source",
  "LocalDate",
  "LocalHour",
  (
    "DayNumber" + 3
  ) /* 1970-01-01, day 0, was a Thursday. */ % 7 + 1 AS "Weekday",
  "DayNumber",
  "WeekID",
  "WeekStartDate",
  "MonthStartDate",
  "YearStartDate"
FROM "plays"
WHERE
  "SecondsPlayed" >= 30 OR "SecondsPlayed" IS NULL;

CREATE VIEW weekly_totals AS
/* One row is one week that has figures: those of all songs, and their change against the week that */
/* starts 7 days earlier. */
/* Weeks read: 2 */
/* Columns: */
/* WeekID: the week, ISO year times 100 plus ISO week, such as 202647. */
/* WeekStartDate: the Monday that begins the week. */
/* PreviousWeekID: the week before. NULL: it has no figures of the same kind. */
/* Tracks: the number of songs that have streams or downloads in the week. */
/* Streams: streams of all songs in the week. NULL: none has any. */
/* StreamsChange: Streams less those of the week before. NULL: one of the two has none of this */
/*   kind. */
/* Downloads: downloads of all songs in the week. NULL: none has any. */
/* DownloadsChange: Downloads less those of the week before. NULL: one of the two has none of this */
/*   kind. */
/* Figures: the kind of the week's figures, `given` where a file gives them, `simulated`, or */
/*   `unknown`. */
WITH "totals" AS (
  SELECT
    "WeekID",
    "WeekStartDate",
    "Figures",
    SUM("Tracks") AS "Tracks",
    SUM("Streams") AS "Streams",
    SUM("Downloads") AS "Downloads"
  FROM "weekly_album_totals"
  GROUP BY
    "WeekID",
    "WeekStartDate",
    "Figures"
), "dated" /* The week before the first of a year is the last of the year before. That is its 53rd where the */ /* year ends on a Thursday, or begins on one; (days up to a year's end) % 7 is that day. */ AS (
  SELECT
    "WeekID",
    "WeekStartDate",
    "Figures",
    "Tracks",
    "Streams",
    "Downloads",
    CASE
      WHEN "WeekID" % 100 > 1
      THEN "WeekID" - 1
      WHEN (
        "WeekID" / 100 - 1 + (
          "WeekID" / 100 - 1
        ) / 4 - (
          "WeekID" / 100 - 1
        ) / 100 + (
          "WeekID" / 100 - 1
        ) / 400
      ) % 7 = 4
      OR (
        "WeekID" / 100 - 2 + (
          "WeekID" / 100 - 2
        ) / 4 - (
          "WeekID" / 100 - 2
        ) / 100 + (
          "WeekID" / 100 - 2
        ) / 400
      ) % 7 = 3
      THEN (
        "WeekID" / 100 - 1
      ) * 100 + 53
      ELSE (
        "WeekID" / 100 - 1
      ) * 100 + 52
    END AS "WeekBefore"
  FROM "totals"
), "compared" /* One subquery for each figure of the week before: a join would add up all weeks first. */ AS (
  SELECT
    "dated"."WeekID",
    "dated"."WeekStartDate",
    "dated"."Figures",
    (
      SELECT
        MAX("e"."WeekID")
      FROM "weekly_album_totals" AS "e"
      WHERE
        "e"."WeekID" = "dated"."WeekBefore" AND "e"."Figures" = "dated"."Figures"
    ) AS "PreviousWeekID",
    "dated"."Tracks",
    "dated"."Streams",
    (
      SELECT
        SUM("e"."Streams")
      FROM "weekly_album_totals" AS "e"
      WHERE
        "e"."WeekID" = "dated"."WeekBefore" AND "e"."Figures" = "dated"."Figures"
    ) AS "StreamsBefore",
    "dated"."Downloads",
    (
      SELECT
        SUM("e"."Downloads")
      FROM "weekly_album_totals" AS "e"
      WHERE
        "e"."WeekID" = "dated"."WeekBefore" AND "e"."Figures" = "dated"."Figures"
    ) AS "DownloadsBefore"
  FROM "dated"
)
SELECT
  "WeekID",
  "WeekStartDate",
  "PreviousWeekID",
  "Tracks",
  "Streams",
  "Streams" - "StreamsBefore" AS "StreamsChange",
  "Downloads",
  "Downloads" - "DownloadsBefore" AS "DownloadsChange",
  "Figures"
FROM "compared";

CREATE VIEW monthly_song_sales AS
/* One row is one song in one month in which distributors' statements tell of it. */
/* Columns: */
/* Month: the first day of the month. */
/* ISRC: the song's ISRC. */
/* SongID: that of the one track with this ISRC. NULL: there is none, or several. */
/* Title: the title in the newest statement. NULL: not told. */
/* ArtistName: the artist in the newest statement. NULL: not told. */
/* Quantity: the sum over all statements, stores and countries, less what later ones take back. */
/* Stores: the number of stores. */
/* Countries: the number of countries. */
WITH "songs" AS (
  SELECT
    "Month",
    "Item",
    SUM("Quantity") AS "Quantity",
    COUNT(DISTINCT "Store") AS "Stores",
    COUNT(DISTINCT "Country") AS "Countries"
  FROM "monthly_sales"
  WHERE
    "Kind" = 'song'
  GROUP BY
    "Month",
    "Item"
), "names" AS (
  SELECT
    "Item",
    "Title",
    "ArtistName",
    ROW_NUMBER() OVER (
      PARTITION BY "Item"
      ORDER BY "ReportDate" DESC NULLS LAST, "Month" DESC NULLS LAST, "Store" NULLS FIRST, "Country" NULLS FIRST
    ) AS "Age"
  FROM "monthly_sales"
  WHERE
    "Kind" = 'song'
), "bearers" AS (
  SELECT
    "ISRC",
    MIN("SongID") AS "SongID"
  FROM "tracks"
  GROUP BY
    "ISRC"
  HAVING
    COUNT(*) = 1
)
SELECT
  "songs"."Month",
  "songs"."Item" AS "ISRC",
  "bearers"."SongID",
  "names"."Title",
  "names"."ArtistName",
  "songs"."Quantity",
  "songs"."Stores",
  "songs"."Countries"
FROM "songs"
INNER JOIN "names"
  ON "names"."Item" = "songs"."Item" AND "names"."Age" = 1
LEFT JOIN "bearers"
  ON "bearers"."ISRC" = "songs"."Item";

CREATE VIEW new_releases AS
/* One row is one album of a followed artist that is, was or will be new on a day that is known. An */
/* album with a release date to the day is new on that day, or on the day on which it was first */
/* seen if it came later. Any other is new on the day on which it was first seen. What came with an */
/* artist's first albums is back catalogue, which is new on its release date alone: to follow */
/* somebody is no release. So an album is new once, in the week in which it was both out and known; */
/* one with a NewDate to come is announced. */
/* Columns: */
/* AlbumID: Spotify's id of the album, as in `albums`. */
/* AlbumName: the album's name. NULL: not known. */
/* AlbumType: `album`, `single` or `compilation`. NULL: not told. */
/* ArtistID: Spotify's id of the album's followed artist, as in `artists`; of several, the one */
/*   whose name sorts first. */
/* ArtistName: that artist's name. NULL: not known. */
/* Artists: the number of the album's followed artists. */
/* ReleaseDate: the day of the release; of a year or a month alone, its first day. NULL: not told. */
/* ReleaseDatePrecision: the part of ReleaseDate that is told, `year`, `month` or `day`. NULL: */
/*   there is no ReleaseDate. */
/* FirstSeen: the day, in UTC, on which the album was first seen. NULL: not known. */
/* NewDate: the day on which it is new, ReleaseDate or FirstSeen. */
/* NewRank: the place by NewDate, 1 for the newest or the one furthest ahead; of one day, by */
/*   AlbumID. */
/* WeekID: the week of NewDate, ISO year times 100 plus ISO week, such as 202647. */
/* Event: what happened on NewDate: it was `released`, or it was `seen`. */
/* Announced: 1 where ReleaseDate was still to come when the album was first seen, 0 where not. */
/*   NULL: not known. */
/* TotalTracks: the number of its tracks. NULL: not told. */
/* Label: its record label. NULL: not told yet. */
/* CoverURL: the address of its cover. NULL: there is none, or not told yet. */
WITH "came" AS (
  SELECT
    "a"."ArtistID",
    MIN("albums"."FirstSeen") AS "Since",
    SUM(CASE WHEN "albums"."FirstSeen" IS NULL THEN 1 ELSE 0 END) AS "Undated"
  FROM "artist_albums" AS "a"
  INNER JOIN "albums"
    ON "albums"."AlbumID" = "a"."AlbumID"
  GROUP BY
    "a"."ArtistID"
), "makers" AS (
  SELECT
    "a"."AlbumID",
    "a"."ArtistID",
    "artists"."Name" AS "ArtistName",
    "albums"."ReleaseDate",
    "albums"."ReleaseDatePrecision",
    "albums"."FirstSeen",
    ROW_NUMBER() OVER (
      PARTITION BY "a"."AlbumID"
      ORDER BY "artists"."Name" NULLS FIRST, "a"."ArtistID" NULLS FIRST
    ) AS "Place",
    COUNT(*) OVER (PARTITION BY "a"."AlbumID") AS "Artists",
    MAX(
      CASE
        WHEN "albums"."FirstSeen" IS NULL
        THEN 0
        WHEN "came"."Undated" > 0 OR "albums"."FirstSeen" > "came"."Since"
        THEN 1
        ELSE 0
      END
    ) OVER (PARTITION BY "a"."AlbumID") AS "CameLater"
  FROM "artist_albums" AS "a"
  INNER JOIN "albums"
    ON "albums"."AlbumID" = "a"."AlbumID"
  INNER JOIN "artists"
    ON "artists"."ArtistID" = "a"."ArtistID"
  INNER JOIN "came"
    ON "came"."ArtistID" = "a"."ArtistID"
), "events" AS (
  SELECT
    "AlbumID",
    "ArtistID",
    "ArtistName",
    "Artists",
    "ReleaseDate",
    "FirstSeen",
    CASE
      WHEN "ReleaseDatePrecision" = 'day'
      AND (
        "CameLater" = 0 OR "ReleaseDate" >= "FirstSeen"
      )
      THEN 'released'
      WHEN "CameLater" = 1
      THEN 'seen'
    END AS "Event"
  FROM "makers"
  WHERE
    "Place" = 1
), "news" AS (
  SELECT
    "AlbumID",
    "ArtistID",
    "ArtistName",
    "Artists",
    "Event",
    CASE WHEN "Event" = 'released' THEN "ReleaseDate" ELSE "FirstSeen" END AS "NewDate"
  FROM "events"
  WHERE
    NOT "Event" IS NULL
), "digits" /* Databases have no function of dates in common, so the week is worked out of the digits: */ /* 2026-11-20 is 20261120. */ AS (
  SELECT
    "AlbumID",
    "ArtistID",
    "ArtistName",
    "Artists",
    "Event",
    "NewDate",
    CAST(REPLACE(CAST("NewDate" AS VARCHAR(10)), '-', '') AS INT) AS "Digits",
    ROW_NUMBER() OVER (ORDER BY "NewDate" DESC NULLS LAST, "AlbumID" NULLS FIRST) AS "NewRank"
  FROM "news"
), "marches" /* A year that begins in March has its odd day at the end. */ AS (
  SELECT
    "AlbumID",
    "ArtistID",
    "ArtistName",
    "Artists",
    "Event",
    "NewDate",
    "NewRank",
    "Digits" / 10000 AS "CivilYear",
    "Digits" % 100 AS "DayOfMonth",
    (
      "Digits" / 100 % 100 + 9
    ) % 12 AS "MonthsSinceMarch",
    "Digits" / 10000 + 4800 - (
      14 - "Digits" / 100 % 100
    ) / 12 AS "MarchYear"
  FROM "digits"
), "numbered" /* The Julian day number, by which 0 was a Monday. */ AS (
  SELECT
    "AlbumID",
    "ArtistID",
    "ArtistName",
    "Artists",
    "Event",
    "NewDate",
    "NewRank",
    "CivilYear",
    "DayOfMonth" + (
      153 * "MonthsSinceMarch" + 2
    ) / 5 + 365 * "MarchYear" + "MarchYear" / 4 - "MarchYear" / 100 + "MarchYear" / 400 - 32045 AS "DayNumber"
  FROM "marches"
), "thursdays" /* A week is of the year that its Thursday is in. */ AS (
  SELECT
    "AlbumID",
    "ArtistID",
    "ArtistName",
    "Artists",
    "Event",
    "NewDate",
    "NewRank",
    "CivilYear",
    "DayNumber" - "DayNumber" % 7 + 3 AS "Thursday",
    365 * "CivilYear" + (
      "CivilYear" - 1
    ) / 4 - (
      "CivilYear" - 1
    ) / 100 + (
      "CivilYear" - 1
    ) / 400 + 1721061 AS "NewYear",
    365 * (
      "CivilYear" + 1
    ) + "CivilYear" / 4 - "CivilYear" / 100 + "CivilYear" / 400 + 1721061 AS "NextNewYear"
  FROM "numbered"
), "years" AS (
  SELECT
    "AlbumID",
    "ArtistID",
    "ArtistName",
    "Artists",
    "Event",
    "NewDate",
    "NewRank",
    "Thursday",
    CASE
      WHEN "Thursday" < "NewYear"
      THEN "CivilYear" - 1
      WHEN "Thursday" >= "NextNewYear"
      THEN "CivilYear" + 1
      ELSE "CivilYear"
    END AS "IsoYear"
  FROM "thursdays"
), "weeks" AS (
  SELECT
    "AlbumID",
    "ArtistID",
    "ArtistName",
    "Artists",
    "Event",
    "NewDate",
    "NewRank",
    "IsoYear" * 100 + 1 + (
      "Thursday" - (
        365 * "IsoYear" + (
          "IsoYear" - 1
        ) / 4 - (
          "IsoYear" - 1
        ) / 100 + (
          "IsoYear" - 1
        ) / 400 + 1721061
      )
    ) / 7 AS "WeekID"
  FROM "years"
)
SELECT
  "weeks"."AlbumID",
  "albums"."AlbumName",
  "albums"."AlbumType",
  "weeks"."ArtistID",
  "weeks"."ArtistName",
  "weeks"."Artists",
  "albums"."ReleaseDate",
  "albums"."ReleaseDatePrecision",
  "albums"."FirstSeen",
  "weeks"."NewDate",
  "weeks"."NewRank",
  "weeks"."WeekID",
  "weeks"."Event",
  CASE
    WHEN "albums"."FirstSeen" IS NULL OR "albums"."ReleaseDate" IS NULL
    THEN NULL
    WHEN "albums"."ReleaseDate" > "albums"."FirstSeen"
    THEN 1
    ELSE 0
  END AS "Announced",
  "albums"."TotalTracks",
  "albums"."Label",
  "albums"."CoverURL"
FROM "weeks"
INNER JOIN "albums"
  ON "albums"."AlbumID" = "weeks"."AlbumID";

CREATE VIEW top_tracks AS
/* One row is one of the 100 most streamed songs of one week. */
/* Weeks read: 1 */
/* Columns: */
/* WeekID: the week, ISO year times 100 plus ISO week, such as 202647. */
/* WeekStartDate: the Monday that begins the week. */
/* StreamRank: the place by Streams, 1 to 100; of songs that were streamed equally often, the one */
/*   whose SongID sorts first ranks first. */
/* SongID: Spotify's id of the song, as in `tracks`. */
/* Title: its title. NULL: not known. */
/* AlbumName: the name of its album. NULL: not known. */
/* Streams: its streams in the week. */
/* Downloads: its downloads in the week. NULL: there is no figure of them of the same kind. */
/* Figures: the kind of the streams, `given` where a file gives them, `simulated`, or `unknown`. */
WITH "ranked" AS (
  SELECT
    "WeekID",
    "WeekStartDate",
    "SongID",
    "WeeklyStreams",
    CASE
      WHEN "weekly_streams"."Source" IS NULL
      THEN 'unknown'
      WHEN "weekly_streams"."Source" = 'simulated'
      THEN 'simulated'
      ELSE 'given'
    END AS "Figures",
    ROW_NUMBER() OVER (
      PARTITION BY "WeekID"
      ORDER BY "WeeklyStreams" DESC NULLS LAST, "SongID" NULLS FIRST
    ) AS "StreamRank"
  FROM "weekly_streams"
)
SELECT
  "ranked"."WeekID",
  "ranked"."WeekStartDate",
  "ranked"."StreamRank",
  "ranked"."SongID",
  "tracks"."Title",
  "albums"."AlbumName",
  "ranked"."WeeklyStreams" AS "Streams",
  "weekly_downloads"."TotalWeeklyDownloads" AS "Downloads",
  "ranked"."Figures"
FROM "ranked"
INNER JOIN "tracks"
  ON "tracks"."SongID" = "ranked"."SongID"
INNER JOIN "albums"
  ON "albums"."AlbumID" = "tracks"."AlbumID"
LEFT JOIN "weekly_downloads"
  ON "weekly_downloads"."WeekID" = "ranked"."WeekID"
  AND "weekly_downloads"."SongID" = "ranked"."SongID"
  AND CASE
    WHEN "weekly_downloads"."Source" IS NULL
    THEN 'unknown'
    WHEN "weekly_downloads"."Source" = 'simulated'
    THEN 'simulated'
    ELSE 'given'
  END = "ranked"."Figures"
WHERE
  "ranked"."StreamRank" <= 100;

CREATE VIEW weekly_artist_totals AS
/* One row is one week of one followed artist: the tracks of all the artist's albums. A track */
/* counts for every followed artist of its album. */
/* Weeks read: 1 */
/* Columns: */
/* WeekID: the week, ISO year times 100 plus ISO week, such as 202647. */
/* WeekStartDate: the Monday that begins the week. */
/* ArtistID: Spotify's id of the artist, as in `artists`. */
/* ArtistName: the artist's name. NULL: not known. */
/* Tracks: the number of the artist's tracks that have streams or downloads in the week. */
/* Streams: their streams in the week. NULL: none has any. */
/* Downloads: their downloads in the week. NULL: none has any. */
/* Figures: the kind of the week's figures, `given` where a file gives them, `simulated`, or */
/*   `unknown`. */
WITH "totals" AS (
  SELECT
    "w"."WeekID",
    "w"."WeekStartDate",
    "a"."ArtistID",
    "w"."Figures",
    SUM("w"."Tracks") AS "Tracks",
    SUM("w"."Streams") AS "Streams",
    SUM("w"."Downloads") AS "Downloads"
  FROM "weekly_album_totals" AS "w"
  INNER JOIN "artist_albums" AS "a"
    ON "a"."AlbumID" = "w"."AlbumID"
  GROUP BY
    "w"."WeekID",
    "w"."WeekStartDate",
    "a"."ArtistID",
    "w"."Figures"
)
SELECT
  "totals"."WeekID",
  "totals"."WeekStartDate",
  "totals"."ArtistID",
  "artists"."Name" AS "ArtistName",
  "totals"."Tracks",
  "totals"."Streams",
  "totals"."Downloads",
  "totals"."Figures"
FROM "totals"
INNER JOIN "artists"
  ON "artists"."ArtistID" = "totals"."ArtistID";

CREATE VIEW followed_but_unheard AS
/* One row is one followed artist of whom no play that counts is known: neither of a song on the */
/* artist's albums, nor of any song by an artist of this name. Without any play there is no row, */
/* since then nothing is known. */
/* Columns: */
/* ArtistID: Spotify's id of the artist, as in `artists`. */
/* ArtistName: the artist's name. NULL: not known. */
/* Tracks: the number of songs on the artist's albums. */
/* NewestAlbumName: the name of the album that was released last. NULL: no date is known. */
/* NewestReleaseDate: the day of its release. NULL: no date is known. */
WITH "heard" AS (
  SELECT
    "s"."SongID",
    "s"."ArtistName"
  FROM "listened_songs" AS "s"
  WHERE
    EXISTS(
      SELECT
        1
      FROM "counted_plays" AS "c"
      WHERE
        "c"."SongID" = "s"."SongID"
    )
), "releases" AS (
  SELECT
    "a"."ArtistID",
    "albums"."AlbumName",
    "albums"."ReleaseDate",
    ROW_NUMBER() OVER (
      PARTITION BY "a"."ArtistID"
      ORDER BY "albums"."ReleaseDate" DESC NULLS LAST, "albums"."AlbumID" NULLS FIRST
    ) AS "Newness"
  FROM "artist_albums" AS "a"
  INNER JOIN "albums"
    ON "albums"."AlbumID" = "a"."AlbumID"
  WHERE
    NOT "albums"."ReleaseDate" IS NULL
)
SELECT
  "artists"."ArtistID",
  "artists"."Name" AS "ArtistName",
  (
    SELECT
      COUNT(*)
    FROM "artist_albums" AS "a"
    INNER JOIN "tracks"
      ON "tracks"."AlbumID" = "a"."AlbumID"
    WHERE
      "a"."ArtistID" = "artists"."ArtistID"
  ) AS "Tracks",
  "releases"."AlbumName" AS "NewestAlbumName",
  "releases"."ReleaseDate" AS "NewestReleaseDate"
FROM "artists"
LEFT JOIN "releases"
  ON "releases"."ArtistID" = "artists"."ArtistID" AND "releases"."Newness" = 1
WHERE
  EXISTS(
    SELECT
      1
    FROM "heard"
  )
  AND NOT "artists"."ArtistID" IN (
    SELECT
      "a"."ArtistID"
    FROM "heard"
    INNER JOIN "tracks"
      ON "tracks"."SongID" = "heard"."SongID"
    INNER JOIN "artist_albums" AS "a"
      ON "a"."AlbumID" = "tracks"."AlbumID"
  )
  AND (
    "artists"."Name" IS NULL
    OR NOT "artists"."Name" IN (
      SELECT
        "heard"."ArtistName"
      FROM "heard"
      WHERE
        NOT "heard"."ArtistName" IS NULL
    )
  );

CREATE VIEW heard_but_not_followed AS
/* One row is one artist, by name as listened, who was heard and has the name of no followed */
/* artist. */
/* Columns: */
/* PlayRank: the place by Plays, from 1; of artists who were played equally often, the one whose */
/*   name sorts first ranks first. */
/* ArtistName: the artist's name as listened. */
/* Songs: the number of the artist's songs with a play that counts. */
/* Plays: the number of plays that count. */
/* Minutes: minutes of the plays that say how long they were. NULL: none says it. */
/* FirstHeardDate: the day of the first of the plays, in MUSIC_TIME_ZONE. */
/* LastHeardDate: the day of the last of them. */
WITH "totals" AS (
  SELECT
    "s"."ArtistName",
    COUNT(DISTINCT "c"."SongID") AS "Songs",
    COUNT(*) AS "Plays",
    SUM("c"."Milliseconds") AS "Milliseconds",
    MIN("c"."LocalDate") AS "FirstHeardDate",
    MAX("c"."LocalDate") AS "LastHeardDate"
  FROM "counted_plays" AS "c"
  INNER JOIN "listened_songs" AS "s"
    ON "s"."SongID" = "c"."SongID"
  WHERE
    NOT "s"."ArtistName" IS NULL
    AND NOT "s"."ArtistName" IN (
      SELECT
        "artists"."Name"
      FROM "artists"
      WHERE
        NOT "artists"."Name" IS NULL
    )
  GROUP BY
    "s"."ArtistName"
)
SELECT
  ROW_NUMBER() OVER (ORDER BY "Plays" DESC NULLS LAST, "ArtistName" NULLS FIRST) AS "PlayRank",
  "ArtistName",
  "Songs",
  "Plays",
  CAST("Milliseconds" AS REAL) / 60000 AS "Minutes",
  "FirstHeardDate",
  "LastHeardDate"
FROM "totals";

CREATE VIEW my_discoveries AS
/* One row is one song with a play that counts, and the first of them. A song in `tracks` has its */
/* title there, any other as listened. */
/* Columns: */
/* SongID: the song, as in `listened_songs`. */
/* Title: its title. NULL: not known. */
/* ArtistName: the artist's name as listened. NULL: not known. */
/* FirstHeardAt: the end of the first play, in UTC. */
/* FirstHeardDate: its day in MUSIC_TIME_ZONE. */
/* FirstWeekID: its week in MUSIC_TIME_ZONE, ISO year times 100 plus ISO week, such as 202647. */
/* FirstWeekStartDate: the Monday that begins the week. */
/* ArtistDiscovered: 1 where that was the first play of any song of this artist, by name; 0 where */
/*   it was not. Of songs at one moment, the one whose SongID sorts first is the first. NULL: the */
/*   artist's name is not known. */
/* PlaysSince: the number of plays after the first. */
WITH "firsts" AS (
  SELECT
    "SongID",
    MIN("EndedAt") AS "EndedAt",
    COUNT(*) - 1 AS "PlaysSince"
  FROM "counted_plays"
  GROUP BY
    "SongID"
), "discovered" AS (
  SELECT
    "firsts"."SongID",
    "firsts"."EndedAt",
    "firsts"."PlaysSince",
    "s"."Title",
    "s"."ArtistName",
    ROW_NUMBER() OVER (
      PARTITION BY "s"."ArtistName"
      ORDER BY "firsts"."EndedAt" NULLS FIRST, "firsts"."SongID" NULLS FIRST
    ) AS "SongOfArtist"
  FROM "firsts"
  INNER JOIN "listened_songs" AS "s"
    ON "s"."SongID" = "firsts"."SongID"
)
SELECT
  "d"."SongID",
  COALESCE("tracks"."Title", "d"."Title") AS "Title",
  "d"."ArtistName",
  "c"."EndedAt" AS "FirstHeardAt",
  "c"."LocalDate" AS "FirstHeardDate",
  "c"."WeekID" AS "FirstWeekID",
  "c"."WeekStartDate" AS "FirstWeekStartDate",
  CASE
    WHEN "d"."ArtistName" IS NULL
    THEN NULL
    WHEN "d"."SongOfArtist" = 1
    THEN 1
    ELSE 0
  END AS "ArtistDiscovered",
  "d"."PlaysSince"
FROM "discovered" AS "d"
INNER JOIN "counted_plays" AS "c"
  ON "c"."EndedAt" = "d"."EndedAt" AND "c"."SongID" = "d"."SongID"
LEFT JOIN "tracks"
  ON "tracks"."SongID" = "d"."SongID";

CREATE VIEW my_listening_clock AS
/* One row is one hour of a weekday, in MUSIC_TIME_ZONE, in which a play that counts has ended. An */
/* hour without plays has no row. */
/* Columns: */
/* Weekday: 1 on a Monday to 7. */
/* LocalHour: 0 to 23. */
/* Plays: the number of plays that ended in it. */
/* Minutes: minutes of those that say how long they were, all of them in the hour in which they */
/*   ended. NULL: none says it. */
SELECT
  "Weekday",
  "LocalHour",
  COUNT(*) AS "Plays",
  CAST(SUM("Milliseconds") AS REAL) / 60000 AS "Minutes"
FROM "counted_plays"
GROUP BY
  "Weekday",
  "LocalHour";

CREATE VIEW my_streaks AS
/* One row is one run of consecutive days, in MUSIC_TIME_ZONE, of which each has a play that */
/* counts. */
/* Columns: */
/* FirstDate: the first day. */
/* LastDate: the last day. */
/* Days: the number of days. */
/* Plays: the number of plays on them. */
WITH "days" AS (
  SELECT
    "LocalDate",
    "DayNumber",
    COUNT(*) AS "Plays"
  FROM "counted_plays"
  GROUP BY
    "LocalDate",
    "DayNumber"
), "runs" /* In a run, the number of the day and the number of the row grow alike. */ AS (
  SELECT
    "LocalDate",
    "Plays",
    "DayNumber" - ROW_NUMBER() OVER (ORDER BY "DayNumber" NULLS FIRST) AS "Run"
  FROM "days"
)
SELECT
  MIN("LocalDate") AS "FirstDate",
  MAX("LocalDate") AS "LastDate",
  COUNT(*) AS "Days",
  SUM("Plays") AS "Plays"
FROM "runs"
GROUP BY
  "Run";

CREATE VIEW my_top_albums AS
/* One row is one of the 100 albums whose songs were played most in one period. An album is what */
/* goes by one name and one artist's name as listened; a song in `tracks` is on the album that it */
/* has there. A song of which no album is known counts for none. */
/* Columns: */
/* Period: `week`, `month`, `year` or `all`. */
/* PeriodStartDate: the first day of the period; of `all`, the day of the first play. */
/* PlayRank: the place by Plays, 1 to 100; of albums that were played equally often, the one whose */
/*   name, and then its artist's, sorts first ranks first. */
/* AlbumName: the album's name. */
/* ArtistName: the artist's name as listened. */
/* AlbumID: that of the album in `albums`, the first where several have the name. NULL: it is not */
/*   there. */
/* Plays: the number of plays that count. */
/* Minutes: minutes of the plays that say how long they were. NULL: none says it. */
WITH "songs" AS (
  SELECT
    "s"."SongID",
    COALESCE("albums"."AlbumName", "s"."AlbumName") AS "AlbumName",
    "s"."ArtistName",
    "albums"."AlbumID"
  FROM "listened_songs" AS "s"
  LEFT JOIN "tracks"
    ON "tracks"."SongID" = "s"."SongID"
  LEFT JOIN "albums"
    ON "albums"."AlbumID" = "tracks"."AlbumID"
  WHERE
    NOT "s"."ArtistName" IS NULL
    AND (
      NOT "albums"."AlbumName" IS NULL OR NOT "s"."AlbumName" IS NULL
    )
), "weeks" /* A CROSS JOIN, which SQLite does in this order: it reads all plays once, and looks each song up. */ AS (
  SELECT
    "c"."WeekStartDate",
    "songs"."AlbumName",
    "songs"."ArtistName",
    MIN("songs"."AlbumID") AS "AlbumID",
    COUNT(*) AS "Plays",
    SUM("c"."Milliseconds") AS "Milliseconds"
  FROM "counted_plays" AS "c"
  CROSS JOIN "songs"
  WHERE
    "songs"."SongID" = "c"."SongID"
  GROUP BY
    "c"."WeekStartDate",
    "songs"."AlbumName",
    "songs"."ArtistName"
), "months" AS (
  SELECT
    "c"."MonthStartDate",
    "c"."YearStartDate",
    "songs"."AlbumName",
    "songs"."ArtistName",
    MIN("songs"."AlbumID") AS "AlbumID",
    COUNT(*) AS "Plays",
    SUM("c"."Milliseconds") AS "Milliseconds"
  FROM "counted_plays" AS "c"
  CROSS JOIN "songs"
  WHERE
    "songs"."SongID" = "c"."SongID"
  GROUP BY
    "c"."MonthStartDate",
    "c"."YearStartDate",
    "songs"."AlbumName",
    "songs"."ArtistName"
), "years" AS (
  SELECT
    "YearStartDate",
    "AlbumName",
    "ArtistName",
    MIN("AlbumID") AS "AlbumID",
    SUM("Plays") AS "Plays",
    SUM("Milliseconds") AS "Milliseconds"
  FROM "months"
  GROUP BY
    "YearStartDate",
    "AlbumName",
    "ArtistName"
), "totals" AS (
  SELECT
    'week' AS "Period",
    "WeekStartDate" AS "PeriodStartDate",
    "AlbumName",
    "ArtistName",
    "AlbumID",
    "Plays",
    "Milliseconds"
  FROM "weeks"
  UNION ALL
  SELECT
    'month' AS "Period",
    "MonthStartDate" AS "PeriodStartDate",
    "AlbumName",
    "ArtistName",
    "AlbumID",
    "Plays",
    "Milliseconds"
  FROM "months"
  UNION ALL
  SELECT
    'year' AS "Period",
    "YearStartDate" AS "PeriodStartDate",
    "AlbumName",
    "ArtistName",
    "AlbumID",
    "Plays",
    "Milliseconds"
  FROM "years"
  UNION ALL
  SELECT
    'all' AS "Period",
    (
      SELECT
        MIN("LocalDate")
      FROM "counted_plays"
    ) AS "PeriodStartDate",
    "AlbumName",
    "ArtistName",
    MIN("AlbumID") AS "AlbumID",
    SUM("Plays") AS "Plays",
    SUM("Milliseconds") AS "Milliseconds"
  FROM "years"
  GROUP BY
    "AlbumName",
    "ArtistName"
), "ranked" AS (
  SELECT
    "Period",
    "PeriodStartDate",
    "AlbumName",
    "ArtistName",
    "AlbumID",
    "Plays",
    "Milliseconds",
    ROW_NUMBER() OVER (
      PARTITION BY "Period", "PeriodStartDate"
      ORDER BY "Plays" DESC NULLS LAST, "AlbumName" NULLS FIRST, "ArtistName" NULLS FIRST
    ) AS "PlayRank"
  FROM "totals"
)
SELECT
  "Period",
  "PeriodStartDate",
  "PlayRank",
  "AlbumName",
  "ArtistName",
  "AlbumID",
  "Plays",
  CAST("Milliseconds" AS REAL) / 60000 AS "Minutes"
FROM "ranked"
WHERE
  "PlayRank" <= 100;

CREATE VIEW my_top_artists AS
/* One row is one of the 100 artists who were played most in one period. An artist is who goes by */
/* one name as listened. */
/* Columns: */
/* Period: `week`, `month`, `year` or `all`. */
/* PeriodStartDate: the first day of the period; of `all`, the day of the first play. */
/* PlayRank: the place by Plays, 1 to 100; of artists who were played equally often, the one whose */
/*   name sorts first ranks first. */
/* ArtistName: the artist's name as listened. */
/* ArtistID: that of the followed artist of this name; of several, one with a heard song on an */
/*   album. NULL: none is followed. */
/* Plays: the number of plays that count. */
/* Minutes: minutes of the plays that say how long they were. NULL: none says it. */
WITH "heard" AS (
  SELECT DISTINCT
    "a"."ArtistID",
    "s"."ArtistName"
  FROM "listened_songs" AS "s"
  INNER JOIN "tracks"
    ON "tracks"."SongID" = "s"."SongID"
  INNER JOIN "artist_albums" AS "a"
    ON "a"."AlbumID" = "tracks"."AlbumID"
), "songs" AS (
  SELECT
    "s"."SongID",
    "s"."ArtistName",
    COALESCE(MIN("heard"."ArtistID"), MIN("artists"."ArtistID")) AS "ArtistID"
  FROM "listened_songs" AS "s"
  LEFT JOIN "artists"
    ON "artists"."Name" = "s"."ArtistName"
  LEFT JOIN "heard"
    ON "heard"."ArtistID" = "artists"."ArtistID"
    AND "heard"."ArtistName" = "artists"."Name"
  WHERE
    NOT "s"."ArtistName" IS NULL
  GROUP BY
    "s"."SongID",
    "s"."ArtistName"
), "weeks" /* A CROSS JOIN, which SQLite does in this order: it reads all plays once, and looks each song up. */ AS (
  SELECT
    "c"."WeekStartDate",
    "songs"."ArtistName",
    "songs"."ArtistID",
    COUNT(*) AS "Plays",
    SUM("c"."Milliseconds") AS "Milliseconds"
  FROM "counted_plays" AS "c"
  CROSS JOIN "songs"
  WHERE
    "songs"."SongID" = "c"."SongID"
  GROUP BY
    "c"."WeekStartDate",
    "songs"."ArtistName",
    "songs"."ArtistID"
), "months" AS (
  SELECT
    "c"."MonthStartDate",
    "c"."YearStartDate",
    "songs"."ArtistName",
    "songs"."ArtistID",
    COUNT(*) AS "Plays",
    SUM("c"."Milliseconds") AS "Milliseconds"
  FROM "counted_plays" AS "c"
  CROSS JOIN "songs"
  WHERE
    "songs"."SongID" = "c"."SongID"
  GROUP BY
    "c"."MonthStartDate",
    "c"."YearStartDate",
    "songs"."ArtistName",
    "songs"."ArtistID"
), "years" AS (
  SELECT
    "YearStartDate",
    "ArtistName",
    "ArtistID",
    SUM("Plays") AS "Plays",
    SUM("Milliseconds") AS "Milliseconds"
  FROM "months"
  GROUP BY
    "YearStartDate",
    "ArtistName",
    "ArtistID"
), "totals" AS (
  SELECT
    'week' AS "Period",
    "WeekStartDate" AS "PeriodStartDate",
    "ArtistName",
    "ArtistID",
    "Plays",
    "Milliseconds"
  FROM "weeks"
  UNION ALL
  SELECT
    'month' AS "Period",
    "MonthStartDate" AS "PeriodStartDate",
    "ArtistName",
    "ArtistID",
    "Plays",
    "Milliseconds"
  FROM "months"
  UNION ALL
  SELECT
    'year' AS "Period",
    "YearStartDate" AS "PeriodStartDate",
    "ArtistName",
    "ArtistID",
    "Plays",
    "Milliseconds"
  FROM "years"
  UNION ALL
  SELECT
    'all' AS "Period",
    (
      SELECT
        MIN("LocalDate")
      FROM "counted_plays"
    ) AS "PeriodStartDate",
    "ArtistName",
    "ArtistID",
    SUM("Plays") AS "Plays",
    SUM("Milliseconds") AS "Milliseconds"
  FROM "years"
  GROUP BY
    "ArtistName",
    "ArtistID"
), "ranked" AS (
  SELECT
    "Period",
    "PeriodStartDate",
    "ArtistName",
    "ArtistID",
    "Plays",
    "Milliseconds",
    ROW_NUMBER() OVER (
      PARTITION BY "Period", "PeriodStartDate"
      ORDER BY "Plays" DESC NULLS LAST, "ArtistName" NULLS FIRST
    ) AS "PlayRank"
  FROM "totals"
)
SELECT
  "Period",
  "PeriodStartDate",
  "PlayRank",
  "ArtistName",
  "ArtistID",
  "Plays",
  CAST("Milliseconds" AS REAL) / 60000 AS "Minutes"
FROM "ranked"
WHERE
  "PlayRank" <= 100;

CREATE VIEW my_top_tracks AS
/* One row is one of the 100 songs that were played most in one period. A song in `tracks` has its */
/* title there, any other as listened. */
/* Columns: */
/* Period: `week`, `month`, `year` or `all`. */
/* PeriodStartDate: the first day of the period; of `all`, the day of the first play. */
/* PlayRank: the place by Plays, 1 to 100; of songs that were played equally often, the one whose */
/*   SongID sorts first ranks first. */
/* SongID: the song, as in `listened_songs`. */
/* Title: its title. NULL: not known. */
/* ArtistName: the artist's name as listened. NULL: not known. */
/* Plays: the number of plays that count. */
/* Minutes: minutes of the plays that say how long they were. NULL: none says it. */
WITH "weeks" AS (
  SELECT
    "WeekStartDate",
    "SongID",
    COUNT(*) AS "Plays",
    SUM("Milliseconds") AS "Milliseconds"
  FROM "counted_plays"
  GROUP BY
    "WeekStartDate",
    "SongID"
), "months" AS (
  SELECT
    "MonthStartDate",
    "YearStartDate",
    "SongID",
    COUNT(*) AS "Plays",
    SUM("Milliseconds") AS "Milliseconds"
  FROM "counted_plays"
  GROUP BY
    "MonthStartDate",
    "YearStartDate",
    "SongID"
), "years" AS (
  SELECT
    "YearStartDate",
    "SongID",
    SUM("Plays") AS "Plays",
    SUM("Milliseconds") AS "Milliseconds"
  FROM "months"
  GROUP BY
    "YearStartDate",
    "SongID"
), "totals" AS (
  SELECT
    'week' AS "Period",
    "WeekStartDate" AS "PeriodStartDate",
    "SongID",
    "Plays",
    "Milliseconds"
  FROM "weeks"
  UNION ALL
  SELECT
    'month' AS "Period",
    "MonthStartDate" AS "PeriodStartDate",
    "SongID",
    "Plays",
    "Milliseconds"
  FROM "months"
  UNION ALL
  SELECT
    'year' AS "Period",
    "YearStartDate" AS "PeriodStartDate",
    "SongID",
    "Plays",
    "Milliseconds"
  FROM "years"
  UNION ALL
  SELECT
    'all' AS "Period",
    (
      SELECT
        MIN("LocalDate")
      FROM "counted_plays"
    ) AS "PeriodStartDate",
    "SongID",
    SUM("Plays") AS "Plays",
    SUM("Milliseconds") AS "Milliseconds"
  FROM "years"
  GROUP BY
    "SongID"
), "ranked" AS (
  SELECT
    "Period",
    "PeriodStartDate",
    "SongID",
    "Plays",
    "Milliseconds",
    ROW_NUMBER() OVER (
      PARTITION BY "Period", "PeriodStartDate"
      ORDER BY "Plays" DESC NULLS LAST, "SongID" NULLS FIRST
    ) AS "PlayRank"
  FROM "totals"
)
SELECT
  "ranked"."Period",
  "ranked"."PeriodStartDate",
  "ranked"."PlayRank",
  "ranked"."SongID",
  COALESCE("tracks"."Title", "s"."Title") AS "Title",
  "s"."ArtistName",
  "ranked"."Plays",
  CAST("ranked"."Milliseconds" AS REAL) / 60000 AS "Minutes"
FROM "ranked"
INNER JOIN "listened_songs" AS "s"
  ON "s"."SongID" = "ranked"."SongID"
LEFT JOIN "tracks"
  ON "tracks"."SongID" = "ranked"."SongID"
WHERE
  "ranked"."PlayRank" <= 100;

CREATE VIEW my_weekly_plays AS
/* One row is one week with plays that count. */
/* Weeks read: 1 */
/* Columns: */
/* WeekID: the week in MUSIC_TIME_ZONE, ISO year times 100 plus ISO week, such as 202647. */
/* WeekStartDate: the Monday that begins the week. */
/* Plays: the number of plays that count. */
/* Songs: the number of their songs. */
/* Artists: the number of their artists, by name. */
/* Minutes: minutes of the plays that say how long they were. NULL: none says it. */
/* ShortPlays: the number of the week's other plays, which count nowhere. */
WITH "counted" AS (
  SELECT
    "c"."WeekID",
    "c"."WeekStartDate",
    COUNT(*) AS "Plays",
    COUNT(DISTINCT "c"."SongID") AS "Songs",
    COUNT(DISTINCT "s"."ArtistName") AS "Artists",
    SUM("c"."Milliseconds") AS "Milliseconds"
  FROM "counted_plays" AS "c"
  INNER JOIN "listened_songs" AS "s"
    ON "s"."SongID" = "c"."SongID"
  GROUP BY
    "c"."WeekID",
    "c"."WeekStartDate"
)
/* A subquery for all plays of a week: a join would count those of all weeks first. */
SELECT
  "WeekID",
  "WeekStartDate",
  "Plays",
  "Songs",
  "Artists",
  CAST("Milliseconds" AS REAL) / 60000 AS "Minutes",
  (
    SELECT
      COUNT(*)
    FROM "plays"
    WHERE
      "plays"."WeekID" = "counted"."WeekID"
  ) - "Plays" AS "ShortPlays"
FROM "counted";

CREATE VIEW genre_trends AS
/* One row is one week of one genre: the tracks on albums by artists of that genre. A track counts */
/* once per genre and for each of its genres, so that the shares of a week may add up to more than */
/* 1; a track without a genre counts in none. */
/* Weeks read: 2 */
/* Columns: */
/* WeekID: the week, ISO year times 100 plus ISO week, such as 202647. */
/* WeekStartDate: the Monday that begins the week. */
/* GenreID: the genre, as in `genres`. */
/* GenreName: the genre's name. */
/* Tracks: the number of its tracks that have streams or downloads in the week. */
/* Streams: their streams in the week. NULL: none has any. */
/* Downloads: their downloads in the week. NULL: none has any. */
/* ShareOfStreams: Streams by those of all songs of the week, 0 to 1. NULL: there are none. */
/* StreamsChange: Streams less those of the week that starts 7 days earlier. NULL: that week has no */
/*   figure of this kind. */
/* Figures: the kind of the week's figures, `given` where a file gives them, `simulated`, or */
/*   `unknown`. */
WITH "album_genres" AS (
  SELECT DISTINCT
    "artist_albums"."AlbumID",
    "artist_genres"."GenreID"
  FROM "artist_albums"
  INNER JOIN "artist_genres"
    ON "artist_genres"."ArtistID" = "artist_albums"."ArtistID"
), "totals" AS (
  SELECT
    "w"."WeekID",
    "w"."WeekStartDate",
    "g"."GenreID",
    "w"."Figures",
    SUM("w"."Tracks") AS "Tracks",
    SUM("w"."Streams") AS "Streams",
    SUM("w"."Downloads") AS "Downloads"
  FROM "weekly_album_totals" AS "w"
  INNER JOIN "album_genres" AS "g"
    ON "g"."AlbumID" = "w"."AlbumID"
  GROUP BY
    "w"."WeekID",
    "w"."WeekStartDate",
    "g"."GenreID",
    "w"."Figures"
), "compared" /* A subquery for the week before: a join would add up all weeks first. */ AS (
  SELECT
    "totals"."WeekID",
    "totals"."WeekStartDate",
    "totals"."GenreID",
    "totals"."Figures",
    "totals"."Tracks",
    "totals"."Streams",
    "totals"."Downloads",
    "weekly_totals"."Streams" AS "StreamsOfWeek",
    (
      SELECT
        SUM("e"."Streams")
      FROM "weekly_album_totals" AS "e"
      WHERE
        "e"."WeekID" = "weekly_totals"."PreviousWeekID"
        AND "e"."AlbumID" IN (
          SELECT
            "artist_albums"."AlbumID"
          FROM "artist_albums"
          INNER JOIN "artist_genres"
            ON "artist_genres"."ArtistID" = "artist_albums"."ArtistID"
          WHERE
            "artist_genres"."GenreID" = "totals"."GenreID"
        )
    ) AS "StreamsBefore"
  FROM "totals"
  INNER JOIN "weekly_totals"
    ON "weekly_totals"."WeekID" = "totals"."WeekID"
)
SELECT
  "compared"."WeekID",
  "compared"."WeekStartDate",
  "compared"."GenreID",
  "genres"."Name" AS "GenreName",
  "compared"."Tracks",
  "compared"."Streams",
  "compared"."Downloads",
  CAST("compared"."Streams" AS REAL) / NULLIF("compared"."StreamsOfWeek", 0) AS "ShareOfStreams",
  "compared"."Streams" - "compared"."StreamsBefore" AS "StreamsChange",
  "compared"."Figures"
FROM "compared"
INNER JOIN "genres"
  ON "genres"."GenreID" = "compared"."GenreID";

CREATE VIEW weekly_movers AS
/* One row is one of the 100 songs of one week whose streams changed most, up or down, against the */
/* week that starts 7 days earlier. A song without a figure of the same kind in that week is no */
/* mover. */
/* Weeks read: 2 */
/* Columns: */
/* WeekID: the week, ISO year times 100 plus ISO week, such as 202647. */
/* WeekStartDate: the Monday that begins the week. */
/* MoveRank: the place by the size of Change, 1 to 100; of equal changes, the one whose SongID */
/*   sorts first ranks first. */
/* SongID: Spotify's id of the song, as in `tracks`. */
/* Title: its title. NULL: not known. */
/* AlbumName: the name of its album. NULL: not known. */
/* StreamsBefore: its streams in the week before. */
/* Streams: its streams in the week. */
/* Change: Streams less StreamsBefore. */
/* ChangePercent: Change in per cent of StreamsBefore. NULL: that was 0. */
/* Figures: the kind of both, `given` where files give both weeks, `simulated`, or `unknown`. */
WITH "moved" AS (
  SELECT
    "this"."WeekID",
    "this"."WeekStartDate",
    "this"."SongID",
    "earlier"."WeeklyStreams" AS "StreamsBefore",
    "this"."WeeklyStreams" AS "Streams",
    "weeks"."Figures",
    ROW_NUMBER() OVER (
      PARTITION BY "this"."WeekID"
      ORDER BY ABS("this"."WeeklyStreams" - "earlier"."WeeklyStreams") DESC NULLS LAST, "this"."SongID" NULLS FIRST
    ) AS "MoveRank"
  FROM "weekly_streams" AS "this"
  INNER JOIN "weekly_totals" AS "weeks"
    ON "weeks"."WeekID" = "this"."WeekID"
    AND "weeks"."Figures" = CASE
      WHEN "this"."Source" IS NULL
      THEN 'unknown'
      WHEN "this"."Source" = 'simulated'
      THEN 'simulated'
      ELSE 'given'
    END
  INNER JOIN "weekly_streams" AS "earlier"
    ON "earlier"."WeekID" = "weeks"."PreviousWeekID"
    AND "earlier"."SongID" = "this"."SongID"
    AND CASE
      WHEN "earlier"."Source" IS NULL
      THEN 'unknown'
      WHEN "earlier"."Source" = 'simulated'
      THEN 'simulated'
      ELSE 'given'
    END = "weeks"."Figures"
)
SELECT
  "moved"."WeekID",
  "moved"."WeekStartDate",
  "moved"."MoveRank",
  "moved"."SongID",
  "tracks"."Title",
  "albums"."AlbumName",
  "moved"."StreamsBefore",
  "moved"."Streams",
  "moved"."Streams" - "moved"."StreamsBefore" AS "Change",
  CAST("moved"."Streams" - "moved"."StreamsBefore" AS REAL) * 100 / NULLIF("moved"."StreamsBefore", 0) AS "ChangePercent",
  "moved"."Figures"
FROM "moved"
INNER JOIN "tracks"
  ON "tracks"."SongID" = "moved"."SongID"
INNER JOIN "albums"
  ON "albums"."AlbumID" = "tracks"."AlbumID"
WHERE
  "moved"."MoveRank" <= 100;
