"""A name that a model believes to see."""

from dataclasses import dataclass

#: The labels of names; dates, sums and shares are found by their form.
NAMES = ("PERSON", "ORG", "LOC", "PRODUCT", "EVENT", "WORK")


@dataclass(frozen=True, slots=True)
class Guess:
    """``text[start:end]`` is a ``label`` with a probability of ``sureness``, 0..1."""

    start: int
    end: int
    label: str
    sureness: float
