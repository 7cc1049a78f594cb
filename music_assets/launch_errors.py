"""A sentence where Dagster's own commands would print a stack trace for a week that was not named.

`dagster asset materialize` checks the partition itself, before any code of this project runs, and
raises. The interpreter's last hook is the only place where that can still be put in words.
"""

import sys
from types import TracebackType

from music_assets.partitions import WEEKS, newest_key

#: What Dagster's message says -> what a person can do. `{first}` and `{newest}` are keys.
SENTENCES = {
    "no '--partition' option": (
        "Some of these assets are made per week and no week was named; add --partition {newest}, "
        "or --partition-range {first}...{newest} for all."
    ),
    "containing the passed partition key": (
        "There is no such week; a week is named by its Monday, from {first} to {newest}, so add "
        "--partition {newest}."
    ),
    "Invalid partition range": (
        "That is no range of weeks; write it as --partition-range {first}...{newest}."
    ),
}


def sentence_for(error: BaseException) -> str | None:
    """What to tell a person instead of an error; None for errors that are not about weeks."""
    for words, sentence in SENTENCES.items():
        if words in " ".join(str(error).split()):
            return sentence.format(first=WEEKS.get_first_partition_key(), newest=newest_key())
    return None


def speak_in_sentences() -> None:
    """Let this process end with a sentence where there is one."""
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sentence = sentence_for(error)
        if sentence is None:
            before(kind, error, trace)
        else:
            sys.stderr.write(f"{sentence}\n")

    sys.excepthook = hook
