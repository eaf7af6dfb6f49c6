"""Where sentences begin and end, by punctuation within the blocks of ``layout``.

Reads a text in which signals have been replaced, sign by sign, with its marks, so that a dot in
a link or a capital in a hashtag tells nothing false. It does not know words of any language but
the English abbreviations and the words that open a sentence behind one.
"""

from collections.abc import Iterator

import regex

from deployments.text.layout import EMOJI_MARK, after_marker, blocks, list_items
from deployments.text.word_list import word_set

# Never the end of a sentence, whatever follows.
_TITLES = word_set(
    "mr mrs ms mx dr prof messrs rev hon gov sen rep gen col maj capt lt sgt st mt ft vs v "
    "figs vol ch sec eq approx est dept univ assn govt cf al e.g i.e viz ca incl p.s p.p.s n.b"
)
# Not the end before a figure: "No. 5", "Jan. 3", "Rs. 500".
_BEFORE_FIGURES = word_set(
    "no nos nr n° № p pp para art arts ed ext fig figs op pt q rs re tel vers ver max min avg "
    "jan feb mar apr may jun jul aug sep sept oct nov dec"
)
# May end a sentence or not: the next word decides.
_MAYBE = word_set("inc ltd corp co llc plc bros etc jr sr esq ave blvd rd ph.d")
# Words that open a sentence and hardly ever go on with a name after an abbreviation.
_OPENERS = word_set(
    "a about after again all also always and another any apply are as ask at be because before "
    "book both bring but by call can check click come congrats congratulations could did do does "
    "don't doors during each email even every everyone everything feel few finally find follow "
    "for from get go good great had happy has have he her here hers his how however huge i if in "
    "instead into is it its join just know last learn let lets like listen look love made make "
    "many maybe me meanwhile meet more most much my never new next no nobody not nothing now of "
    "often on once one only or other our over people perhaps please proud read really register "
    "reserve rsvp save see send several shall share she should show sign since so some someone "
    "sometimes soon sorry start still stop such super take tell thank thanks that the their them "
    "then there these they this those though three thrilled through to today together tomorrow "
    "too try two under until very visit wait want was watch we welcome well were what when where "
    "which while who why will with without work would write yes yesterday yet you your"
)
# "9 a.m. Eastern", "6 p.m. Friday" go on; another capital behind an hour begins a sentence.
_HOURS = word_set("a.m p.m")
_BEHIND_HOURS = word_set(
    "eastern central mountain pacific atlantic est edt et cst cdt ct mst mdt mt pst pdt pt gmt utc "
    "bst cet cest eet ist sgt jst aest local monday tuesday wednesday thursday friday saturday "
    "sunday mon tue wed thu fri sat sun january february march april may june july august "
    "september october november december"
)
# Short words that are no abbreviations: "we made it. so happy".
_SHORT_WORDS = word_set(
    "ago all bad bit big day did do end far few fun get go got he her him his how it its job lot "
    "me new now off old one our out own see she so team they too two us was way we who why win "
    "yes yet you"
)
# Names that end with an exclamation mark, before more of the sentence.
_NAMES_WITH_MARK = word_set("yahoo yum joomla kahoot jeopardy wham")
# "Node.Js", "Acme.Ai" are names, "news.We" is a forgotten space.
_NAME_ENDINGS = word_set("ai app co com dev io js net org py tv")

_CLOSERS = r"[\"'”’»)\]}*_]"
# Candidates only, each run matched whole whatever follows, so that none is read twice: `_ends`
# decides. An ellipsis may be spaced.
_BREAK = regex.compile(
    rf"""
    (?: (?P<dots> [.…]++ (?: [ \u00A0] [.…]++ (?! \w ) )*+ )
      | (?P<marks> [!?‼⁉] [.!?…‼⁉]*+ ) | (?P<wide> [。！？｡]++ [」』）]*+ )
      | (?P<emoji> {EMOJI_MARK}++ ) )
    (?P<closers> {_CLOSERS}*+ )
    (?P<gap> (?: \s*+ {EMOJI_MARK}++ )*+ \s*+ )
    """,
    regex.VERBOSE | regex.V1,
)
_ACRONYM = regex.compile(r"(?:\p{L}\.)*\p{L}")
_NEXT = regex.compile(r"[^\p{L}\p{N}\s]{0,3}+([\p{L}\p{N}'’]{0,16}+)", regex.V1)
# Behind a full stop without a space: the beginning of a sentence, not "x.Name(" or "x.Name.y".
_GLUED_SENTENCE = regex.compile(
    r"[\"'“‘(]?+ (?: (\p{Lu}\p{Ll}++ (?:['’]\p{Ll}++)?+ | I['’]\p{Ll}++) (?! [\w(\[] | \.\p{Ll} )"
    r" | [AI] (?=\s) )",
    regex.VERBOSE,
)
_BEFORE_GLUED = regex.compile(r"(?<=\w\p{Ll}|\p{N}|[%)])$", regex.V1)
_HAS_WORD = regex.compile(r"[\p{L}\p{N}]")


def split_sentences(marked: str) -> Iterator[tuple[int, int]]:
    """Start and end of every sentence, in order, trimmed of white space.

    List markers and emoji at the head of a line stand outside, emoji after the closing
    punctuation inside. A stretch without a word is none.
    """
    for start, end in _candidate_sentences(marked):
        if _HAS_WORD.search(marked, start, end):
            stretch = marked[start:end]
            yield (
                start + len(stretch) - len(stretch.lstrip()),
                end - len(stretch) + len(stretch.rstrip()),
            )


def _candidate_sentences(marked: str) -> Iterator[tuple[int, int]]:
    for line_start, line_end in blocks(marked):
        for item_start, end in list_items(marked, line_start, line_end):
            start = after_marker(marked, item_start, end)
            for punctuation in _BREAK.finditer(marked, start, end):
                if _ends(marked, start, punctuation):
                    yield start, punctuation.end()
                    start = punctuation.end()
            yield start, end


def _ends(marked: str, start: int, punctuation: regex.Match[str]) -> bool:
    """Whether the sentence that began at ``start`` ends at this run of punctuation or emoji."""
    if punctuation["wide"]:
        return True
    following = _NEXT.match(marked, punctuation.end())
    word = following[1] if following else ""
    before = _word_before(marked, start, punctuation.start())
    if not punctuation["gap"]:
        return _ends_without_gap(before, marked, punctuation)
    if punctuation["emoji"]:
        # "We ❤️ Chicago" is one sentence, "We made it 🎉 Thank you" are two.
        words_before = marked[max(start, punctuation.start() - 80) : punctuation.start()].split()
        return word[:1].isupper() and len(words_before) > 2
    if punctuation["marks"]:
        is_quote = bool(punctuation["closers"]) or before.lower() in _NAMES_WITH_MARK
        return not (is_quote and word[:1].islower())  # "Why?" he asked.
    if before.lower() in _HOURS:
        return _ends_at_hour(marked[start : punctuation.start()], word)
    return _ends_at_dot(before, word, punctuation)


def _word_before(marked: str, start: int, stop: int) -> str:
    words = marked[max(start, stop - 24) : stop].split()
    return words[-1].lstrip("\"'“‘(") if words else ""


def _ends_without_gap(before: str, marked: str, punctuation: regex.Match[str]) -> bool:
    """Whether a space was forgotten: "Good news.We won"."""
    following = _GLUED_SENTENCE.match(marked, punctuation.end())
    if punctuation["emoji"] or not following or before.lower() in _TITLES:
        return False
    if punctuation["dots"] not in (None, ".") and (
        punctuation["closers"] or _is_first_person(following[0])
    ):
        return False
    is_name = following[1] is not None and following[1].lower() in _NAME_ENDINGS
    return bool(_BEFORE_GLUED.search(before)) and not is_name


def _ends_at_hour(sentence: str, after: str) -> bool:
    """Whether a sentence ends with "6 p.m."; "At 5 a.m. Ann went" only begins with it."""
    goes_on = after.lower() in _BEHIND_HOURS or not after[:1].isupper()
    return not after or not (goes_on or len(sentence.split()) <= 3)


def _ends_at_dot(before: str, after: str, punctuation: regex.Match[str]) -> bool:
    word_before = before.lower()
    if before.endswith("["):  # "[...]" stands for words left out
        return False
    if EMOJI_MARK in punctuation["gap"] and not after[:1].islower():
        return True
    if len(punctuation["dots"]) == 1 and word_before in _TITLES:
        return False
    if word_before in _BEFORE_FIGURES and after[:1].isdigit():
        return False
    if word_before in _MAYBE or _ACRONYM.fullmatch(before):
        return not after or (after[:1].isupper() and _is_opener(after))
    if after[:1].islower():  # an abbreviation that no list knows is short
        is_word = len(before) > 3 or word_before in _SHORT_WORDS
        return punctuation["dots"] == "." and not punctuation["closers"] and is_word
    return not (" " in punctuation["dots"] and _is_first_person(after))


def _is_opener(word: str) -> bool:
    low = word.lower().replace("’", "'")
    return low in _OPENERS or low.partition("'")[0] in _OPENERS


def _is_first_person(word: str) -> bool:
    """ "I", "I'm": its capital tells nothing of a sentence."""
    return word.replace("’", "'").partition("'")[0] == "I"
