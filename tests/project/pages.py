"""The project's Markdown pages, as the tests read them."""

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Folders that hold pages; hidden ones and environments do not.
_FOLDERS = ("docs", "deployments", "loadtest", "serve_app", "training", "k8s", "configs", "tests")


def pages() -> list[Path]:
    """Every page of the project."""
    return sorted(
        [*ROOT.glob("*.md"), *(page for name in _FOLDERS for page in (ROOT / name).rglob("*.md"))]
    )


@cache
def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """The page without its code blocks."""
    return re.sub(r"^```.*?^```", "", text(page), flags=re.S | re.M)


def links(page: Path) -> list[tuple[Path, str]]:
    """Targets of the relative links, with the heading after '#' or an empty string."""
    targets = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    relative = [target.partition("#") for target in targets if "://" not in target]
    return [((page.parent / path).resolve() if path else page, tag) for path, _, tag in relative]


def headings(page: Path) -> set[str]:
    """The anchors of the page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), flags=re.M)
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {title.replace(" ", "-") for title in plain}


def table(page: Path, header: str) -> dict[str, list[str]]:
    """The rows of the table with this header, by their first cell without back-ticks."""
    lines = text(page).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {header} |"))
    rows = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        first, *rest = [cell.strip() for cell in line.strip("|").split("|")]
        rows[first.strip("`")] = rest
    return rows
