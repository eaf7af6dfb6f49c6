"""How a post's analysis is kept: its JSON, compressed with a dictionary that is kept for ever.

A kept analysis outlives releases. So each value names its dictionary, and those of all releases
stay in ``dictionaries/``; the newest is the one with the highest number.

Models give numbers with seven significant digits, which JSON writes with seventeen: what is behind
the sixth decimal is noise that does not compress, a fifth of all bytes.
"""

from collections.abc import Mapping
from functools import cache
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
    try:
        parameters = zstandard.get_frame_parameters(stored)
        if parameters.content_size > _DECODED_LIMIT_BYTES:
            raise ValueError("the value claims to be larger than any analysis")
        dictionary = _dictionary(parameters.dict_id)
        decompressor = zstandard.ZstdDecompressor(dict_data=dictionary)
        analysis: dict[str, Any] = orjson.loads(decompressor.decompress(stored))
    except zstandard.ZstdError as error:
        raise ValueError(f"not a kept analysis: {error}") from error
    return analysis


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
