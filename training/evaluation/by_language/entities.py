"""How well names are found in each language: news, treebanks, Wikipedia, posts written for it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from deployments.analyzer import Analyzer
from deployments.results import Entities, Language
from training.datasets import posts_by_language
from training.datasets.entity_sets import (
    EntityDocument,
    EntitySpan,
    read_for_measuring,
    read_split,
)
from training.datasets.sources import measuring_sets, read_manifest
from training.evaluation import metrics
from training.evaluation.baselines import spacy_small
from training.evaluation.evaluation_run import EvaluationRun
from training.evaluation.metric_row import Baseline, MetricRow, MetricSheet, row_key

#: People, organisations, places: what every set has.
LABELS = ("PERSON", "ORG", "LOC")
F1 = "F1, PERSON, ORG, LOC"
GERMAN, TREEBANKS, SWEDISH, POLISH = "germeval2014", "uner", "swedish_news_ner", "kpwr_ner"
#: Newspapers of 1870 to 1940 through OCR; and Wikipedia, labelled by machine, never trained on.
OLD_NEWS, WIKIPEDIA = "europeana_ner", "wikineural_sample"
SETS = (GERMAN, TREEBANKS, SWEDISH, POLISH, WIKIPEDIA, OLD_NEWS)
POSTS = "posts_by_language"

SHEET = MetricSheet(
    "entities",
    goals={
        row_key(GERMAN, F1, "de"): 0.75,
        row_key(TREEBANKS, F1, "pt"): 0.80,
        row_key(TREEBANKS, F1, "da"): 0.75,
        row_key(SWEDISH, F1, "sv"): 0.80,
        row_key(POLISH, F1, "pl"): 0.65,
        **{row_key(WIKIPEDIA, F1, code): 0.70 for code in ("es", "it", "fr", "nl")},
    },
)


def metric_rows(run: EvaluationRun, analyzer: Analyzer[Entities]) -> Iterator[MetricRow]:
    """Every row of the entities by language."""
    manifest = read_manifest()
    for corpus in SETS:
        split = "train" if corpus == SWEDISH else "validation"
        for code in manifest[corpus].languages(split):
            yield _row(run, analyzer, corpus, code, _texts(run, corpus, code))
    for code in posts_by_language.languages():
        posts = posts_by_language.read_language(code, split="validation")
        texts = [EntityDocument(post.document, post.names) for post in posts]
        yield _row(run, analyzer, POSTS, code, texts)


def _texts(run: EvaluationRun, corpus: str, code: str) -> list[EntityDocument]:
    if corpus in measuring_sets():
        return run.sample(corpus, read_for_measuring(run.data, corpus, code))
    return run.sample(corpus, read_split(run.data, corpus, "validation", language=code))


def _row(
    run: EvaluationRun,
    analyzer: Analyzer[Entities],
    corpus: str,
    code: str,
    texts: Sequence[EntityDocument],
) -> MetricRow:
    documents = [replace(text.document, language=Language(code, 1.0)) for text in texts]
    spans = [
        {EntitySpan(item.start, item.end, item.label) for item in result.items}
        for result in analyzer.analyze(documents)
    ]
    truth = [text.spans for text in texts]
    baseline = None
    if run.with_fast_baselines and code in spacy_small.LANGUAGES:
        stock = spacy_small.spans([text.marked.text for text in texts], code)
        baseline = Baseline(spacy_small.name(code), metrics.span_f1(truth, stock, LABELS)[2])
    value = metrics.span_f1(truth, spans, LABELS)[2]
    return SHEET.row(corpus, len(texts), F1, value, baseline=baseline, language=code)
