"""Which files a bulk job reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from serve_app.bulk.errors import BulkRefused
from serve_app.bulk.locations import Location
from serve_app.files.formats import ENDINGS, ending_of

InputFormat = Literal["parquet", "jsonl", "csv"]

_ENDINGS: Mapping[str, InputFormat] = {
    ".parquet": "parquet",
    **{ending: kind for ending, kind in ENDINGS.items() if kind == "jsonl" or kind == "csv"},
}


@dataclass(frozen=True, slots=True)
class InputFiles:
    """The files of a job.

    Attributes:
        folder: they lie in, at any depth.
        names: relative to it, in order; at least one.
        format: of all of them.
        passed_over: files there that are of no format of posts.
    """

    folder: Location
    names: tuple[str, ...]
    format: InputFormat
    passed_over: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """Of all of them."""
        return sum(map(self.folder.size_bytes, self.names))


def find_input_files(source: str) -> InputFiles:
    """The files that a path or URL names: itself, or all that lie in it.

    Raises:
        BulkRefused: there are none, or their formats differ.
    """
    place = Location.of(source)
    if place.is_file:
        folder, names = place.parent, [PurePosixPath(place.path).name]
    else:
        folder, names = place, place.names()
    formats = {name: kind for name in names if (kind := _format_of(name))}
    if not formats:
        what = "holds no file of posts" if names else "is not there, or empty"
        known = f"{', '.join(_ENDINGS)}, all but Parquet also with .gz"
        raise BulkRefused(f"'{source}' {what}; read are {known}.")
    if len(set(formats.values())) > 1:
        first: dict[InputFormat, str] = {}
        for name, kind in formats.items():
            first.setdefault(kind, name)
        raise BulkRefused(
            f"'{source}' holds files of several formats ({', '.join(first.values())}); run each "
            "format by itself, from a folder of its own."
        )
    passed_over = tuple(name for name in names if name not in formats)
    return InputFiles(folder, tuple(formats), next(iter(formats.values())), passed_over)


def _format_of(name: str) -> InputFormat | None:
    kind = _ENDINGS.get(ending_of(name))
    # Parquet packs its own columns.
    return None if kind == "parquet" and name.lower().endswith(".gz") else kind
