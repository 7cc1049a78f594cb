"""What Spark says when it fails, in a line: it goes on for hundreds, most of them Java's."""

import re

#: Java says first what failed, behind a colon, and then what that was caused by.
_THROWN = re.compile(r"^(?:: |Caused by: )(.*)$", re.MULTILINE)
_WRAPPERS = re.compile(r"^(?:(?:[\w$]+\.)+\w*Exception: )+")
_CALL_WITHOUT_ANSWER = "An error occurred while calling"


def told(error: Exception) -> str:
    """What failed and, where Spark knows, why; without a full stop.

    Args:
        error: of PySpark or of Py4J, from a JVM of this process or through Spark Connect.
    """
    text = (str(error) or type(error).__name__).strip()
    thrown = [_WRAPPERS.sub("", line) for line in _THROWN.findall(text)]
    if thrown:
        parts = dict.fromkeys((thrown[0], thrown[-1]))
    elif text.startswith(_CALL_WITHOUT_ANSWER):
        return "its Java process has ended; where memory was short, raise spark.driver.memory"
    else:
        parts = dict.fromkeys(text.splitlines()[:1])
    said = ": ".join(each.strip().rstrip(".") for each in parts)
    if "org.apache.hadoop.fs.azurebfs" in said:
        said += "; it reads Azure with hadoop-azure, which docs/engines.md says how to add"
    return said
