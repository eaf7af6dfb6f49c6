"""KeyBERT and YAKE as their READMEs use them; each loads its model when it is made."""

from collections.abc import Callable, Sequence

KEYBERT = "KeyBERT, 1-3 grams, MMR 0.5"
YAKE = "YAKE"

#: From texts to at most ten phrases of each, best first.
Extract = Callable[[Sequence[str]], list[list[str]]]

_MOST = 10


def keybert() -> Extract:
    """KeyBERT (Grootendorst 2020) over the service's own encoder."""
    from keybert import KeyBERT
    from sentence_transformers import SentenceTransformer

    from deployments.weights.released import MINILM, locate

    model = KeyBERT(SentenceTransformer(str(locate(MINILM)), device="cpu"))
    options = {
        "keyphrase_ngram_range": (1, 3), "stop_words": "english",
        "use_mmr": True, "diversity": 0.5, "top_n": _MOST,
    }  # fmt: skip
    return lambda texts: [[p for p, _ in model.extract_keywords(t, **options)] for t in texts]


def yake(language: str = "en") -> Extract:
    """YAKE (Campos et al. 2020) with its defaults for the language."""
    from yake import KeywordExtractor

    model = KeywordExtractor(lan=language, n=3, top=_MOST)
    return lambda texts: [[p for p, _ in model.extract_keywords(text)] for text in texts]
