"""JSON bodies of FastAPI routes: read within the limits of all bodies, then held to a model.

FastAPI itself would read a body of any size.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, ValidationError
from starlette.requests import Request

from serve_app.api.request_body import read_json_body
from serve_app.problems import quote
from serve_app.request.fields import invalid_request
from serve_app.request.json_body import RepeatedNames, decode_json

Model = TypeVar("Model", bound=BaseModel)

#: What any route with such a body may answer.
BODY_PROBLEMS = (
    "incomplete-request", "not-json", "invalid-utf8", "body-too-large", "wrong-media-type",
    "wrong-type", "missing-field", "unknown-field", "repeated-field", "unknown-value",
    "out-of-range", "overloaded",
)  # fmt: skip


def _integral(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


#: Of a strict integer: 44.0 is one too (JSON Schema 2020-12, validation, 6.1.1).
INTEGRAL = BeforeValidator(_integral)


def typed_body(model: type[Model]) -> Any:
    """The dependency that gives an endpoint its request's body as a ``model``."""

    async def read(request: Request) -> Model:
        return validated(decode_json(await read_json_body(request)), model)

    return Depends(read)


def tagged_body(models: Mapping[str, type[Model]]) -> Any:
    """The dependency that gives an endpoint its request's body as the model of its ``kind``."""

    async def read(request: Request) -> Model:
        content = decode_json(await read_json_body(request))
        kind = content.get("kind") if isinstance(content, Mapping) else None
        if isinstance(kind, str) and kind not in models:
            detail = f"'kind' must be one of {', '.join(models)}; it is {quote(kind)}."
            raise invalid_request("unknown-value", detail, "/kind")
        any_model = next(iter(models.values()))
        return validated(content, models[kind] if isinstance(kind, str) else any_model)

    return Depends(read)


def validated(content: object, model: type[Model]) -> Model:
    """A decoded body as a ``model``.

    Raises:
        InvalidRequest: a name stands twice in it.
        RequestValidationError: it is not such a body.
    """
    if isinstance(content, RepeatedNames):
        detail = f"'{content.repeated}' stands more than once."
        raise invalid_request("repeated-field", detail, "")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False)
        located = [{**each, "loc": ("body", *each["loc"])} for each in errors]
        raise RequestValidationError(located) from None
