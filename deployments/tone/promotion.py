"""How promotional each sentence of a post is: calls to action and the language of sales.

Plain rules over words and links, no model: what makes a sentence promotional can be pointed at.
English patterns are written out here, those of other languages made of the words of their folders.
A sentence gets the sum of what it holds, 1 at most:

- 0.5: a call to commit, an imperative at the head of a clause ("Register", "Book a demo",
  "Download", "Sign up", "Try it", "Join us")
- 0.3: a call to look ("Learn more", "Discover", "Check out"), where there is none to commit
- 0.2: such a call with an aim: a link in the sentence or next after it, "link in the
  comments", or the reader ("you", "your")
- 0.4: "link in the comments", "DM me", without such a call
- 0.5: an offer ("free trial", "20% off", "only 5 seats left")
- 0.4: sales language ("game-changing", "boost your reach", "our platform helps")
- 0.1: an exclamation mark where the sentence holds anything of this

The weights put in order what readers find more and less promotional; they were set by hand
over company posts, not fitted.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache

from deployments.languages.loading import rules_of
from deployments.languages.word_patterns import any_case
from deployments.results import Span
from deployments.rounding import rounded
from deployments.text.document import Document

_COMMIT, _LOOK, _AIMED, _POINTER = 0.5, 0.3, 0.2, 0.4
_OFFER, _SALES, _EXCLAIMED = 0.5, 0.4, 0.1

# "Register now 👉" and the link on the next line: white space, arrows and emoji lie between.
_LINK_REACH_CHARACTERS = 40


# A sentence is in small letters by then, with one blank for any white space; in re, which takes
# two fifths of regex' time for these.
def _phrases(body: str) -> re.Pattern[str]:
    """These alternatives as whole words."""
    return re.compile(rf"\b(?:{body})(?!\w)", re.VERBOSE)


def _imperatives(body: str, joining: str = "and|or|so|then") -> re.Pattern[str]:
    """These alternatives at the head of a sentence or of a clause in it.

    A head is the start, punctuation, an emoji or a joining word ("and"); "please" and the like may
    follow it.
    """
    head = rf"(?: ^ | [^\w\s'’&/@-]\s? | [-]\s | \b(?:{joining})\s )"
    polite = r"(?: (?:please|now|so|and|then|also|just|simply|go\ ahead\ and)[ ,]\ ? ){0,2}"
    return re.compile(rf"{head} \s?+ {polite} (?:{body})(?!\w)", re.VERBOSE)


_CALL_TO_COMMIT = _imperatives(
    r"""
    register | sign\ (?:me\ )?up | signup | rsvp | enroll? | subscribe | donate | pre-?order
  | download | hurry | act\ (?:now|fast) | be\ sure\ to | don['’]?t\ miss | tune\ in
  | apply\ (?:now|here|today|via|at|by|for) | request\ (?:a|your|access|early)
  | (?:book|reserve|secure|claim|schedule)\ (?:a|an|your|yours|the|my|now|today|here)
  | save\ (?:your|a)\ (?:seat|spot|place) | save\ the\ date
  | (?:buy|order|shop|start|upgrade|call)\ (?:now|here|today|your|yours|the|our|for\ free|us)
  | get\ (?:yours?|started|in\ touch|tickets|access|early\ access|it\ (?:here|now|today)
      | a\ (?:free|quote|demo)|the\ (?:app|guide|report|e-?book))
  | grab\ (?:a|an|yours?|our|the|one|it|tickets|\w+['’]s)
  | try\ (?:it|out|our|us|for\ free|now|today|this) | contact\ (?:us|me|our|sales)
  | join\ (?:us|our|me|the|now|today|here|a|them|in|over|[\d,]+)
  | join\ \w+\ (?:\w+\ )?(?:at|on|for|from|as)
  | (?:dm|message|e-?mail|text)\ (?:me|us) | drop\ (?:me|us)\ an?\ (?:dm|line|message|note)
  | reach\ out\ (?:to|now|today|for|via|if) | follow\ (?:us|me|our|for|along)
  | (?:come|stop|swing|drop)\ (?:by|see|meet|visit|find|join|and\ (?:see|meet|visit|join))
  | (?:visit|meet)\ (?:us|our|the) | vote\ (?:for|now|here)
  | (?:tap|click)\ (?:the|here|on|below) | swipe\ (?:up|through|left|right)
    """
)
_CALL_TO_LOOK = _imperatives(
    r"""
    (?:learn|read|find|see|hear|discover|explore|watch)\ (?:more|how|why|what)
  | (?:learn|read|find|see|hear|discover|explore|watch)\ the\ (?:full|rest|whole)
  | find\ out | discover | explore\ (?:our|the) | check\ (?:it\ |them\ |this\ |us\ )?out
  | (?:watch|read|listen\ to|enjoy|see|view|catch)
    \ (?:it|the|our|this|my|his|her|their|all|now|here)
  | take\ a\ (?:look|tour|peek)\ at | dive\ (?:in|deeper|into) | delve\ into
  | listen\ (?:now|here|in)
  | get\ (?:the\ (?:details|full)|caught\ up) | stay\ tuned | introducing
  | meet\ (?:the\ new|our\ (?:new|latest))
    """
)
_TO_COMMENTS = _phrases(
    r"""
    links?\ (?:\w+\ ){0,3}(?:in\ (?:the\ |my\ |our\ )?(?:first\ )?(?:comments?|bio|profile)|below)
  | (?:see|in)\ (?:the\ )?first\ comment | dm\ (?:me|us) | drop\ (?:me|us)\ a\ (?:dm|line|message)
    """
)
_READER = _phrases("you|your|yours|yourself")
_OFFERS = _phrases(
    r"""
    \d+\ ?%\ off | save\ (?:up\ to\ )?[$€£]?\d[\d,.]*\ ?%? | discounts? | coupons? | promo\ codes?
  | free\ (?:trial|demo|shipping|consultation|copy|account|tickets?|webinar|e-?book|guide|session)
  | for\ free | free\ of\ charge | no\ credit\ card | money[-\ ]back | early[-\ ]bird | last\ chance
  | limited[-\ ]time\ (?:offer|deal|only|price) | limited\ (?:offer|edition|seats|spots|spaces)
  | (?:special|exclusive|introductory)\ (?:offer|price|deal|access|discount)s?
  | (?:only|just)\ (?:\d+|a\ few|two|three|five|ten)\ (?:\w+\ )?
    (?:seats|spots|places|tickets|days|hours)\ (?:left|remaining)
  | (?:seats|spots|places|spaces)\ are\ (?:limited|filling|going) | while\ (?:stocks|supplies)\ last
  | (?:now\ available|available\ now) | you(?:['’]re|\ are)\ invited | registration\ is\ open
    """
)
_SALES_TALK = _phrases(
    r"""
    game[-\ ]chang(?:er|ing) | cutting[-\ ]edge | state[-\ ]of[-\ ]the[-\ ]art
  | best[-\ ]in[-\ ]class | world[-\ ]class | industry[-\ ]leading
  | next[-\ ]level | one[-\ ]stop | all[-\ ]in[-\ ]one
  | must[-\ ]have | effortless(?:ly)? | hassle[-\ ]free | without\ the\ hassle | unbeatable
  | (?:boost|supercharge|transform|unlock|maximi[sz]e|elevate|level\ up|skyrocket|turbocharge)\ your
  | (?:accelerate|streamline|grow|scale|optimi[sz]e|future-?proof|revolutioni[sz]e)\ your
  | unlock\ the\ full\ potential
  | (?:take|bring)\ your\ [\w\ -]{1,40}\ to\ (?:the\ next\ level|new\ heights|life)
  | say\ (?:goodbye|hello)\ to | look\ no\ further | we(?:['’]ve|\ have)\ got\ you\ covered
  | (?:our|the)\ (?:new\ |latest\ |powerful\ )?
    (?:product|platform|solution|software|tool|app|service|automation|suite)s?
    \ (?:(?:can|will)\ )?(?:help|enable|let|empower|ensure|make|deliver|allow)s?
  | (?:help|let|empower|enable)s?\ (?:you|your\ (?:team|business|brand|company|customers))
  | ready\ to\ (?:take|boost|transform|unlock|scale|grow|elevate|upgrade|get\ started)
  | (?:want|looking)\ to\ (?:stand\ out|boost|improve|increase|grow|scale|drive|unlock)
    """
)


@dataclass(frozen=True, slots=True)
class _Patterns:
    """What is looked for in a sentence of one language."""

    call_to_commit: re.Pattern[str]
    call_to_look: re.Pattern[str]
    pointer: re.Pattern[str]
    reader: re.Pattern[str]
    offer: re.Pattern[str]
    sales_talk: re.Pattern[str]


# "And" and "or" in the other languages.
_JOINING = "y|e|o|ou|et|und|oder|en|of|och|eller|og|i|oraz|lub"
_ENGLISH = _Patterns(_CALL_TO_COMMIT, _CALL_TO_LOOK, _TO_COMMENTS, _READER, _OFFERS, _SALES_TALK)


@cache
def _patterns(code: str) -> _Patterns:
    rules = rules_of(code).promotion
    if rules is None:
        return _ENGLISH
    return _Patterns(
        _imperatives(any_case(rules.calls), _JOINING),
        _imperatives(any_case(rules.looks), _JOINING),
        _phrases(any_case(rules.pointers)),
        _phrases(any_case(rules.reader)),
        _phrases(any_case(rules.offers)),
        _phrases(any_case(rules.sales)),
    )


def promotion(document: Document) -> list[float]:
    """How promotional each sentence is, 0..1, in order; ``[0.0]`` for a document without any."""
    text = document.masked("hashtags", "mentions", "links")
    links = [link.start for link in document.signals.links]
    scores = [
        _score(
            text[span.start : span.end],
            _patterns(document.code_at(span.start)),
            linked=_linked(document, links, span),
        )
        for span in document.sentences
    ]
    return scores or [0.0]


def promotion_score(sentence: str, *, code: str = "en", linked: bool = False) -> float:
    """How promotional one sentence is, 0..1.

    Args:
        sentence: its text.
        code: its language; one without a folder is read as English.
        linked: whether a link is in it or follows it.
    """
    return _score(sentence, _patterns(code), linked=linked)


def _score(sentence: str, patterns: _Patterns, *, linked: bool) -> float:
    words = " ".join(sentence.lower().split())
    score = _call_score(words, patterns, linked=linked)
    score += _OFFER * bool(patterns.offer.search(words))
    score += _SALES * bool(patterns.sales_talk.search(words))
    if score and "!" in words:
        score += _EXCLAIMED
    return rounded(min(score, 1.0))


def _call_score(words: str, patterns: _Patterns, *, linked: bool) -> float:
    has_pointer = bool(patterns.pointer.search(words))
    call_to_commit = patterns.call_to_commit.search(words)
    if not call_to_commit and not patterns.call_to_look.search(words):
        return _POINTER * has_pointer
    has_aim = linked or has_pointer or bool(patterns.reader.search(words))
    return (_COMMIT if call_to_commit else _LOOK) + _AIMED * has_aim


def _linked(document: Document, links: list[int], span: Span) -> bool:
    """Whether a link stands in the sentence, or behind it with no word between."""
    index = bisect_left(links, span.start)
    if index == len(links):
        return False
    start = links[index]
    if start - span.end > _LINK_REACH_CHARACTERS:
        return False
    return start < span.end or not any(map(str.isalnum, document.plain[span.end : start]))
