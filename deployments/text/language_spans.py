"""Which lines of a post are written in which language.

A line counts as one of another language only where it has letters enough to be sure, so that an
English post with some foreign words, a name or a slogan on a line of its own stays English.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

import regex

from deployments.languages.loading import LANGUAGES
from deployments.results import Language, LanguageSpan, Span
from deployments.text.language import UNDETERMINED, are_near, detect, is_likeliest
from deployments.text.layout import EMOJI_MARK, TAG_MARK, blocks
from deployments.text.markup import JOINER

# Letters of a line that may be of another language than its post, and of one near it. A near one
# without rules here is a mistake: Danish is taken for Norwegian, Spanish for Galician.
_FEWEST_LETTERS = 30
_FEWEST_LETTERS_NEAR = 60
_SURE = 0.7
_SURE_NEAR = 0.9

_LETTER = regex.compile(r"\p{L}")


def read_languages(marked: str) -> tuple[Language, tuple[LanguageSpan, ...]]:
    """The language of most of a post, and what of it is written in which, from start to end.

    Args:
        marked: the post, its signals replaced with the marks of ``layout``.
    """
    language = detect(_prose(marked))
    lines = [Span(*block) for block in blocks(marked)]
    found: list[Language | None] = []
    if len(lines) > 1:
        found = [_language(_prose(marked[line.start : line.end]), language) for line in lines]
    if all(each is None or each.code == language.code for each in found):
        return language, (LanguageSpan(language.code, 0, len(marked)),)
    languages = list(_of_every_line(found))
    letters: Counter[str] = Counter()
    for line, each in zip(lines, languages, strict=True):
        letters[each.code] += _letters(_prose(marked[line.start : line.end]))
    [(code, _)] = letters.most_common(1)
    main = next(each for each in (language, *languages) if each.code == code)
    return main, tuple(_joined(len(marked), lines, languages))


def code_at(spans: Sequence[LanguageSpan], offset: int) -> str:
    """The language of the span that a code point lies in."""
    return spans[bisect_right(spans, offset, key=_start) - 1].code


def _language(line: str, post: Language) -> Language | None:
    """What a line is written in; None where it does not tell."""
    letters = _letters(line)
    if letters < _FEWEST_LETTERS:
        return None
    if is_likeliest(post.code, line):
        return post
    found = detect(line)
    if found.code == post.code:
        return post
    is_near = are_near(found.code, post.code)
    if found.code == UNDETERMINED or (is_near and found.code not in LANGUAGES):
        return None
    fewest, sure = (_FEWEST_LETTERS_NEAR, _SURE_NEAR) if is_near else (_FEWEST_LETTERS, _SURE)
    return found if letters >= fewest and found.confidence >= sure else None


def _of_every_line(found: Sequence[Language | None]) -> Iterator[Language]:
    """A line that does not tell is in the language of the one before it; the first, of the next."""
    current = next(each for each in found if each is not None)
    for each in found:
        current = each or current
        yield current


def _joined(
    length: int, lines: Sequence[Span], languages: Sequence[Language]
) -> Iterator[LanguageSpan]:
    """Neighbouring lines of one language as one span; the spans leave nothing out."""
    changes = [
        (line.start, language.code)
        for line, language, before in zip(lines, languages, [None, *languages], strict=False)
        if before is None or before.code != language.code
    ]
    starts = [0, *(start for start, _ in changes[1:])]
    ends = [*starts[1:], length]
    for start, end, (_, code) in zip(starts, ends, changes, strict=True):
        yield LanguageSpan(code, start, end)


def _prose(marked: str) -> str:
    """The signals blanked: no language has a hashtag."""
    return marked.replace(TAG_MARK, " ").replace(EMOJI_MARK, " ").replace(JOINER, "")


def _letters(line: str) -> int:
    return len(_LETTER.findall(line))


def _start(span: LanguageSpan) -> int:
    return span.start
