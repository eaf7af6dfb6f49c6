"""The figures by language are what they say, on made-up data that is counted by hand."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from deployments.results import (
    EMOTIONS,
    Entities,
    Entity,
    Keyword,
    Keywords,
    Model,
    PolarityScores,
    Sentiment,
    Span,
    Tone,
)
from deployments.text.document import Document
from tests.services.laid_sets import lay
from training.datasets import corpora, posts_by_language
from training.evaluation.baselines import lexicons, spacy_small
from training.evaluation.by_language import detection, entities, keywords, sentiment, tone
from training.evaluation.evaluation_run import EvaluationRun
from training.evaluation.metric_row import MEAN, MetricRow

NOTHING = Span(0, 0)


def by_key(rows: Iterable[MetricRow]) -> dict[str, MetricRow]:
    return {row.key: row for row in rows}


class LanguageRules:
    """An analyzer that knows a language by its code alone; its rule gives each result."""

    name, model = "rules", Model("plain-rules", "0" * 16)
    languages = frozenset({"en", "es"})
    main_language_only = False


class SpanishOnly(LanguageRules):
    """Positive in Spanish, whatever is said, neutral in all else."""

    def analyze(self, documents: Sequence[Document]) -> list[Sentiment]:
        labels = ("positive" if d.language.code == "es" else "neutral" for d in documents)
        return [Sentiment(label, False, PolarityScores(0, 1, 0), (), NOTHING) for label in labels]


def test_sentiment_is_measured_in_the_language_of_the_file(tmp_path: Path) -> None:
    rows = [{"text": f"texto {n}", "label": label}
            for n, label in enumerate(("positive", "neutral", "negative"))]  # fmt: skip
    for code in ("de", "en", "es", "fr", "it", "pt"):
        lay(tmp_path, sentiment.TWEETS, f"validation.{code}", rows)
    figures = by_key(
        sentiment.metric_rows(EvaluationRun(tmp_path, baselines="none"), SpanishOnly())
    )
    assert figures["xlmt_sentiment, es macro recall"].value == pytest.approx(1 / 3)
    assert figures[f"xlmt_sentiment, {MEAN} macro recall"].texts == 15
    posts = posts_by_language.read_language("es", split="validation")
    positive = sum(post.polarity == 0 for post in posts) / len(posts)
    assert figures["posts_by_language, es accuracy"].value == pytest.approx(positive)


def test_a_lexicon_of_each_language_tells_praise_from_complaint() -> None:
    said = {
        "es": ("¡Un equipo excelente!", "Un servicio malo y un fracaso."),
        "sv": ("Jag är mycket glad.", "En hemsk dag."),
        "pl": ("Wspaniały wynik.", "To straszny błąd."),
    }
    for code, texts in said.items():
        assert list(lexicons.classes(texts, code)) == [0, 2]


class Capitals(LanguageRules):
    """Every capitalised word is a place."""

    def analyze(self, documents: Sequence[Document]) -> list[Entities]:
        return [self._entities(document) for document in documents]

    def _entities(self, document: Document) -> Entities:
        names = (s for s in document.words if document.text[s.start].isupper())
        items = tuple(Entity(document.text[s.start : s.end], "LOC", s.start, s.end, 1.0, n)
                      for n, s in enumerate(names))  # fmt: skip
        return Entities(items, NOTHING)


def lay_names(data: Path) -> None:
    places = [{"start": 5, "end": 10, "label": "LOC"}]
    rows: list[Mapping[str, object]] = [{"text": "Hier Paris hier.", "entities": places}]
    for corpus, codes in {
        entities.GERMAN: ("de",),
        entities.TREEBANKS: ("da", "pt", "sv"),
        entities.POLISH: ("pl",),
        entities.OLD_NEWS: ("de", "fr", "nl"),
        entities.WIKIPEDIA: ("de", "es", "fr", "it", "nl", "pl", "pt"),
    }.items():
        for code in codes:
            lay(data, corpus, f"validation.{code}", rows)
    swedish = [{"text": f"hos Lund {n}", "entities": []} for n in range(50)]
    lay(data, entities.SWEDISH, "train.sv", swedish)


def test_names_are_measured_in_each_language_beside_spacy_where_there_is_one(
    tmp_path: Path,
) -> None:
    lay_names(tmp_path)
    rows = by_key(entities.metric_rows(EvaluationRun(tmp_path, baselines="fast"), Capitals()))
    # "Hier" and "Paris" for "Paris".
    assert rows[f"germeval2014, de {entities.F1}"].value == pytest.approx(2 / 3)
    held_out = sum(corpora.is_held_out(f"hos Lund {n}") for n in range(50))
    assert rows[f"swedish_news_ner, sv {entities.F1}"].texts == held_out
    assert {row.language for row in rows.values() if row.baseline} == {"fr"}
    [names] = spacy_small.spans(["Claire Martin travaille à Lyon."], "fr")
    assert names == {(0, 13, "PERSON"), (26, 30, "LOC")}


class JoyfulTone(LanguageRules):
    """Joy where an exclamation mark is, courtesy where it says "gracias"."""

    def analyze(self, documents: Sequence[Document]) -> list[Tone]:
        return [self._tone(document.text) for document in documents]

    def _tone(self, text: str) -> Tone:
        emotions = dict.fromkeys(EMOTIONS, 0.1) | {"joy": 0.9 if "!" in text else 0.1}
        polite = float("gracias" in text)
        formality = len(text) % 7 / 7
        return Tone("neutral", (), emotions, formality, max(polite, formality / 2), 0.5, NOTHING)


def test_emotions_are_measured_as_plutchiks_and_politeness_on_the_outer_quarters(
    tmp_path: Path,
) -> None:
    lines = [{"text": "¡Bien!", "labels": ["joy"]}, {"text": "Mal", "labels": ["anger"]}]
    for code in ("en", "es", "pt", "fr", "de", "it", "nl", "sv", "da", "pl"):
        lay(tmp_path, tone.SUBTITLES, f"validation.{code}", lines)
    # The middle is polite and gets no thanks: it must not count.
    requests = [
        {"text": "no", "score": -1.5},
        {"text": "quizá", "score": 0.1},
        {"text": "puede", "score": 0.2},
        {"text": "gracias", "score": 1.0},
    ]
    for code in ("es", "fr"):
        lay(tmp_path, "tydip", f"validation.{code}", requests)
    rows = by_key(tone.metric_rows(EvaluationRun(tmp_path), JoyfulTone()))
    # Joy is told (1), anger is not (all alike: 0.5); the other six are not shown.
    assert rows[f"xed, es {tone.EMOTIONS}"].value == pytest.approx(0.75)
    assert rows[f"{tone.REQUESTS}, fr {tone.POLITENESS}"].value == 1
    assert rows[f"{tone.REQUESTS}, fr {tone.POLITENESS}"].texts == 2


def test_a_plutchik_emotion_is_as_probable_as_any_of_ours() -> None:
    emotions = dict.fromkeys(EMOTIONS, 0.0) | {"anger": 0.5, "annoyance": 0.5}
    said = Tone("angry", (), emotions, 0.5, 0.5, 0.5, NOTHING)
    assert tone.plutchik_probability(said, ("anger", "annoyance")) == 0.75


def keyword(text: str, phrase: str) -> Keyword:
    start = text.index(phrase)
    return Keyword(phrase, 0.5, start, start + len(phrase), ())


class FirstWords(LanguageRules):
    """One phrase for each text: what the rule makes of it."""

    def __init__(self, phrase_of: Callable[[str], str]) -> None:
        self.phrase_of = phrase_of

    def analyze(self, documents: Sequence[Document]) -> list[Keywords]:
        return [Keywords((keyword(d.text, self.phrase_of(d.text)),), NOTHING) for d in documents]


def test_key_phrases_are_compared_in_their_language(tmp_path: Path) -> None:
    theses = [{"text": f"réseaux électriques {n}", "keyphrases": ["Réseau électrique"]}
              for n in range(40)]  # fmt: skip
    lay(tmp_path, "papyrus_fr", "train.fr", theses)
    analyzer = FirstWords(lambda text: " ".join(text.split(" ")[:2]))
    rows = by_key(keywords.metric_rows(EvaluationRun(tmp_path, baselines="none"), analyzer))
    assert rows[f"{keywords.THESES}, fr {keywords.F1}"].value == 1
    assert 10 < rows[f"{keywords.THESES}, fr {keywords.F1}"].texts < 30
    assert {row.language for row in rows.values()} == {*posts_by_language.languages()}


def post_of(marked: str) -> posts_by_language.MultitaskPost:
    return posts_by_language.read_post({
        "id": "es-001", "split": "train", "label": "neutral", "mixed": False, "formality": 2,
        "politeness": 2, "keyphrases": [], "kinds": [],
        "segments": [[marked, "neutral", ["neutral"]]],
    })  # fmt: skip


@pytest.mark.parametrize(
    "phrase, has",
    [("la planta", True), ("planta de", True), ("planta de Soria", False), ("La Ola", False)],
)
def test_a_stop_word_at_an_edge_is_told_where_it_is_of_no_name(phrase: str, has: bool) -> None:
    post = post_of("Abre la planta de Soria para [La Ola|ORG].")
    found = keyword(post.document.text, phrase)
    assert keywords.has_stop_word_at_edge(found, post, "es") is has


@pytest.mark.parametrize(
    "phrase, cuts",
    [("Banco", True), ("Alcor en Soria", True), ("Banco Alcor", False), ("Soria", False)],
)
def test_a_cut_name_is_told(phrase: str, cuts: bool) -> None:
    post = post_of("Abre [Banco Alcor|ORG] en Soria.")
    assert keywords.cuts_name(keyword(post.document.text, phrase), post) is cuts


def test_the_language_of_written_posts_is_told_in_each() -> None:
    rows = list(detection.metric_rows(EvaluationRun(Path(), baselines="none")))
    assert {row.language for row in rows} == set(posts_by_language.languages())
    assert all(row.value is not None and row.value > 0.95 for row in rows)
