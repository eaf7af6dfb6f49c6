"""GET /v1/posts: posts found, listed and counted."""

import difflib
from collections import Counter
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from serve_app.api.encoded_json import EncodedJsonResponse
from serve_app.api.openapi import may_answer
from serve_app.posts.counting import Count
from serve_app.posts.filter_parameters import FilterParameters, choice, post_filter, refused
from serve_app.posts.finding import Page, count_posts, find
from serve_app.posts.finding_schemas import FoundPosts, ListParameters
from serve_app.posts.routes import PostsDependency
from serve_app.posts.sorting import parse_sort
from serve_app.posts.stored_analysis import encode_json
from serve_app.problems import quote
from serve_app.workspaces.dependencies import WORKSPACE_PROBLEMS, WorkspaceDependency

router = APIRouter(tags=["posts"])

#: What a filter may be refused for, wherever it stands in a query string.
FILTER_PROBLEMS = (
    "unknown-field", "repeated-field", "wrong-type", "unknown-value", "out-of-range",
    "nul-character", "contradictory-filter", "unsearchable-query",
)  # fmt: skip
#: A list that takes longer is answered with store-unavailable.
_TIMEOUT_S = 10.0


def known_parameters(names: dict[str, bool]) -> Any:
    """A dependency that refuses parameters by their names, which FastAPI would pass over.

    Args:
        names: of all parameters, and whether each may stand several times.
    """

    async def check_names(request: Request) -> None:
        for name, count in Counter(name for name, _ in request.query_params.multi_items()).items():
            if name not in names:
                near = difflib.get_close_matches(name[:60], names, n=1)
                fix = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(names)}."
                raise refused("unknown-field", f"{quote(name)} is no query parameter here.", fix)
            if count > 1 and not names[name]:
                detail = f"'{name}' stands {count} times in the query."
                raise refused("repeated-field", detail, "Send it once.")

    return Depends(check_names)


def parameter_names(model: type[FilterParameters]) -> dict[str, bool]:
    """The names of a model's parameters, and whether each may stand several times."""
    return {name: field.default == [] for name, field in model.model_fields.items()}


@router.get(
    "/v1/posts",
    operation_id="findPosts",
    summary="Posts that meet all conditions",
    description="Conditions combine. Pages go on by `next_cursor`, which holds the place of the "
    "last post: none comes twice or is passed over, whatever is written or deleted meanwhile.",
    responses={200: {"model": FoundPosts}},
    openapi_extra=may_answer(*WORKSPACE_PROBLEMS, *FILTER_PROBLEMS, "invalid-cursor"),
    dependencies=[known_parameters(parameter_names(ListParameters))],
)
async def find_posts(
    parameters: Annotated[ListParameters, Query()],
    workspace: WorkspaceDependency,
    posts: PostsDependency,
) -> Response:
    """A page of them."""
    filter = post_filter(parameters)
    sort = parse_sort(parameters.sort, filter)
    view = choice(parameters.view, ("full", "summary"), "view")
    async with posts.database.transaction(workspace.id, timeout_s=_TIMEOUT_S) as connection:
        page = await find(
            connection,
            workspace.id,
            filter,
            sort,
            limit=parameters.limit,
            cursor=parameters.cursor,
        )
        if view == "full":
            found = {post.id: post for post in page.posts}
            shown = await posts.shown(connection, workspace.id, found)
            page = replace(page, posts=list(shown.values()))
        count = None
        if parameters.count:
            count = await count_posts(connection, workspace.id, filter, sort)
    return EncodedJsonResponse(encode_page(page, count, with_analyses=view == "full"))


def encode_page(page: Page, count: Count | None, *, with_analyses: bool) -> bytes:
    """The answer of a list."""
    items = []
    for post in page.posts:
        item = post.as_dict(with_analysis=with_analyses)
        if post.id in page.matches:
            item["matches"] = [
                {"start": span.start, "end": span.end} for span in page.matches[post.id]
            ]
        items.append(item)
    answer: dict[str, Any] = {"items": items, "next_cursor": page.next_cursor}
    if count:
        answer["count"] = {"value": count.value, "exact": count.exact}
    return encode_json(answer)
