"""What docs/drafts.md says of the memory that messages of drafts take."""

from pathlib import Path

from uvicorn import Config

from serve_app.settings import ApiSettings

_PAGE = Path(__file__).parents[2] / "docs" / "drafts.md"
_MIB = 2**20


async def _app(scope: object, receive: object, send: object) -> None:
    """Never called."""


def test_the_page_tells_what_messages_may_take() -> None:
    page = " ".join(_PAGE.read_text(encoding="utf-8").split())
    settings = ApiSettings()
    message_mib = Config(_app).ws_max_size // _MIB
    total = f"{settings.draft_channels * message_mib:,} MiB of a replica"
    assert f"a message of up to {message_mib} MiB" in page
    assert f"`api.draft_idle_s` ({settings.draft_idle_s:g} s): {total}" in page
    assert f"default of {settings.draft_channels} channels" in page
