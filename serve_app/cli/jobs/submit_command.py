"""What ``postlens jobs submit`` and ``postlens replay`` do."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from serve_app.cli.jobs import watch_command
from serve_app.cli.options import given
from serve_app.cli.output import print_json, say
from serve_app.client import PostLens
from serve_app.client.jobs import Job

_READING = ("format", "encoding", "text_column", "id_column")
_OPTIONS = ("analyses", "top_n", "priority")
_OTHERS = (*_READING, *_OPTIONS, "watch", "as_json", "url", "api_key")


def submit(source: str | None, choices: Mapping[str, Any]) -> int:
    """Send a file, its URL, or conditions on kept posts; the exit code.

    Raises:
        PostLensError: the service refused it, or did not answer.
        OSError: the file cannot be read.
    """
    options: Any = {name: choices[name] for name in _OPTIONS}
    with watch_command.patient(choices["url"], choices["api_key"]) as postlens:
        if source is None:
            job = postlens.jobs.create_from_kept(_filters(choices), **options)
        elif source.lower().startswith(("https://", "http://")):
            reading: Any = {name: choices[name] for name in _READING}
            job = postlens.jobs.create_from_url(source, **reading, **options)
        else:
            job = _send_file(postlens, source, choices, options)
        return _follow(postlens, job, choices)


def replay(choices: Mapping[str, Any]) -> int:
    """Have kept posts analysed again; the exit code.

    Raises:
        PostLensError: the service refused it, or did not answer.
    """
    with watch_command.patient(choices["url"], choices["api_key"]) as postlens:
        job = postlens.jobs.create_from_kept(
            _filters(choices), replay=True, priority=choices["priority"]
        )
        return _follow(postlens, job, choices)


def _send_file(postlens: PostLens, source: str, choices: Mapping[str, Any], options: Any) -> Job:
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("sent"), DownloadColumn(), TransferSpeedColumn(), console=console,
        disable=not console.is_terminal,
    )  # fmt: skip
    reading: Any = {name: choices[name] for name in _READING}
    with bar:
        size_bytes = None if source == "-" else Path(source).stat().st_size
        task = bar.add_task("", total=size_bytes)
        return postlens.jobs.create_from_file(
            sys.stdin.buffer if source == "-" else source,
            on_sent=lambda sent: bar.update(task, completed=sent),
            **reading,
            **options,
        )


def _follow(postlens: PostLens, job: Job, choices: Mapping[str, Any]) -> int:
    if choices["watch"]:
        say(f"Job {job.id}")
        return watch_command.watch(postlens, str(job.id), as_json=choices["as_json"])
    if choices["as_json"]:
        print_json(job)
    else:
        print(job.id)
        say(f"See how far it is: postlens jobs watch {job.id}")
    return 0


def _filters(choices: Mapping[str, Any]) -> Any:
    return given({name: value for name, value in choices.items() if name not in _OTHERS})
