"""What ``postlens posts export`` writes."""

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from serve_app.cli.written_file import write_out
from serve_app.client import PostLens
from serve_app.client.posts.filters import Filters
from serve_app.files.formats import ENDINGS, ending_of

_FORMATS = {"csv": "csv", "jsonl": "ndjson"}
_GZIP_WBITS = 31
#: The first post of a rare filter may take a while to find.
_TIMEOUT_S = 300.0


def format_of(output: Path | None) -> str:
    """The format that a file's ending tells.

    Raises:
        click.UsageError: it tells none.
    """
    if output is None:
        return "ndjson"
    ending = ending_of(output.name)
    format = _FORMATS.get(ENDINGS.get(ending, ""))
    if format is None:
        known = ", ".join(e for e, name in ENDINGS.items() if name in _FORMATS)
        raise click.UsageError(f"'{output}' must end with {known}, or name a --format.")
    return format


def run(
    output: Path | None, format: str, filters: Filters, *, url: str, api_key: str | None
) -> None:
    """Write the posts.

    Raises:
        PostLensError: the service refused a condition, or its answer broke off.
        OSError: the file cannot be written.
    """
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("written"), DownloadColumn(), TransferSpeedColumn(), console=console,
        disable=output is None or not console.is_terminal,
    )  # fmt: skip
    with PostLens.over_http(url, api_key, timeout_s=_TIMEOUT_S) as postlens, bar:
        task = bar.add_task("", total=None)
        parts: Iterable[bytes] = postlens.posts.export(format=format, **filters)
        if output is not None and output.suffix.lower() == ".gz":
            parts = _packed(parts)
        write_out(output, parts, lambda size_bytes: bar.update(task, completed=size_bytes))


def _packed(parts: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(wbits=_GZIP_WBITS)
    for part in parts:
        yield compressor.compress(part)
    yield compressor.flush()
