"""Jobs: many posts analysed beside the requests, whatever happens meanwhile."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO, TypedDict, Unpack
from uuid import UUID

import orjson
from pydantic import Field

from deployments.results import Analysis
from deployments.wire import decode_analysis
from serve_app.client.calls import both, each
from serve_app.client.connection import Resource, new_key, path_of
from serve_app.client.decoding import decode
from serve_app.client.errors import AnalysisProblem, ServiceUnreachable
from serve_app.client.posts.filters import Filters
from serve_app.client.posts.transfer import decoded_lines, file_parts, format_of_file
from serve_app.client.server_events import event_data

_PATH = path_of("jobs")
_PAGE_JOBS = 100
_PAGE_FAILURES = 500
_RECONNECT_S = 1.0
#: The service fetches a file for up to half of it, unless it is set otherwise.
FETCH_TIMEOUT_S = 600.0
_ANY_BYTES = {"Content-Type": "application/octet-stream"}
#: Conditions that may have several values.
_SEVERAL = frozenset(
    ("tag", "emotion", "entity", "keyword", "hashtag", "mention", "host", "has", "has_not")
)


class JobOptions(TypedDict, total=False):
    """What is asked for; what is not given is the service's default.

    Attributes:
        analyses: which of the five; all by default.
        offsets: the unit of every start and end: codepoint, utf16 or utf8.
        top_n: how many keywords, 1..50.
        priority: low, normal or high, among the jobs of the workspace.
        webhooks: ids of those that are told of the end; None is all that take ``job.ended``.
    """

    analyses: Sequence[str]
    offsets: str
    top_n: int
    priority: str
    webhooks: Sequence[UUID | str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlippedAnalysis:
    """What a post's analysis came out as, before and after a replay."""

    post_id: UUID
    before: Annotated[Any, Field(alias="from")]
    after: Annotated[Any, Field(alias="to")]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlippedPosts:
    """How many posts an analysis came out otherwise of, and the first of them."""

    posts: int
    examples: tuple[FlippedAnalysis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job, and how far it is.

    Attributes:
        kind: where its posts come from: posts, file, url, filter or replay.
        state: waiting, running, completed or cancelled.
        posts: so far, until ``all_posts_found``.
        posts_per_s: of the last minute; of all its time, once it has ended.
        time_left_s: at this rate; None where that is not known.
        reason: why the service has cancelled it; None where it has not.
        flips: of a replay, by analysis.
    """

    id: UUID
    kind: str
    state: str
    priority: str
    analyses: tuple[str, ...]
    offsets: str
    top_n: int
    filter: Mapping[str, Any] | None
    webhooks: tuple[UUID, ...] | None
    posts: int
    all_posts_found: bool
    succeeded: int
    failed: int
    posts_per_s: float | None
    time_left_s: float | None
    reason: str | None
    flips: Mapping[str, FlippedPosts] | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobResult:
    """What came of one post of a job.

    Attributes:
        index: its place among the posts, from 0.
        id: the caller's own; of a kept post its id.
        analysis: None where there is none, and in a replay.
        problem: why there is none; None where nothing is wrong.
        flips: of a replay: by analysis, what it was (``from``) and is (``to``).
    """

    index: int
    id: str | None
    analysis: Analysis | None
    problem: AnalysisProblem | None
    flips: Mapping[str, Mapping[str, Any]] | None


class Jobs(Resource):
    """The jobs of the caller's workspace."""

    async def _create(
        self, posts: Iterable[str | Mapping[str, Any]], **options: Unpack[JobOptions]
    ) -> Job:
        """Have posts analysed: each its text, or an object with ``text`` and ``id``.

        They travel in one body of up to 8 MiB; :meth:`create_from_file` has no such bound.

        Raises:
            RequestRefused: there are none, or too many jobs.
        """
        objects = [{"text": post} if isinstance(post, str) else post for post in posts]
        return await self._send({"posts": objects, **options})

    create, create_async = both(_create)

    async def _create_from_kept(
        self,
        filters: Filters | None = None,
        *,
        replay: bool = False,
        **options: Unpack[JobOptions],
    ) -> Job:
        """Have kept posts analysed.

        Args:
            filters: which; None is all.
            replay: whether the analyses that they have are replaced by those of the present
                versions, and what came out otherwise is counted.
            options: see :class:`JobOptions`.

        Raises:
            RequestRefused: a condition is none, or there are too many jobs.
        """
        conditions = {name: _condition(name, value) for name, value in (filters or {}).items()}
        return await self._send({"filter": conditions, "replay": replay, **options})

    create_from_kept, create_from_kept_async = both(_create_from_kept)

    async def _create_from_file(
        self,
        file: Path | str | BinaryIO,
        *,
        format: str | None = None,
        encoding: str | None = None,
        text_column: str | None = None,
        id_column: str | None = None,
        on_sent: Callable[[int], None] = lambda size_bytes: None,
        **options: Unpack[JobOptions],
    ) -> Job:
        """Have the posts of a file analysed.

        Args:
            file: a path, or what is read in binary; CSV, lines of JSON or a JSON array, each
                perhaps packed by gzip. Through Ray it may have 64 MiB.
            format: csv, ndjson or json; by default what the path's ending tells.
            encoding, text_column, id_column: where they are not told by the file.
            on_sent: told how many bytes were sent so far; called in the client's own thread.
            options: see :class:`JobOptions`.

        Raises:
            RequestRefused: it cannot be read, or there are too many jobs.
        """
        query: dict[str, Any] = {
            **options,
            "format": format or format_of_file(file),
            "encoding": encoding,
            "text_column": text_column,
            "id_column": id_column,
        }
        headers = {**_ANY_BYTES, **new_key()}
        parts = file_parts(file, on_sent)
        answer = self._connection.stream("POST", _PATH, query=query, headers=headers, parts=parts)
        return decode(Job, orjson.loads(b"".join([part async for part in answer])))

    create_from_file, create_from_file_async = both(_create_from_file)

    async def _create_from_url(
        self,
        url: str,
        *,
        format: str | None = None,
        encoding: str | None = None,
        text_column: str | None = None,
        id_column: str | None = None,
        timeout_s: float = FETCH_TIMEOUT_S,
        **options: Unpack[JobOptions],
    ) -> Job:
        """Have the posts of a file analysed that the service fetches, such as an uploaded object.

        Args:
            url: of the file, perhaps signed; the service keeps it nowhere.
            format: csv, ndjson or json; by default as its server says, or its beginning.
            encoding, text_column, id_column: where they are not told by the file.
            timeout_s: how long it may take until the service has all posts.
            options: see :class:`JobOptions`.

        Raises:
            RequestRefused: it cannot be fetched or read, or there are too many jobs.
        """
        reading = {
            "format": format,
            "encoding": encoding,
            "text_column": text_column,
            "id_column": id_column,
        }
        return await self._send({"url": url, **reading, **options}, timeout_s=timeout_s)

    create_from_url, create_from_url_async = both(_create_from_url)

    async def _all(
        self, *, state: str | Sequence[str] | None = None, kind: str | Sequence[str] | None = None
    ) -> AsyncIterator[list[Job]]:
        """Jobs, newest first, one by one; only those of some states or kinds."""
        query = {"state": state, "kind": kind, "limit": _PAGE_JOBS}
        async for page in self._connection.pages(_PATH, query):
            yield [decode(Job, item) for item in page]

    all, all_async = each(_all)

    async def _get(self, job_id: UUID | str) -> Job:
        """One job."""
        return decode(Job, await self._connection.json("GET", path_of("jobs", job_id)))

    get, get_async = both(_get)

    async def _watch(self, job_id: UUID | str, *, every_s: float = 1.0) -> AsyncIterator[list[Job]]:
        """The job, again and again until it has ended."""
        while True:
            job = await self._get(job_id)
            yield [job]
            if job.ended_at is not None:
                return
            await asyncio.sleep(every_s)

    watch, watch_async = each(_watch)

    async def _events(self, job_id: UUID | str) -> AsyncIterator[list[Job]]:
        """The job whenever it changes, as the service tells it, until it has ended.

        Where that breaks off, or too many listen, it is asked for once a second meanwhile.

        Raises:
            RequestRefused: there is no such job.
            ServiceUnreachable: nobody answers any more.
        """
        last = None
        async for job in self._told(job_id):
            if job != last:
                yield [job]
            if job.ended_at is not None:
                return
            last = job

    events, events_async = each(_events)

    async def _told(self, job_id: UUID | str) -> AsyncIterator[Job]:
        """The job, again and again, without an end."""
        while True:
            with contextlib.suppress(ServiceUnreachable):
                answer = self._connection.stream("GET", path_of("jobs", job_id, "events"))
                async for data in event_data(answer):
                    yield decode(Job, orjson.loads(data))
            yield await self._get(job_id)  # tells whether anybody answers
            await asyncio.sleep(_RECONNECT_S)

    async def _wait(self, job_id: UUID | str, *, every_s: float = 1.0) -> Job:
        """The job once it has ended."""
        async for [job] in self._watch(job_id, every_s=every_s):
            last = job
        return last

    wait, wait_async = both(_wait)

    async def _results(
        self, job_id: UUID | str, *, start: int = 0
    ) -> AsyncIterator[list[JobResult]]:
        """What came of its posts, in their order, one by one.

        While the job runs, up to the first post that has no answer yet; go on with ``start``, the
        number of posts so far.
        """
        path = path_of("jobs", job_id, "results")
        answer = self._connection.stream("GET", path, query={"from": start})
        async for lines in decoded_lines(answer):
            yield [_result(line) for line in lines]

    results, results_async = each(_results)

    async def _export(
        self, job_id: UUID | str, *, format: str = "ndjson", start: int = 0
    ) -> AsyncIterator[list[bytes]]:
        """As :meth:`results`, as a file in parts: lines of JSON, or ``csv``."""
        path = path_of("jobs", job_id, "results")
        async for part in self._connection.stream(
            "GET", path, query={"from": start, "format": format}
        ):
            yield [part]

    export, export_async = each(_export)

    async def _failures(self, job_id: UUID | str) -> AsyncIterator[list[JobResult]]:
        """Posts that have no answer, in their order, one by one."""
        path = path_of("jobs", job_id, "failures")
        async for page in self._connection.pages(path, {"limit": _PAGE_FAILURES}):
            yield [_result(line) for line in page]

    failures, failures_async = each(_failures)

    async def _cancel(self, job_id: UUID | str) -> Job:
        """Have nothing more analysed; what has been is kept."""
        path = path_of("jobs", f"{job_id}:cancel")
        return decode(Job, await self._connection.json("POST", path))

    cancel, cancel_async = both(_cancel)

    async def _retry(self, job_id: UUID | str) -> Job:
        """Have the posts analysed again that have failed; not those that were refused.

        Raises:
            RequestRefused: there is no such job, or it was cancelled.
        """
        path = path_of("jobs", f"{job_id}:retry")
        return decode(Job, await self._connection.json("POST", path))

    retry, retry_async = both(_retry)

    async def _delete(self, job_id: UUID | str) -> bool:
        """Delete a job that has ended, with its results; whether there was one.

        Raises:
            RequestRefused: it has not ended.
        """
        return await self._connection.delete(path_of("jobs", job_id), "unknown-job")

    delete, delete_async = both(_delete)

    async def _send(self, body: Mapping[str, Any], *, timeout_s: float | None = None) -> Job:
        answer = await self._connection.json(
            "POST", _PATH, body=dict(body), headers=new_key(), timeout_s=timeout_s
        )
        return decode(Job, answer)


def _condition(name: str, value: Any) -> Any:
    """A condition as JSON has it: several may be one."""
    if isinstance(value, datetime):
        return value.isoformat()
    return [value] if name in _SEVERAL and isinstance(value, str) else value


def _result(line: Mapping[str, Any]) -> JobResult:
    return JobResult(
        index=line["index"],
        id=line["id"],
        analysis=decode_analysis(line["result"]) if "result" in line else None,
        problem=AnalysisProblem.from_json(line["error"]) if "error" in line else None,
        flips=line.get("flips"),
    )
