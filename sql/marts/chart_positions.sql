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
INNER JOIN artists ON artists.ArtistID = artist_albums.ArtistID
