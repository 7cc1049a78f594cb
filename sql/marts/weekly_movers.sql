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
WHERE moved.MoveRank <= 100
