"""The Dockerfile is sound, and installs exactly as the Makefile and CI do.

No image is built here: that needs a container engine. What can be known without one
is checked: the linter, that everything copied exists and gets past .dockerignore, and
the install script in its failures.
"""

import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
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


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    rules = (ROOT / ".dockerignore").read_text().split("\n")
    let_in = [rule[1:] for rule in rules if rule.startswith("!")]
    for source in copied():
        assert (ROOT / source).exists(), f"{source} is copied, but is not there"
        assert any(fnmatch(source, rule) for rule in let_in), f"{source} is ignored"
    assert "*" in rules
    assert set(let_in) == set(copied())


def test_the_install_steps_are_the_ones_of_make_and_ci() -> None:
    ran = " ".join(of("RUN"))
    assert "scripts/install /opt/postlens" in ran
    assert "pip install" not in ran
    assert os.access(INSTALL, os.X_OK)
    assert "@scripts/install $(VENV)" in (ROOT / "Makefile").read_text()
    assert "make " in (ROOT / ".ci" / "run").read_text()


def test_everything_in_the_wheel_is_copied_before_the_install() -> None:
    import tomllib

    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    target = wheel["targets"]["wheel"]
    assert {*target["packages"], *target["force-include"]} <= set(copied())


def test_no_stage_leaves_a_cache() -> None:
    """pip's cache is a mount, which belongs to no layer; nothing else makes one."""
    for step in of("RUN"):
        if "scripts/install" in step:
            assert "--mount=type=cache,target=/root/.cache/pip" in step
        assert "apt-get" not in step


def test_the_image_runs_as_the_user_that_kubernetes_names() -> None:
    manifest = yaml.safe_load((ROOT / "k8s/base/rayservice.yaml").read_text())
    cluster = manifest["spec"]["rayClusterConfig"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        context = group["template"]["spec"]["securityContext"]
        assert of("USER") == [f"{context['runAsUser']}:{context['runAsGroup']}"] == ["10001:10001"]


def test_the_throughput_flags_are_on() -> None:
    assert environment().items() >= {
        ("RAY_SERVE_THROUGHPUT_OPTIMIZED", "1"),
        ("RAY_SERVE_ENABLE_HA_PROXY", "1"),
        ("RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S", "60"),
    }


def test_it_serves_by_itself_and_lets_kuberay_start_ray() -> None:
    assert of("CMD") == ['["postlens", "serve", "--host", "0.0.0.0"]']
    assert not of("ENTRYPOINT")
    assert len(of("HEALTHCHECK")) == 1
    assert environment()["PATH"].startswith("/opt/postlens/bin:")


def test_cpu_and_cuda_are_a_build_argument_and_no_registry_is_named() -> None:
    assert "ACCELERATOR=cpu" in of("ARG")
    assert 'PIP_EXTRA_INDEX_URL=""' in of("ARG")
    for file in (ROOT / "Dockerfile", INSTALL):
        without_loopback = file.read_text().replace("http://127.0.0.1", "")
        assert not re.search(r"https?://", without_loopback), f"{file.name} names a host"


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
