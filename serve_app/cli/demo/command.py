"""What ``postlens demo`` does, from the start of a service to its stop.

What it claims it has seen: every post answered, every row in Postgres, every second
answer from the cache. Anything else ends with the reason and exit code 1.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from serve_app.cli.demo import checks, table
from serve_app.cli.demo.timed_answer import analyze_all
from serve_app.client import PostLens, PostLensError
from serve_app.samples import sample_posts, sample_posts_by_language
from serve_app.standalone.embedded import EmbeddedServers
from serve_app.standalone.errors import ProcessFailed, StandaloneError
from serve_app.standalone.ports import free_port
from serve_app.standalone.readiness_probe import unready_reason
from serve_app.standalone.service_process import start_service

_START_TIMEOUT_S = 180.0
_LOG_LINES = 30


def run() -> int:
    """Run the demonstration; 0 if everything was as it must be, else 1."""
    console = Console(soft_wrap=True, highlight=False, markup=False)
    with tempfile.TemporaryDirectory(prefix="postlens-demo-") as folder:
        log = Path(folder) / "service.log"
        try:
            _demonstrate(Path(folder), log, console)
        except (checks.DemoFailed, StandaloneError, PostLensError) as error:
            console.print(f"The demo failed: {error}", style="red")
            if "service.log" not in str(error) and log.exists():
                console.print("The end of the service's log:\n" + _tail(log))
            return 1
    return 0


def _demonstrate(folder: Path, log: Path, console: Console) -> None:
    posts = sample_posts() + sample_posts_by_language()
    with EmbeddedServers.start(folder / "servers") as servers:
        os.environ["POSTLENS_DATABASE_URL"] = servers.database_url
        os.environ["POSTLENS_REDIS_URL"] = servers.redis_url
        with _service(folder, log, console) as url, PostLens.over_http(url) as postlens:
            console.print(table.header(), style="bold")
            started = time.perf_counter()
            answers = asyncio.run(
                analyze_all(postlens, posts, lambda answer: table.print_row(console, answer))
            )
            closing_line = table.closing_line(answers, time.perf_counter() - started)
            checks.require_complete(answers, closing_line)
            checks.require_stored(postlens, servers.database_url, answers)
            console.print(f"All {len(answers)} rows are in Postgres.")
            repeated = asyncio.run(analyze_all(postlens, posts, lambda _: None))
            checks.require_hits(repeated)
            console.print(table.cache_line(repeated))
    console.print("Stopped.")
    console.print(closing_line, style="bold green")


@contextmanager
def _service(folder: Path, log: Path, console: Console) -> Iterator[str]:
    """The URL of a service that is ready; it is stopped at the end."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    console.print(f"Starting PostLens on {url}, with its data in {folder} ...")
    started = time.monotonic()
    service = start_service(port, folder / "service", log)
    try:
        with console.status("Loading the models ..."):
            service.wait_until(lambda: unready_reason(url) is None, _START_TIMEOUT_S, poll_s=0.2)
    except ProcessFailed as error:  # it carries the end of the log
        raise checks.DemoFailed(f"the service did not start: {error}") from error
    try:
        console.print(f"Ready after {time.monotonic() - started:.0f} s.")
        yield url
    finally:
        service.stop()


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-_LOG_LINES:])
