"""What ``postlens jobs list``, ``cancel``, ``retry`` and ``delete`` print."""

from collections.abc import Sequence
from itertools import islice

from rich.table import Table

from serve_app.cli.output import console, print_line, say
from serve_app.client import PostLens
from serve_app.client.jobs import Job


def run(
    *,
    states: Sequence[str],
    kinds: Sequence[str],
    limit: int,
    as_json: bool,
    url: str,
    api_key: str | None,
) -> None:
    """List jobs.

    Raises:
        PostLensError: the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        found = postlens.jobs.all(state=states or None, kind=kinds or None)
        _print(list(islice(found, limit or None)), as_json=as_json)


def change(
    name: str, job_ids: Sequence[str], *, as_json: bool, url: str, api_key: str | None
) -> None:
    """Cancel, retry or delete jobs, one after the other.

    Raises:
        PostLensError: the service refused one, or did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        if name == "delete":
            for job_id in job_ids:
                there = postlens.jobs.delete(job_id)
                say(f"Job {job_id} is deleted." if there else f"There is no job {job_id}.")
            return
        act = postlens.jobs.cancel if name == "cancel" else postlens.jobs.retry
        _print([act(job_id) for job_id in job_ids], as_json=as_json)


def _print(jobs: Sequence[Job], *, as_json: bool) -> None:
    if as_json:
        for job in jobs:
            print_line(job)
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("id", "kind", "state", "priority", "created"):
        table.add_column(name, no_wrap=True)
    for name in ("posts", "answered", "failed", "posts/s", "time left"):
        table.add_column(name, justify="right", no_wrap=True)
    for job in jobs:
        table.add_row(*_cells(job))
    if jobs:
        console().print(table)
    else:
        say("There are no jobs.")


def _cells(job: Job) -> list[str]:
    posts = f"{job.posts:,}" + "+" * (not job.all_posts_found)
    rate = "" if job.posts_per_s is None else f"{job.posts_per_s:.1f}"
    left = "" if job.time_left_s is None else f"{job.time_left_s:,.0f} s"
    created = f"{job.created_at:%Y-%m-%d %H:%M}"
    done = f"{job.succeeded:,}", f"{job.failed:,}"
    return [str(job.id), job.kind, job.state, job.priority, created, posts, *done, rate, left]
