"""Sentences in place of the stack traces of Dagster's commands for a missing or wrong week.

`dagster asset materialize` checks the partition itself and raises, before any code of this project
runs. Only the interpreter's hook for uncaught errors can still replace the trace.
"""

import sys
from types import TracebackType

from music_assets.partitions import WEEKS, newest_key

#: Words in Dagster's message -> the sentence. `{first}` and `{newest}` are partition keys.
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
    """The sentence for an error; None for one that is not about weeks."""
    for words, sentence in SENTENCES.items():
        if words in " ".join(str(error).split()):
            return sentence.format(first=WEEKS.get_first_partition_key(), newest=newest_key())
    return None


def speak_in_sentences() -> None:
    """Replace this process's stack traces by sentences, for errors that have one."""
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sentence = sentence_for(error)
        if sentence is None:
            before(kind, error, trace)
        else:
            sys.stderr.write(f"{sentence}\n")

    sys.excepthook = hook
