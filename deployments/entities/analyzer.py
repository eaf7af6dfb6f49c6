"""Entities: who and what a post names, by a tagger on a tuned encoder and a few rules.

Holds the labels, what cannot be a name in a post, and how names and forms become one list.
Knows nothing of the other analyses. Dropped on purpose: nationalities, languages, bare
numbers, which name nobody and nothing; and hashtags, mentions, links and emoji, which are
signals of the text and are blanked before it is read.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

import regex
from pydantic import Field

from deployments.config import Config
from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.encoder.inputs import EncoderInput
from deployments.entities.grouping import groups
from deployments.entities.mention import NAMES, Guess
from deployments.entities.patterns import forms
from deployments.entities.spacy_backend import Recogniser, likelihood
from deployments.entities.tagger import Tagger
from deployments.results import Entities, Entity, Model, Span
from deployments.text.document import Document
from deployments.weights import released as weights

#: What an entity can be.
LABELS = (*NAMES, "DATE", "MONEY", "PERCENT")

# Raised whenever the rules here, in forms.py or grouping.py change what a post is answered.
_RULES = "5"
# Read by hand in 436 company posts: see models/entities/README.md.
_FORM_SCORE = 0.99

_NO_NAMES_FILE = Path(__file__).parents[1] / "models" / "entities" / "no_names.txt"

_BREAKS = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_LINE = regex.compile(f"[^{_BREAKS}]+")
# The tagger knows one sign for the end of a line; its tokenizer drops some of the others.
_ONE_BREAK = dict.fromkeys(map(ord, _BREAKS), "\n")
_SPACE = "".join(c for c in map(chr, range(0x3001)) if c.isspace())
# With the joiners and selectors that an emoji may leave behind where it is cut in two.
_EDGE = _SPACE + "\u200d\ufe0e\ufe0f@＠\"“”'‘’«»`*_|•·–—-:;,!?…/\\([{<>~^="
# A dot belongs to a name only after an initial or one of these.
_DOTTED = regex.compile(r"\b(?:\p{L}|Inc|Co|Corp|Ltd|Jr|Sr|St|Bros|vs)\.$", regex.I)


class NamesEncoderConfig(EncoderConfig):
    """The encoder behind the tagger, which learned from short texts."""

    source: str = Field(
        default=weights.NAMES_ENCODER, description=EncoderConfig.model_fields["source"].description
    )
    max_tokens: int = Field(
        default=128, ge=16, description=EncoderConfig.model_fields["max_tokens"].description
    )


class EntitiesConfig(Config):
    """What names things, and how sure it must be."""

    backend: Literal["tagger", "spacy"] = Field(
        default="tagger", description="spacy: en_core_web_sm's recogniser, which finds less"
    )
    encoder: NamesEncoderConfig = NamesEncoderConfig()
    head: str = Field(default=weights.NAMES_ENCODER, description="trained on that encoder")
    pipeline: str = Field(
        default=weights.SPACY_ENGLISH, description="of spacy: a carried model or a local folder"
    )
    pipeline_sha256: str | None = Field(
        default=None, description="of ner/model; known by itself for the carried pipeline"
    )
    batch_lines: int = Field(default=64, ge=1, description="of spacy: lines read together")
    min_score: float = Field(default=0.3, ge=0, le=1, description="less likely names are left out")


class Namer(Protocol):
    """Finds names.

    Attributes:
        name: of the model, for the reader of an answer.
        digest: changes whenever a guess could.
    """

    name: str
    digest: str

    def read(self, documents: Sequence[Document], texts: Sequence[str]) -> list[list[Guess]]:
        """The guesses in each document's text (its signals blanked), in order."""
        ...


class EntitiesAnalyzer:
    """Names persons, organisations, places, products, events, works, dates, sums and shares."""

    name = "entities"
    languages = frozenset({"en"})

    def __init__(self, config: EntitiesConfig | None = None) -> None:
        """Load what names.

        Raises:
            ModelMissing: the model or a file of it is not there.
            ModelMismatch: its weights are not the released ones.
        """
        self.config = config = config or EntitiesConfig()
        self._namer: Namer = _Tagging(config) if config.backend == "tagger" else _Spacy(config)
        parts = [self._namer.digest, weights.sha256_of(_NO_NAMES_FILE), config.min_score, _RULES]
        self.model = Model(self._namer.name, hashlib.sha256(json.dumps(parts).encode()).hexdigest())

    def analyze(self, documents: Sequence[Document]) -> list[Entities]:
        """The entities of each document, in order; every text is read to its end."""
        texts = [d.masked("hashtags", "mentions", "links", "emoji") for d in documents]
        guesses = self._namer.read(documents, texts)
        return [
            Entities(self._entities(document, text, names), Span(0, len(document.text)))
            for document, text, names in zip(documents, texts, guesses, strict=True)
        ]

    def _entities(self, document: Document, text: str, names: list[Guess]) -> tuple[Entity, ...]:
        """Forms first, since they are surer; then the names that do not touch them."""
        kept = _formed(text, document.plain)
        sure = [name for name in names if name.sureness >= self.config.min_score]
        trimmed = filter(None, (_trimmed(name, text, document.plain) for name in sure))
        for guess in trimmed:
            if all(guess.end <= other.start or other.end <= guess.start for other in kept):
                kept.append(guess)
        kept.sort(key=lambda guess: guess.start)
        numbers = groups([(document.plain[g.start : g.end], g.label) for g in kept])
        return tuple(
            _entity(document.text, guess, number)
            for guess, number in zip(kept, numbers, strict=True)
        )


class _Tagging:
    """The tagger over whole documents."""

    name = "postlens-entities"

    def __init__(self, config: EntitiesConfig) -> None:
        self._tagger = Tagger(Encoder(config.encoder), config.head)
        self.digest = self._tagger.digest

    def read(self, documents: Sequence[Document], texts: Sequence[str]) -> list[list[Guess]]:
        return self._tagger.read(
            [
                EncoderInput(
                    text.translate(_ONE_BREAK),
                    (),
                    tuple(sentence.start for sentence in document.sentences),
                )
                for document, text in zip(documents, texts, strict=True)
            ]
        )


class _Spacy:
    """spaCy's recogniser line by line, so that no name crosses one."""

    def __init__(self, config: EntitiesConfig) -> None:
        folder = _verified(config)
        self._recogniser = Recogniser(folder)
        self._batch_lines = config.batch_lines
        self.name = f"spacy:{folder.name}"
        self.digest = self._recogniser.digest

    def read(self, documents: Sequence[Document], texts: Sequence[str]) -> list[list[Guess]]:
        lines = [(i, line) for i, text in enumerate(texts) for line in _LINE.finditer(text)]
        guesses = self._recogniser.read([line[0] for _, line in lines], self._batch_lines)
        found: list[list[Guess]] = [[] for _ in documents]
        for (i, line), own in zip(lines, guesses, strict=True):
            first = line.start()
            found[i] += [
                Guess(first + g.start, first + g.end, g.label, likelihood(g, line[0]))
                for g in own
                if g.label in NAMES
            ]
        return found


def _verified(config: EntitiesConfig) -> Path:
    path = weights.model_file(config.pipeline, "ner/model")
    if known := config.pipeline_sha256 or weights.released_sha256(config.pipeline, "ner/model"):
        weights.verify(path, known)
    return path.parent.parent


def _formed(text: str, plain: str) -> list[Guess]:
    """What has a fixed form; not what has it only because a signal within was blanked."""
    return [
        Guess(line.start() + form.start, line.start() + form.end, form.label, _FORM_SCORE)
        for line in _LINE.finditer(text)
        for form in forms(line[0])
        if line[0][form.start : form.end] == plain[line.start() :][form.start : form.end]
    ]


def _entity(text: str, guess: Guess, group: int) -> Entity:
    surface = text[guess.start : guess.end]
    score = round(guess.sureness, 4)
    return Entity(surface, guess.label, guess.start, guess.end, score, group)


def _trimmed(guess: Guess, text: str, plain: str) -> Guess | None:
    """Without white space and punctuation at its ends, and only up to a blanked signal."""
    signals = (i for i in range(guess.start, guess.end) if text[i] != plain[i])
    surface = text[guess.start : next(signals, guess.end)].rstrip()
    if not _DOTTED.search(surface):
        surface = surface.rstrip("." + (_EDGE if "(" in surface else _EDGE + ")]}"))
    end = guess.start + len(surface)
    start = end - len(surface.lstrip(_EDGE + "."))
    told = _tells(text[start:end])
    return Guess(start, end, guess.label, guess.sureness) if told else None


@cache
def _no_names() -> frozenset[str]:
    lines = _NO_NAMES_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _tells(surface: str) -> bool:
    """Whether these words can be a name at all."""
    if "#" in surface or "＃" in surface:
        return False  # a hash sign within a word starts no hashtag, so nothing blanked it
    return any(c.isalpha() for c in surface) and surface.lower() not in _no_names()
