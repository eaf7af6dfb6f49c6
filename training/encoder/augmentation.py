"""Texts with other names, or written in another case, so that a name is not learnt by heart."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from training.datasets.entity_sets import EntitySpan, EntityText

# Shares of an epoch's texts whose names are exchanged, of the names in them, and of texts
# written in lower case, in capitals and in Title Case.
_EXCHANGED_TEXTS, _EXCHANGED_NAMES = 0.4, 0.5
_LOWER, _UPPER, _TITLE = 0.06, 0.03, 0.03


def with_exchanged_names(
    text: EntityText, surfaces: Mapping[str, Sequence[str]], generator: random.Random
) -> EntityText:
    """Sometimes the text with other names of the same kinds in place of its own.

    Args:
        text: as it is in its set.
        surfaces: names to choose from, by label.
        generator: decides which names are exchanged for which.
    """
    if generator.random() >= _EXCHANGED_TEXTS:
        return text
    exchanged, spans, end = "", [], 0
    for span in sorted(text.spans, key=lambda span: span.start):
        exchanged += text.text[end : span.start]
        surface = text.text[span.start : span.end]
        if span.label in surfaces and generator.random() < _EXCHANGED_NAMES:
            surface = generator.choice(surfaces[span.label])
        spans.append(EntitySpan(len(exchanged), len(exchanged) + len(surface), span.label))
        exchanged += surface
        end = span.end
    return EntityText(exchanged + text.text[end:], tuple(spans), text.labels)


def recased(text: EntityText, generator: random.Random) -> EntityText:
    """Sometimes the text in lower case, in capitals or in Title Case."""
    share, written = generator.random(), text.text
    if share < _LOWER:
        written = written.lower()
    elif share < _LOWER + _UPPER:
        written = written.upper()
    elif share < _LOWER + _UPPER + _TITLE:
        written = re.sub(r"\b[a-z]", lambda match: match[0].upper(), written)
    # "ß" in capitals is two letters, and the names would stand elsewhere.
    return replace(text, text=written) if len(written) == len(text.text) else text
