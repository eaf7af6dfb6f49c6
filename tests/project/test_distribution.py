"""What is installed: one version number, the licences of all parts, types, the configs."""

import re
import subprocess
import sys
import zipfile
from email.message import Message
from email.parser import Parser

import pytest
import yaml

from serve_app import __version__
from tests.project.distribution import build_wheel, openapi
from tests.project.manifests import ROOT

MODELS = ROOT / "deployments" / "models"
NOTICE = (ROOT / "NOTICE").read_text(encoding="utf-8")
LANGUAGES = ROOT / "deployments" / "languages"
VENDORED = [
    path for path in (ROOT / "serve_app" / "console" / "vendor").rglob("*") if path.is_file()
]
#: Data below deployments/ that is this project's own work and nothing else.
OWN_DATA = {
    "models/readability/ease.json",
    "models/readability/ease_languages.json",
    "models/entities/no_names.txt",
    "models/entities/greetings.txt",
    *(f"languages/{path.parent.name}/rules.toml" for path in LANGUAGES.glob("*/rules.toml")),
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built as pip would build it."""
    return build_wheel(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    [name] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    return Parser().parsestr(wheel.read(name).decode())


def test_changelog_command_and_openapi_say_one_version() -> None:
    command = [sys.executable, "-m", "serve_app.cli", "version"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60).stdout
    [newest, *_] = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), flags=re.M)
    assert {said.split()[-1], newest, openapi()["info"]["version"]} == {__version__}


def test_the_images_carry_the_version() -> None:
    tags = [
        yaml.safe_load(path.read_text())["images"][0]["newTag"]
        for path in sorted((ROOT / "k8s" / "overlays").glob("*/kustomization.yaml"))
    ]
    assert tags == [__version__, f"{__version__}-cuda"]
    for file in ("Dockerfile", "docs/kubernetes.md"):
        mentions = re.findall(r"\bpostlens:(\d[\w.]*)", (ROOT / file).read_text())
        assert set(mentions) == {__version__}, file


def test_the_wheel_says_who_made_it_and_under_which_licences(metadata: Message) -> None:
    assert metadata["Version"] == __version__
    assert metadata["Author"] == "PostLens developers"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert {"LICENSE", "NOTICE"} <= set(metadata.get_all("License-File") or ())


def test_the_wheel_holds_its_licences_types_configs_and_models(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    folder = next(name.partition("/")[0] for name in names if ".dist-info/" in name)
    for licence in ("LICENSE", "NOTICE", "deployments/models/readability/LICENSE"):
        assert wheel.read(f"{folder}/licenses/{licence}") == (ROOT / licence).read_bytes()
    assert {"deployments/py.typed", "serve_app/py.typed"} <= names
    configs = {f"serve_app/configs/{path.name}" for path in (ROOT / "configs").iterdir()}
    assert configs <= names
    data = [*MODELS.rglob("*"), *LANGUAGES.glob("??/*"), *VENDORED]
    assert {str(path.relative_to(ROOT)) for path in data if path.is_file()} <= names
    assert {name.partition("/")[0] for name in names} == {"deployments", "serve_app", folder}


def test_the_notice_names_all_data_that_is_not_ours_alone() -> None:
    files = {
        str(path.relative_to(ROOT / "deployments"))
        for path in [*MODELS.rglob("*"), *LANGUAGES.glob("??/*")]
        if path.is_file() and path.name not in ("README.md", "LICENSE")
    }
    assert files >= OWN_DATA
    derived = {f"deployments/{file}" for file in files - OWN_DATA}
    derived |= {str(path.relative_to(ROOT)) for path in VENDORED if path.name != "LICENSE"}
    assert set(re.findall(r"^((?:deployments|serve_app)/\S+)$", NOTICE, flags=re.M)) == derived


def test_the_notice_names_what_the_dependencies_carry() -> None:
    pinned = re.findall(r"^([\w-]+)==", (ROOT / "constraints.txt").read_text(), flags=re.M)
    installed = {name.lower().replace("_", "-") for name in pinned}
    wheels = set(re.findall(r"by the wheel (\S+)$", NOTICE, flags=re.M))
    assert wheels <= installed, "the notice names what is not installed any more"
    assert len(wheels) >= 8


@pytest.mark.parametrize("analysis", [path.name for path in MODELS.iterdir() if path.is_dir()])
def test_the_notice_names_each_licence_of_training_data(analysis: str) -> None:
    card = (MODELS / analysis / "README.md").read_text(encoding="utf-8")
    for licence in re.findall(r"CC BY(?:-SA)? \d\.\d", card):
        assert licence in NOTICE, f"the card of {analysis} names {licence}"
