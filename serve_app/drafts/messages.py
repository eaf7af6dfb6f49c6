"""The messages of a draft channel as JSON: a text from the caller, and what is answered to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

import orjson

from serve_app.errors import InvalidRequest
from serve_app.problems import Problem
from serve_app.request.fields import Validator, invalid_request, validate_fields
from serve_app.request.json_body import decode_json
from serve_app.request.post import OPTION_VALIDATORS, PostRequest, validate_text, wrong_type

#: What JavaScript counts exactly.
MAX_DRAFT_ID = 2**53 - 1


@dataclass(frozen=True, slots=True)
class TypedText:
    """A draft as it stands.

    Attributes:
        id: the caller's number for it, 0 to ``MAX_DRAFT_ID``; higher than those before.
        post: the text, and how it is to be analysed; without a name.
    """

    id: int
    post: PostRequest


class InvalidDraft(InvalidRequest):
    """A message that is no draft.

    Attributes:
        id: that it has; None where it has none.
    """

    def __init__(self, problem: Problem, id: int | None) -> None:
        super().__init__(problem)
        self.id = id


def parse_draft(message: str, after: int) -> TypedText:
    """The draft in a message, ``{"id", "text", "analyses"?, "offsets"?, "top_n"?, "timeout_ms"?}``.

    Args:
        message: as it came.
        after: the highest id so far; -1 before the first.

    Raises:
        InvalidDraft: it is none.
    """
    content: object = None
    try:
        content = decode_json(message.encode())
        values = validate_fields(content, _VALIDATORS, object_name="draft")
        for name in ("id", "text"):
            if name not in values:
                raise invalid_request("missing-field", f"'{name}' is missing.", "")
        return TypedText(_growing(values.pop("id"), after), PostRequest(**values))
    except InvalidRequest as error:
        raise InvalidDraft(error.problem, _id_in(content)) from None


def _validate_id(value: object) -> int:
    if not _is_integer(value):
        raise wrong_type("id", "an integer", value)
    if not 0 <= value <= MAX_DRAFT_ID:
        raise invalid_request("out-of-range", f"'id' must be from 0 to {MAX_DRAFT_ID:,}.", "/id")
    return value


def _growing(id: int, after: int) -> int:
    if id <= after:
        fix = "Number the texts of a channel upwards."
        raise invalid_request("out-of-range", f"'id' {id} came after {after}.", "/id", fix=fix)
    return id


def _id_in(content: object) -> int | None:
    """The id of a message that is refused, where it has one."""
    id = content.get("id") if isinstance(content, dict) else None
    return id if _is_integer(id) and 0 <= id <= MAX_DRAFT_ID else None


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


_VALIDATORS: dict[str, Validator] = {
    "id": _validate_id,
    "text": validate_text,
    **OPTION_VALIDATORS,
}


def section_message(id: int, name: str, body: bytes) -> str:
    """One section of the whole answer, as soon as it is there."""
    return (b'{"id":%d,"section":"%b","value":%b}' % (id, name.encode(), body)).decode()


def done_message(id: int, rest: Mapping[str, Any]) -> str:
    """The rest of the whole answer, which ends it."""
    return orjson.dumps({"id": id, "done": rest}).decode()


def marks_message(id: int, marks: Mapping[str, Any]) -> str:
    """What is known of a draft before all of it is read."""
    return orjson.dumps({"id": id, "draft": marks}).decode()


def problem_message(id: int | None, problem: Problem, request_id: str | None) -> str:
    """Why a text is not answered, after RFC 9457; the channel goes on."""
    return orjson.dumps({"id": id, "problem": problem.as_dict(request_id)}).decode()
