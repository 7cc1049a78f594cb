-- One row is one album and one kind of figures that it has in any week: its tracks with such figures,
-- the first and the last week, and streams and downloads of all weeks of this kind. Figures is
-- `given` where files give them, `simulated`, or `unknown`. AverageWeeklyStreamsPerTrack is the mean
-- of the streams that each track has in each of its weeks.
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
