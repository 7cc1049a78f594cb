"""Monthly sales: as landed, and as distributors' statements have them."""

import dagster as dg

from music_assets.loading.asset_kinds import landing_asset, table_asset
from music_assets.loading.landing_versions import version_of_blobs
from music_assets.loading.loader import Loader
from music_assets.loading.quarantine import quarantine_result
from music_assets.loading.sales_loads import land_sales, load_sales, sales_inbox
from music_assets.schema import tables
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource

GROUP = "sales"


@landing_asset("raw_sales", group=GROUP)
def raw_sales(storage: dg.ResourceParam[StorageResource]) -> dg.MaterializeResult:
    """One line is one page of the sales in a report, as a file in `sales/` has them.

    Earnings do not land.
    """
    files, waiting = sales_inbox(storage)
    landed = land_sales(storage, files)
    return dg.MaterializeResult(
        data_version=version_of_blobs(storage.list(paths.LANDED_SALES)),
        metadata={"files": len(files), "landed": landed},
        check_results=[quarantine_result(0, [], waiting)],
    )


@table_asset(tables.monthly_sales, group=GROUP, deps=["raw_sales"])
def monthly_sales(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is what one statement says of one song or album in one store, country and month.

    ReportDate is the statement's, Month the first day of the month of the sales. Item is the ISRC
    of a song and the UPC of an album, as Kind says. Quantity is below zero where a statement takes
    back what an earlier one had said. A file that leaves the inbox keeps its rows.
    """
    return load_sales(context, loader)
