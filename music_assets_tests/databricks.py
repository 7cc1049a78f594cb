"""A Databricks workspace on loopback: files, and jobs that it runs as processes of this machine.

It answers what the SDK and the Pipes client ask, as Databricks documents it, and nothing else:

    PUT, GET, HEAD, DELETE   /api/2.0/fs/files/{path}, /api/2.0/fs/directories/{path}
    POST                     /api/2.2/jobs/runs/submit, /api/2.2/jobs/runs/cancel
    GET                      /api/2.2/jobs/runs/get, /api/2.2/jobs/runs/get-output

A volume is a folder of this machine, under the path that a job sees. A cluster installs the wheel
that the task names, and calls its entry point; it has PySpark, but nothing that only Dagster needs.
"""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "dapi-hunter2"
CLUSTER = "0923-164208-meows279"
#: How Databricks starts the task of a wheel, without what it does not install.
START = """
import sys
from importlib.metadata import distribution
sys.modules.update(dict.fromkeys(["dagster_pyspark", "dagster_databricks", "databricks.sdk"]))
package, entry, *sys.argv[1:] = sys.argv[1:]
[found] = [each for each in distribution(package).entry_points if each.name == entry]
found.load()()
"""
#: A cluster of one core, which writes one file and tells its log only what is wrong.
SUBMIT = (
    "--master local[1] --conf spark.ui.enabled=false --conf spark.ui.showConsoleProgress=false "
    "--conf spark.sql.shuffle.partitions=1 --conf spark.log.level=ERROR pyspark-shell"
)
#: A message is there when it is whole: a job writes it into the folder, and not by one call.
SETTLED_SECONDS = 0.05


@dataclass
class Job:
    """What was submitted, and the process that it became."""

    number: int
    payload: dict[str, Any]
    began: float = field(default_factory=time.monotonic)
    process: subprocess.Popen[str] | None = None
    stderr: str = ""
    result: str | None = None

    @property
    def task(self) -> dict[str, Any]:
        return dict(self.payload["tasks"][0])

    def state(self) -> dict[str, str]:
        if self.result is None:
            return {"life_cycle_state": "RUNNING" if self.process else "PENDING"}
        message = "" if self.result == "SUCCESS" else "Workload failed, see run output for details"
        return {
            "life_cycle_state": "TERMINATED",
            "result_state": self.result,
            "state_message": message,
        }


@dataclass
class Databricks:
    """Serves a workspace at `url` while it is entered.

    Attributes:
        folder: where it keeps its volume and what its clusters install.
        secrets: `scope/key` -> value, which a cluster puts where `{{secrets/scope/key}}` stands.
        has_clusters: whether a job is started at all, or waits for a cluster for ever.
        answers: whether requests are answered, or left hanging.
    """

    folder: Path
    secrets: dict[str, str] = field(default_factory=dict)
    has_clusters: bool = True
    answers: bool = True
    jobs: list[Job] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def volume(self) -> Path:
        """The folder of a volume, as the workspace and its jobs name it."""
        return self.folder / "volume"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self.volume.mkdir(parents=True)
        listener = socket.create_server(("127.0.0.1", 0))
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            Starlette(routes=self._routes()), lifespan="off", log_config=None, access_log=False,
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def fall_silent(self) -> None:
        """Answer nothing from now on."""
        self.answers = False

    def __exit__(self, *_: object) -> None:
        for job in self.jobs:
            self.end(job, "CANCELED")
        self.answers = True
        self._server.should_exit = True
        self._thread.join()

    def _routes(self) -> list[Route]:
        api = "/api/2.2/jobs/runs"
        return [
            Route("/api/2.0/fs/files/{path:path}", self._asked(self._files),
                  methods=["PUT", "GET", "HEAD", "DELETE"]),
            Route("/api/2.0/fs/directories/{path:path}", self._asked(self._directories),
                  methods=["PUT", "GET", "HEAD", "DELETE"]),
            Route(f"{api}/submit", self._asked(self._submit), methods=["POST"]),
            Route(f"{api}/cancel", self._asked(self._cancel), methods=["POST"]),
            Route(f"{api}/get", self._asked(self._get)),
            Route(f"{api}/get-output", self._asked(self._output)),
        ]  # fmt: skip

    def _asked(
        self, answer: Callable[[Request, bytes], Response]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            self.requests.append(f"{request.method} {request.url.path} {body!r}")
            while not self.answers:
                await asyncio.sleep(0.05)
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                return refusal(403, "PERMISSION_DENIED", "Invalid access token.")
            return answer(request, body)

        return endpoint

    def _files(self, request: Request, body: bytes) -> Response:
        file = Path("/", request.path_params["path"])
        if request.method == "PUT":
            if not file.parent.is_dir():
                file.parent.mkdir(parents=True)
            file.write_bytes(body)
            return Response(status_code=204)
        if not file.is_file() or time.time() - file.stat().st_mtime < SETTLED_SECONDS:
            return refusal(404, "NOT_FOUND", f"The file {file} does not exist.")
        if request.method == "DELETE":
            file.unlink()
            return Response(status_code=204)
        return Response(file.read_bytes() if request.method == "GET" else b"")

    def _directories(self, request: Request, _: bytes) -> Response:
        folder = Path("/", request.path_params["path"])
        if request.method == "PUT":
            folder.mkdir(parents=True, exist_ok=True)
            return Response(status_code=204)
        if not folder.is_dir():
            return refusal(404, "NOT_FOUND", f"The directory {folder} does not exist.")
        if request.method == "DELETE":
            folder.rmdir()
            return Response(status_code=204)
        contents = [
            {"path": str(each), "name": each.name, "is_directory": each.is_dir()}
            for each in folder.iterdir()
        ]
        return JSONResponse({"contents": contents})

    def _submit(self, _: Request, body: bytes) -> Response:
        payload = json.loads(body)
        token = payload["idempotency_token"]
        for job in self.jobs:
            if job.payload["idempotency_token"] == token:
                return JSONResponse({"run_id": job.number})
        job = Job(len(self.jobs) + 1, payload)
        self.jobs.append(job)
        if self.has_clusters:
            job.process = self._start(job)
        return JSONResponse({"run_id": job.number})

    def _get(self, request: Request, _: bytes) -> Response:
        job = self._job(request.query_params["run_id"])
        self._look_at(job)
        return JSONResponse(
            {
                "run_id": job.number,
                "run_page_url": f"{self.url}/?o=1#job/7/run/{job.number}",
                "state": job.state(),
                "tasks": [{"run_id": job.number + 1_000, "task_key": job.task["task_key"]}],
            }
        )

    def _output(self, request: Request, _: bytes) -> Response:
        job = self._job(str(int(request.query_params["run_id"]) - 1_000))
        said = job.stderr.strip().splitlines() or [""]
        return JSONResponse({"error": said[-1], "error_trace": job.stderr})

    def _cancel(self, _: Request, body: bytes) -> Response:
        self.end(self._job(json.loads(body)["run_id"]), "CANCELED")
        return JSONResponse({})

    def _job(self, number: object) -> Job:
        return self.jobs[int(str(number)) - 1]

    def _look_at(self, job: Job) -> None:
        if time.monotonic() - job.began > job.payload["timeout_seconds"]:
            self.end(job, "TIMEDOUT")
        elif job.process and job.result is None and job.process.poll() is not None:
            job.stderr = (self._home(job) / "stderr").read_text()
            job.result = "SUCCESS" if job.process.returncode == 0 else "FAILED"

    @staticmethod
    def end(job: Job, result: str) -> None:
        if job.process and job.process.poll() is None:
            os.killpg(job.process.pid, signal.SIGKILL)
            job.process.wait()
        job.result = job.result or result

    def _home(self, job: Job) -> Path:
        return self.folder / f"cluster-{job.number}"

    def _start(self, job: Job) -> subprocess.Popen[str]:
        home, work = self._home(job), job.task["python_wheel_task"]
        site = home / "site"
        with zipfile.ZipFile(self._wheel(job)) as wheel:
            wheel.extractall(site)
        with (home / "stdout").open("w") as out, (home / "stderr").open("w") as err:
            return subprocess.Popen(
                [sys.executable, "-c", START, work["package_name"], work["entry_point"],
                 *work["parameters"]],
                cwd=home, env=self._environment(job, site), stdout=out, stderr=err, text=True,
                start_new_session=True,
            )  # fmt: skip

    @staticmethod
    def _wheel(job: Job) -> str:
        if "libraries" in job.task:
            return str(job.task["libraries"][0]["whl"])
        [environment] = job.payload["environments"]
        assert environment["environment_key"] == job.task["environment_key"]
        return str(environment["spec"]["dependencies"][0])

    def _environment(self, job: Job, site: Path) -> dict[str, str]:
        """A cluster knows nothing of the process that submitted the job."""
        asked = job.task.get("new_cluster", {}).get("spark_env_vars", {})
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(site),
            "PYTHONWARNINGS": "ignore",
            "PYSPARK_SUBMIT_ARGS": SUBMIT,
            **{name: self._resolved(value) for name, value in asked.items()},
        }

    def _resolved(self, value: str) -> str:
        return re.sub(r"\{\{secrets/(.+?)\}\}", lambda found: self.secrets[found[1]], value)


def refusal(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error_code": code, "message": message}, status_code=status)
