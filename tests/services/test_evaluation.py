"""The figures are what they say, on made-up data that is counted by hand."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from deployments.readability.analyzer import ReadabilityAnalyzer, ReadabilityConfig
from deployments.results import (
    EMOTIONS,
    Entities,
    Entity,
    Keyword,
    Keywords,
    Model,
    PolarityScores,
    Readability,
    Sentiment,
    Span,
    Tone,
)
from deployments.text.document import Document
from tests.services.laid_sets import lay
from training.datasets import company_posts, corpora
from training.datasets.entity_sets import EntitySpan, marked_document
from training.evaluation import (
    entities,
    keywords,
    language,
    metrics,
    readability,
    sentiment,
    throughput,
    tone,
)
from training.evaluation.baselines import bag_of_words, formulas, phrases, spacy_small, vader
from training.evaluation.by_language import readability as readability_by_language
from training.evaluation.evaluation_run import EvaluationRun
from training.evaluation.metric_row import MetricRow

NOTHING = Span(0, 0)


def by_key(rows: Iterable[MetricRow]) -> dict[str, MetricRow]:
    return {row.key: row for row in rows}


class RuleAnalyzer:
    """What an analyzer has beside its rule."""

    name = "rules"
    model = Model("plain-rules", "0" * 16)
    languages = frozenset({"en"})
    main_language_only = False


class Words(RuleAnalyzer):
    """A sentiment of words: "good", "bad", or neither; as sure as told."""

    def __init__(self, sure: float = 1.0) -> None:
        self.sure = sure

    def analyze(self, documents: Sequence[Document]) -> list[Sentiment]:
        return [self._sentiment(document.text) for document in documents]

    def _sentiment(self, text: str) -> Sentiment:
        label = "positive" if "good" in text else "negative" if "bad" in text else "neutral"
        rest = (1 - self.sure) / 2
        shares = dict.fromkeys(("positive", "neutral", "negative"), rest) | {label: self.sure}
        return Sentiment(label, False, PolarityScores(**shares), (), NOTHING)


@pytest.fixture
def opinions(tmp_path: Path) -> Path:
    rows = [
        {"text": f"{word} item {n}", "label": label}
        for word, label in (("good", "positive"), ("bad", "negative"), ("some", "neutral"))
        for n in range(16)
    ]
    for corpus in ("tweeteval_sentiment", "sst5", "financial_phrasebank"):
        lay(tmp_path, corpus, "validation", rows)
    return tmp_path


def test_sentiment_of_a_perfect_reader(opinions: Path) -> None:
    rows = by_key(sentiment.metric_rows(EvaluationRun(opinions, baselines="none"), Words()))
    assert rows["tweeteval_sentiment macro recall"].value == 1
    assert rows["tweeteval_sentiment macro recall"].met is True
    assert rows["financial_phrasebank macro F1"].texts == 48
    assert rows["sst2 (sst5 without neutral) accuracy"].texts == 32
    assert rows["built posts, 4 + 12 neutral sentences macro recall"].texts == 450
    assert rows["company_posts macro F1"].value is None
    assert "no labels" in rows["company_posts macro F1"].missing


def test_sentiment_that_is_unsure_is_badly_calibrated(opinions: Path) -> None:
    rows = by_key(sentiment.metric_rows(EvaluationRun(opinions, baselines="none"), Words(sure=0.8)))
    error = rows[f"{sentiment.POOLED} {sentiment.ERROR}"]
    assert (error.texts, error.met) == (3 * 48, False)
    assert error.value == pytest.approx(0.2)


def test_vader_reads_the_same_texts(opinions: Path) -> None:
    rows = by_key(
        sentiment.metric_rows(EvaluationRun(opinions, limit=12, baselines="fast"), Words())
    )
    row = rows["tweeteval_sentiment macro recall"]
    assert row.texts == 12
    assert row.baseline is not None
    assert row.baseline.name == "VADER"
    assert row.baseline.value == 1  # "good" and "bad" are in its lexicon, "some" is not


def test_vader_by_the_thresholds_of_its_readme() -> None:
    assert vader.classes(np.array([0.05, 0.04, -0.04, -0.05])).tolist() == [0, 1, 1, 2]


def test_a_sample_is_the_same_every_time_and_in_order(tmp_path: Path) -> None:
    items = list(range(1_000))
    first, again = (
        EvaluationRun(tmp_path, 50).sample("a", items),
        EvaluationRun(tmp_path, 50).sample("a", items),
    )
    assert first == again == sorted(first)
    assert first != EvaluationRun(tmp_path, 50).sample("b", items)
    assert first != EvaluationRun(tmp_path, 50, seed=8).sample("a", items)
    assert EvaluationRun(tmp_path).sample("a", items) == items


class Level(RuleAnalyzer):
    """Tone scores read off the text's only number, 0..9; joy where it is at least 5."""

    def analyze(self, documents: Sequence[Document]) -> list[Tone]:
        return [self._tone(int("".join(filter(str.isdigit, d.text))) / 10) for d in documents]

    def _tone(self, level: float) -> Tone:
        emotions = dict.fromkeys(EMOTIONS, 0.0) | {"joy": level, "neutral": 1 - level}
        return Tone("informative", (), emotions, level, level, level, NOTHING)


def levels(label: Callable[[int], dict[str, object]]) -> list[dict[str, object]]:
    return [{"text": f"level {n}", **label(n)} for n in range(10)]


@pytest.fixture
def manners(tmp_path: Path) -> Path:
    def feeling(n: int) -> dict[str, object]:
        return {"labels": ["joy" if n >= 5 else "neutral"]}

    def manner(n: int) -> dict[str, object]:
        return {"label": ("impolite", "neutral", "polite")[n // 4], "score": n - 4.5}

    lay(tmp_path, "goemotions", "validation", levels(feeling))
    lay(tmp_path, "stanford_politeness", "validation", levels(manner))
    high = levels(lambda n: {"label": "high" if n >= 5 else "low"})
    lay(tmp_path, "squinky_formality", "validation", high)
    scores = levels(lambda n: {"score": -n})
    lay(tmp_path, "formality_pavlick_sample1000", "validation", scores)
    kinds = levels(lambda n: {"label": "subjective" if n >= 4 else "objective"})
    lay(tmp_path, "subj", "validation", kinds)
    return tmp_path


def test_tone_of_a_reader_of_levels(manners: Path) -> None:
    rows = by_key(tone.metric_rows(EvaluationRun(manners, baselines="none"), Level()))
    politeness = rows["stanford_politeness, outer quarters AUC"]
    assert (politeness.texts, politeness.value) == (6, 1)
    assert rows["squinky_formality AUC"].value == 1
    assert rows["formality_pavlick_sample1000 Spearman"].value == pytest.approx(-1)
    assert rows["subj accuracy"].value == pytest.approx(0.9)  # level 4 is taken for objective
    # Joy is told for 5 of 5; neutral, at 1 - level, for level 5 too: F1 10/11. The other 26 of
    # the 28 emotions never occur and count 0.
    f1 = rows["goemotions macro F1 at 0.5"].value
    assert f1 == pytest.approx((1 + 10 / 11) / 28)


def test_a_bag_of_words_learns_words() -> None:
    known = ["a good day", "a good week", "a bad day", "a bad week"] * 3
    truth = np.array([1.0, 1, 0, 0] * 3)
    asked = ["good month", "bad month"]
    yes, no = bag_of_words.probabilities(known, truth[:, None], asked)[:, 0]
    assert yes > 0.5 > no
    high, low = bag_of_words.scores(known, truth, asked)
    assert high > 0.5 > low


class Capitals(RuleAnalyzer):
    """Takes every word with a capital for a person."""

    def analyze(self, documents: Sequence[Document]) -> list[Entities]:
        return [Entities(tuple(self._items(d.text)), NOTHING) for d in documents]

    def _items(self, text: str) -> Iterator[Entity]:
        at = 0
        for word in text.split(" "):
            if word[:1].isupper():
                yield Entity(word, "PERSON", at, at + len(word), 0.9, 0)
            at += len(word) + 1


def test_names_in_signals_are_left_out_of_the_gold() -> None:
    text = "#Anna met Bert"
    example = marked_document(
        text, [EntitySpan(1, 5, "PERSON"), EntitySpan(10, 14, "PERSON")], ["PERSON"]
    )
    assert example.spans == {(10, 14, "PERSON")}


def test_f1_of_names_wants_span_and_label() -> None:
    gold = [{(0, 4, "PERSON"), (5, 9, "LOC")}, {(0, 2, "ORG")}]
    found = [{(0, 4, "PERSON"), (5, 9, "ORG")}, set()]
    precision, recall, both = metrics.span_f1(gold, found, ("PERSON", "ORG", "LOC"))
    assert (precision, recall, both) == (1 / 2, 1 / 3, 2 / 5)
    assert metrics.span_f1(gold, found, ("PERSON",)) == (1, 1, 1)


@pytest.fixture
def named(tmp_path: Path) -> Path:
    def row(text: str, label: str) -> dict[str, object]:
        return {"text": text, "entities": [{"start": 0, "end": 4, "label": label}]}

    lay(tmp_path, "wnut17", "validation", [row("Anna sings", "person"), row("Oslo", "location")])
    lay(tmp_path, "broad_twitter_corpus", "validation", [row("Bert runs", "PER")])
    texts = [f"Carl has {n} of them" for n in range(200)]
    lay(tmp_path, "uner_english_ewt", "train", [row(text, "PER") for text in texts])
    return tmp_path


def test_entities_of_a_reader_of_capitals(named: Path) -> None:
    rows = by_key(entities.metric_rows(EvaluationRun(named, baselines="none"), Capitals()))
    assert rows["wnut17 F1, five labels"].value == 0.5  # Oslo is no person
    assert rows["wnut17 calibration error (15 bins, PERSON, ORG, LOC)"].value == pytest.approx(0.4)
    assert rows["broad_twitter_corpus F1, PERSON, ORG, LOC"].value == 1
    web = rows["uner_english_ewt, held out F1, PERSON, ORG, LOC"]
    assert web.value == 1
    assert web.texts == sum(corpora.is_held_out(f"Carl has {n} of them") for n in range(200))
    assert not any(entities.GAIN in key for key in rows)


def test_spacy_reads_the_same_texts(named: Path) -> None:
    rows = by_key(entities.metric_rows(EvaluationRun(named, limit=5, baselines="fast"), Capitals()))
    assert rows[f"{entities.TOGETHER} {entities.GAIN}"].value is not None
    [given] = spacy_small.spans(["Angela Merkel lives in Berlin."])
    assert given == {(0, 13, "PERSON"), (23, 29, "LOC")}


def test_labels_of_company_posts_are_joined_by_id(tmp_path: Path) -> None:
    lay(tmp_path, "company_posts", "posts", [{"id": "a", "text": "Anna"}, {"id": "b", "text": "x"}])
    labels: list[dict[str, object]] = [
        {"id": "a", "sentiment": "neutral", "entities": [[0, 4, "PERSON"]]},
        {"id": "gone", "sentiment": "neutral", "entities": []},
    ]
    lay(tmp_path, "told", "labels", labels)
    file = tmp_path / "told" / "labels.jsonl"
    expected = [company_posts.LabelledPost("Anna", "neutral", (EntitySpan(0, 4, "PERSON"),))]
    assert company_posts.labelled_posts(tmp_path, file) == expected
    assert company_posts.labelled_posts(tmp_path, tmp_path / "absent.jsonl") == []
    assert company_posts.labelled_posts(tmp_path / "absent", file) == []


def test_labelled_posts_are_measured(
    named: Path, opinions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = [company_posts.LabelledPost("Anna sings", "neutral", (EntitySpan(0, 4, "PERSON"),)),
             company_posts.LabelledPost("a bad day", "positive", ())]  # fmt: skip
    monkeypatch.setattr(company_posts, "labelled_posts", lambda data: posts)
    run = EvaluationRun(named, baselines="none")
    assert by_key(entities.metric_rows(run, Capitals()))["company_posts F1, six labels"].value == 1
    rows = by_key(sentiment.metric_rows(run, Words()))
    assert rows["company_posts accuracy"].value == 0.5


class FirstWord(RuleAnalyzer):
    """Takes the first word of a text for its key phrase."""

    def analyze(self, documents: Sequence[Document]) -> list[Keywords]:
        words = [document.text.split()[0] for document in documents]
        return [Keywords((Keyword(word, 1.0, 0, len(word), ()),), NOTHING) for word in words]


def test_keywords_of_a_reader_of_first_words(tmp_path: Path) -> None:
    texts = [{"text": "pumps and valves", "keyphrases": ["pump", "valves"]}] * 120
    lay(tmp_path, "inspec", "validation", texts)
    lay(tmp_path, "stackexchange_kp_sample", "validation", texts * 10)
    rows = by_key(keywords.metric_rows(EvaluationRun(tmp_path, baselines="fast"), FirstWord()))
    assert rows["inspec F1@10"].value == pytest.approx(2 / 3)
    assert rows["stackexchange_kp_sample, second half F1@5"].texts == 200
    beside = rows["inspec, the first 100 F1@10 beside YAKE"]
    assert beside.texts == 100
    assert beside.value == pytest.approx(2 / 3)
    assert beside.baseline is not None
    assert beside.baseline.name == phrases.YAKE


def test_keybert_finds_phrases_of_the_text() -> None:
    [found] = phrases.keybert()(["A pump moves water through a valve."])
    assert any("pump" in phrase for phrase in found)


class Lengths(RuleAnalyzer):
    """Ease by length alone: every letter more is harder."""

    def analyze(self, documents: Sequence[Document]) -> list[Readability]:
        return [self._result(len(document.text)) for document in documents]

    def _result(self, length: int) -> Readability:
        return Readability(
            ease=-length,
            flesch_reading_ease=-length,
            flesch_kincaid_grade=1.0,
            gunning_fog=1.0,
            smog=1.0,
            coleman_liau=1.0,
            automated_readability=1.0,
            dale_chall=1.0,
            grade=1.0,
            words=1,
            sentences=1,
            syllables=1,
            reading_time_s=1.0,
            hardest_sentences=(),
            covered=NOTHING,
        )


def test_ease_is_measured_on_both_splits(tmp_path: Path) -> None:
    texts = [{"text": "x" * n, "score": -n} for n in range(1, 6)]
    lay(tmp_path, "clear_corpus", "validation", texts[:3])
    lay(tmp_path, "clear_corpus", "train", texts[3:])
    run = EvaluationRun(tmp_path, baselines="none")
    rows = by_key(readability.metric_rows(run, Lengths()))
    ease = rows[f"{readability.ALL} {readability.EASE}"]
    assert ease.texts == 5
    assert ease.value == pytest.approx(1)
    assert rows[f"{readability.VALIDATION} {readability.FLESCH}"].texts == 3


def test_ease_of_other_languages_is_measured_where_the_sets_are(tmp_path: Path) -> None:
    plain = "Der Hund ist alt."
    office = "Die Verwaltungsvorschrift regelt die Inanspruchnahme von Ausgleichszahlungen."
    rows = [{"text": plain, "score": 1.0}, {"text": office, "score": 6.0}]
    lay(tmp_path, "textcomplexity_de", "validation.de", rows)
    analyzer = ReadabilityAnalyzer(ReadabilityConfig())
    run = EvaluationRun(tmp_path, baselines="fast")
    measured = by_key(readability_by_language.metric_rows(run, analyzer, readability.SHEET))
    for field in ("ease", "flesch_amstad", "wiener_sachtextformel", "lix"):
        row = measured[f"textcomplexity_de {readability_by_language.measure(field)}"]
        assert row.texts == 2
        assert row.value == pytest.approx(1)
        assert (row.baseline is None) == (field == "ease")
    absent = measured[f"readmepp {readability_by_language.measure('ease')}"]
    assert absent.value is None
    assert absent.missing.startswith("skipped")


def test_formulas_are_compared_on_equal_counts() -> None:
    baseline = {field: np.array([1.0, 1.0]) for field in formulas.COUNTS}
    baseline |= {"flesch_reading_ease": np.array([-4.0, 50.0])}
    baseline |= {"flesch_kincaid_grade": np.array([1.0, 9.0]), "smog": np.array([2.0, 9.0])}
    baseline["words"][1] = 7.0  # another count, so that its formulas say nothing
    lengths = Lengths().analyze([Document.read("xxxx")] * 2)
    results = readability.ReadabilityResults(np.zeros(2), lengths, baseline)
    rows = by_key(readability.differences(results, baseline))
    gaps = [rows[f"{readability.EQUAL} {readability.difference(f)}"] for f in formulas.FORMULAS]
    assert [(gap.texts, gap.value, gap.met) for gap in gaps] == [
        (1, 0.0, True), (1, 0.0, True), (1, 0.5, False),
    ]  # fmt: skip


def test_language_of_short_and_long_sentences(tmp_path: Path) -> None:
    texts = [
        {"text": "We are happy to see all of you again on Monday.", "lang": "en"},
        {
            "text": "Wir freuen uns, dass unser Team in diesem Jahr weiter wächst. " * 2,
            "lang": "de",
        },
    ]
    lay(tmp_path, "langid_sample", "test", texts)
    rows = by_key(language.metric_rows(EvaluationRun(tmp_path, baselines="fast")))
    whole, short = rows.values()
    assert (whole.texts, whole.value, short.texts, short.value) == (2, 1, 1, 1)
    assert whole.baseline is not None
    assert whole.baseline.value == 1


def test_pace_is_taken_on_real_posts_alone(tmp_path: Path) -> None:
    assert list(throughput.metric_rows(EvaluationRun(tmp_path), Capitals(), entities.SHEET)) == []
    lay(
        tmp_path,
        "company_posts",
        "posts",
        [{"id": str(n), "text": "Anna " * 50} for n in range(50)],
    )
    [row] = throughput.metric_rows(EvaluationRun(tmp_path), Capitals(), entities.SHEET)
    assert row.value is not None
    assert row.value > 0
    assert (
        list(throughput.metric_rows(EvaluationRun(tmp_path, limit=5), Capitals(), entities.SHEET))
        == []
    )
