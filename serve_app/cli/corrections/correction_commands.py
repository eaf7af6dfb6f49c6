"""What ``postlens corrections`` does."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from rich.table import Table

from serve_app.cli.corrections.rule_commands import value_word
from serve_app.cli.output import console, plain, print_line, say, say_removed
from serve_app.cli.written_file import write_out
from serve_app.client import PostLens
from serve_app.client.corrections import Correction


def print_all(
    *, post_id: str | None, limit: int, as_json: bool, url: str, api_key: str | None
) -> None:
    """Print the corrections.

    Raises:
        PostLensError: the service refused the id, or did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        found = postlens.corrections.find(post_id=post_id)
        _print(list(islice(found, limit or None)), as_json)


def create(
    post_id: str,
    kind: str,
    value: str | bool | None,
    *,
    start: int | None,
    end: int | None,
    phrase: str | None,
    as_json: bool,
    url: str,
    api_key: str | None,
) -> None:
    """Correct a post, and print the correction.

    Raises:
        PostLensError: the service refused it, or did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        made = postlens.corrections.create(
            post_id, kind, value, start=start, end=end, phrase=phrase
        )
    _print([made], as_json)


def delete(correction_ids: Sequence[str], *, url: str, api_key: str | None) -> int:
    """Take corrections back; exit code 1 if one was not there.

    Raises:
        PostLensError: the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        missing = [id for id in correction_ids if not postlens.corrections.delete(id)]
    return say_removed(correction_ids, missing, what="correction", done="taken back")


def export(output: Path | None, *, url: str, api_key: str | None) -> None:
    """Write all that was changed to a file, or to standard output.

    Raises:
        PostLensError: the service did not answer, or its answer broke off.
        OSError: the file cannot be written.
    """
    with PostLens.over_http(url, api_key) as postlens:
        write_out(output, postlens.corrections.export())


def _print(corrections: Sequence[Correction], as_json: bool) -> None:
    if as_json:
        for correction in corrections:
            print_line(correction)
        return
    if not corrections:
        say("There are no such corrections.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("id", "post", "kind", "value", "where"):
        table.add_column(name, no_wrap=True)
    for correction in corrections:
        table.add_row(
            str(correction.id), str(correction.post_id), correction.kind,
            plain(value_word(correction.value)), plain(_place(correction)),
        )  # fmt: skip
    console().print(table)


def _place(correction: Correction) -> str:
    if correction.phrase is not None:
        return correction.phrase
    return "" if correction.start is None else f"{correction.start}-{correction.end}"
