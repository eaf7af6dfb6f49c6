"""How many real posts an analysis reads in a second of one core."""

import time
from collections.abc import Iterator
from typing import Any

from deployments.analyzer import Analyzer
from training.datasets import company_posts
from training.evaluation.evaluation_run import Run, documents
from training.evaluation.metric_row import Figure, Sheet

MEASURE = "posts per CPU-second"


def figures(run: Run, analyzer: Analyzer[Any], sheet: Sheet) -> Iterator[Figure]:
    """The pace over all company posts; none in a quick run or where the posts are absent."""
    texts = list(company_posts.posts(run.data).values())
    if run.limit is not None or not texts:
        return
    read = documents(texts)
    started = time.process_time()
    analyzer.analyze(read)
    pace = len(texts) / (time.process_time() - started)
    yield sheet.figure(company_posts.CORPUS, len(texts), MEASURE, pace)
