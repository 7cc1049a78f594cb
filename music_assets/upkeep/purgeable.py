"""The kinds of what can be purged, by the names that people use."""

#: What came from outside, as it came, and records of it: what a retention is about.
RAW = {
    "listening": "listening histories, their landings, and what was made of them on the way",
    "charts": "charts as downloaded, and their landings",
    "sales": "reports of sales as downloaded, and their landings",
    "landings": "pages of Spotify's and MusicBrainz's, as they came",
    "processed": "rows on their way to the database",
    "quarantine": "records that could not be used",
}
#: What the next run makes again.
MADE = {"extracts": "tables and marts as Parquet", "reports": "pages to open"}
KINDS = RAW | MADE
