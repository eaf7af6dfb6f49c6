"""How a post's analysis is kept: its JSON, compressed with a dictionary that is kept for ever.

A kept analysis outlives releases. So each value names its dictionary, and those of all releases
stay in ``dictionaries/``; the newest is the one with the highest number.

Models give numbers with seven significant digits, which JSON writes with seventeen: what is behind
the sixth decimal is noise that does not compress, a fifth of all bytes.
"""

import threading
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import orjson
import zstandard

DICTIONARIES = Path(__file__).parent / "dictionaries"
LEVEL = 9
#: No analysis comes near it; a corrupt header may claim more.
_DECODED_LIMIT_BYTES = 16 * 2**20
#: That numbers are kept with.
DECIMALS = 6


def encode_analysis(analysis: Mapping[str, Any]) -> bytes:
    """The compressed JSON, with numbers of :data:`DECIMALS` decimals."""
    newest = max(_dictionaries().items())[1][1]
    compressor = zstandard.ZstdCompressor(level=LEVEL, dict_data=newest)
    return compressor.compress(as_stored(analysis))


def as_stored(analysis: Mapping[str, Any]) -> bytes:
    """The JSON before it is compressed."""
    return orjson.dumps(_rounded(analysis))


def _rounded(value: Any) -> Any:
    if type(value) is float:
        return round(value, DECIMALS)
    if isinstance(value, dict):
        return {name: _rounded(member) for name, member in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value


def decode_analysis(stored: bytes) -> dict[str, Any]:
    """The analysis that :func:`encode_analysis` was given, as it was kept.

    Raises:
        ValueError: ``stored`` is no such value, or its dictionary is of a later release.
    """
    analysis: dict[str, Any] = orjson.loads(_json(stored))
    return analysis


class StoredAnalysis(Mapping[str, Any]):
    """An analysis that is decoded when it is first looked into, and encoded without that."""

    def __init__(self, stored: bytes) -> None:
        """Takes what :func:`encode_analysis` gave."""
        self._stored = stored

    def __getitem__(self, name: str) -> Any:
        return self._decoded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._decoded)

    def __len__(self) -> int:
        return len(self._decoded)

    def json(self) -> bytes:
        """The JSON object, as it was encoded.

        Raises:
            ValueError: see :func:`decode_analysis`.
        """
        return _json(self._stored)

    @cached_property
    def _decoded(self) -> dict[str, Any]:
        return decode_analysis(self._stored)


def encode_json(value: object, option: int | None = None) -> bytes:
    """JSON in which analyses may stand as they are stored.

    Args:
        value: of what orjson encodes, and of :class:`StoredAnalysis`.
        option: of orjson.
    """
    return orjson.dumps(value, default=_spliced, option=option)


def _spliced(value: object) -> orjson.Fragment:
    if isinstance(value, StoredAnalysis):
        return orjson.Fragment(value.json())
    raise TypeError(type(value).__name__)


def _json(stored: bytes) -> bytes:
    try:
        parameters = zstandard.get_frame_parameters(stored)
        if parameters.content_size > _DECODED_LIMIT_BYTES:
            raise ValueError("the value claims to be larger than any analysis")
        return _decompressor(parameters.dict_id).decompress(stored)
    except zstandard.ZstdError as error:
        raise ValueError(f"not a kept analysis: {error}") from error


class _Decompressors(threading.local):
    """By dictionary: to make one takes half as long as to use it, and none is for two threads."""

    def __init__(self) -> None:
        self.made: dict[int, zstandard.ZstdDecompressor] = {}


_of_thread = _Decompressors()


def _decompressor(dict_id: int) -> zstandard.ZstdDecompressor:
    if dict_id not in _of_thread.made:
        _of_thread.made[dict_id] = zstandard.ZstdDecompressor(dict_data=_dictionary(dict_id))
    return _of_thread.made[dict_id]


def _dictionary(dict_id: int) -> zstandard.ZstdCompressionDict:
    for number, dictionary in _dictionaries().values():
        if number == dict_id:
            return dictionary
    raise ValueError(f"no dictionary has the number {dict_id:08x}; it is of a later release")


@cache
def _dictionaries() -> dict[str, tuple[int, zstandard.ZstdCompressionDict]]:
    """Each dictionary with its number, by the name of its file."""
    loaded = {}
    for path in sorted(DICTIONARIES.glob("*.zdict")):
        dictionary = zstandard.ZstdCompressionDict(path.read_bytes())
        dictionary.precompute_compress(level=LEVEL)
        loaded[path.stem] = (dictionary.dict_id(), dictionary)
    return loaded
