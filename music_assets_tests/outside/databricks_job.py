"""A job of the Databricks on loopback: what was submitted, run as a process of this machine.

A cluster installs the wheel that the task names, and calls its entry point. It has PySpark, nothing
that only Dagster needs, and no variable of the process that submitted the job. An existing cluster
keeps what it has installed once, as pip does while the version stays the same.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: How Databricks starts the task of a wheel, without what it does not install.
START = """
import os, sys
from importlib.metadata import distribution
sys.modules.update(dict.fromkeys(["dagster_pyspark", "dagster_databricks", "databricks.sdk"]))
package, entry, *sys.argv[1:] = sys.argv[1:]
[found] = [each for each in distribution(package).entry_points if each.name == entry]
main = found.load()
# Where there is no Spark Connect, the import alone must do with the variable.
if os.environ.get("SPARK_REMOTE", "").startswith("unix:"):
    del os.environ["SPARK_REMOTE"]
main()
"""
#: Keep a JVM of a test cheap; see conftest.
JVM = ("SPARK_SUBMIT_OPTS", "SPARK_LAUNCHER_OPTS")
#: Set on serverless compute.
SPARK_REMOTE = "unix:///databricks/sparkconnect/grpc.sock"
#: A cluster of one core, which writes one file and tells its log only what is wrong.
SUBMIT = (
    "--master local[1] --conf spark.ui.enabled=false --conf spark.ui.showConsoleProgress=false "
    "--conf spark.sql.shuffle.partitions=1 --conf spark.log.level=ERROR pyspark-shell"
)


SECONDS_TO_STOP = 0.5
FAILED = "\nWorkload failed, see run output for details.\nCluster: of this machine"


@dataclass
class Job:
    """A submitted job, the folder of its cluster, and its process."""

    number: int
    payload: dict[str, Any]
    home: Path
    began: float = field(default_factory=time.monotonic)
    process: subprocess.Popen[bytes] | None = None
    result: str | None = None
    stopping: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    #: The address of a Spark Connect server that stands in for serverless compute.
    connect: str = SPARK_REMOTE

    @property
    def task(self) -> dict[str, Any]:
        [task] = self.payload["tasks"]
        return dict(task)

    @property
    def stdout(self) -> str:
        return (self.home / "stdout").read_text() if self.process else ""

    @property
    def stderr(self) -> str:
        return (self.home / "stderr").read_text() if self.process else ""

    @property
    def site(self) -> Path:
        """The folder in which its cluster installs wheels."""
        return self.home.parent / str(self.task.get("existing_cluster_id", self.home.name)) / "site"

    def start(self, secrets: Mapping[str, str]) -> None:
        """Run it, with `scope/key` -> value where `{{secrets/scope/key}}` stands."""
        work = self.task["python_wheel_task"]
        self.home.mkdir()
        if not self.site.exists():
            with zipfile.ZipFile(self._wheel()) as wheel:
                wheel.extractall(self.site)
        asked = self.task.get("new_cluster", {})
        conf = resolved(asked.get("spark_conf", {}), secrets)
        (self.home / "conf").mkdir()
        (self.home / "conf/spark-defaults.conf").write_text(
            "\n".join(f"{name} {value}" for name, value in conf.items())
        )
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(self.site),
            "PYTHONWARNINGS": "ignore",
            "PYSPARK_SUBMIT_ARGS": SUBMIT,
            "SPARK_CONF_DIR": str(self.home / "conf"),
            **{name: value for name, value in os.environ.items() if name in JVM},
            **({"SPARK_REMOTE": self.connect} if "environment_key" in self.task else {}),
            **resolved(asked.get("spark_env_vars", {}), secrets),
        }
        command = [work["package_name"], work["entry_point"], *work["parameters"]]
        with (self.home / "stdout").open("w") as out, (self.home / "stderr").open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-c", START, *command],
                cwd=self.home, env=self.environment, stdout=out, stderr=err, start_new_session=True,
            )  # fmt: skip

    def _wheel(self) -> str:
        if "libraries" in self.task:
            return str(self.task["libraries"][0]["whl"])
        [environment] = self.payload["environments"]
        assert environment["environment_key"] == self.task["environment_key"]
        return str(environment["spec"]["dependencies"][0])

    def cancel(self) -> None:
        """Stop it, which takes a moment."""
        self.stopping = True
        threading.Timer(SECONDS_TO_STOP, self.end, ["CANCELED"]).start()

    def end(self, result: str) -> None:
        """Stop it, unless it has ended."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.result = self.result or result

    def state(self) -> dict[str, str]:
        """As it is now, which is when its time may be found to be up."""
        if self.result is None and time.monotonic() - self.began > self.payload["timeout_seconds"]:
            self.end("TIMEDOUT")
        if self.result is None and self.process and self.process.poll() is not None:
            self.result = "FAILED" if self.process.returncode else "SUCCESS"
        if self.result is None:
            running = "RUNNING" if self.process else "PENDING"
            return {"life_cycle_state": "TERMINATING" if self.stopping else running}
        broken = self.result == "INTERNAL_ERROR"
        return {
            "life_cycle_state": self.result if broken else "TERMINATED",
            "result_state": "FAILED" if broken else self.result,
            "state_message": "" if self.result == "SUCCESS" else FAILED,
        }


def resolved(values: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
    return {
        name: re.sub(r"\{\{secrets/(.+?)\}\}", lambda found: secrets[found[1]], value)
        for name, value in values.items()
    }
