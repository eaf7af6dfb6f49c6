"""docs/settings.md has every setting and variable, with the default and words of the code."""

import re
from collections.abc import Iterator

from pydantic import BaseModel

from serve_app.settings import Settings
from tests.project.pages import ROOT, table

PAGE = ROOT / "docs" / "settings.md"
#: What `postlens serve` gives its processes: marks to find those that outlived it, and its ways.
INTERNAL = {"POSTLENS_SERVICE", "POSTLENS_RAY", "POSTLENS_RUN"}


def settings(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every setting as the table writes it."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from settings(kind, f"{prefix}{name}.")
        else:
            default = field.get_default(call_default_factory=True)
            shown = "" if default is None else f"`{default}`"
            yield f"{prefix}{name}", [shown, field.description or ""]


def test_the_table_of_settings_is_that_of_the_code() -> None:
    expected = dict(settings(Settings))
    lines = "\n".join(f"| `{key}` | {d} | {m} |" for key, (d, m) in expected.items())
    assert table(PAGE, "key of `args`") == expected, f"the table should be:\n{lines}"


def test_every_setting_says_what_it_is() -> None:
    assert [key for key, (_, meaning) in settings(Settings) if not meaning] == []


def test_the_variables_are_those_that_are_read() -> None:
    folders = ("deployments", "serve_app", "loadtest")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    read = set(re.findall(r'"(POSTLENS_[A-Z_]+)"', "".join(file.read_text() for file in files)))
    written = set(re.findall(r"POSTLENS_[A-Z_]+", "\n".join(table(PAGE, "variable"))))
    assert written == read - INTERNAL


def test_the_config_files_are_those_of_the_folder() -> None:
    written = {re.sub(r"^\[(.+)\].*", r"\1", cell) for cell in table(PAGE, "file")}
    assert written == {f"configs/{path.name}" for path in (ROOT / "configs").glob("*.yaml")}
