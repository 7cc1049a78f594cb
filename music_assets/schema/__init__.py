"""The tables, their column types, the marts as SQL, and the migrations."""
