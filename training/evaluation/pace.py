"""How many real posts an analysis reads in a second of one core."""

import time
from collections.abc import Iterator
from typing import Any

from deployments.analyzer import Analyzer
from training.evaluation import labels
from training.evaluation.figure import Figure, Sheet
from training.evaluation.run import Run, documents

MEASURE = "posts per CPU-second"


def figures(run: Run, analyzer: Analyzer[Any], sheet: Sheet) -> Iterator[Figure]:
    """The pace over all company posts; none in a quick run or where the posts are absent."""
    texts = list(labels.posts(run.data).values())
    if run.limit is not None or not texts:
        return
    read = documents(texts)
    started = time.process_time()
    analyzer.analyze(read)
    pace = len(texts) / (time.process_time() - started)
    yield sheet.figure(labels.CORPUS, len(texts), MEASURE, pace)
