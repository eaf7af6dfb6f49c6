"""What ``postlens jobs watch`` shows: a bar while the job runs, and what came of it."""

from collections.abc import Iterable

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from serve_app.cli.output import print_json, say
from serve_app.client import PostLens
from serve_app.client.jobs import FlippedPosts, Job

_PATIENCE_S = 300.0


def run(job_id: str, *, url: str, api_key: str | None) -> int:
    """Watch a job; the exit code.

    Raises:
        PostLensError: there is no such job, or the service did not answer.
    """
    with patient(url, api_key) as postlens:
        return watch(postlens, job_id, as_json=False)


def patient(url: str, api_key: str | None) -> PostLens:
    """A client that waits for a service which goes away: the job is still there."""
    return PostLens.over_http(url, api_key, patience_s=_PATIENCE_S, on_outage=say)


def watch(postlens: PostLens, job_id: str, *, as_json: bool) -> int:
    """Watch a job until its end: 0 where all posts have an answer, 1 where some have none.

    Raises:
        PostLensError: there is no such job, or the service did not answer.
    """
    try:
        job = _last_with_bar(postlens.jobs.watch(job_id))
    except KeyboardInterrupt:
        say(f"The job goes on; look again with: postlens jobs watch {job_id}")
        return 130
    if as_json:
        print_json(job)
    _tell(job)
    return int(job.state != "completed" or job.failed > 0)


def _last_with_bar(jobs: Iterable[Job]) -> Job:
    console = Console(stderr=True)
    bar = Progress(
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[done]:,} posts, {task.fields[rate]:.1f} posts/s"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("", total=None, done=0, rate=0.0)
        for job in jobs:
            done = job.succeeded + job.failed
            total = job.posts if job.all_posts_found else None
            bar.update(task, total=total, completed=done, done=done, rate=job.posts_per_s or 0.0)
    return job


def _tell(job: Job) -> None:
    rate = f", {job.posts_per_s:.1f} posts/s" if job.posts_per_s else ""
    say(
        f"The job is {job.state}: {job.succeeded:,} of {job.posts:,} posts have an answer, "
        f"{job.failed:,} failed{rate}."
    )
    if job.reason:
        say(job.reason)
    if job.failed:
        say(f"See why: postlens jobs failures {job.id}")
    for analysis, flips in (job.flips or {}).items():
        _tell_flips(analysis, flips)
    if job.kind == "replay" and not job.flips:
        say("No analysis came out otherwise.")


def _tell_flips(analysis: str, flips: FlippedPosts) -> None:
    say(f"{analysis} came out otherwise of {flips.posts:,} posts:")
    for example in flips.examples:
        say(f"  {example.post_id}: {_words(example.before)} -> {_words(example.after)}")


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
