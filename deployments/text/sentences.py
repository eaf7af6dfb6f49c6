"""Where sentences begin and end, by punctuation within the blocks of ``layout``.

Reads a text in which signals have been replaced, sign by sign, with its marks, so that a dot in
a link or a capital in a hashtag tells nothing false. Abbreviations and the words that open a
sentence are the language's (:class:`deployments.languages.rules.SentenceRules`).
"""

from collections.abc import Iterator

import regex

from deployments.languages.rules import SentenceRules, Words
from deployments.text.layout import EMOJI_MARK, after_marker, blocks, list_items
from deployments.word_list import word_set

# Names that end with an exclamation mark, before more of the sentence.
_NAMES_WITH_MARK = word_set("yahoo yum joomla kahoot jeopardy wham")
# "Node.Js", "Acme.Ai" are names, "news.We" is a forgotten space.
_NAME_ENDINGS = word_set("ai app co com dev io js net org py tv")

# "“" and "«" close in the languages that open with "„" and "»".
_CLOSERS = r"[\"'”’»)\]}*_] | [“«] (?! \w )"
# French has a blank within its quotation marks: "« Oui ! » dit-elle".
_SPACED_CLOSERS = rf"{_CLOSERS} | [\ \u00A0\u202F] » (?! \w )"


def _breaks(closers: str) -> regex.Pattern[str]:
    """Candidates only, each run matched whole whatever follows, so that none is read twice.

    An ellipsis may be spaced.
    """
    return regex.compile(
        rf"""
        (?: (?P<dots> [.…]++ (?: [ \u00A0] [.…]++ (?! \w ) )*+ )
          | (?P<marks> [!?‼⁉] [.!?…‼⁉]*+ ) | (?P<wide> [。！？｡]++ [」』）]*+ )
          | (?P<emoji> {EMOJI_MARK}++ ) )
        (?P<closers> (?: {closers} )*+ )
        (?P<gap> (?: \s*+ {EMOJI_MARK}++ )*+ \s*+ )
        """,
        regex.VERBOSE | regex.V1,
    )


_BREAK, _BREAK_WITH_SPACED_QUOTES = _breaks(_CLOSERS), _breaks(_SPACED_CLOSERS)
_ACRONYM = regex.compile(r"(?:\p{L}\.)*\p{L}")
# "3.", "3.-5.", "3.6." as the third, the sixth of June.
_ORDINAL = regex.compile(
    r"(?: \d{1,2}\.?[-–/] | \d{1,2}\. (?= 0?[1-9]$ | 1[0-2]$ ) )?\d{1,3}", regex.X
)
_NEXT = regex.compile(r"[^\p{L}\p{N}\s]{0,3}+([\p{L}\p{N}'’]{0,16}+)", regex.V1)
_CURRENCY = regex.compile(r"\p{Sc}")
# Behind a full stop without a space: the beginning of a sentence, not "x.Name(" or "x.Name.y".
_GLUED_SENTENCE = regex.compile(
    r"[\"'“‘„«»¿¡(]?+ (?: (\p{Lu}\p{Ll}++ (?:['’]\p{Ll}++)?+ | \p{Lu}['’]\p{Ll}++) "
    r"(?! [\w(\[] | \.\p{Ll} ) | (\p{Lu}) (?=\s) )",
    regex.VERBOSE,
)
_BEFORE_GLUED = regex.compile(r"(?<=\w\p{Ll}|\p{N}|[%)])$", regex.V1)
_HAS_WORD = regex.compile(r"[\p{L}\p{N}]")
_OPENING = "\"'“‘„«»("
_ELISION = regex.compile(r"\p{L}{1,6}['’](?=\p{L}{2})")
_MOST_PARTS = 4  # of an abbreviation with blanks: "u. v. a. m."


def split_sentences(marked: str, rules: SentenceRules) -> Iterator[tuple[int, int]]:
    """Start and end of every sentence, in order, trimmed of white space.

    List markers and emoji at the head of a line stand outside, emoji after the closing
    punctuation inside. A stretch without a word is none.
    """
    for start, end in _candidate_sentences(marked, rules):
        if _HAS_WORD.search(marked, start, end):
            stretch = marked[start:end]
            yield (
                start + len(stretch) - len(stretch.lstrip()),
                end - len(stretch) + len(stretch.rstrip()),
            )


def _candidate_sentences(marked: str, rules: SentenceRules) -> Iterator[tuple[int, int]]:
    breaks = _BREAK_WITH_SPACED_QUOTES if rules.spaced_quotes else _BREAK
    for line_start, line_end in blocks(marked):
        for item_start, end in list_items(marked, line_start, line_end):
            start = after_marker(marked, item_start, end)
            for punctuation in breaks.finditer(marked, start, end):
                if _ends(marked, start, punctuation, rules):
                    yield start, punctuation.end()
                    start = punctuation.end()
            yield start, end


def _ends(marked: str, start: int, punctuation: regex.Match[str], rules: SentenceRules) -> bool:
    """Whether the sentence that began at ``start`` ends at this run of punctuation or emoji."""
    if punctuation["wide"]:
        return True
    following = _NEXT.match(marked, punctuation.end())
    word = following[1] if following else ""
    endings = _endings(marked, start, punctuation.start())
    if not punctuation["gap"]:
        return _ends_without_gap(endings, marked, punctuation, rules)
    if punctuation["emoji"]:
        # "We ❤️ Chicago" is one sentence, "We made it 🎉 Thank you" are two.
        words_before = marked[max(start, punctuation.start() - 80) : punctuation.start()].split()
        return word[:1].isupper() and len(words_before) > 2
    if punctuation["marks"]:
        is_quote = bool(punctuation["closers"]) or endings[0].lower() in _NAMES_WITH_MARK
        return not (is_quote and word[:1].islower())  # "Why?" he asked.
    if endings[0].lower() in rules.hours:
        return _ends_at_hour(marked[start : punctuation.start()], word, rules)
    return _ends_at_dot(endings, word, punctuation, rules)


def _endings(marked: str, start: int, stop: int) -> list[str]:
    """What stands before a mark: the last word, the last two and so on, the word without "l'"."""
    words = marked[max(start, stop - 24) : stop].split()[-_MOST_PARTS:]
    endings = [" ".join(words[n:]).lstrip(_OPENING) for n in range(len(words) - 1, -1, -1)] or [""]
    elision = _ELISION.match(endings[0])
    return [*endings, endings[0][elision.end() :]] if elision else endings


def _is_one_of(abbreviations: Words, endings: list[str]) -> bool:
    return any(ending.lower() in abbreviations for ending in endings)


def _ends_without_gap(
    endings: list[str], marked: str, punctuation: regex.Match[str], rules: SentenceRules
) -> bool:
    """Whether a space was forgotten: "Good news.We won"."""
    following = _GLUED_SENTENCE.match(marked, punctuation.end())
    if punctuation["emoji"] or not following or _is_one_of(rules.abbreviations, endings):
        return False
    if punctuation["dots"] not in (None, ".") and (
        punctuation["closers"] or _is_first_person(following[0])
    ):
        return False
    word = following[1] or following[2]
    if word[1:2] in ("", "'", "’") and not _is_opener(word, rules):
        return False
    return bool(_BEFORE_GLUED.search(endings[0])) and word.lower() not in _NAME_ENDINGS


def _ends_at_hour(sentence: str, after: str, rules: SentenceRules) -> bool:
    """Whether a sentence ends with "6 p.m."; "At 5 a.m. Ann went" only begins with it."""
    goes_on = after.lower() in rules.behind_hours or not after[:1].isupper()
    return not after or not (goes_on or len(sentence.split()) <= 3)


def _ends_at_dot(
    endings: list[str], after: str, punctuation: regex.Match[str], rules: SentenceRules
) -> bool:
    before = endings[0]
    if before.endswith("["):  # "[...]" stands for words left out
        return False
    if EMOJI_MARK in punctuation["gap"] and not after[:1].islower():
        return True
    if len(punctuation["dots"]) == 1 and _is_one_of(rules.abbreviations, endings):
        return False
    if after[:1].isdigit() and _is_before_figures(endings, rules):
        return False
    if _may_go_on(endings, rules):
        is_sum = not after and _CURRENCY.match(punctuation.string, punctuation.end())
        return not is_sum and (not after or (after[:1].isupper() and _is_opener(after, rules)))
    if after[:1].islower():  # an abbreviation that no list knows is short
        is_word = len(before) > 3 or before.lower() in rules.short_words
        return punctuation["dots"] == "." and not punctuation["closers"] and is_word
    return not (" " in punctuation["dots"] and _is_first_person(after))


def _is_before_figures(endings: list[str], rules: SentenceRules) -> bool:
    """Whether a figure goes on here: "Nr. 5", "Lindenstr. 5"."""
    is_street = endings[0].lower().endswith(rules.street_endings)
    return is_street or _is_one_of(rules.before_figures, endings)


def _may_go_on(endings: list[str], rules: SentenceRules) -> bool:
    """Whether only the next word tells if the sentence ends here."""
    is_ordinal = rules.ordinals_with_dot and _is_ordinal(endings, rules)
    return bool(is_ordinal or _ACRONYM.fullmatch(endings[0]) or _is_one_of(rules.may_end, endings))


def _is_ordinal(endings: list[str], rules: SentenceRules) -> bool:
    """Whether "3." may be the third; in "Nr. 3." it is not."""
    if not _ORDINAL.fullmatch(endings[0]):
        return False
    word_before, full_stop, _ = endings[1].rpartition(". ") if len(endings) > 1 else ("", "", "")
    return not full_stop or not _is_before_figures([word_before], rules)


def _is_opener(word: str, rules: SentenceRules) -> bool:
    low = word.lower().replace("’", "'")
    head, apostrophe, _ = low.partition("'")
    return low in rules.openers or head in rules.openers or head + apostrophe in rules.openers


def _is_first_person(word: str) -> bool:
    """ "I", "I'm": its capital tells nothing of a sentence."""
    return word.replace("’", "'").partition("'")[0] == "I"
