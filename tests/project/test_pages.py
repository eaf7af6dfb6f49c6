"""The pages hang together: links lead somewhere, all pages are reached, paths exist."""

import re
from pathlib import Path

import pytest

from tests.project.pages import ROOT, headings, links, pages, prose, text

INDEX = ROOT / "docs" / "index.md"
README = ROOT / "README.md"
PAGES = pages()
by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def test_the_readme_is_short() -> None:
    assert len(text(README).splitlines()) < 200


@by_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, tag in links(page):
        assert target.exists(), target
        assert target.is_relative_to(ROOT), f"{target} is outside of the repository"
        assert not tag or tag in headings(target), f"{target} has no heading #{tag}"


def test_every_page_is_reached_from_the_index() -> None:
    reached: set[Path] = set()
    ahead = [INDEX]
    while ahead:
        page = ahead.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            ahead += [target for target, _ in links(page)]
    assert [str(page.relative_to(ROOT)) for page in PAGES if page not in reached] == []


def test_the_index_is_reached_from_the_readme() -> None:
    assert INDEX in {target for target, _ in links(README)}


@by_page
def test_every_path_in_a_page_exists(page: Path) -> None:
    """Of what stands in back-ticks and in shell blocks: `configs/`, `kubectl apply -k k8s/base`."""
    folders = "configs|deployments|docs|k8s|loadtest|scripts|serve_app|tests|training"
    shell = "\n".join(re.findall(r"^ *```sh\n(.*?)```", text(page), flags=re.S | re.M))
    paths = re.findall(rf"`((?:{folders})/[\w./-]*)`", prose(page))
    paths += re.findall(rf"(?<![\w./])((?:{folders})/[\w./-]*\w)", shell)
    assert [path for path in paths if not (ROOT / path).exists()] == []


@by_page
def test_every_module_that_a_page_runs_exists(page: Path) -> None:
    for module in set(
        re.findall(r"python -m ((?:k8s|loadtest|training|serve_app)[\w.]*)", text(page))
    ):
        path = ROOT / module.strip(".").replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


@by_page
def test_every_make_target_in_a_page_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    assert set(re.findall(r"`make ([a-z0-9-]+)", text(page))) <= targets


@by_page
def test_every_test_in_a_page_exists(page: Path) -> None:
    for file, test in re.findall(r"(tests/\S+\.py)::(\w+)", text(page)):
        assert f"def {test}(" in (ROOT / file).read_text(), f"{file}::{test}"
