"""What ``postlens warm`` shows and how it ends, around :mod:`serve_app.cli.analyze.cache_warming`.

Exit codes: 0 all posts are cached, 1 some are not or no service, 130 interrupted.
"""

import sys
import time
from functools import partial
from typing import Any

from rich.console import Console

from serve_app.cli.analyze.analyze_command import (
    BATCH_POSTS,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    TIMEOUT_MS,
    patient_client,
)
from serve_app.cli.analyze.cache_warming import WarmingTotals, warm_cache
from serve_app.cli.analyze.pipeline import open_source
from serve_app.cli.analyze.progress_display import Notes
from serve_app.files.rows import Format


def run(
    argument: str,
    *,
    format: Format | None,
    url: str,
    api_key: str | None,
    retry_for: float,
    **choices: Any,
) -> int:
    """Warm the service at ``url`` with the posts of a file; the exit code.

    ``choices`` are those of :func:`serve_app.cli.analyze.pipeline.open_source`.

    Raises:
        UnreadableSource: the file is not there, or in no known form.
        PostLensError: the service refused all posts or did not answer.
    """
    console = Console(stderr=True)
    source = open_source(argument, format, sys.stdin.buffer, on_note=Notes(console), **choices)
    started = time.monotonic()
    totals = WarmingTotals()
    with (
        patient_client(url, api_key, retry_for, console) as postlens,
        console.status("") as status,
    ):
        analyze = partial(postlens.items, timeout_ms=TIMEOUT_MS, batch_posts=BATCH_POSTS)
        try:
            totals = warm_cache(source, analyze, lambda sums: status.update(_summary(sums)))
        except KeyboardInterrupt:
            console.print("Interrupted; what was sent is cached.", highlight=False)
            return EXIT_INTERRUPTED
    took_s = time.monotonic() - started
    console.print(f"{_summary(totals)} ({took_s:.1f} s).", highlight=False, soft_wrap=True)
    return EXIT_FAILED if totals.failed or totals.incomplete else 0


def _summary(totals: WarmingTotals) -> str:
    return (
        f"{totals.posts:,} posts: {totals.computed:,} analysed and cached, {totals.cached:,} were "
        f"cached already, {totals.incomplete:,} incomplete, {totals.failed:,} failed"
    )
