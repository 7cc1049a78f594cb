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
WHERE ranked.StreamRank <= 100
