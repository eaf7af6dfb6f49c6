"""What a person reads: the console, the documentation, the page of each problem.

Nothing is loaded from elsewhere: Swagger UI comes out of the installed
``fastapi-offline`` wheel, which is never imported, and the content security policy
forbids what is not from here.
"""

import hashlib
import importlib.util
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import Response

from serve_app.api.openapi import describe
from serve_app.api.responses import JsonAnswer
from serve_app.api.route import Operation, Route
from serve_app.errors import InvalidRequest
from serve_app.problems import KINDS, problem, quoted

_CONSOLE = Path(__file__).parents[1] / "console"
_CONSOLE_PARTS = ("console.css", "console.js", "marks.js", "samples.js", "views.js")
_DOCS = Path(__file__).parent / "pages"

#: Neither script nor style in the pages themselves, nothing from other hosts, no framing.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_PROBLEM_PAGE = Operation(
    id="problem",
    tag="problems",
    summary="What a kind of problem means",
    answer={"application/json": "ProblemKind"},
    parameters=(
        {
            "name": "slug",
            "in": "path",
            "required": True,
            "description": "The last part of a problem's `type`.",
            "schema": {"type": "string", "enum": list(KINDS)},
        },
    ),
    problems=("not-found",),
)


def documents(routes: Sequence[Route], *, locked: bool) -> list[Route]:
    """The routes of all documents.

    Args:
        routes: the API that the documentation describes.
        locked: whether an API key is needed.
    """
    problems = Route("GET", "/problems/{slug}", _problem_page, _PROBLEM_PAGE)
    specification = Specification([*routes, problems], locked=locked)
    return [
        problems,
        Route("GET", "/openapi.json", specification.answer),
        Asset(_CONSOLE / "index.html").at("/"),
        Asset(_DOCS / "docs.html").at("/docs"),
        *(Asset(_CONSOLE / name).at(f"/assets/{name}") for name in _CONSOLE_PARTS),
        Asset(_DOCS / "docs.js").at("/assets/docs.js"),
        *(_swagger(name) for name in ("swagger-ui.css", "swagger-ui-bundle.js")),
    ]


class Specification:
    """The OpenAPI document, written when it is first asked for."""

    def __init__(self, routes: Sequence[Route], *, locked: bool) -> None:
        self._routes = routes
        self._locked = locked

    @cached_property
    def _body(self) -> bytes:
        return orjson.dumps(describe(self._routes, locked=self._locked))

    async def answer(self, request: Request) -> Response:
        """GET /openapi.json."""
        return JsonAnswer(self._body)


class Asset:
    """A file that is served as it is, read once, when it is first asked for."""

    _TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}  # noqa: RUF012

    def __init__(self, path: Path) -> None:
        self._path = path

    def at(self, path: str) -> Route:
        """The route that serves it."""
        return Route("GET", path, self.answer)

    async def answer(self, request: Request) -> Response:
        """The file, or 304 where the caller has it already."""
        headers = {
            "ETag": self._tag,
            "Cache-Control": "no-cache",
            "Content-Security-Policy": _POLICY,
            "Referrer-Policy": "no-referrer",
        }
        if request.headers.get("if-none-match") == self._tag:
            return Response(status_code=304, headers=headers)
        return Response(self._content, 200, headers, self._TYPES[self._path.suffix])

    @cached_property
    def _content(self) -> bytes:
        return self._path.read_bytes()

    @cached_property
    def _tag(self) -> str:
        return f'"{hashlib.sha256(self._content).hexdigest()[:32]}"'


def _swagger(name: str) -> Route:
    package = importlib.util.find_spec("fastapi_offline")
    if package is None or package.origin is None:
        raise ModuleNotFoundError(
            "fastapi-offline, which holds Swagger UI for /docs, is not installed; "
            "run: pip install fastapi-offline"
        )
    return Asset(Path(package.origin).parent / "static" / name).at(f"/assets/{name}")


async def _problem_page(request: Request) -> Response:
    slug = request.path_params["slug"]
    kind = KINDS.get(slug)
    if kind is None:
        fix = f"The kinds of problems are: {', '.join(KINDS)}."
        detail = f"{quoted(slug)} is no kind of problem."
        raise InvalidRequest(problem("not-found", detail, fix=fix))
    page = {"type": kind.type, "title": kind.title, "status": kind.status}
    return JsonAnswer(orjson.dumps(page | {"fix": kind.fix, "example": kind.example}))
