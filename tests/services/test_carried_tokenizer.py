"""The carried multilingual tokenizer: texts of ten languages, odd signs, walls of letters."""

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.encoder.dense_text import ALWAYS_READ, thin_out_signs
from deployments.encoder.inputs import Tokens
from deployments.encoder.tokenizer import load_tokenizer, tokenize
from deployments.weights.released import ENCODER, locate

TOKENIZER = load_tokenizer(locate(ENCODER))
UNKNOWN = 3

POSTS = {
    "en": "We’re hiring: two engineers (m/f/d), 3.5 days a week at O’Hare & Sons!",
    "es": "¡Qué alegría! Mañana abrimos la oficina de Logroño: 1.250 m² y café.",
    "pt": "Não há atalhos: a nossa equipa em Braga cresceu 12,5 % — parabéns.",
    "fr": "Dès aujourd’hui, l’équipe s’agrandit : « à vos CV » ; cœur & sœur.",
    "de": "Größere Brücken für Köln – 3,5 Mio. € fließen in die Straßenbahn.",
    "it": "Perché no? L’azienda è cresciuta; così è più facile dire «sì».",
    "nl": "Eén team, zo’n 40 collega’s: in ’s-Hertogenbosch zijn we officieel geopend.",
    "sv": "Nu växer vi i Skellefteå – åtta nya kollegor på måndag, välkomna!",
    "da": "Så er det officielt: Sønderjyllands nye fjernvarmeværk får 60 MW.",
    "pl": "Cieszę się! Łódź rośnie: żółte tramwaje, 1 234,50 zł oszczędności.",
}


def tokens_of(text: str) -> Tokens:
    (tokens,) = tokenize(TOKENIZER, [text])
    return tokens


def surfaces(text: str) -> list[str]:
    tokens = tokens_of(text)
    return [text[a:b] for a, b in zip(tokens.starts, tokens.ends, strict=True)]


@pytest.mark.parametrize("text", POSTS.values(), ids=POSTS.keys())
def test_tokens_spell_the_text_without_its_blanks(text: str) -> None:
    tokens = tokens_of(text)
    covered = np.zeros(len(text), bool)
    for start, end in zip(tokens.starts, tokens.ends, strict=True):
        assert not text[start].isspace()
        covered[start:end] = True
    assert all(covered[point] for point, sign in enumerate(text) if not sign.isspace())
    assert UNKNOWN not in tokens.ids


@pytest.mark.parametrize("text", POSTS.values(), ids=POSTS.keys())
def test_a_text_is_cut_the_same_in_whatever_blanks(text: str) -> None:
    blanks = text.replace(" ", " \n\u00a0 ")
    assert tokens_of(f"\n{blanks}\t").ids.tolist() == tokens_of(text).ids.tolist()


def test_special_tokens_are_those_of_the_vocabulary() -> None:
    assert (TOKENIZER.special_tokens.prefix, TOKENIZER.special_tokens.suffix) == ((0,), (2,))


def test_special_tokens_in_a_text_are_letters() -> None:
    ids = tokens_of("<s> </s> <pad> <mask> <unk>").ids
    assert ids.min() > UNKNOWN
    assert ids.max() < 50_004


@pytest.mark.parametrize(
    "text, words",
    [
        ("José", [["José"]]),
        ("Jose\u0301 ran", [["Jose\u0301"], ["ran"]]),
        ("ﬁne work", [["ﬁne"], ["work"]]),
        ("ＡＢＣ", [["ＡＢ", "Ｃ"]]),
        ("𝗕𝗼𝗹𝗱 move", [["𝗕𝗼𝗹", "𝗱"], ["move"]]),
        ("so…ok", [["so"], ["…"], ["ok"]]),
        ("go\u200bon", [["go"], ["on"]]),
        ("🎉🚀", [["🎉", "🎉"], ["🚀"]]),
        ("❤\ufe0fwork", [["❤"], ["\ufe0f"], ["work"]]),
        ("日本", [["日", "日本"]]),
        ("AT&T", [["AT"], ["&"], ["T"]]),
        ("l’eau", [["l"], ["’"], ["eau"]]),
        ("\ud83d!", [["!"]]),
        ("\u200b", []),
        ("", []),
        (" \n ", []),
    ],
)
def test_words_and_offsets_are_those_of_the_text(text: str, words: list[list[str]]) -> None:
    tokens = tokens_of(text)
    found: dict[int, list[str]] = {}
    for word, surface in zip(tokens.word_ids.tolist(), surfaces(text), strict=True):
        found.setdefault(word, []).append(surface)
    assert list(found.values()) == words


@pytest.mark.parametrize("text", ["我们在上海开了新办公室", "نحن سعداء بافتتاح المكتب"])
def test_scripts_outside_the_vocabulary_are_unknown_and_keep_their_places(text: str) -> None:
    tokens = tokens_of(text)
    assert UNKNOWN in tokens.ids
    assert tokens.ends[-1] == len(text)


@given(st.text(max_size=80))
def test_offsets_stay_in_order_and_within_any_text(text: str) -> None:
    tokens = tokens_of(text)
    assert all(0 <= a < b <= len(text) for a, b in zip(tokens.starts, tokens.ends, strict=True))
    for values in (tokens.starts, tokens.ends, tokens.word_ids):
        assert all(a <= b for a, b in pairwise(values.tolist()))


WALLS = {
    "one letter": "a",
    "two letters": "ab",
    "signs": "?!",
    "emoji": "🎉",
    "family": "👨\u200d",
    "a letter as an emoji": "ℹ\ufe0f ",
    "marks": "\u0301",
    "accents": "e\u0301",
    "ideographs": "中",
    "bold": "𝗯",
    "blanks": " \n",
    "no width": "\u200b",
    "a ligature of 18 letters": "ﷺ",
    "letters of one": "q ",
}


@pytest.mark.parametrize("unit", WALLS.values(), ids=WALLS.keys())
def test_a_wall_of_twice_the_length_takes_about_twice_the_time(unit: str) -> None:
    def seconds(length: int) -> float:
        text = (unit * length)[:length]
        tokens_of(text)
        began = time.thread_time()
        for _ in range(3):
            tokens_of(text)
        return time.thread_time() - began

    assert seconds(20_000) < 4 * seconds(10_000) + 0.02


@pytest.mark.parametrize("unit", WALLS.values(), ids=WALLS.keys())
def test_a_wall_is_read_in_fewer_tokens_than_prose_of_its_length_twice(unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    assert len(thin_out_signs(text, tokens_of(text))) <= ALWAYS_READ + 0.5 * len(text)


@pytest.mark.parametrize("text", POSTS.values(), ids=POSTS.keys())
def test_posts_are_read_whole(text: str) -> None:
    tokens = tokens_of(text * 5)
    assert len(thin_out_signs(text * 5, tokens)) == len(tokens)
