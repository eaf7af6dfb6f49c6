"""/v1/posts and /v1/authors: posts written, read, changed and deleted."""

import time
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from serve_app.api.counted_posts import LIMIT_PROBLEMS, count_posts
from serve_app.api.encoded_json import EncodedJsonResponse
from serve_app.api.headers import header
from serve_app.api.openapi import may_answer
from serve_app.api.preference import RESPOND_ASYNC, has_preference, prefer_parameter
from serve_app.api.request_body import read_json_body
from serve_app.api.resource_routes import from_state, id_in_path, parsed_uuid
from serve_app.api.server_timing import server_timing
from serve_app.api.typed_body import BODY_PROBLEMS
from serve_app.errors import InvalidRequest
from serve_app.logs import request_id
from serve_app.posts.content import PostContent, validate_changes, validate_content
from serve_app.posts.idempotency import IdempotencyKey
from serve_app.posts.post import Post
from serve_app.posts.posts import Posts, SavedPost
from serve_app.posts.schemas import KeptPost, NewPost, NewPosts, PostChanges, WrittenPosts
from serve_app.posts.stored_analysis import encode_json
from serve_app.problems import Problem, problem, quote
from serve_app.request.batch import MAX_POSTS
from serve_app.request.fields import invalid_request, json_type_of, validate_fields
from serve_app.request.json_body import decode_json
from serve_app.workspaces.dependencies import WORKSPACE_PROBLEMS, WorkspaceDependency

router = APIRouter(tags=["posts"])

_TEXT_PROBLEMS = ("blank-text", "text-too-long", "lone-surrogate", "nul-character")
_CONTENT_PROBLEMS = (*BODY_PROBLEMS, *_TEXT_PROBLEMS, *LIMIT_PROBLEMS)
_ONE_PROBLEMS = (*WORKSPACE_PROBLEMS, "invalid-post-id", "unknown-post")
_ETAG = {"ETag": {"description": "Of this state of the post.", "schema": {"type": "string"}}}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "Do so only if the post has this ETag.",
    "schema": {"type": "string"},
}
_PREFER = prefer_parameter(
    "`respond-async` answers as soon as the post is kept, before its analysis."
)
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A request that is sent again with its key, within a day, is not done again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}


def parse_post_id(post_id: str, *, pointer: str | None = None) -> UUID:
    """The id that a caller has written.

    Raises:
        InvalidRequest: it is none; ``pointer`` is to its place in the body.
    """
    return parsed_uuid(post_id, lambda text: _no_post_id(text, pointer))


def _no_post_id(text: str, pointer: str | None = None) -> InvalidRequest:
    detail = f"{quote(text)} is no id of a post."
    return InvalidRequest(problem("invalid-post-id", detail, pointer=pointer))


PostsDependency = Annotated[Posts, from_state("posts")]
PostId = Annotated[UUID, id_in_path("post_id", "Of a post.", _no_post_id)]


def _takes(*headers: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    return {**extra, "parameters": list(headers)}


_POST_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "oneOf": [
                    {"$ref": "#/components/schemas/NewPost"},
                    {"$ref": "#/components/schemas/NewPosts"},
                ]
            }
        }
    },
}


@router.post(
    "/v1/posts",
    operation_id="createPosts",
    summary="Keep a post, or up to 1,000",
    description="One post is answered as itself: 201, or 200 where its `external_id` was there and "
    "it is an update, or 202 while its analysis is not there yet. Many are answered 200 with an "
    "item each, in their order. What is answered is committed.",
    status_code=201,
    responses={
        201: {"model": KeptPost, "headers": _ETAG},
        200: {"model": WrittenPosts},
        202: {"model": KeptPost, "headers": _ETAG},
    },
    openapi_extra=_takes(
        _IDEMPOTENCY_KEY,
        _PREFER,
        extra=may_answer(
            *WORKSPACE_PROBLEMS, *_CONTENT_PROBLEMS, "empty-list", "batch-too-large",
            "idempotency-key-reused", "unknown-post", body=NewPosts,
        ) | {"requestBody": _POST_BODY},
    ),
)  # fmt: skip
async def create_posts(
    request: Request, workspace: WorkspaceDependency, posts: PostsDependency
) -> Response:
    """One post, or many."""
    body = await read_json_body(request)
    content = decode_json(body)
    key = _idempotency_key(request, body)
    wait_s = _wait_s(request, posts)
    started_at, stages = time.perf_counter(), dict[str, float]()
    if not isinstance(content, dict) or "posts" not in content:
        post = validate_content(content)
        await count_posts(request, 1, len(post.text))
        [written] = await posts.write(workspace, [post], key=key, wait_s=wait_s, stages=stages)
        response = _answer(written.post, _status(written))
        response.raw_headers.append(server_timing(stages, started_at))
        return response
    items = _validate_many(content)
    valid = [item for item in items if isinstance(item, PostContent)]
    await count_posts(request, len(valid), sum(len(item.text) for item in valid))
    written_posts = (
        await posts.write(workspace, valid, key=key, wait_s=wait_s, stages=stages) if valid else []
    )
    response = EncodedJsonResponse(_encode_items(items, written_posts))
    response.raw_headers.append(server_timing(stages, started_at))
    return response


@router.get(
    "/v1/posts/{post_id}",
    operation_id="readPost",
    summary="One post with its analysis",
    responses={200: {"model": KeptPost, "headers": _ETAG}},
    openapi_extra=may_answer(*_ONE_PROBLEMS),
)
async def read_post(
    post_id: PostId, workspace: WorkspaceDependency, posts: PostsDependency
) -> Response:
    """As it is now."""
    found = await posts.read(workspace, [post_id])
    if post_id not in found:
        raise invalid_request("unknown-post", f"There is no post {post_id}.", "")
    return _answer(found[post_id], 200)


@router.put(
    "/v1/posts/{post_id}",
    operation_id="replacePost",
    summary="Give a post another content",
    description="What is left out is taken away. Another text is another revision.",
    responses={
        200: {"model": KeptPost, "headers": _ETAG},
        202: {"model": KeptPost, "headers": _ETAG},
    },
    openapi_extra=_takes(
        _IF_MATCH,
        _PREFER,
        extra=may_answer(
            *_ONE_PROBLEMS, *_CONTENT_PROBLEMS, "external-id-taken", "precondition-failed",
            body=NewPost,
        ),
    ),
)  # fmt: skip
async def replace_post(
    request: Request, post_id: PostId, workspace: WorkspaceDependency, posts: PostsDependency
) -> Response:
    """All of its content."""
    content = validate_content(decode_json(await read_json_body(request)))
    await count_posts(request, 1, len(content.text))
    return await _changed(request, workspace, posts, post_id, content)


@router.patch(
    "/v1/posts/{post_id}",
    operation_id="changePost",
    summary="Change some fields of a post",
    description="A JSON merge patch (RFC 7396). Another text is another revision.",
    responses={
        200: {"model": KeptPost, "headers": _ETAG},
        202: {"model": KeptPost, "headers": _ETAG},
    },
    openapi_extra=_takes(
        _IF_MATCH,
        _PREFER,
        extra=may_answer(
            *_ONE_PROBLEMS, *_CONTENT_PROBLEMS, "external-id-taken", "precondition-failed",
            body=PostChanges,
        ),
    ),
)  # fmt: skip
async def change_post(
    request: Request, post_id: PostId, workspace: WorkspaceDependency, posts: PostsDependency
) -> Response:
    """Some fields."""
    changes = validate_changes(decode_json(await read_json_body(request)))
    if "text" in changes:
        await count_posts(request, 1, len(changes["text"]))
    return await _changed(request, workspace, posts, post_id, changes)


@router.post(
    "/v1/posts/{post_id}:analyze",
    operation_id="analyzePostAgain",
    summary="Analyse a post anew",
    description="As for a vector that it has not got, after a change of the models, or once it has "
    "failed. It is the same revision, `pending` until its analysis is there; what people have put "
    "right holds again then.",
    status_code=202,
    responses={202: {"model": KeptPost, "headers": _ETAG}},
    openapi_extra=may_answer(*_ONE_PROBLEMS),
)
async def analyze_post_again(
    post_id: PostId, workspace: WorkspaceDependency, posts: PostsDependency
) -> Response:
    """Queued behind those that wait already."""
    return _answer(await posts.analyze_again(workspace, post_id), 202)


@router.delete(
    "/v1/posts/{post_id}",
    operation_id="deletePost",
    summary="Delete a post, its revisions, and what the caches have of its texts",
    status_code=204,
    responses={204: {}},
    openapi_extra=_takes(_IF_MATCH, extra=may_answer(*_ONE_PROBLEMS, "precondition-failed")),
)
async def delete_post(
    request: Request, post_id: PostId, workspace: WorkspaceDependency, posts: PostsDependency
) -> Response:
    """Nothing of it is left."""
    if not await posts.delete(workspace, [post_id], if_match=header(request, b"if-match")):
        raise invalid_request("unknown-post", f"There is no post {post_id}.", "")
    return Response(status_code=204)


@router.delete(
    "/v1/authors/{author:path}",
    operation_id="deleteAuthor",
    summary="Delete all posts of an author",
    description="Answers how many there were. Posts are deleted in small transactions: a request "
    "that is cut short has deleted some, and can be sent again.",
    responses={
        200: {
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {"deleted": {"type": "integer", "minimum": 0}},
                        "required": ["deleted"],
                    }
                }
            }
        }
    },
    openapi_extra=may_answer(*WORKSPACE_PROBLEMS, "out-of-range"),
)
async def delete_author(
    author: Annotated[
        str, Path(min_length=1, max_length=200, description="As the posts have it in `author`.")
    ],
    workspace: WorkspaceDependency,
    posts: PostsDependency,
) -> Response:
    """Nothing of them is left."""
    deleted = 0 if "\0" in author else await posts.delete_author(workspace, author)
    return EncodedJsonResponse(orjson.dumps({"deleted": deleted}))


async def _changed(
    request: Request,
    workspace: WorkspaceDependency,
    posts: Posts,
    post_id: UUID,
    changes: PostContent | dict[str, Any],
) -> Response:
    post = await posts.change(
        workspace,
        post_id,
        changes,
        if_match=header(request, b"if-match"),
        wait_s=_wait_s(request, posts),
    )
    return _answer(post, 202 if post.state == "pending" else 200)


def _wait_s(request: Request, posts: Posts) -> float:
    return 0.0 if has_preference(request, RESPOND_ASYNC) else posts.settings.wait_s


def _idempotency_key(request: Request, body: bytes) -> IdempotencyKey | None:
    key = header(request, b"idempotency-key")
    return None if key is None else IdempotencyKey.of(key, body)


def _validate_many(content: object) -> list[PostContent | Problem]:
    """Each post, or what is wrong with it."""
    posts = validate_fields(content, {"posts": _validate_list}, object_name="batch")["posts"]
    return [_validate_one(post, index) for index, post in enumerate(posts)]


def _validate_list(posts: object) -> list[object]:
    if not isinstance(posts, list):
        detail = f"'posts' must be an array; it is {json_type_of(posts)}."
        raise invalid_request("wrong-type", detail, "/posts")
    if not posts:
        raise invalid_request("empty-list", "'posts' is empty.", "/posts")
    if len(posts) > MAX_POSTS:
        detail = f"The batch holds {len(posts):,} posts; the limit is {MAX_POSTS:,}."
        raise invalid_request("batch-too-large", detail, "/posts")
    return posts


def _validate_one(post: object, index: int) -> PostContent | Problem:
    try:
        return validate_content(post)
    except InvalidRequest as error:
        return error.problem.with_prefix(f"/posts/{index}")


def _status(written: SavedPost) -> int:
    if written.post.state == "pending":
        return 202
    return 201 if written.created else 200


def _answer(post: Post, status: int) -> Response:
    headers = {"ETag": post.etag}
    if status == 201:
        headers["Location"] = f"/v1/posts/{post.id}"
    body = encode_json(post.as_dict())
    return Response(body, status, headers, media_type="application/json")


def _encode_items(items: Sequence[PostContent | Problem], written: Sequence[SavedPost]) -> bytes:
    answers = iter(written)
    encoded: list[dict[str, Any]] = []
    for item in items:
        if isinstance(item, Problem):
            error = item.as_dict(request_id.get())
            encoded.append({"status": item.type.status, "error": error})
        else:
            answer = next(answers)
            encoded.append({"status": _status(answer), "post": answer.post.as_dict()})
    return encode_json({"items": encoded})
