"""The file of MUSIC_DATABRICKS_CLUSTER: a job cluster in the form of Databricks' API.

Everybody who sees the job can read the description, so it must name secrets and not hold them.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SECRET_NAME = re.compile(
    r"keys?(?![a-z])|passw|passphrase|pwd|secret|token|credential|connection_?string|signature"
    r"|(?<![a-z])(sas|sig)(?![a-z])",
    re.IGNORECASE,
)
#: Names of classes, such as fs.azure.sas.token.provider.type, and of keys that are public.
NO_SECRET_NAME = re.compile(r"provider\.type|public_key", re.IGNORECASE)
SECRET_REFERENCE = re.compile(r"\{\{secrets/[^/}]+/[^/}]+\}\}")
#: An assignment in a JDBC URL, in Java's options or in the query of a SAS.
ASSIGNMENT = re.compile(r"([\w.-]+)\s*=\s*([^\s;&]+)")
PASSWORD_IN_URL = re.compile(r"://[^/\s:@]*:[^/\s@]+@")


def described_cluster(file: str) -> dict[str, Any]:
    """The description of a job cluster in a file.

    Raises:
        ValueError: the file cannot be read, holds a secret or lacks an access mode; the message is
            one sentence.
    """
    try:
        described = json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _malformed(file, f"cannot be read as JSON ({type(error).__name__})") from None
    if not isinstance(described, dict):
        raise _malformed(file, "holds no object; describe a cluster as Databricks' API does")
    for part in ("spark_conf", "spark_env_vars"):
        if not isinstance(described.get(part, {}), dict):
            raise _malformed(file, f"has no object as its {part}; write names and values")
    bare = next((name for name, value in _leaves(described) if _is_secret(name, value)), None)
    if bare:
        raise _malformed(
            file, f"holds a secret in {bare}; write it as {{{{secrets/SCOPE/KEY}}}}, its name"
        )
    if not described.get("data_security_mode"):
        raise _malformed(
            file,
            'has no data_security_mode, without which a cluster sees no volume; add "SINGLE_USER"',
        )
    return described


def _malformed(file: str, problem: str) -> ValueError:
    return ValueError(f"MUSIC_DATABRICKS_CLUSTER is {file}, which {problem}.")


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """The values in a document, as text, with names such as `docker_image.url`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{name}.{key}".removeprefix("."))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, name)
    elif value is not None and not isinstance(value, bool):
        yield name, str(value)


def _is_secret(name: str, value: str) -> bool:
    switch = value.lower() in ("true", "false")
    named = SECRET_NAME.search(name) and not NO_SECRET_NAME.search(name) and not switch
    if named and not SECRET_REFERENCE.fullmatch(value):
        return True
    if PASSWORD_IN_URL.search(value):
        return True
    return any(_is_secret(*assigned) for assigned in ASSIGNMENT.findall(value))
