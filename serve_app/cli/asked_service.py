"""Which service a command asks, and how its answers are printed."""

from dataclasses import dataclass

from serve_app.client import PostLens


@dataclass(frozen=True, slots=True)
class AskedService:
    """The options of :func:`serve_app.cli.options.service` and ``as_json``."""

    as_json: bool
    url: str
    api_key: str | None

    def client(self) -> PostLens:
        """Of that service."""
        return PostLens.over_http(self.url, self.api_key)
