"""Resources: the one place where the settings choose an implementation."""

from typing import Any

import dagster as dg

from music_assets.config.musicbrainz_settings import MUSICBRAINZ
from music_assets.config.settings import Settings, settings
from music_assets.database.resource import DatabaseResource
from music_assets.engines.engine import Engine, EngineError
from music_assets.engines.polars import PolarsEngine
from music_assets.loading.loader import Loader
from music_assets.musicbrainz.web_service import MusicBrainzResource
from music_assets.spotify.access import SpotifyResource
from music_assets.storage.blobs import StorageResource
from music_assets.storage.folder import FolderStorage

Resources = dict[str, dg.ConfigurableResource]


@dg.definitions
def chosen() -> dg.Definitions:
    """The resources that the environment asks for."""
    return dg.Definitions(resources=resources(settings()))


def resources(settings: Settings) -> Resources:
    """The resources that the settings ask for. Each connects when it is first used.

    Secrets stay in the environment: a resource gets the name of a variable and reads its value when
    it is used, so no run config, event or page of the UI ever holds one.
    """
    files = storage(settings)
    database = DatabaseResource(
        url=_secret("MUSIC_DATABASE_URL", given="database_url" in settings.model_fields_set)
        or settings.database_url.get_secret_value()
    )
    loader = Loader(storage=files, engine=engine(settings), database=database)
    return {
        "storage": files,
        "database": database,
        "loader": loader,
        "spotify": spotify(settings),
        "musicbrainz": musicbrainz(settings),
    }


def storage(settings: Settings) -> StorageResource:
    """Storage as the settings describe it: a folder, or an account of Azure Blob Storage.

    Raises:
        SystemExit: the storage is in Azure and the Azure packages are not installed.
    """
    if not settings.storage_in_azure:
        return FolderStorage(root=settings.storage_url)
    try:
        # Slow to import, and installed only with music-assets[azure].
        from music_assets.storage.azure import AzureStorage  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise SystemExit(
            f"MUSIC_STORAGE_URL is in Azure and {error.name} is not installed; install "
            "music-assets[azure]."
        ) from None
    known = {
        "key": _secret("MUSIC_STORAGE_KEY", given=settings.storage_key is not None),
        "sas": _secret("MUSIC_STORAGE_SAS", given=settings.storage_sas is not None),
    }
    return AzureStorage(
        url=settings.storage_url,
        **{name: value for name, value in known.items() if value is not None},
    )


def engine(settings: Settings) -> Engine:
    """The engine that runs the transforms. Spark starts when it is first used.

    Raises:
        SystemExit: the engine's packages or Java are missing, or the cluster file is malformed.
    """
    if settings.engine == "polars":
        return PolarsEngine()
    try:
        # Slow to import, and installed only with music-assets[spark] or [databricks].
        return _spark(settings) if settings.engine == "spark" else _databricks(settings)
    except ModuleNotFoundError as error:
        raise SystemExit(
            f"MUSIC_ENGINE is {settings.engine} and {error.name} is not installed; install "
            f"music-assets[{settings.engine}]."
        ) from None


def _spark(settings: Settings) -> Engine:
    from music_assets.engines.spark import account_key, has_java, spark_engine  # noqa: PLC0415

    remote = settings.spark_remote is not None
    if not (remote or has_java()):
        raise SystemExit(
            "MUSIC_ENGINE is spark and there is no Java to run it; install a Java 17 runtime such "
            "as openjdk-17-jre-headless, or set SPARK_REMOTE to a Spark Connect server."
        )
    return spark_engine(
        account_key(settings.storage_url) if settings.storage_key else None, remote=remote
    )


def _databricks(settings: Settings) -> Engine:
    from music_assets.engines.databricks.databricks_engine import DatabricksEngine  # noqa: PLC0415
    from music_assets.engines.databricks.submission import job_cluster  # noqa: PLC0415

    if settings.databricks_cluster.endswith(".json"):
        try:
            job_cluster(settings.databricks_cluster)
        except EngineError as error:
            raise SystemExit(str(error)) from None
    given: dict[str, Any] = {
        "host": settings.databricks_host,
        "token": _secret("DATABRICKS_TOKEN", given=settings.databricks_token is not None),
        "cluster": settings.databricks_cluster,
        "volume": settings.databricks_volume,
        "seen_storage": settings.databricks_storage,
        "wheel": settings.databricks_wheel,
        "timeout_seconds": settings.databricks_timeout,
    }
    return DatabricksEngine(**{name: value for name, value in given.items() if value is not None})


def spotify(settings: Settings) -> SpotifyResource:
    """Spotify as the settings describe it."""
    known = {
        "client_id": settings.client_id,
        "account": settings.account,
        "client_secret": _secret("SPOTIPY_CLIENT_SECRET", given=settings.client_secret is not None),
        "refresh_token": _secret("SPOTIFY_REFRESH_TOKEN", given=settings.refresh_token is not None),
    }
    return SpotifyResource(
        redirect_uri=settings.redirect_uri,
        api_url=settings.api_url,
        accounts_url=settings.accounts_url,
        requests_per_second=settings.requests_per_second,
        bundled_sandbox=settings.bundled_sandbox,
        **{name: value for name, value in known.items() if value is not None},
    )


def musicbrainz(settings: Settings) -> MusicBrainzResource:
    """MusicBrainz as the settings describe it; its stand-in where Spotify has one."""
    return MusicBrainzResource(
        url=settings.musicbrainz_url,
        contact=settings.musicbrainz_contact,
        requests_per_second=settings.musicbrainz_requests_per_second,
        bundled_sandbox=settings.bundled_sandbox and settings.musicbrainz_url == MUSICBRAINZ,
        refresh_days=settings.musicbrainz_refresh_days,
        search_names=settings.musicbrainz_search_names,
        most_genres=settings.musicbrainz_genres,
        releases=settings.musicbrainz_releases,
    )


def _secret(variable: str, *, given: bool) -> str | None:
    return dg.EnvVar(variable) if given else None
