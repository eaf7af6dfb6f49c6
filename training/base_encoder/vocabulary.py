"""Cuts a SentencePiece vocabulary to some of its pieces.

In: ``tokenizer.json`` of Hugging Face's library; out: a SentencePiece model, which holds the same
in half the space and whose library takes half the time. The numbers of its pieces are the rows of
the embeddings: the order of pieces is kept.
"""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

#: Kept in any case: beginning, padding, end, unknown, and the last piece, the mask.
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Pieces with their scores (logarithms of probabilities), and the normaliser's table."""

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    charsmap: bytes

    @classmethod
    def read(cls, path: Path) -> "Vocabulary":
        """Of a ``tokenizer.json`` with a unigram model and a precompiled normaliser."""
        stored = json.loads(path.read_text(encoding="utf-8"))
        pieces, scores = zip(*stored["model"]["vocab"], strict=True)
        return cls(pieces, scores, base64.b64decode(_charsmap(stored["normalizer"])))

    def rows(self, kept: Iterable[str]) -> list[int]:
        """The numbers of those pieces and of the special ones, in order."""
        wanted = {*kept, *_SPECIAL}
        return [number for number, piece in enumerate(self.pieces) if piece in wanted]

    def cut(self, rows: list[int]) -> "Vocabulary":
        """Of these pieces alone."""
        pieces = tuple(self.pieces[row] for row in rows)
        return Vocabulary(pieces, tuple(self.scores[row] for row in rows), self.charsmap)

    def sentencepiece_model(self) -> bytes:
        """As a file of the library ``sentencepiece``."""
        formats: Any = import_module("sentencepiece.sentencepiece_model_pb2")
        types = formats.ModelProto.SentencePiece.Type
        model = formats.ModelProto()
        for piece, score in zip(self.pieces, self.scores, strict=True):
            kind = types.CONTROL if piece in _SPECIAL else types.NORMAL
            kind = types.UNKNOWN if piece == "<unk>" else kind
            model.pieces.add(piece=piece, score=score, type=kind)
        model.trainer_spec.model_type = formats.TrainerSpec.UNIGRAM
        model.trainer_spec.vocab_size = len(self.pieces)
        for name, piece in (("bos", "<s>"), ("pad", "<pad>"), ("eos", "</s>"), ("unk", "<unk>")):
            setattr(model.trainer_spec, f"{name}_id", self.pieces.index(piece))
        model.normalizer_spec.name = "nmt_nfkc"
        model.normalizer_spec.precompiled_charsmap = self.charsmap
        content: bytes = model.SerializeToString(deterministic=True)
        return content


def pieces_of(path: Path) -> list[str]:
    """The pieces of a SentencePiece model."""
    from sentencepiece import SentencePieceProcessor

    model = SentencePieceProcessor(model_file=str(path))
    return [model.id_to_piece(number) for number in range(model.get_piece_size())]


def _charsmap(normalizer: Any) -> str:
    """The table of the first precompiled normaliser, in base 64."""
    parts = normalizer.get("normalizers", [normalizer])
    tables = (part.get("precompiled_charsmap") for part in parts)
    return next(str(table) for table in tables if table)
