"""GET /v1/posts/{id}/similar: the posts most like one."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query
from starlette.responses import Response

from serve_app.api.encoded_json import EncodedJsonResponse
from serve_app.api.openapi import may_answer
from serve_app.api.resource_routes import from_state
from serve_app.posts.finding_routes import known_parameters
from serve_app.posts.routes import PostId
from serve_app.similar.schemas import SimilarPostList
from serve_app.similar.similar_posts import MOST_POSTS, SimilarPosts
from serve_app.workspaces.dependencies import WORKSPACE_PROBLEMS, WorkspaceDependency

router = APIRouter(tags=["posts"])

_PARAMETERS = dict.fromkeys(("limit", "min_similarity", "near_duplicates"), False)


@router.get(
    "/v1/posts/{post_id}/similar",
    operation_id="findSimilarPosts",
    summary="The posts most like one, and near-duplicates of it",
    description="Of the same workspace, in any of the ten languages. Exact up to 20,000 posts; "
    "above, an index of pgvector gives the candidates.",
    responses={200: {"model": SimilarPostList}},
    openapi_extra=may_answer(
        *WORKSPACE_PROBLEMS, "invalid-post-id", "unknown-post", "unknown-field", "repeated-field",
        "wrong-type", "out-of-range", "no-vector", "pgvector-missing",
    ),
    dependencies=[known_parameters(_PARAMETERS)],
)  # fmt: skip
async def find_similar_posts(
    post_id: PostId,
    workspace: WorkspaceDependency,
    similar_posts: Annotated[SimilarPosts, from_state("similar_posts")],
    limit: Annotated[int, Query(ge=1, le=MOST_POSTS, description="How many at most.")] = 10,
    min_similarity: Annotated[
        float, Query(ge=0, le=1, description="Less similar ones are left out.")
    ] = 0.0,
    near_duplicates: Annotated[
        bool, Query(description="Only edited copies: see `near_duplicate`.")
    ] = False,
) -> Response:
    """The most similar first."""
    found = await similar_posts.find(
        workspace,
        post_id,
        limit=limit,
        min_similarity=min_similarity,
        near_duplicates=near_duplicates,
    )
    return EncodedJsonResponse(orjson.dumps({"items": [each.as_dict() for each in found]}))
