-- One row is one of the 100 songs of one week whose streams changed most, up or down, against the
-- week that starts 7 days earlier. A song without a figure of the same kind in that week is no mover;
-- of equal changes, the one whose SongID sorts first ranks first. ChangePercent is NULL after 0
-- streams. Figures is `given` where files give both weeks, `simulated`, or `unknown`.
-- Weeks read: 2
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
