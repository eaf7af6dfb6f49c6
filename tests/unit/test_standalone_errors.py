"""What is told of an error that Ray tells in many lines."""

import pytest

from serve_app.standalone.errors import last_line


@pytest.mark.parametrize(
    "reason, line",
    [
        ("Traceback:\n  File x\n RuntimeError: no space left \n\n", "RuntimeError: no space left"),
        (RuntimeError("many\nlines"), "lines"),
        (TimeoutError(), "TimeoutError"),
        (" \n", "no reason was given"),
    ],
)
def test_the_last_line_of_a_reason(reason: BaseException | str, line: str) -> None:
    assert last_line(reason) == line
