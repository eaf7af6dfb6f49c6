"""How many real posts an analysis reads in a second of one core."""

import time
from collections.abc import Iterator
from typing import Any

from deployments.analyzer import Analyzer
from training.datasets import company_posts
from training.evaluation.evaluation_run import EvaluationRun, documents
from training.evaluation.metric_row import MetricRow, MetricSheet

MEASURE = "posts per CPU-second"


def metric_rows(
    run: EvaluationRun, analyzer: Analyzer[Any], sheet: MetricSheet
) -> Iterator[MetricRow]:
    """The throughput on all company posts; none in a quick run or where the posts are absent."""
    texts = list(company_posts.posts(run.data).values())
    if run.limit is not None or not texts:
        return
    posts = documents(texts)
    started_s = time.process_time()
    analyzer.analyze(posts)
    posts_per_s = len(posts) / (time.process_time() - started_s)
    yield sheet.row(company_posts.CORPUS, len(posts), MEASURE, posts_per_s)
