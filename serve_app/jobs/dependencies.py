"""What FastAPI injects into the endpoints of jobs, and which problems they share."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path
from starlette.requests import Request

from serve_app.jobs.jobs import Jobs, unknown_job
from serve_app.jobs.receiving import JobReceiver
from serve_app.jobs.watching import JobWatching
from serve_app.settings import JobSettings
from serve_app.workspaces.dependencies import WORKSPACE_PROBLEMS

ONE_PROBLEMS = (*WORKSPACE_PROBLEMS, "unknown-job")


@dataclass(frozen=True, slots=True)
class JobDesk:
    """What the endpoints of jobs work with."""

    jobs: Jobs
    receiver: JobReceiver
    watching: JobWatching
    settings: JobSettings


async def _desk(request: Request) -> JobDesk:
    desk: JobDesk = request.app.state.jobs
    return desk


async def _job_id(
    job_id: Annotated[str, Path(description="Of a job.", json_schema_extra={"format": "uuid"})],
) -> UUID:
    try:
        return UUID(job_id)
    except ValueError:
        raise unknown_job(job_id) from None


DeskDependency = Annotated[JobDesk, Depends(_desk)]
JobId = Annotated[UUID, Depends(_job_id)]
