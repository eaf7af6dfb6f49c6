"""Entities: who and what a post names, by spaCy's small English recogniser and a few rules.

Holds the labels, the rules for sums, shares and dates, what cannot be a name in a post, and
the calibrated score. Knows nothing of the other analyses, and spaCy only by its recogniser.

Dropped on purpose: NORP (nationalities), LANGUAGE, CARDINAL, ORDINAL and QUANTITY, which
name nobody and nothing; and hashtags, mentions, links and emoji, which are signals of the
text and are blanked before it is read. Each line is read by itself, so no name crosses one.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import regex
from pydantic import Field

from deployments import weights
from deployments.config import Config
from deployments.grouping import groups
from deployments.recogniser import Guess, Recogniser
from deployments.results import Entities, Entity, Model, Span
from deployments.text import Document

#: What an entity can be.
LABELS = ("PERSON", "ORG", "LOC", "PRODUCT", "EVENT", "WORK", "DATE", "MONEY", "PERCENT")

_NAMES = frozenset({"PERSON", "ORG", "LOC", "PRODUCT", "EVENT", "WORK"})

#: Which of the pipeline's files an answer depends on.
_FILES = ("ner/model", "ner/cfg", "ner/moves", "tokenizer", "config.cfg")

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)(?!\w)\.?"
)
_DAY = r"[0-3]?\d(?:st|nd|rd|th)?(?!\d)"
_DAYS = rf"{_DAY}(?:(?:\s?[-–]\s?|\sto\s){_DAY})?"
_YEAR = r"(?:19|20)\d\d"
_SCALE = r"(?:\s?(?:thousand|million|billion|trillion|[mb]illion|mln|mn|bn|tn|[kKmMbB])(?!\w))"
_AMOUNT = r"\d[\d,]*(?:\.\d+)?"
_CURRENCY = r"(?:USD|EUR|GBP|CHF|JPY|INR|SEK|NOK|DKK)"
# What has a fixed form is found by its form: sums with a currency, shares with a percent sign
# or word, quarters, ISO dates, and days of a month.
_RULES = regex.compile(
    rf"""
    (?P<MONEY> (?:US|CA|AU|C|A|S|HK)?[$€£¥₹₩] \s? {_AMOUNT} {_SCALE}? (?! \w )
             | (?<! \w ) {_CURRENCY} \s {_AMOUNT} {_SCALE}?
             | (?<! [\w.,$] ) {_AMOUNT} {_SCALE}? \s?
               (?:[€£]|(?:{_CURRENCY}|(?i:dollars|euros|pounds))(?!\w)) )
  | (?P<PERCENT> (?<! [\w.,] ) {_AMOUNT} (?: \s?[-–]\s?{_AMOUNT} )? \s?
               (?: % | (?i:percent|per\ cent|pct)(?!\w) ) )
  | (?P<DATE> (?<! \w ) (?: [QH][1-4] (?: \s? (?:FY)? ['’]? (?:20)?\d\d )? | FY\s?(?:20)?\d\d
             | {_YEAR}-[01]\d-[0-3]\d
             | {_MONTH} \s {_DAYS} (?: ,? \s {_YEAR} )?
             | {_DAYS} \s (?:of\s)? {_MONTH} (?: ,? \s {_YEAR} )?
             | {_MONTH} \s {_YEAR} ) (?! \w ) )
    """,
    regex.VERBOSE | regex.V1,
)
# Raised whenever the rules, the calibration or the recogniser change what a post is answered.
_RULES_VERSION = "3"
# Read by hand in 436 company posts: see models/entities/README.md.
_RULE_SCORE = 0.99

# How likely a name is right: a logistic model over how sure the recogniser was on its way
# and over how the name looks, fitted by `python -m training.evaluate_entities --fit`.
_BIAS = -2.18
_COEFFICIENTS = {
    "sureness": 0.42, "PERSON": 1.07, "ORG": 0.37, "LOC": 1.73, "acronym": 0.33,
    "shouted": -0.79, "lower case": -1.35, "single word": -0.24, "first word": 0.08,
    "over 4 words": -1.85, "digits": -1.27, "odd signs": -1.4, "shouting line": -0.95,
    "LOC acronym": -0.4,
}  # fmt: skip

_NO_NAMES_FILE = Path(__file__).parent / "models" / "entities" / "no_names.txt"
# The only bare lower-case words that tell a date; "daily", "hours", "year" tell none.
_DAY_WORDS = frozenset({"today", "tomorrow", "yesterday", "tonight"})
_SUM = regex.compile(r"[$€£¥₹₩]|\b(?:dollars?|euros?|pounds?|cents?|bucks|USD|EUR|GBP)\b")

_LINE = regex.compile(r"[^\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
# With the joiners and selectors that an emoji may leave behind where it is cut in two.
_EDGE = " \t\u00a0\u200d\ufe0e\ufe0f@＠\"“”'‘’«»`*_|•·–—-:;,!?…/\\([{<>~^="


class EntitiesConfig(Config):
    """Which spaCy pipeline names things, and how sure it must be."""

    source: str = Field(
        default=weights.SPACY_ENGLISH, description="a carried model or a local folder"
    )
    sha256: str | None = Field(
        default=None, description="of ner/model; known by itself for the carried pipeline"
    )
    batch_lines: int = Field(default=64, ge=1, description="lines read together")
    min_score: float = Field(default=0.2, ge=0, le=1, description="less likely names are left out")


class EntitiesAnalyzer:
    """Names persons, organisations, places, products, events, works, dates, sums and shares."""

    name = "entities"
    languages = frozenset({"en"})

    def __init__(self, config: EntitiesConfig | None = None) -> None:
        """Load the pipeline.

        Raises:
            ModelMissing: the pipeline or a file of it is not there.
            ModelMismatch: its recogniser is not the released one.
        """
        self.config = config = config or EntitiesConfig()
        folder = _verified(config)
        self._recogniser = Recogniser(folder)
        self.model = Model(f"spacy:{folder.name}", _digest(config, folder))

    def analyze(self, documents: Sequence[Document]) -> list[Entities]:
        """The entities of each document, in order; every text is read to its end."""
        texts = [d.masked("hashtags", "mentions", "links", "emoji") for d in documents]
        lines = [(i, line) for i, text in enumerate(texts) for line in _LINE.finditer(text)]
        guesses = self._recogniser.read([line[0] for _, line in lines], self.config.batch_lines)
        found: list[list[Entity]] = [[] for _ in documents]
        for (i, line), names in zip(lines, guesses, strict=True):
            found[i] += self._entities(documents[i], line.start(), line[0], names)
        return [
            Entities(_grouped(document, items), Span(0, len(document.text)))
            for document, items in zip(documents, found, strict=True)
        ]

    def _entities(
        self, document: Document, offset: int, line: str, names: list[Guess]
    ) -> list[Entity]:
        """Rules first, since they are surer; then the names that do not touch them."""
        plain = document.plain[offset : offset + len(line)]
        kept = list(_by_rule(line, plain))
        taken = [range(guess.start, guess.end) for guess, _ in kept]
        for guess in filter(None, (_trimmed(name, line, plain) for name in names)):
            clear = all(guess.end <= r.start or r.stop <= guess.start for r in taken)
            if clear and (score := likelihood(guess, line)) >= self.config.min_score:
                kept.append((guess, score))
        kept.sort(key=lambda pair: pair[0].start)
        return [_entity(document.text, offset, guess, score) for guess, score in kept]


def _verified(config: EntitiesConfig) -> Path:
    path = weights.file(config.source, "ner/model")
    if known := config.sha256 or weights.released_sha256(config.source, "ner/model"):
        weights.verify(path, known)
    return path.parent.parent


def _digest(config: EntitiesConfig, folder: Path) -> str:
    parts = [weights.digest(folder / name) for name in _FILES] + [weights.digest(_NO_NAMES_FILE)]
    return hashlib.sha256(
        json.dumps([*parts, config.min_score, _RULES_VERSION]).encode()
    ).hexdigest()


def _entity(text: str, offset: int, guess: Guess, score: float) -> Entity:
    start, end = offset + guess.start, offset + guess.end
    # Its group is told once all mentions of the document are known.
    return Entity(text[start:end], guess.label, start, end, round(score, 4), group=0)


def _grouped(document: Document, items: list[Entity]) -> tuple[Entity, ...]:
    numbers = groups([(document.plain[item.start : item.end], item.label) for item in items])
    return tuple(replace(item, group=number) for item, number in zip(items, numbers, strict=True))


def _by_rule(line: str, plain: str) -> Iterator[tuple[Guess, float]]:
    """What has a fixed form; not what has it only because a signal within was blanked."""
    for match in _RULES.finditer(line):
        if match[0] == plain[match.start() : match.end()]:
            yield Guess(*match.span(), str(match.lastgroup), 1.0), _RULE_SCORE


def _trimmed(guess: Guess, line: str, plain: str) -> Guess | None:
    """Without white space and punctuation at its ends, and only up to a blanked signal."""
    signals = (i for i in range(guess.start, guess.end) if line[i] != plain[i])
    surface = line[guess.start : next(signals, guess.end)]
    end = guess.start + len(surface.rstrip(_EDGE if "(" in surface else _EDGE + ")]}"))
    start = end - len(line[guess.start : end].lstrip(_EDGE))
    told = _tells(line[start:end], guess.label)
    return Guess(start, end, guess.label, guess.sureness) if told else None


@cache
def _no_names() -> frozenset[str]:
    lines = _NO_NAMES_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _tells(surface: str, label: str) -> bool:
    """Whether these words can be one of that label at all."""
    if "#" in surface or "＃" in surface:
        return False  # a hash sign within a word starts no hashtag, so nothing blanked it
    if label == "MONEY":
        return bool(_SUM.search(surface))
    if label in _NAMES:
        known = surface.lower() in _no_names()
        return any(c.isalpha() for c in surface) and not known
    bare = surface.islower() and surface.isalpha()
    return any(c.isalnum() for c in surface) and (not bare or surface in _DAY_WORDS)


def traits(guess: Guess, line: str) -> dict[str, float]:
    """What tells a right name from a wrong one; ``sureness`` as log-odds, the others 0 or 1."""
    surface, label = line[guess.start : guess.end], guess.label
    words = surface.split()
    single = len(words) == 1
    acronym = single and surface.isupper() and len(surface) <= 4
    first = not line[: guess.start].strip()
    sure = min(max(guess.sureness, 1e-4), 1 - 1e-4)
    flags = {
        "PERSON": label == "PERSON",
        "ORG": label == "ORG",
        "LOC": label == "LOC",
        "acronym": acronym,
        "shouted": surface.isupper() and not acronym,
        "lower case": surface.islower(),
        "single word": single,
        "first word": first and single,
        "over 4 words": len(words) > 4,
        "digits": any(c.isdigit() for c in surface),
        "odd signs": bool(regex.search(r"[^\w\s.&'’-]", surface)),
        "shouting line": _share_upper(line) > 0.5,
        "LOC acronym": label == "LOC" and acronym,
    }
    return {"sureness": math.log(sure / (1 - sure)), **{k: float(v) for k, v in flags.items()}}


def _share_upper(line: str) -> float:
    letters = sum(c.isalpha() for c in line)
    return sum(c.isupper() for c in line) / letters if letters else 0.0


def likelihood(guess: Guess, line: str) -> float:
    """The calibrated probability 0..1 that the guess is right.

    Dates, sums and shares were not in the labelled data: there it is the sureness itself.
    """
    if guess.label not in _NAMES:
        return guess.sureness
    found = traits(guess, line)
    logit = _BIAS + sum(weight * found[trait] for trait, weight in _COEFFICIENTS.items())
    return 1 / (1 + math.exp(-logit))
