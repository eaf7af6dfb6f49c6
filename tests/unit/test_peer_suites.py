"""Other projects' own test data, read from beside the checkout and from packages.

twitter-text's conformance file for extraction (Apache-2.0), pragmatic_segmenter's golden rules
for the ends of English sentences (MIT), and Unicode's list of emoji in the package ``emoji``.
"""

import json
from typing import Any

import emoji
import pytest
import regex

from deployments.text.document import Document
from tests.labelled_data import DATA

SUITES = DATA.parent / "cases" / "suites"
NO_SUITES = "the suites of other projects are not here (shared/cases/suites beside the checkout)"
needs_suites = pytest.mark.skipif(not SUITES.is_dir(), reason=NO_SUITES)

# What of twitter-text is asked of a document, by the lists of its file. Left out whole: replies,
# lists of users, and "cashtags", which are no signals here.
KINDS = {
    "mentions": "mentions", "mentions_with_indices": "mentions", "urls": "links",
    "urls_with_indices": "links", "urls_with_directional_markers": "links",
    "tco_urls_with_params": "links", "hashtags": "hashtags", "hashtags_from_astral": "hashtags",
    "hashtags_with_indices": "hashtags",
}  # fmt: skip
# What is answered otherwise, and why, by what marks the descriptions of such cases.
OTHERWISE = {
    "whether a host is valid is not asked": (
        r"no-tld|tld-too-short|hyphenated TLD|(leading|trailing) (dash|underscore)|underscores in|"
        r"preceeded by underscore|invalid URL$|bigger than 63|✪|not on \(com"
    ),
    "running Chinese and Japanese text has no spaces": (
        r"of a Japanese tweet|by CJK|ccTLD domains without path$|by Japanese|^Extract valid URL: "
        r"http://example.com/$"
    ),
    "slugs of t.co are any others' slugs": r"trailing hyphen|skipping trailing|> 40 characters",
    "e-mail addresses are links": "email address|followed by @ sign",
    "the letters of user names are any": "accented latin",
    "@user@host is a handle of Mastodon's": "too close to an email",
    "'it.so' without a path may be a forgotten space": "^Extract URL before newline",
}


def is_right(case: dict[str, Any], kind: str) -> bool:
    signals = getattr(Document.read(case["text"]).signals, kind)
    expected: list[Any] = case["expected"]
    if expected and isinstance(expected[0], dict):
        return [[s.start, s.end] for s in signals] == [each["indices"] for each in expected]
    surfaces: list[str] = [s.text[kind != "links" :] for s in signals]
    return surfaces == expected


def reason(case: dict[str, Any]) -> str | None:
    """Why a case of twitter-text's may be answered otherwise."""
    matches = (why for why, marks in OTHERWISE.items() if regex.search(marks, case["description"]))
    return next(matches, None)


@needs_suites
def test_twitter_texts_extraction() -> None:
    suite = json.loads((SUITES / "twitter_text_extract.json").read_text(encoding="utf-8"))
    cases = [(case, kind) for part, kind in KINDS.items() for case in suite[part]]
    wrong = [case for case, kind in cases if not is_right(case, kind)]
    assert [case["description"] for case in wrong if reason(case) is None] == []
    assert len(cases) - len(wrong) >= 171  # of 210


_LIST_MARKER = regex.compile(r"^(?:[•⁃]\s*)?(?:(?:\d{1,2}|[a-z])(?:\.\)|[.)])\s+)?")
# The one golden rule that is answered otherwise: a sentence there begins with the ellipsis that
# stands behind the one before ("compounds. . . . The practice").
_OTHER_ENDS = "One further habit which"


@needs_suites
def test_the_golden_rules_of_sentence_ends() -> None:
    rules = json.loads((SUITES / "golden_rules_english.json").read_text(encoding="utf-8"))
    wrong = [rule["text"] for rule in rules if not _ends_alike(**rule)]
    assert [text for text in wrong if not text.startswith(_OTHER_ENDS)] == []
    assert len(rules) == 52


def _ends_alike(text: str, sentences: list[str]) -> bool:
    answered = [text[span.start : span.end] for span in Document.read(text).sentences]
    return [*map(_bare, answered)] == [*map(_bare, sentences)]


def _bare(sentence: str) -> str:
    """Without its list marker, white space collapsed: how the rules are compared."""
    return _LIST_MARKER.sub("", " ".join(sentence.split()))


# Always text, as these signs are in posts ("Acme™").
NO_EMOJI = {"©️", "®️", "™️"}
EMOJI = sorted(
    sign
    for sign, facts in emoji.EMOJI_DATA.items()
    if facts["status"] == emoji.STATUS["fully_qualified"] and sign not in NO_EMOJI
)
BEHIND = {"#tag": "hashtags", "@acme": "mentions", "jo@acme.example": "links", "acme.io/x": "links"}


def emoji_in(text: str) -> list[str]:
    return [sign.text for sign in Document.read(text).signals.emoji]


@pytest.mark.parametrize("around", ["{}", "We like {} very much.", "a{}b", "7{}"])
def test_every_emoji_of_unicodes_list(around: str) -> None:
    assert len(EMOJI) > 3900
    assert [sign for sign in EMOJI if emoji_in(around.format(sign)) != [sign]] == []


@pytest.mark.parametrize("signal, kind", BEHIND.items())
def test_a_signal_right_behind_any_emoji(signal: str, kind: str) -> None:
    def is_seen(sign: str) -> bool:
        signals = Document.read(sign + signal).signals
        return [s.text for s in (*signals.emoji, *getattr(signals, kind))] == [sign, signal]

    assert [sign for sign in EMOJI if not is_seen(sign)] == []
