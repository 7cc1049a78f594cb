"""Outside things that tests start: Azurite, stand-ins for Databricks and for ODBC."""
