"""The Dockerfile is sound, what it copies is enough to install, and the install script fails well.

No image is built: that needs a container engine. The context that one would get is made
here from COPY and .dockerignore, and the wheel is built in it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from serve_app.cli.commands import main
from serve_app.standalone import cluster
from tests.project.distribution import build_wheel, openapi
from tests.project.manifests import ROOT

INSTALL = ROOT / "scripts" / "install"


def program(name: str) -> str:
    """Where the linter is: beside this Python, or on the path."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed; the dev extra brings it")
    return found


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, rest), with comments and line breaks taken out."""
    text = (ROOT / "Dockerfile").read_text()
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in map(str.strip, joined)]


def of(instruction: str) -> list[str]:
    return [rest for name, rest in instructions() if name == instruction]


def copied() -> list[str]:
    """What is copied from the project, not from another stage."""
    return [
        source
        for rest in of("COPY")
        if not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in of("ENV") for pair in rest.split())


def run_install(
    *arguments: str, python: str | None = None, accelerator: str | None = None
) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHON", "ACCELERATOR")}
    env |= {"PYTHON": python} if python else {}
    env |= {"ACCELERATOR": accelerator} if accelerator else {}
    command = [str(INSTALL), *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)


def test_hadolint_has_nothing_to_say() -> None:
    command = [program("hadolint"), str(ROOT / "Dockerfile")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_shellcheck_has_nothing_to_say() -> None:
    command = [program("shellcheck"), str(INSTALL)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def context(folder: Path) -> Path:
    """What a container engine would copy into the first stage."""
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = [rule[1:] for rule in rules if rule.startswith("!")]
    left_out = shutil.ignore_patterns(*(r.removeprefix("**/") for r in rules if r[:2] == "**"))
    for source in copied():
        assert "*" not in rules or any(fnmatch(source, rule) for rule in let_in), source
        place = folder / source
        place.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=left_out)
        else:
            shutil.copy2(ROOT / source, place)
    return folder


def test_what_is_copied_makes_the_same_wheel(tmp_path: Path) -> None:
    whole = build_wheel(ROOT, tmp_path / "whole")
    of_context = build_wheel(context(tmp_path / "context"), tmp_path / "of_context")
    assert of_context.namelist() == whole.namelist()
    assert (tmp_path / "context" / "scripts" / "install").stat().st_mode & 0o111


def test_the_image_runs_as_the_user_that_kubernetes_names() -> None:
    manifest = yaml.safe_load((ROOT / "k8s/base/rayservice.yaml").read_text())
    cluster = manifest["spec"]["rayClusterConfig"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        context = group["template"]["spec"]["securityContext"]
        assert of("USER") == [f"{context['runAsUser']}:{context['runAsGroup']}"] == ["10001:10001"]


def test_the_flags_of_ray_are_those_of_one_machine(tmp_path: Path) -> None:
    on_one_machine = cluster.environment(tmp_path)
    flags = {name: value for name, value in environment().items() if name.startswith("RAY_")}
    proxy = Path(flags.pop("RAY_SERVE_HAPROXY_BINARY_PATH"))
    assert (proxy.parent, proxy.name) == (Path("/opt/postlens/bin"), "postlens-haproxy")
    assert proxy.name in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert {"RAY_SERVE_THROUGHPUT_OPTIMIZED", "RAY_SERVE_ENABLE_HA_PROXY"} <= flags.keys()
    assert flags.items() <= on_one_machine.items()


def test_the_image_serves_on_every_interface_by_itself() -> None:
    [command] = of("CMD")
    program, name, *arguments = json.loads(command)
    serve = main.commands[name]
    assert program == "postlens"
    assert serve.make_context(name, arguments).params["host"] == "0.0.0.0"


def test_the_health_check_asks_a_route_that_exists() -> None:
    [check] = of("HEALTHCHECK")
    [path] = re.findall(r"http://127\.0\.0\.1:8000(/[\w/]+)", check)
    assert path in openapi()["paths"]


def test_install_says_what_it_needs() -> None:
    done = run_install()
    assert done.returncode == 1
    assert "Usage: scripts/install TARGET" in done.stderr


def test_install_refuses_a_python_that_is_too_old(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = run_install(str(tmp_path / "venv"), python=str(old))
    assert done.returncode == 1
    assert "not Python 3.11 or newer" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_install_refuses_an_unknown_accelerator(tmp_path: Path) -> None:
    done = run_install(str(tmp_path / "venv"), python=sys.executable, accelerator="tpu")
    assert done.returncode == 1
    assert "can be cpu or cuda" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_a_failed_install_says_so(tmp_path: Path) -> None:
    """A project whose pin exists nowhere: pip's own words, then ours, and a failing status."""
    project = tmp_path / "project"
    (project / "scripts").mkdir(parents=True)
    shutil.copy(INSTALL, project / "scripts" / "install")
    (project / "constraints.txt").write_text("")
    (project / "pyproject.toml").write_text('[project]\nname = "p"\nversion = "nonsense!"\n')
    done = subprocess.run(
        [str(project / "scripts" / "install"), str(tmp_path / "venv")],
        env=os.environ | {"PYTHON": sys.executable, "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "pip could not install PostLens" in done.stderr


def environment_with(folder: Path, *, torch: str) -> Path:
    """A virtual environment's two programs: pip that notes its arguments, a Python with torch."""
    programs = folder / "venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "pip").write_text(f'#!/bin/sh\necho "$@" >> {folder}/pip\n')
    (programs / "python").write_text(f"#!/bin/sh\necho {torch}\n")
    for program in programs.iterdir():
        program.chmod(0o755)
    return folder / "venv"


@pytest.mark.parametrize(
    "extras,expected",
    [((), "--constraint constraints.txt ."), (("dev",), "--editable .[dev]"),
     (("load,dev",), "--editable .[load,dev]"), (("load",), "constraints.txt .[load]")],
)  # fmt: skip
def test_install_takes_the_pinned_versions(
    tmp_path: Path, extras: tuple[str, ...], expected: str
) -> None:
    target = environment_with(tmp_path, torch="cpu")
    done = run_install(str(target), *extras, python=sys.executable)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    install, check = (tmp_path / "pip").read_text().splitlines()
    assert install.startswith("install -qq")
    assert "--constraint constraints.txt" in install
    assert install.endswith(expected)
    assert check.startswith("check")


def test_install_refuses_a_torch_for_the_other_accelerator(tmp_path: Path) -> None:
    target = environment_with(tmp_path, torch="cpu")
    fits = run_install(str(target), python=sys.executable, accelerator="cpu")
    assert fits.returncode == 0
    done = run_install(str(target), python=sys.executable, accelerator="cuda")
    assert done.returncode == 1
    assert "torch is built for cpu, not for cuda" in done.stderr
    assert "PIP_EXTRA_INDEX_URL" in done.stderr


def test_the_pinned_torch_fits_both_accelerators() -> None:
    """A local version (+cpu) in the pin would shut the other wheel out."""
    constraints = (ROOT / "constraints.txt").read_text()
    assert re.search(r"^torch==[\d.]+$", constraints, re.MULTILINE)
