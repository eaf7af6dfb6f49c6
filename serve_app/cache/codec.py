"""How cached records are encoded: framed, then compressed with a dictionary that all share.

Records are JSON of one make, so most of a record is known before it is read: the names of
its fields, of the emotions, of the models. zstd takes such knowledge as a dictionary, here
``records.zdict``, trained on the analyses of the sample posts that come along (``python -m
training.record_dictionary``). Another dictionary is another format: its number is part of
:func:`format_id`, under which Redis keeps values, so neither is ever read as the other.
"""

from functools import cache
from pathlib import Path

import zstandard

from serve_app.analysis_record import AnalysisRecord

#: With the dictionary 7 % less than level 3, zstd's default, in 200 us instead of 20, once for
#: a text whose analysis takes some 30 ms. Decoding takes as long either way.
LEVEL = 9
#: No record comes near it (a text has 20,000 characters at most); a corrupt header may claim more.
_DECODED_LIMIT_BYTES = 16 * 2**20
#: Of the frame (:meth:`AnalysisRecord.to_bytes`) and of the sections in it: a higher one where
#: a section gets other fields under the version that its model has already.
_FORMAT_NUMBER = 3


@cache
def dictionary() -> zstandard.ZstdCompressionDict:
    """The zstd dictionary of what all records share."""
    content = Path(__file__).with_name("records.zdict").read_bytes()
    shared = zstandard.ZstdCompressionDict(content)
    shared.precompute_compress(level=LEVEL)
    return shared


def format_id() -> str:
    """Names the format of encoded records, the dictionary included."""
    return f"{_FORMAT_NUMBER}.{dictionary().dict_id():08x}"


class RecordCodec:
    """Encodes and decodes records; to be used by one thread."""

    def __init__(self) -> None:
        # With a checksum (four bytes): the parts of a record are not looked into afterwards.
        # Without the dictionary's number (four bytes): the format's name has it.
        self._compressor = zstandard.ZstdCompressor(
            level=LEVEL, dict_data=dictionary(), write_checksum=True, write_dict_id=False
        )
        self._decompressor = zstandard.ZstdDecompressor(dict_data=dictionary())

    def encode(self, record: AnalysisRecord) -> bytes:
        """The record without its digest, which is the key it is cached under."""
        return self._compressor.compress(record.to_bytes())

    def decode(self, digest: str, encoded: bytes) -> AnalysisRecord:
        """The record that :meth:`encode` was given.

        Raises:
            ValueError: ``encoded`` is no such record, or was damaged.
        """
        try:
            if zstandard.frame_content_size(encoded) > _DECODED_LIMIT_BYTES:
                raise ValueError("the value claims to be larger than any record")
            return AnalysisRecord.from_bytes(digest, self._decompressor.decompress(encoded))
        except zstandard.ZstdError as error:
            raise ValueError(f"not an encoded record: {error}") from error
