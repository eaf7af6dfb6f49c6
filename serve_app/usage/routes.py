"""GET /v1/usage: what was asked for in a workspace, for those who have the scope `admin`."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from serve_app.api.openapi import may_answer
from serve_app.errors import InvalidRequest
from serve_app.problems import problem, quote
from serve_app.response.timestamps import rfc3339
from serve_app.usage.schemas import MAX_DAYS, UsageBody
from serve_app.usage.usage import DayUsage, MonthQuota, Usage
from serve_app.workspaces.dependencies import WORKSPACE_PROBLEMS, WorkspaceDependency

router = APIRouter(tags=["keys"])

#: As the OpenAPI document tells it.
_DAY_FORMAT = {"format": "date"}
_KEY_PATTERN = "^(none|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$"

_NOBODYS = "none"


async def _usage(request: Request) -> Usage:
    usage: Usage = request.app.state.usage
    return usage


UsageDependency = Annotated[Usage, Depends(_usage)]


@router.get(
    "/v1/usage",
    operation_id="readUsage",
    summary="What was asked for, by day and key",
    description="Days are those of UTC. Posts are counted when they are taken on, so that those "
    "whose analysis failed are among them. It is a second or two behind.",
    responses={200: {"model": UsageBody}},
    openapi_extra=may_answer(*WORKSPACE_PROBLEMS, "out-of-range", "unknown-value"),
)
async def read_usage(
    workspace: WorkspaceDependency,
    usage: UsageDependency,
    since: Annotated[
        str | None,
        Query(
            description="The first day, as 2026-05-01; by default the month's first.",
            json_schema_extra=_DAY_FORMAT,
        ),
    ] = None,
    until: Annotated[
        str | None,
        Query(
            description="The last day; by default today. At most 92 days.",
            json_schema_extra=_DAY_FORMAT,
        ),
    ] = None,
    key: Annotated[
        str | None,
        Query(
            description="The id of a key; `none` is for requests without one of these.",
            json_schema_extra={"pattern": _KEY_PATTERN},
        ),
    ] = None,
) -> Response:
    """By day and key, with totals, and what is left of the month."""
    today = usage.today()
    last = _date(until, "until") or today
    first = _date(since, "since") or min(today.replace(day=1), last)
    _check_days(first, last)
    days, months = await usage.find(workspace.id, since=first, until=last, key=_key(key))
    return JSONResponse(
        {
            "since": first.isoformat(),
            "until": last.isoformat(),
            "items": [_shown_day(day) for day in days],
            "total": _total(days),
            "months": [_shown_month(month) for month in months],
        }
    )


def _date(value: str | None, name: str) -> date | None:
    if value is None:
        return None
    try:
        # ISO 8601 has forms without hyphens and with weeks, RFC 3339 has not.
        is_plain = len(value) == len("2026-05-31") and value.replace("-", "").isdigit()
        return date.fromisoformat(value if is_plain else "")
    except ValueError:
        detail = f"'{name}' must be a day such as 2026-05-31; it is {quote(value)}."
        raise InvalidRequest(problem("unknown-value", detail)) from None


def _check_days(first: date, last: date) -> None:
    if first > last:
        detail = f"'since' is behind 'until': {first} and {last}."
        raise InvalidRequest(problem("out-of-range", detail))
    if last - first >= timedelta(days=MAX_DAYS):
        days = (last - first).days + 1
        detail = f"From 'since' to 'until' are {days:,} days; the limit is {MAX_DAYS}."
        raise InvalidRequest(problem("out-of-range", detail, fix="Ask for fewer days at a time."))


def _key(value: str | None) -> UUID | None:
    if value is None:
        return None
    try:
        return UUID(int=0) if value == _NOBODYS else UUID(value)
    except ValueError:
        detail = f"'key' must be the id of a key or '{_NOBODYS}'; it is {quote(value)}."
        raise InvalidRequest(problem("unknown-value", detail)) from None


def _shown_day(day: DayUsage) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(),
        "key": day.key and str(day.key),
        "posts": day.posts,
        "characters": day.characters,
        "requests": day.requests,
    }


def _total(days: Iterable[DayUsage]) -> dict[str, int]:
    days = list(days)
    return {
        "posts": sum(day.posts for day in days),
        "characters": sum(day.characters for day in days),
        "requests": sum(day.requests for day in days),
    }


def _shown_month(month: MonthQuota) -> dict[str, Any]:
    return {
        "key": str(month.key),
        "posts_per_month": month.posts_per_month,
        "posts_left": _left(month.posts_per_month, month.posts),
        "characters_per_month": month.characters_per_month,
        "characters_left": _left(month.characters_per_month, month.characters),
        "renews_at": rfc3339(month.renews_at),
    }


def _left(most: int | None, used: int) -> int | None:
    return None if most is None else max(0, most - used)
