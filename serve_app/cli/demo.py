"""``postlens demo``: a real service, started, used, checked and stopped.

What it claims it has seen: every post answered, every row in Postgres, every second
answer from the cache. Anything else ends with the reason and exit code 1.
"""

import asyncio
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console

from deployments.results import ANALYSES, Analysis, R, Section, Status
from serve_app.client import PostLens, PostLensError
from serve_app.samples import SamplePost, sample_posts
from serve_app.settings import Settings
from serve_app.standalone.child_process import Child, EmbeddedError
from serve_app.standalone.embedded import EmbeddedServers
from serve_app.store.store import Store

_CLIENTS = 8
_START_TIMEOUT_S = 180.0
_STORED_TIMEOUT_S = 20.0
_STOP_TIMEOUT_S = 30.0
_WIDTHS = (8, 5, 9, 14, 30, 9, 6, 8)
_HEADER = ("post", "lang", "sentiment", "tone", "first keyword", "entities", "grade", "ms")


class DemoFailed(Exception):
    """Something was not as it must be; the message says what."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One post's answer and how long it took, or why there is none."""

    post: SamplePost
    took_ms: float
    analysis: Analysis | None
    reason: str = ""


def run() -> int:
    """Run the demonstration; 0 if everything was as it must be, else 1."""
    console = Console(soft_wrap=True, highlight=False, markup=False)
    with tempfile.TemporaryDirectory(prefix="postlens-demo-") as folder:
        log = Path(folder) / "service.log"
        try:
            _demonstrate(Path(folder), log, console)
        except (DemoFailed, EmbeddedError, PostLensError) as error:
            console.print(f"The demo failed: {error}", style="red")
            if "service.log" not in str(error) and log.exists():
                console.print("The end of the service's log:\n" + _tail(log))
            return 1
    return 0


def _demonstrate(folder: Path, log: Path, console: Console) -> None:
    posts = sample_posts()
    with EmbeddedServers.start(folder / "servers") as servers:
        os.environ["POSTLENS_DATABASE_URL"] = servers.database_url
        os.environ["POSTLENS_REDIS_URL"] = servers.redis_url
        with _service(folder, log, console) as url, PostLens.over_http(url) as postlens:
            console.print(_cells(_HEADER), style="bold")
            started = time.perf_counter()
            first = asyncio.run(_analyze_all(postlens, posts, console))
            took_s = time.perf_counter() - started
            closing = _closing_line(first, took_s)
            _require_complete(first, closing)
            _require_stored(postlens, servers.database_url, first, console)
            second = asyncio.run(_analyze_all(postlens, posts, None))
            _require_hits(second, console)
    console.print("Stopped.")
    console.print(closing, style="bold green")


@contextmanager
def _service(folder: Path, log: Path, console: Console) -> Iterator[str]:
    """The URL of a service that is ready; it is stopped at the end."""
    from serve_app.standalone.cluster import free_port

    port = free_port()
    url = f"http://127.0.0.1:{port}"
    console.print(f"Starting PostLens on {url}, with its data in {folder} ...")
    started = time.monotonic()
    command = ["-m", "serve_app.cli", "serve", "--port", str(port)]
    child = Child(
        [sys.executable, *command, "--data-dir", str(folder / "service")],
        log=log,
        stop_signal=signal.SIGINT,
    )
    try:
        with console.status("Loading the models ..."):
            _wait_until_ready(child, url)
        console.print(f"Ready after {time.monotonic() - started:.0f} s.")
        yield url
    finally:
        child.stop(_STOP_TIMEOUT_S)


def _wait_until_ready(child: Child, url: str) -> None:
    try:
        child.wait_until(lambda: _ready(url), _START_TIMEOUT_S)
    except EmbeddedError as error:  # it carries the end of the log
        raise DemoFailed(f"the service did not start: {error}") from error


def _ready(url: str) -> bool:
    time.sleep(0.2)
    try:
        return httpx.get(f"{url}/v1/health/ready", timeout=10).is_success
    except httpx.TransportError:
        return False


async def _analyze_all(
    postlens: PostLens, posts: Sequence[SamplePost], console: Console | None
) -> list[Answered]:
    turns = asyncio.Semaphore(_CLIENTS)

    async def one(post: SamplePost) -> Answered:
        async with turns:
            answered = await _analyze(postlens, post)
        if console:
            console.print(_cells(_row(answered)), style=None if answered.analysis else "red")
        return answered

    return await asyncio.gather(*map(one, posts))


async def _analyze(postlens: PostLens, post: SamplePost) -> Answered:
    started = time.perf_counter()
    try:
        analysis = await postlens.analyze_async(post.text, id=post.id)
    except PostLensError as error:
        return Answered(post, (time.perf_counter() - started) * 1000, None, str(error))
    return Answered(post, (time.perf_counter() - started) * 1000, analysis, _lacking(analysis))


def _lacking(analysis: Analysis) -> str:
    """Which sections are not what they must be; empty where all are."""
    final = (Status.OK, Status.UNSUPPORTED_LANGUAGE)
    statuses = {name: getattr(analysis, name).status for name in ANALYSES}
    return ", ".join(f"{name} {status}" for name, status in statuses.items() if status not in final)


def _row(answered: Answered) -> tuple[str, ...]:
    analysis, took = answered.analysis, f"{answered.took_ms:,.0f}"
    if analysis is None:
        return (answered.post.id, "", "failed", answered.reason, "", "", "", took)
    return (
        answered.post.id,
        analysis.language.code,
        _shown(analysis.sentiment, lambda s: s.label),
        _shown(analysis.tone, lambda t: t.dominant),
        _shown(analysis.keywords, lambda k: k.items[0].text if k.items else ""),
        _shown(analysis.entities, lambda e: str(len(e.items))),
        _shown(analysis.readability, lambda r: f"{r.grade:.1f}"),
        took,
    )


def _shown(section: Section[R] | None, words: Callable[[R], str]) -> str:
    if section is None or section.result is None:
        return "-"
    return words(section.result)


def _cells(cells: Sequence[str]) -> str:
    fitted = [
        cell if len(cell) <= width else cell[: width - 1] + "…"
        for cell, width in zip(cells, _WIDTHS, strict=True)
    ]
    left = [cell.ljust(width) for cell, width in zip(fitted[:5], _WIDTHS, strict=False)]
    right = [cell.rjust(width) for cell, width in zip(fitted[5:], _WIDTHS[5:], strict=True)]
    return " ".join([*left, *right])


def _require_complete(answers: Sequence[Answered], closing: str) -> None:
    failed = [answered for answered in answers if answered.reason]
    if failed:
        reasons = "\n".join(f"  {answered.post.id}: {answered.reason}" for answered in failed)
        raise DemoFailed(f"{closing}\n{reasons}")


def _require_stored(
    postlens: PostLens, database_url: str, answers: Sequence[Answered], console: Console
) -> None:
    digests = [answered.analysis.digest for answered in answers if answered.analysis]
    missing = asyncio.run(_not_in_postgres(database_url, digests))
    if missing:
        raise DemoFailed(f"{len(missing)} of {len(digests)} rows are not in Postgres: {missing}")
    unknown = [digest for digest in digests if postlens.find(digest) is None]
    if unknown:
        raise DemoFailed(f"GET /v1/analyses does not know {len(unknown)} digests: {unknown}")
    console.print(f"All {len(digests)} rows are in Postgres.")


async def _not_in_postgres(database_url: str, digests: Sequence[str]) -> list[str]:
    """The digests without a row; they are written behind the answers, so wait a while."""
    store = await Store.open(database_url, Settings().store)
    deadline = time.monotonic() + _STORED_TIMEOUT_S
    try:
        missing = list(digests)
        while missing and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
            missing = [digest for digest in missing if await store.find(digest) is None]
        return missing
    finally:
        await store.close()


def _require_hits(answers: Sequence[Answered], console: Console) -> None:
    others = [a.post.id for a in answers if a.analysis is None or a.analysis.cache != "hit"]
    if others:
        raise DemoFailed(f"The second pass was not answered from the cache: {', '.join(others)}")
    p50_ms = statistics.median(answered.took_ms for answered in answers)
    console.print(f"Second pass: all {len(answers)} from the cache, p50 {p50_ms:.1f} ms.")


def _closing_line(answers: Sequence[Answered], took_s: float) -> str:
    failed = sum(bool(answered.reason) for answered in answers)
    times_ms = [answered.took_ms for answered in answers]
    p95_ms = statistics.quantiles(times_ms, n=20, method="inclusive")[-1]
    return (
        f"{len(answers) - failed} posts analysed, {failed} failed, "
        f"{len(answers) / took_s:.1f} posts/s, "
        f"p50 {statistics.median(times_ms):.0f} ms, p95 {p95_ms:.0f} ms"
    )


def _tail(log: Path, lines: int = 30) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
