"""Tables as bytes: a header that names sections, then the sections, arrays of integers.

Integers are as narrow as their values allow. Every section is compressed by itself, so that a
reader takes apart only those that it needs. Of squares only what the mean does not tell is kept:
it is 0 for rows of a single post, and most rows are.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

import numpy as np
import orjson
import zstandard

from serve_app.trends.layouts import LAYOUTS
from serve_app.trends.strings import Strings
from serve_app.trends.table import Integers, Table, told

_LEVEL = 6
#: Less is not worth the frame that compression puts around it.
_LEAST_COMPRESSED_BYTES = 64
_HEADER_SIZE = struct.Struct("<I")
_WIDTHS = (np.int8, np.int16, np.int32, np.int64)

V = TypeVar("V")


class LazyMapping(Mapping[str, V]):
    """Values by name, each made when it is first asked for."""

    def __init__(self, names: Iterable[str], make: Callable[[str], V]) -> None:
        """Takes the names in their order, and what makes the value of a name."""
        self._names = dict.fromkeys(names)
        self._make = make
        self._values: dict[str, V] = {}

    def __getitem__(self, name: str) -> V:
        if name not in self._values:
            if name not in self._names:
                raise KeyError(name)
            self._values[name] = self._make(name)
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def encode_block(table: Table) -> bytes:
    """The bytes of a table that is sorted and not compact."""
    compressor = zstandard.ZstdCompressor(level=_LEVEL)
    header, parts = [], []
    for name, values in _sections(table).items():
        narrow = _narrow(values)
        part = content = narrow.tobytes()
        if len(content) >= _LEAST_COMPRESSED_BYTES:
            part = compressor.compress(content)
        header.append((name, narrow.dtype.str, len(part), len(content) >= _LEAST_COMPRESSED_BYTES))
        parts.append(part)
    encoded = orjson.dumps(
        {
            "kind": table.layout.kind,
            "ends": table.ends,
            "quarter": int(table.quarters.min()),
            "sections": header,
        }
    )
    return b"".join([_HEADER_SIZE.pack(len(encoded)), encoded, *parts])


def decode_block(body: bytes) -> Table:
    """The table that :func:`encode_block` was given, as a compact one."""
    (size,) = _HEADER_SIZE.unpack_from(body)
    start = _HEADER_SIZE.size + size
    header = orjson.loads(body[_HEADER_SIZE.size : start])
    places = {}
    for name, dtype, size, compressed in header["sections"]:
        places[name] = (start, size, dtype, compressed)
        start += size
    decompressor = zstandard.ZstdDecompressor()

    def section(name: str) -> Integers:
        start, size, dtype, compressed = places[name]
        content = body[start : start + size]
        content = decompressor.decompress(content) if compressed else content
        values: Integers = np.frombuffer(content, dtype)
        return np.cumsum(values, dtype=np.int32) if name == _NAME_STEPS else values

    sections = LazyMapping(places, section)
    layout = LAYOUTS[header["kind"]]
    return Table(
        layout,
        LazyMapping(
            layout.dimensions,
            lambda name: Strings(sections[f"{name} text"].tobytes(), sections[f"{name} sizes"]),
        ),
        LazyMapping(layout.dimensions, lambda name: sections[f"{name} places"]),
        sections["quarters"].astype(np.int32) + header["quarter"],
        LazyMapping([name for name in layout.numbers if name in sections], sections.__getitem__),
        compact=True,
        told_ends=tuple(header["ends"]),
    )


#: Rows are sorted by name: small steps stand for its places.
_NAME_STEPS = "name places"


def _sections(table: Table) -> dict[str, Integers]:
    sections: dict[str, Integers] = {}
    for name in table.layout.dimensions:
        strings = Strings.of(table.dictionaries[name])
        sections[f"{name} sizes"] = strings.sizes
        sections[f"{name} text"] = np.frombuffer(strings.content, np.int8)
        sections[f"{name} places"] = table.places[name]
    sections[_NAME_STEPS] = np.diff(table.places["name"], prepend=0)
    sections["quarters"] = table.quarters - table.quarters.min()
    for name, values in _residuals(table).items():
        if values.any():
            sections[name] = values
    return sections


def _residuals(table: Table) -> dict[str, Integers]:
    """The numbers, of squares only what the mean does not tell."""
    residuals = dict(table.numbers)
    for squares, sums in table.layout.sums_of_squares.items():
        if squares in residuals:
            residuals[squares] = residuals[squares] - told(*map(table.number, sums))
    return residuals


def _narrow(values: Integers) -> Integers:
    least, greatest = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    for width in _WIDTHS:
        if np.iinfo(width).min <= least and greatest <= np.iinfo(width).max:
            return values.astype(width)
    raise OverflowError(f"{greatest} is no 64-bit integer")
