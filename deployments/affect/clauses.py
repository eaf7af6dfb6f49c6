"""Both sides of a contrast within a sentence: "great team, terrible pay". Pure text: no model."""

import re
from collections.abc import Iterator
from functools import cache

from deployments.languages.loading import rules_of
from deployments.languages.rules import Words
from deployments.results import Span
from deployments.text.document import Document


@cache
def _contrast(code: str) -> re.Pattern[str]:
    """What parts both sides: a sign with a word of the language or without, or a word alone."""
    rules = rules_of(code)
    behind_sign, alone = _any_of(rules.contrasts_behind_comma), _any_of(rules.contrasts)
    # It begins where white space does: from within a run of blanks every start would be tried.
    return re.compile(
        rf"(?<!\s)(?:\s*[,;:–—]\s+(?:{behind_sign}(?!\w),?)?\s*|\s+{alone}\s+)", re.IGNORECASE
    )


def _any_of(words: Words) -> str:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return f"(?:{'|'.join(re.escape(word) for word in longest_first)})"


def clauses(document: Document) -> list[Span]:
    """Both sides of each sentence's first contrast or comma, in order; two for each contrast.

    A sentence where a side is one word has none.
    """
    text = document.masked("mentions", "links", "hashsigns")
    return [
        side
        for span in document.sentences
        for side in _sides(text, span, document.code_at(span.start))
    ]


def _sides(text: str, sentence: Span, code: str) -> Iterator[Span]:
    """Both sides of the first contrast or comma in a sentence of the text, if there is one."""
    for match in _contrast(code).finditer(text, sentence.start, sentence.end):
        sides = Span(sentence.start, match.start()), Span(match.end(), sentence.end)
        if all(" " in text[side.start : side.end].strip() for side in sides):
            yield from sides
            return
