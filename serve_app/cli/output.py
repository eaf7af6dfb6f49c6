"""What commands print: tables for people, JSON for programs."""

import re
import shutil
import sys
from collections.abc import Sequence
from typing import Any

import orjson
from rich.console import Console
from rich.text import Text

#: Controls of terminals, and those that turn the direction of what follows.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
#: Of a table that goes into a file or a pipe.
_PIPED_WIDTH = 200


def console() -> Console:
    """Standard output: as wide as the terminal, and without colours where there is none."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=max(_PIPED_WIDTH, shutil.get_terminal_size().columns))


def print_json(value: Any) -> None:
    """Print a value as JSON: indented for a terminal, as one line for a program."""
    option = orjson.OPT_INDENT_2 if sys.stdout.isatty() else 0
    sys.stdout.write(orjson.dumps(value, option=option).decode() + "\n")


def print_line(value: Any) -> None:
    """Print one of many values as a line of JSON."""
    sys.stdout.write(orjson.dumps(value).decode() + "\n")


def say(words: str) -> None:
    """Print a sentence for a person to standard error."""
    Console(stderr=True).print(words, markup=False, highlight=False, soft_wrap=True)


def say_removed(ids: Sequence[str], missing: Sequence[str], *, what: str, done: str) -> int:
    """Say how many of some things are gone, and which were not there; the exit code.

    Args:
        ids: of all that were named.
        missing: those of them that were not there.
        what: the name of one.
        done: what became of the others: deleted.
    """
    for each in missing:
        say(f"There is no {what} {each}.")
    removed = len(ids) - len(missing)
    print(f"{removed:,} {what}{'' if removed == 1 else 's'} {done}")
    return 1 if missing else 0


def plain(cell: str) -> Text:
    """A cell as it is: what others wrote has no markup, and moves no cursor."""
    return Text(_UNSEEN.sub("�", cell))


def shortened(text: str, characters: int) -> str:
    """The beginning of a text in one line."""
    line = " ".join(text[: 4 * characters].split())
    return line if len(line) <= characters else line[: characters - 1] + "…"
