"""The blocks of code in the documents, and what becomes of each."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from music_assets_tests.conftest import ROOT

DOCUMENTS = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
#: Blocks that a shell runs, and those that Python does.
SHELL, PYTHON = {"console", "sh"}, {"python"}
#: What a block prints, which stands below it, and may be in several parts.
OUTPUT = "output"
#: What nobody runs: contents of files, paths, SQL for a portal.
SHOWN = {"text", "json", "yaml", "sql", "mermaid", "toml"}
NOT_RUN = re.compile(r"<!-- not run: (.*?) -->", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of code; `output` is what it should print, `not_run` why nobody tries."""

    document: str
    line: int
    language: str
    text: str
    output: str = ""
    not_run: str = ""

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def blocks(document: Path) -> list[Block]:
    """The blocks of a document, in its order; an indented one has no language."""
    found: list[Block] = []
    before = Token("begin", "", 0)
    for token in MarkdownIt().parse(document.read_text("utf-8")):
        if token.info.strip() == OUTPUT:
            found[-1] = replace(found[-1], output=found[-1].output + token.content)
        elif token.type in ("fence", "code_block"):
            why = NOT_RUN.search(before.content) if before.type == "html_block" else None
            found.append(
                Block(
                    document=document.name,
                    line=(token.map or [0])[0] + 1,
                    language=token.info.strip(),
                    text=token.content,
                    not_run=" ".join(why[1].split()) if why else "",
                )
            )
        before = token
    return found
