"""One label for one name: a tagger reads each place by itself and may waver.

Knows mentions and their surfaces, no model.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from deployments.entities.grouping import NameKey, normalize_name
from deployments.entities.mention import Mention
from deployments.text.document import Document


def with_one_label_each(names: Sequence[Mention], document: Document) -> list[Mention]:
    """The names in their order, equal ones with the label that they have most surely together.

    Args:
        names: mentions of names, without dates and other figures.
        document: what they stand in.
    """
    code = document.language.code
    keys = [normalize_name(document.surface(name.start, name.end), code) for name in names]
    weights: dict[NameKey, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for key, name in zip(keys, names, strict=True):
        weights[key][name.label] += name.confidence
    labels = {key: max(each, key=each.__getitem__) for key, each in weights.items()}
    return [replace(name, label=labels[key]) for key, name in zip(keys, names, strict=True)]
