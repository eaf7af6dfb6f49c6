"""How well each language is told in posts of 60 characters and more, written in it."""

from collections.abc import Iterator

import numpy as np

from training.datasets import posts_by_language
from training.evaluation.baselines import lid176
from training.evaluation.evaluation_run import EvaluationRun
from training.evaluation.metric_row import Baseline, MetricRow, MetricSheet, row_key

POSTS, ACCURACY = "posts_by_language, 60 characters and more", "accuracy"
_FEWEST_CHARACTERS = 60

SHEET = MetricSheet(
    "language",
    goals={row_key(POSTS, ACCURACY, code): 0.99 for code in posts_by_language.languages()},
)


def metric_rows(run: EvaluationRun) -> Iterator[MetricRow]:
    """Every row of the language by language; on all posts, for no model was trained to tell it."""
    for code in posts_by_language.languages():
        documents = [
            post.document
            for post in posts_by_language.read_language(code)
            if len(post.document.text) >= _FEWEST_CHARACTERS
        ]
        baseline = None
        if run.with_fast_baselines:
            codes = np.array(lid176.codes([document.text for document in documents]))
            baseline = Baseline(lid176.NAME, float((codes == code).mean()))
        value = np.mean([document.language.code == code for document in documents])
        yield SHEET.row(
            POSTS, len(documents), ACCURACY, float(value), baseline=baseline, language=code
        )
