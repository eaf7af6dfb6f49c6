"""What a person reads: the console and the documentation, with their scripts and styles.

Nothing is loaded from elsewhere: Swagger UI comes out of the installed
``fastapi-offline`` wheel, which is never imported, and the content security policy
forbids what is not from here.
"""

import hashlib
import importlib.util
from functools import cached_property
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from serve_app.api.console_page import framed

_CONSOLE = Path(__file__).parents[1] / "console"
_FRAME = _CONSOLE / "frame.html"
_UPLOT = _CONSOLE / "vendor" / "uplot"
_SAMPLES = Path(__file__).parents[1] / "samples" / "languages.jsonl"
_DOCS = Path(__file__).parent / "pages"
_SWAGGER_ASSETS = ("swagger-ui.css", "swagger-ui-bundle.js")

#: Neither script nor style in the pages themselves, nothing from other hosts, no framing.
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_MEDIA_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
}


class StaticFile:
    """A file that is served as it is, read once, when it is first asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def respond(self, request: Request) -> Response:
        """The file, or 304 where the caller has it already (RFC 9110, 13.1.2)."""
        headers = {
            "ETag": self._etag,
            "Cache-Control": "no-cache",
            "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
            "Referrer-Policy": "no-referrer",
        }
        if request.headers.get("if-none-match") == self._etag:
            return Response(status_code=304, headers=headers)
        return Response(self._content, 200, headers, _MEDIA_TYPES[self._path.suffix])

    @cached_property
    def _content(self) -> bytes:
        return self._path.read_bytes()

    @cached_property
    def _etag(self) -> str:
        return f'"{hashlib.sha256(self._content).hexdigest()[:32]}"'


class ConsolePage(StaticFile):
    """A page of the console within the frame of all."""

    @cached_property
    def _content(self) -> bytes:
        address = "./" if self._path.stem == "index" else self._path.stem
        page, frame = self._path.read_text("utf-8"), _FRAME.read_text("utf-8")
        return framed(page, frame, address).encode()


def _swagger_folder() -> Path:
    package = importlib.util.find_spec("fastapi_offline")
    if package is None or package.origin is None:
        raise ModuleNotFoundError(
            "fastapi-offline, which holds Swagger UI for /docs, is not installed; "
            "run: pip install fastapi-offline"
        )
    return Path(package.origin).parent / "static"


def pages_router() -> APIRouter:
    """The routes of all pages; none is in the OpenAPI document."""
    assets = [file for file in sorted(_CONSOLE.iterdir()) if file.suffix in (".css", ".js")]
    assets += [_UPLOT / "uPlot.iife.min.js", _UPLOT / "uPlot.min.css"]
    assets += [_SAMPLES, _DOCS / "docs.js", *(_swagger_folder() / name for name in _SWAGGER_ASSETS)]
    files = {"/docs": _DOCS / "docs.html"}
    files |= {f"/assets/{asset.name}": asset for asset in assets}
    texts = sorted((_CONSOLE / "texts").glob("*.json"))
    files |= {f"/assets/texts/{file.name}": file for file in texts}
    pages = {
        "/": "index",
        "/posts": "posts",
        "/trends": "trends",
        "/alerts": "alerts",
        "/keys": "keys",
    }
    router = APIRouter(include_in_schema=False)
    for path, file in files.items():
        router.add_api_route(path, StaticFile(file).respond)
    for path, name in pages.items():
        router.add_api_route(path, ConsolePage(_CONSOLE / f"{name}.html").respond)
    return router
