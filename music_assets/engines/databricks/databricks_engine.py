"""The Databricks engine: each transform is a job, submitted and followed through Dagster Pipes.

Importing this takes seconds, so it is imported only for MUSIC_ENGINE=databricks.
"""

import uuid
from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_databricks import PipesDatabricksClient
from dagster_databricks.pipes import PipesDatabricksServerlessClient
from pydantic import Field
from typing_extensions import override

from music_assets.config.databricks_settings import SERVERLESS
from music_assets.engines.databricks.pipes import ContextInjector, MessageReader
from music_assets.engines.databricks.submission import environments, task, wheel_in_volume
from music_assets.engines.databricks.workspace import Workspace
from music_assets.engines.engine import Engine, EngineError, Outcome, Work
from music_assets.engines.spark_apply import judged_beside
from music_assets.storage.blobs import StorageResource


class DatabricksEngine(Engine):
    """Runs each transform as a job on a cluster, from this project's wheel.

    Attributes:
        host: address of the workspace.
        token: a personal access token; without one the SDK looks for an identity.
        cluster: `serverless`, the id of a cluster, or a JSON file that describes a job cluster.
        volume: folder of a volume, for the wheel and for Pipes' messages.
        seen_storage: address of the storage as the cluster sees it.
        wheel: file of this version's wheel, to upload where the volume lacks it.
        timeout_seconds: Databricks stops a job after this long, start of the cluster included.
        poll_seconds: between two looks at a job.
        patience_seconds: how long to wait for a workspace that does not answer.
    """

    host: str
    token: str = Field(default="", repr=False)
    cluster: str = SERVERLESS
    volume: str
    seen_storage: str
    wheel: str = ""
    timeout_seconds: int = 3_600
    poll_seconds: float = 5
    patience_seconds: int = 300

    @override
    def run(self, work: Work, storage: StorageResource) -> Outcome:
        if work.context is None:
            raise EngineError(
                "A job on Databricks reports to a run of Dagster, and there is none; materialise "
                f"{work.transform.entity}."
            )
        storage.clear(work.quarantine)
        extras = {
            "sources": {source: self.address(source) for source in work.sources},
            "rows": self.address(work.rows),
            "quarantine": self.address(work.quarantine),
            "lookups": self._put_lookups(storage, work),
        }
        metadata = self._run_job(work.context, work.transform.entity, extras)
        storage.clear(judged_beside(work.rows))
        work.context.add_asset_metadata(metadata)
        return Outcome(work.rows, int(metadata["accepted"].value), int(metadata["rejected"].value))

    def _put_lookups(self, storage: StorageResource, work: Work) -> dict[str, str]:
        """Write the lookups beside the rows, where they are pruned together; their addresses."""
        stem = work.rows.removesuffix(".parquet")
        paths = {name: f"{stem}-{name}.parquet" for name in work.lookups}
        for name, table in work.lookups.items():
            with storage.replacing(paths[name]) as draft:
                table.write_parquet(draft.path)
        return {name: self.address(path) for name, path in paths.items()}

    def _run_job(
        self, context: dg.AssetExecutionContext, entity: str, extras: dict[str, Any]
    ) -> Mapping[str, Any]:
        """Submit a job and follow it to its end; returns the metadata that it reported.

        Raises:
            EngineError: the job failed, or the workspace does not answer; the message has the URL.
            dagster.DagsterExecutionInterruptedError: the run was cancelled, and the job with it.
        """
        client = Workspace(self.host, self.token, self.patience_seconds, context.log)
        with client.sentences():
            wheel = wheel_in_volume(client, self.volume, self.wheel)
            done = self._pipes(client, context).run(
                context=context,
                extras=extras,
                task=task(entity, self.cluster, wheel),
                submit_args={
                    "run_name": f"music_assets {entity} {context.run.run_id}",
                    "environments": environments(self.cluster, wheel),
                    "timeout_seconds": self.timeout_seconds,
                    # The SDK repeats a call whose answer is lost. With a token that is one job.
                    "idempotency_token": uuid.uuid4().hex,
                },
            )
        results = done.get_results(implicit_materializations=False)
        if not results:
            raise EngineError(
                f"The job on Databricks ended well and did not say what it did; is {self.volume} "
                f"a volume that it may write to? See {client.jobs.place}."
            )
        return results[0].metadata or {}

    def _pipes(
        self, client: Workspace, context: dg.AssetExecutionContext
    ) -> PipesDatabricksClient | PipesDatabricksServerlessClient:
        # The default of the client for clusters is DBFS, which new workspaces do not have.
        folder: dict[str, Any] = {"client": client, "volume_path": self.volume, "log": context.log}
        how: dict[str, Any] = {
            "client": client,
            "context_injector": ContextInjector(**folder),
            "message_reader": MessageReader(interval=self.poll_seconds, **folder),
            "poll_interval_seconds": self.poll_seconds,
        }
        if self.cluster == SERVERLESS:
            return PipesDatabricksServerlessClient(volume_path=self.volume, **how)
        return PipesDatabricksClient(**how)

    def address(self, path: str) -> str:
        """The address of a blob for the cluster: in an account, a volume, or a mounted folder."""
        scheme, found, account = self.seen_storage.partition("://")
        if found:
            container, _, name = path.partition("/")
            return f"{scheme}://{container}@{account}/{name}"
        in_volume = self.seen_storage.startswith("/Volumes/")
        return f"{'dbfs:' if in_volume else 'file://'}{self.seen_storage}/{path}"
