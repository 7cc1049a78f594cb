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
    ON latest.WeekID = totals.LastWeekID AND latest.AlbumID = totals.AlbumID
