"""Spark's errors in one line each; as raised, they have hundreds, most of them Java's."""

import re

#: Java's stack trace: first the failure, behind a colon, then each of its causes.
_THROWN = re.compile(r"^(?:: |Caused by: )(.*)$", re.MULTILINE)
_WRAPPERS = re.compile(r"^(?:(?:[\w$]+\.)+\w*Exception: )+")
_CALL_WITHOUT_ANSWER = "An error occurred while calling"
_JAVA_HAS_ENDED = "its Java process has ended; where memory was short, raise spark.driver.memory"


def spark_cause(error: Exception) -> str:
    """The failure and, where Spark names it, its first cause; without a full stop.

    Args:
        error: of PySpark or Py4J, from a JVM of this process or through Spark Connect; or of the
            connection to that JVM, which listens as long as it lives.
    """
    if isinstance(error, ConnectionError):
        return _JAVA_HAS_ENDED
    text = (str(error) or type(error).__name__).strip()
    thrown = [_WRAPPERS.sub("", line) for line in _THROWN.findall(text)]
    if thrown:
        parts = dict.fromkeys((thrown[0], thrown[-1]))
    elif text.startswith(_CALL_WITHOUT_ANSWER):
        return _JAVA_HAS_ENDED
    else:
        parts = dict.fromkeys(text.splitlines()[:1])
    cause = ": ".join(each.strip().rstrip(".") for each in parts)
    if "org.apache.hadoop.fs.azurebfs" in cause:
        cause += "; it reads Azure with hadoop-azure, which docs/engines.md says how to add"
    return cause
