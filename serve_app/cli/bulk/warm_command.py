"""What ``postlens warm`` shows and how it ends, around :mod:`serve_app.cli.bulk.warm`.

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
from serve_app.cli.bulk.pipeline import open_source
from serve_app.cli.bulk.readers import Format
from serve_app.cli.bulk.warm import Warmed, warm
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
    warmed = Warmed()
    with (
        PostLens.over_http(url, api_key, timeout_s=TIMEOUT_MS / 1000 + 30) as postlens,
        console.status("") as status,
    ):
        analyse = partial(postlens.items, timeout_ms=TIMEOUT_MS, batch_posts=BATCH_POSTS)
        try:
            warmed = warm(source, analyse, lambda so_far: status.update(_said(so_far)))
        except KeyboardInterrupt:
            console.print("Interrupted; what was sent is cached.", highlight=False)
            return EXIT_INTERRUPTED
    took_s = time.monotonic() - started
    console.print(f"{_said(warmed)} ({took_s:.1f} s).", highlight=False, soft_wrap=True)
    return EXIT_FAILED if warmed.failed or warmed.incomplete else 0


def _said(warmed: Warmed) -> str:
    return (
        f"{warmed.posts:,} posts: {warmed.computed:,} analysed and cached, {warmed.cached:,} were "
        f"cached already, {warmed.incomplete:,} incomplete, {warmed.failed:,} failed"
    )
