"""The one way from landing pages to a table."""
