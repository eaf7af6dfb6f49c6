"""GET /problems/{slug}: what a problem type means."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import AfterValidator

from serve_app.api.openapi import may_answer
from serve_app.api.schemas import ProblemKind
from serve_app.errors import InvalidRequest
from serve_app.problems import PROBLEM_TYPES, problem, quote

router = APIRouter(tags=["problems"])


def _validate_slug(slug: str) -> str:
    if slug in PROBLEM_TYPES:
        return slug
    fix = f"The kinds of problems are: {', '.join(PROBLEM_TYPES)}."
    raise InvalidRequest(problem("not-found", f"{quote(slug)} is no kind of problem.", fix=fix))


_Slug = Annotated[
    str,
    Path(
        description="The last part of a problem's `type`.",
        json_schema_extra={"enum": list(PROBLEM_TYPES)},
    ),
    AfterValidator(_validate_slug),
]


@router.get(
    "/problems/{slug}",
    operation_id="problem",
    summary="What a kind of problem means",
    openapi_extra=may_answer("not-found"),
)
async def problem_page(slug: _Slug) -> ProblemKind:
    """The page that the `type` of a problem names."""
    problem_type = PROBLEM_TYPES[slug]
    return ProblemKind(
        type=problem_type.uri,
        title=problem_type.title,
        status=problem_type.status,
        fix=problem_type.fix,
        example=problem_type.example,
    )
