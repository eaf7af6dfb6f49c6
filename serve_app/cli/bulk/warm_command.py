"""What ``postlens warm`` shows and how it ends, around :mod:`serve_app.cli.bulk.cache_warming`.

Exit codes: 0 all posts are cached, 1 some are not or no service, 130 interrupted.
"""

import sys
import time
from functools import partial

from rich.console import Console

from serve_app.cli.bulk.analyze_command import (
    BATCH_POSTS,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    TIMEOUT_MS,
)
from serve_app.cli.bulk.cache_warming import WarmingTotals, warm_cache
from serve_app.cli.bulk.pipeline import open_source
from serve_app.cli.bulk.readers import Format
from serve_app.client import PostLens


def run(argument: str, *, format: Format | None, url: str, api_key: str | None) -> int:
    """Warm the service at ``url`` with the posts of a file; the exit code.

    Raises:
        UnreadableSource: the file is not there, or in no known form.
        PostLensError: the service refused all posts or did not answer.
    """
    source = open_source(argument, format, sys.stdin.buffer)
    console = Console(stderr=True)
    started = time.monotonic()
    totals = WarmingTotals()
    with (
        PostLens.over_http(url, api_key, timeout_s=TIMEOUT_MS / 1000 + 30) as postlens,
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
