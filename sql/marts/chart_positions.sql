-- One row is one song on one chart, for each followed artist of its album. Movement is the number
-- of places that it has gone up since the chart before, below 0 if it went down, and NULL if it was
-- not on it: Entry is then `new`, or `back` where the song was on an earlier chart. A weekly chart
-- counts a Friday to the Thursday that is its ChartDate; WeekID is the ISO week of ChartDate.
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
INNER JOIN artists ON artists.ArtistID = artist_albums.ArtistID
