"""Extracts of marts and tables, for BI tools."""
