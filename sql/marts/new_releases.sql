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
INNER JOIN albums ON albums.AlbumID = weeks.AlbumID
