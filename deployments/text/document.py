"""One post, split once: letters, sentences, words, hashtags, mentions, links, emoji.

Every offset is a code point index into the text exactly as it was sent. The
module replaces and blanks characters one for one, never inserts or removes any,
so that an offset into ``plain`` or ``masked()`` is an offset into ``text``. It
knows spelling and punctuation, but no analysis and no model.
"""

import hashlib
import re
import unicodedata
from array import array
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, chain, pairwise
from typing import TypeVar

from deployments.languages.loading import rules_of
from deployments.results import Language, LanguageSpan, Signal, Signals, Span
from deployments.text.language import UNDETERMINED
from deployments.text.language_spans import code_at, read_languages
from deployments.text.layout import EMOJI_MARK, TAG_MARK
from deployments.text.markup import JOINER, entity_end, surface, without_markup
from deployments.text.scanner import scan
from deployments.text.sentences import split_sentences

S = TypeVar("S", Span, Signal)

_SIGNAL_KINDS = Signals.__match_args__  # the names of its fields, in order


def digest(text: str) -> str:
    """The address of a text: SHA-256 of its UTF-8 bytes, 64 hex digits."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


# Where Unicode keeps its styled letters and digits: superscripts, small capitals, letterlike,
# ligatures and presentation forms, full width, mathematical, enclosed, segmented digits.
_STYLED_BLOCKS = (
    (0x00AA, 0x00BA), (0x0250, 0x02FF), (0x1D00, 0x1DBF), (0x2070, 0x209F), (0x2100, 0x214F),
    (0x249C, 0x24E9), (0x2C7C, 0x2C7D), (0xA730, 0xA7FF), (0xFB00, 0xFFEF), (0x1D400, 0x1D7FF),
    (0x1F110, 0x1F1E5), (0x1FBF0, 0x1FBF9),
)  # fmt: skip
# Letters drawn as signs, which NFKC leaves: white on black, or as small capitals.
_DRAWN_LETTER = re.compile(
    "(?:NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL|LATIN LETTER SMALL CAPITAL)(?: LETTER)? ([A-Z])"
)


def _unstyled() -> dict[int, str]:
    """Styled code points to the one letter or digit that they are read as."""
    codes = chain.from_iterable(range(first, last + 1) for first, last in _STYLED_BLOCKS)
    letters = ((code, _unstyled_sign(chr(code))) for code in codes)
    return {code: sign for code, sign in letters if sign != chr(code) and _is_one_letter(sign)}


def _unstyled_sign(sign: str) -> str:
    """By the sign's name, else by NFKC (UAX #15) without the brackets of "⒜"."""
    name = unicodedata.name(sign, "")
    if drawn := _DRAWN_LETTER.fullmatch(name):
        return drawn[1].lower() if "SMALL" in name else drawn[1]
    return unicodedata.normalize("NFKC", sign).strip("()")


def _is_one_letter(text: str) -> bool:
    return len(text) == 1 and unicodedata.category(text)[0] in "LN"


_UNSTYLED = _unstyled()
# Whole blocks, which are twelve ranges to look through and not a thousand signs. A sign that a
# variation selector makes an emoji ("ℹ️", "Ⓜ️") is no letter.
_STYLED = re.compile(f"[{''.join(f'{chr(a)}-{chr(z)}' for a, z in _STYLED_BLOCKS)}](?!\ufe0f)")


def _read_sign(styled: re.Match[str]) -> str:
    return _UNSTYLED.get(ord(styled[0]), styled[0])


def plain_text(text: str) -> str:
    """A text as it is read, see :attr:`Document.plain`."""
    return _STYLED.sub(_read_sign, without_markup(text))


@dataclass(frozen=True, slots=True)
class Document:
    """One post as the analyses read it. Pickles as its text and a few hundred bytes of offsets.

    Attributes:
        text: exactly as sent.
        plain: ``text`` as it is read: styled letters (mathematical bold, full width, ...) as
            ordinary ones, HTML overwritten (:mod:`deployments.text.markup`); same length, code
            point for code point.
        language: of most of it, detected once, on the prose alone.
        languages: what is written in which language, line by line, in order.
        signals: hashtags, mentions, links (e-mail addresses among them), emoji.
        sentences: spans in order, without overlaps, trimmed of white space; a line break
            ends a sentence, unless a lower-case letter goes on after a line without
            closing punctuation (hard-wrapped text); list markers stand outside; a block that
            holds no word (only hashtags, emoji, links) is no sentence. Empty for a text
            without any word.
        words: spans in order; words inside links, mentions and hashtags are not among them.
    """

    text: str
    plain: str
    language: Language
    languages: tuple[LanguageSpan, ...]
    signals: Signals
    sentences: tuple[Span, ...]
    words: tuple[Span, ...]

    @classmethod
    def read(cls, text: str, language: str | None = None) -> "Document":
        """Split ``text`` once; any str is taken, also an empty one.

        Args:
            text: exactly as sent.
            language: its code where that is known, as of a sentence out of a longer text; else
                the text tells it.
        """
        plain = plain_text(text)
        offsets = scan(plain)
        tags = offsets["hashtags"] + offsets["mentions"] + offsets["links"]
        tags += offsets.pop("possessives")
        marked = _fill(_fill(plain, tags, TAG_MARK), offsets["emoji"], EMOJI_MARK)
        told, languages = read_languages(marked) if language is None else _all_in(language, marked)
        sentences = list(_sentence_offsets(marked, languages))
        if plain != text:
            # What ended at a sign of an entity ends with all of it, and nothing begins in it.
            sentences[1::2] = (entity_end(text, end) for end in sentences[1::2])
            sentences[::2] = (_after_joiners(plain, start) for start in sentences[::2])
        return _assemble(text, plain, told, languages, [*offsets.values(), sentences])

    @property
    def full_span(self) -> Span:
        """The whole text: what an analysis covers that cuts nothing off."""
        return Span(0, len(self.text))

    def code_at(self, offset: int) -> str:
        """The language that the text is written in at this code point."""
        return code_at(self.languages, offset)

    def in_languages(self, known: Container[str]) -> "Document":
        """The document with its lines in these languages alone, all offsets as they are.

        A document whose language cannot be told stays as it is.
        """
        codes = dict.fromkeys(span.code for span in self.languages)
        kept = [code for code in codes if code in known or code == UNDETERMINED]
        return self if len(kept) == len(codes) else self._restricted(kept)

    def by_language(self) -> Iterator["Document"]:
        """The document in each of its languages alone, in the order in which they come."""
        for code in dict.fromkeys(span.code for span in self.languages):
            yield self.in_languages((code,))

    def _restricted(self, codes: Collection[str]) -> "Document":
        languages = tuple(span for span in self.languages if span.code in codes)
        blanked = _flat(span for span in self.languages if span.code not in codes)
        main = max(codes, key=lambda code: _length_in(code, languages), default=UNDETERMINED)
        language = self.language if self.language.code in codes else Language(main, 0.0)

        def kept(spans: tuple[S, ...]) -> tuple[S, ...]:
            return tuple(span for span in spans if self.code_at(span.start) in codes)

        return Document(
            self.text,
            _fill(self.plain, blanked, " "),
            language,
            languages,
            Signals(*(kept(getattr(self.signals, kind)) for kind in _SIGNAL_KINDS)),
            kept(self.sentences),
            kept(self.words),
        )

    def surface(self, start: int, end: int) -> str:
        """``text[start:end]`` without the HTML in it: "R&D" where "R&amp;D" was sent."""
        return surface(self.text[start:end], self.plain[start:end])

    def masked(self, *kinds: str) -> str:
        """``plain`` with signals of these kinds blanked to as many spaces.

        ``kinds`` are field names of :class:`Signals`; ``"hashsigns"`` blanks the ``#`` alone
        and keeps the hashtag's word.
        """
        offsets: list[int] = []
        for kind in kinds:
            if kind == "hashsigns":
                for tag in self.signals.hashtags:
                    offsets += (tag.start, tag.start + 1)
            else:
                offsets += _flat(getattr(self.signals, kind))
        return _fill(self.plain, offsets, " ")

    def __reduce__(self) -> tuple[Callable[..., "Document"], tuple[object, ...]]:
        """Text and flat offsets: a fraction of the size and time of pickling every span."""
        kinds = [getattr(self.signals, kind) for kind in _SIGNAL_KINDS]
        groups = [_flat(group) for group in (*kinds, self.words, self.sentences)]
        packed = array(_width(self.text), chain.from_iterable(groups)).tobytes()
        plain = None if self.plain == self.text else self.plain
        language = (self.language.code, self.language.confidence)
        spans = [(span.code, span.start, span.end) for span in self.languages]
        return _unpack, (self.text, plain, *language, spans, tuple(map(len, groups)), packed)


def _all_in(code: str, marked: str) -> tuple[Language, tuple[LanguageSpan, ...]]:
    """What :func:`read_languages` gives of a text that is known to be in one language."""
    return Language(code, 1.0), (LanguageSpan(code, 0, len(marked)),)


def _sentence_offsets(marked: str, languages: Iterable[LanguageSpan]) -> Iterator[int]:
    """Start and end of every sentence, by the rules of its language."""
    for span in languages:
        rules = rules_of(span.code).sentences
        for start, end in split_sentences(marked[span.start : span.end], rules):
            yield from (span.start + start, span.start + end)


def _after_joiners(plain: str, start: int) -> int:
    """Where a sentence begins behind joiners, and blanks among them; a word follows in it."""
    while plain[start] == JOINER or plain[start].isspace():
        start += 1
    return start


def _length_in(code: str, spans: Iterable[LanguageSpan]) -> int:
    return sum(span.end - span.start for span in spans if span.code == code)


def _fill(text: str, offsets: Sequence[int], sign: str) -> str:
    """``text`` with every stretch of these flat offsets (start, end, start, ...) overwritten."""
    pieces: list[str] = []
    done = 0
    for start, end in sorted(zip(offsets[::2], offsets[1::2], strict=True)):
        pieces += (text[done:start], sign * (end - max(start, done)))
        done = max(done, end)
    return "".join((*pieces, text[done:]))


def _flat(spans: Iterable[Span | Signal | LanguageSpan]) -> list[int]:
    return [offset for span in spans for offset in (span.start, span.end)]


def _width(text: str) -> str:
    return "H" if len(text) <= 0xFFFF else "Q"


def _unpack(
    text: str,
    plain: str | None,
    code: str,
    confidence: float,
    spans: Iterable[tuple[str, int, int]],
    sizes: tuple[int, ...],
    packed: bytes,
) -> Document:
    offsets = array(_width(text), packed).tolist()
    ends = list(accumulate(sizes, initial=0))
    groups = [offsets[start:end] for start, end in pairwise(ends)]
    languages = tuple(LanguageSpan(*span) for span in spans)
    plain = text if plain is None else plain
    return _assemble(text, plain, Language(code, confidence), languages, groups)


def _assemble(
    text: str,
    plain: str,
    language: Language,
    languages: tuple[LanguageSpan, ...],
    groups: list[list[int]],
) -> Document:
    """A document from flat offsets: one group for each kind of ``scanner``, then the sentences."""
    *signals, words, sentences = groups
    named = (tuple(map(partial(_signal, text, plain), g[::2], g[1::2])) for g in signals)
    spans = (tuple(map(Span, g[::2], g[1::2])) for g in (sentences, words))
    return Document(text, plain, language, languages, Signals(*named), *spans)


def _signal(text: str, plain: str, start: int, end: int) -> Signal:
    return Signal(surface(text[start:end], plain[start:end]), start, end)
