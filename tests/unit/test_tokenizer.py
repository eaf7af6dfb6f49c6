"""Tokens lie in the text without blanks, and words are the same whatever the tokenizer."""

from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace
from tokenizers.processors import TemplateProcessing

from deployments.encoder.inputs import Tokens
from deployments.encoder.tokenizer import TextTokenizer, load_tokenizer, tokenize
from deployments.errors import ModelMismatch, ModelMissing


@pytest.fixture
def unigram(tmp_path: Path) -> TextTokenizer:
    """Pieces begin with the blank before them, as in XLM-R's vocabulary."""
    pieces = ["<unk>", "<s>", "▁", "▁We", "▁sh", "ip", "-", "it", "!", "▁data", "_", "set", "🚀"]
    tokenizer = Tokenizer(Unigram([(piece, -1.0) for piece in pieces], 0, byte_fallback=False))
    tokenizer.pre_tokenizer = Metaspace()
    tokenizer.post_processor = TemplateProcessing("<s> $A", special_tokens=[("<s>", 1)])
    tokenizer.enable_truncation(4)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return load_tokenizer(tmp_path)


def tokens_of(tokenizer: TextTokenizer, text: str) -> Tokens:
    (tokens,) = tokenize(tokenizer, [text])
    return tokens


def words(tokenizer: TextTokenizer, text: str) -> list[list[str]]:
    """The tokens of each word, as they stand in the text."""
    tokens = tokens_of(tokenizer, text)
    by_word: dict[int, list[str]] = {}
    for start, end, word in zip(tokens.starts, tokens.ends, tokens.word_ids, strict=True):
        by_word.setdefault(int(word), []).append(text[start:end])
    return list(by_word.values())


def test_tokens_begin_behind_the_blank(unigram: TextTokenizer) -> None:
    assert words(unigram, "We ship-it!") == [["We"], ["sh", "ip"], ["-"], ["it"], ["!"]]


def test_an_underscore_joins_and_an_emoji_is_a_word(unigram: TextTokenizer) -> None:
    # The blank before the rocket is a token of its own.
    assert words(unigram, "data_set 🚀!") == [["data", "_", "set"], ["🚀", "🚀"], ["!"]]


def test_blanks_around_a_text_and_between_words_belong_to_no_word(unigram: TextTokenizer) -> None:
    assert words(unigram, "  We   data  ") == [["W", "We"], ["d", "d", "data"]]
    assert words(unigram, "   ") == []


def test_an_empty_text_has_no_tokens(unigram: TextTokenizer) -> None:
    assert len(tokens_of(unigram, "")) == len(tokens_of(unigram, "").starts) == 0


def test_special_tokens_are_told_and_texts_are_not_truncated(unigram: TextTokenizer) -> None:
    assert (unigram.special_tokens.prefix, unigram.special_tokens.suffix) == ((1,), ())
    assert len(tokens_of(unigram, "We " * 50)) == 50


def test_a_lone_surrogate_is_read_as_a_blank(unigram: TextTokenizer) -> None:
    assert tokens_of(unigram, "We\ud83ddata").starts.tolist() == [0, 3]


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"tokenizer\.json"):
        load_tokenizer(tmp_path)


def test_a_tokenizer_json_goes_before_a_sentencepiece_model(
    unigram: TextTokenizer, tmp_path: Path
) -> None:
    (tmp_path / "sentencepiece.model").write_bytes(b"of other ids")
    assert tokens_of(load_tokenizer(tmp_path), "We").ids.tolist() == [3]


def test_a_part_of_a_sentencepiece_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sentencepiece.model").write_bytes(b"\x0a\x05abc")
    with pytest.raises(ModelMismatch, match="no whole SentencePiece model"):
        load_tokenizer(tmp_path)
