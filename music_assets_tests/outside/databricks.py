"""A Databricks workspace on loopback: files, and jobs that it runs as processes of this machine.

It answers what the SDK and the Pipes client ask, as Databricks documents it, and nothing else:

    PUT, GET, HEAD, DELETE   /api/2.0/fs/files/{path}, /api/2.0/fs/directories/{path}
    POST                     /api/2.2/jobs/runs/submit, /api/2.2/jobs/runs/cancel
    GET                      /api/2.2/jobs/runs/get, /api/2.2/jobs/runs/get-output
    GET, POST                /oidc/…, where every client is refused

A volume is a folder of this machine, under the path that a job sees. Faults come between, as they
do with a proxy.
"""

import asyncio
import json
import math
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from music_assets_tests.outside.databricks_job import SPARK_REMOTE, Job

TOKEN = "dapi-hunter2"
CLUSTER = "0923-164208-meows279"
#: A message is there when it is whole: a job writes it into the folder, and not by one call.
SETTLED_SECONDS = 0.05
#: A task has a number of its own, which is not its job's.
OF_TASKS = 1_000


@dataclass
class Fault:
    """An answer in place of the workspace's.

    Attributes:
        asked: how the requests begin that it is about, method and path.
        answer: what they hear.
        times: how often, before it is gone.
        unheard: whether the workspace never hears of them, or does what it is asked.
    """

    asked: str
    answer: Response
    times: float = math.inf
    unheard: bool = True


@dataclass
class Databricks:
    """Serves a workspace at `url` while it is entered.

    Attributes:
        folder: where it keeps its volume and what its clusters install.
        secrets: `scope/key` -> value, which a cluster puts where `{{secrets/scope/key}}` stands.
        has_clusters: whether a job is started at all, or waits for a cluster for ever.
        answers: whether requests are answered, or left hanging.
        faults: what goes wrong with some of them.
    """

    folder: Path
    secrets: dict[str, str] = field(default_factory=dict)
    has_clusters: bool = True
    connect: str = SPARK_REMOTE
    answers: bool = True
    faults: list[Fault] = field(default_factory=list)
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
            job.end("CANCELED")
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
            Route("/oidc/.well-known/oauth-authorization-server", self._endpoints),
            Route("/oidc/v1/token", invalid_client, methods=["POST"]),
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
            fault = self._fault(request)
            if fault and fault.unheard:
                return fault.answer
            answered = answer(request, body)
            return fault.answer if fault else answered

        return endpoint

    def _fault(self, request: Request) -> Fault | None:
        asked = f"{request.method} {request.url.path}"
        for fault in self.faults:
            if fault.times > 0 and asked.startswith(fault.asked):
                fault.times -= 1
                return fault
        return None

    def _endpoints(self, request: Request) -> Response:
        fault = self._fault(request)
        if fault:
            return fault.answer
        token = f"{self.url}/oidc/v1/token"
        return JSONResponse({"authorization_endpoint": token, "token_endpoint": token})

    def _files(self, request: Request, body: bytes) -> Response:
        file = Path("/", request.path_params["path"])
        if request.method == "PUT":
            file.parent.mkdir(parents=True, exist_ok=True)
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
        for job in self.jobs:
            if job.payload["idempotency_token"] == payload["idempotency_token"]:
                return JSONResponse({"run_id": job.number})
        number = len(self.jobs) + 1
        job = Job(number, payload, self.folder / f"cluster-{number}", connect=self.connect)
        self.jobs.append(job)
        if self.has_clusters:
            job.start(self.secrets)
        return JSONResponse({"run_id": number})

    def _get(self, request: Request, _: bytes) -> Response:
        job = self.jobs[int(request.query_params["run_id"]) - 1]
        return JSONResponse(
            {
                "run_id": job.number,
                "run_page_url": f"{self.url}/?o=1#job/7/run/{job.number}",
                "state": job.state(),
                "tasks": [{"run_id": OF_TASKS + job.number, "task_key": job.task["task_key"]}],
            }
        )

    def _output(self, request: Request, _: bytes) -> Response:
        job = self.jobs[int(request.query_params["run_id"]) - OF_TASKS - 1]
        said = job.stderr.strip().splitlines() or [""]
        error = f"\n{said[-1]}\n\n  File main.py, line 1" if said[-1] else ""
        return JSONResponse({"error": error, "error_trace": job.stderr})

    def _cancel(self, _: Request, body: bytes) -> Response:
        self.jobs[json.loads(body)["run_id"] - 1].cancel()
        return JSONResponse({})


def refusal(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error_code": code, "message": message}, status_code=status)


def bad_gateway(status: int = 502) -> Response:
    """The answer of a proxy, which is no JSON."""
    page = "<html><body>\n<h1>Bad Gateway</h1>\n</body></html>"
    return Response(page, status, media_type="text/html")


def invalid_client(_: Request) -> Response:
    refused = {"error": "invalid_client", "error_description": "Client authentication failed"}
    return JSONResponse(refused, status_code=401)
