"""The columns of marts, kept from run to run: to read them off the SQL takes 0.1 s for a mart."""

from dataclasses import astuple

from music_assets.schema.mart_sql import Column, Mart, Marts, columns
from music_assets.storage.blobs import StorageResource
from music_assets.storage.fingerprints import Made, fingerprint, made_before, note_made

STEP = "mart_columns"


def kept_columns(mart: Mart, marts: Marts, storage: StorageResource) -> list[Column]:
    """The columns of a mart; read anew when any mart's SQL, or this code, is another.

    Raises:
        MartError: the SQL does not fit the tables.
    """
    word = fingerprint(mart.sql, *sorted(each.sql for each in marts.values()))
    before = made_before(storage, STEP).get(mart.name)
    if before and before.fingerprint == word:
        return [
            Column(name, sql_type, tuple((table, column) for table, column in sources))
            for name, sql_type, sources in before.told["columns"]
        ]
    shape = columns(mart, marts)
    told = [astuple(column) for column in shape]
    note_made(storage, STEP, {mart.name: Made(word, told={"columns": told})})
    return shape
