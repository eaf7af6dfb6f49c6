"""/v1/posts/{id}/revisions, and what changed between two texts.

Knows requests and answers; which texts those are is :mod:`serve_app.posts.revisions`.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from serve_app.api.counted_posts import LIMIT_PROBLEMS, count_posts
from serve_app.api.encoded_json import EncodedJsonResponse
from serve_app.api.openapi import may_answer
from serve_app.api.request_body import read_json_body
from serve_app.api.resource_routes import from_state
from serve_app.api.typed_body import BODY_PROBLEMS
from serve_app.errors import InvalidRequest
from serve_app.posts.compare import AnalysedText, compare
from serve_app.posts.comparison_schemas import ComparisonBody
from serve_app.posts.revision_schemas import ComparedPair, RevisionList
from serve_app.posts.revisions import MOST_TEXTS, Revision, Revisions
from serve_app.posts.routes import PostId, parse_post_id
from serve_app.request.fields import Validator, invalid_request, validate_fields
from serve_app.request.json_body import decode_json
from serve_app.request.post import validate_integer, validate_string, validate_text
from serve_app.workspaces.dependencies import WORKSPACE_PROBLEMS, WorkspaceDependency
from serve_app.workspaces.directory import Workspace

router = APIRouter(tags=["posts"])

#: What Postgres counts revisions with.
_MAX_REVISION = 2**31 - 1
_POST_PROBLEMS = (*WORKSPACE_PROBLEMS, "invalid-post-id", "unknown-post")
_QUERY_PROBLEMS = ("wrong-type", "out-of-range")
_TEXT_PROBLEMS = ("blank-text", "text-too-long", "lone-surrogate", "nul-character")


async def _other_post(
    other: Annotated[
        str | None,
        Query(
            alias="with",
            description="The id of another post: `from` is then a revision of this one, `to` one "
            "of that, both by default the latest.",
            json_schema_extra={"format": "uuid"},
        ),
    ] = None,
) -> UUID | None:
    return None if other is None else parse_post_id(other)


_Revisions = Annotated[Revisions, from_state("revisions")]
_OtherPost = Annotated[UUID | None, Depends(_other_post)]
_Limit = Annotated[int, Query(ge=1, le=MOST_TEXTS, description="How many at most.")]
_From = Annotated[
    int | None,
    Query(
        alias="from",
        ge=1,
        le=_MAX_REVISION,
        description="A revision; by default the one before `to`.",
    ),
]
_To = Annotated[
    int | None,
    Query(alias="to", ge=1, le=_MAX_REVISION, description="A revision; by default the latest."),
]


@router.get(
    "/v1/posts/{post_id}/revisions",
    operation_id="listRevisions",
    summary="The texts that a post has had, with their analyses",
    description=f"Newest first, the present one included. Of more than {MOST_TEXTS} the oldest "
    "are dropped.",
    responses={200: {"model": RevisionList}},
    openapi_extra=may_answer(*_POST_PROBLEMS, *_QUERY_PROBLEMS),
)
async def list_revisions(
    post_id: PostId,
    workspace: WorkspaceDependency,
    revisions: _Revisions,
    limit: _Limit = MOST_TEXTS,
) -> Response:
    """Newest first."""
    found = await revisions.newest(workspace, post_id, limit=limit)
    return EncodedJsonResponse(await asyncio.to_thread(_encode, found))


@router.get(
    "/v1/posts/{post_id}/compare",
    operation_id="compareRevisions",
    summary="What changed between two texts of a post, or from one post to another",
    responses={200: {"model": ComparisonBody}},
    openapi_extra=may_answer(*_POST_PROBLEMS, *_QUERY_PROBLEMS, "unknown-revision"),
)
async def compare_revisions(
    post_id: PostId,
    workspace: WorkspaceDependency,
    revisions: _Revisions,
    other: _OtherPost,
    old: _From = None,
    new: _To = None,
) -> Response:
    """By default the latest two."""
    if other is None:
        pair = await revisions.pair(workspace, post_id, old, new)
    else:
        pair = (
            await revisions.one(workspace, post_id, old),
            await revisions.one(workspace, other, new),
        )
    return await _answer(*(revision.analysed_text() for revision in pair))


@router.post(
    "/v1/posts:compare",
    operation_id="comparePosts",
    summary="What changed from one text to another: of posts, or drafts",
    description="A draft is analysed and compared; no post is made of it.",
    responses={200: {"model": ComparisonBody}},
    openapi_extra=may_answer(
        *_POST_PROBLEMS, *BODY_PROBLEMS, *_TEXT_PROBLEMS, "unknown-revision", "deadline-passed",
        *LIMIT_PROBLEMS, body=ComparedPair,
    ),
)  # fmt: skip
async def compare_posts(
    request: Request, workspace: WorkspaceDependency, revisions: _Revisions
) -> Response:
    """Of each side a post, one of its revisions, or a text."""
    old, new = _validate_pair(decode_json(await read_json_body(request)))
    drafts = [side.text for side in (old, new) if side.text is not None]
    await count_posts(request, len(drafts), sum(map(len, drafts)))
    return await _answer(
        await _text_of(workspace, revisions, old, "/from"),
        await _text_of(workspace, revisions, new, "/to"),
    )


@dataclass(frozen=True, slots=True)
class _NamedText:
    """What a caller names: a post, one of its revisions, or a text of its own."""

    post_id: UUID | None = None
    revision: int | None = None
    text: str | None = None


def _validate_pair(content: object) -> tuple[_NamedText, _NamedText]:
    validators = {name: partial(_validate_named, name=name) for name in ("from", "to")}
    sides = validate_fields(content, validators, object_name="comparison")
    for name in validators:
        if name not in sides:
            raise invalid_request("missing-field", f"'{name}' is missing.", "")
    return sides["from"], sides["to"]


def _validate_named(content: object, name: str) -> _NamedText:
    try:
        fields = validate_fields(content, _VALIDATORS, object_name="text to compare")
        return _named_text(fields)
    except InvalidRequest as error:
        raise InvalidRequest(error.problem.with_prefix(f"/{name}")) from None


def _named_text(fields: Mapping[str, Any]) -> _NamedText:
    if "text" not in fields:
        if "post" not in fields:
            raise invalid_request("missing-field", "'post' is missing, or 'text'.", "")
        return _NamedText(fields["post"], fields.get("revision"))
    for name in ("post", "revision"):
        if name in fields:
            detail = f"'{name}' is no field of a draft, which has a 'text'."
            raise invalid_request("unknown-field", detail, f"/{name}")
    return _NamedText(text=fields["text"])


def _validate_post(value: object) -> UUID:
    return parse_post_id(validate_string(value, "post"), pointer="/post")


def _validate_revision(value: object) -> int | None:
    return None if value is None else validate_integer(value, "revision", _MAX_REVISION)


_VALIDATORS: dict[str, Validator] = {
    "post": _validate_post,
    "revision": _validate_revision,
    "text": validate_text,
}


async def _text_of(
    workspace: Workspace, revisions: Revisions, named: _NamedText, pointer: str
) -> AnalysedText:
    if named.post_id is None:
        return await revisions.draft(workspace, named.text or "")
    revision = await revisions.one(workspace, named.post_id, named.revision, pointer=pointer)
    return revision.analysed_text()


async def _answer(old: AnalysedText, new: AnalysedText) -> Response:
    return EncodedJsonResponse(await asyncio.to_thread(_compare, old, new))


def _compare(old: AnalysedText, new: AnalysedText) -> bytes:
    return compare(old, new).model_dump_json().encode()


def _encode(revisions: list[Revision]) -> bytes:
    return orjson.dumps({"items": [revision.as_dict() for revision in revisions]})
