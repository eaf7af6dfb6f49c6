"""How well key phrases are found in each language, and that none is cut where it must not be."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import regex

from deployments.analyzer import Analyzer
from deployments.languages.loading import rules_of
from deployments.results import Keyword, Keywords, Language
from training.datasets import posts_by_language
from training.datasets.keyphrases import KeyphraseText, papyrus
from training.datasets.posts_by_language import MultitaskPost
from training.evaluation.baselines import phrases
from training.evaluation.evaluation_run import EvaluationRun
from training.evaluation.keywords import f1
from training.evaluation.metric_row import Baseline, MetricRow, MetricSheet, row_key

THESES, POSTS = "papyrus_fr, half", "posts_by_language"
F1, STOP_WORDS, CUT_NAMES = (
    "F1@10",
    "phrases with a stop word at an edge",
    "phrases that cut a name",
)

SHEET = MetricSheet(
    "keywords",
    goals={
        row_key(POSTS, measure, code): 0.0
        for measure in (STOP_WORDS, CUT_NAMES)
        for code in posts_by_language.languages()
    },
)
_WORD = regex.compile(r"[\p{L}\p{N}]+(?:[’'.-][\p{L}\p{N}]+)*+")


def metric_rows(run: EvaluationRun, analyzer: Analyzer[Keywords]) -> Iterator[MetricRow]:
    """Every row of the keywords by language."""
    theses = run.sample(THESES, papyrus(run.data, "validation"))
    yield _f1(run, THESES, "fr", theses, _keywords(analyzer, theses, "fr"))
    for code in posts_by_language.languages():
        posts = posts_by_language.read_language(code, split="validation")
        texts = [_keyphrase_text(post, code) for post in posts]
        keywords = _keywords(analyzer, texts, code)
        yield _f1(run, POSTS, code, texts, keywords)
        phrase_posts = [
            (phrase, post) for post, each in zip(posts, keywords, strict=True) for phrase in each
        ]
        yield _share(
            STOP_WORDS, code, [has_stop_word_at_edge(*each, code) for each in phrase_posts]
        )
        yield _share(CUT_NAMES, code, [cuts_name(*each) for each in phrase_posts])


def _keyphrase_text(post: MultitaskPost, code: str) -> KeyphraseText:
    return KeyphraseText.of(post.document, post.keyphrases, code)


def _keywords(
    analyzer: Analyzer[Keywords], texts: Sequence[KeyphraseText], code: str
) -> list[tuple[Keyword, ...]]:
    documents = [replace(text.document, language=Language(code, 1.0)) for text in texts]
    return [result.items for result in analyzer.analyze(documents)]


def _f1(
    run: EvaluationRun,
    corpus: str,
    code: str,
    texts: Sequence[KeyphraseText],
    keywords: Sequence[Sequence[Keyword]],
) -> MetricRow:
    baseline = None
    if run.with_fast_baselines:
        surfaces = phrases.yake(code)([text.document.text for text in texts])
        baseline = Baseline(phrases.YAKE, f1(texts, surfaces, 10))
    value = f1(texts, [[keyword.text for keyword in each] for each in keywords], 10)
    return SHEET.row(corpus, len(texts), F1, value, baseline=baseline, language=code)


def has_stop_word_at_edge(phrase: Keyword, post: MultitaskPost, code: str) -> bool:
    """Whether the first or the last word is one that no key phrase of the language holds.

    An article that belongs to a marked name ("La Rochelle") may stand there.
    """
    words = _WORD.findall(phrase.text.lower())
    return bool(words) and any(
        word in rules_of(code).stop_words
        and not any(name.start <= place < name.end for name in post.names.spans)
        for word, place in ((words[0], phrase.start), (words[-1], phrase.end - 1))
    )


def cuts_name(phrase: Keyword, post: MultitaskPost) -> bool:
    """Whether the phrase has part of a marked name and not all of it."""
    return any(
        phrase.start < name.end
        and name.start < phrase.end
        and not (phrase.start <= name.start and name.end <= phrase.end)
        for name in post.names.spans
    )


def _share(measure: str, code: str, is_wrong: Sequence[bool]) -> MetricRow:
    value = sum(is_wrong) / max(1, len(is_wrong))
    return SHEET.row(POSTS, len(is_wrong), measure, value, lower_is_better=True, language=code)
