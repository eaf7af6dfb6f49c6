"""The operations of an OpenAPI document, as far as requests can be made from them.

Knows the document, no values: a route that is new in the document is new here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class RequestParameter:
    """A parameter of an operation; ``where`` is path, query or header."""

    name: str
    where: str
    required: bool
    schema: Schema


@dataclass(frozen=True, slots=True)
class ApiOperation:
    """One method of one path.

    Attributes:
        name: the ``operationId``.
        method: in capitals.
        path: with ``{name}`` in the place of parameters.
        parameters: in the order of the document.
        media_type, body: of the request; empty where it has none.
        needs_key: whether it is refused without a key.
    """

    name: str
    method: str
    path: str
    parameters: tuple[RequestParameter, ...]
    media_type: str
    body: Schema
    needs_key: bool

    @property
    def collection(self) -> str:
        """The path of the things whose ids it answers: without a last id, and without a verb."""
        path = self.path.partition(":")[0]
        return path.rpartition("/{")[0] if path.endswith("}") else path

    def collection_of(self, parameter: RequestParameter) -> str:
        """The path of the things that a parameter of the path names."""
        return self.path.partition("/{" + parameter.name)[0]


def operations(document: Mapping[str, Any]) -> list[ApiOperation]:
    """All operations of the document, in its order."""
    return list(_operations(document))


def resolve(schema: Schema, document: Mapping[str, Any]) -> Schema:
    """The schema that a reference names; any other schema itself."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _operations(document: Mapping[str, Any]) -> Iterator[ApiOperation]:
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield _operation(path, method, methods[method])


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> ApiOperation:
    content = operation.get("requestBody", {}).get("content", {})
    media_type = next(iter(content), "")
    return ApiOperation(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        parameters=tuple(
            RequestParameter(each["name"], each["in"], each.get("required", False), each["schema"])
            for each in operation.get("parameters", ())
        ),
        media_type=media_type,
        body=content[media_type].get("schema", {}) if media_type else {},
        needs_key=bool(operation.get("security")),
    )
