"""References from an asset to the lines that make it, which Dagster's UI shows as links."""

import warnings
from collections.abc import Callable, Sequence
from inspect import unwrap
from pathlib import Path
from typing import Any

import dagster as dg

CODE_REFERENCES = "dagster/code_references"


def source_lines(
    function: Callable[..., Any], others: Sequence[Path] = ()
) -> dg.CodeReferencesMetadataValue:
    """The lines of a function, and of other files that it is made of.

    `dagster.with_source_code_references` names the file of a function's wrapper.
    """
    code = unwrap(function).__code__
    with warnings.catch_warnings():
        # Dagster warns that the classes of references are in beta.
        warnings.simplefilter("ignore", dg.BetaWarning)
        lines = [
            dg.LocalFileCodeReference(
                file_path=str(Path(code.co_filename).resolve()), line_number=code.co_firstlineno
            ),
            *(
                dg.LocalFileCodeReference(file_path=str(file.resolve()), label=file.name)
                for file in others
            ),
        ]
        return dg.CodeReferencesMetadataValue(code_references=lines)
