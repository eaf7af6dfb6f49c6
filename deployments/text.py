"""One post, split once: letters, sentences, words, hashtags, mentions, links, emoji.

Every offset is a code point index into the text exactly as it was sent. The
module replaces and blanks characters one for one, never inserts or removes any,
so that an offset into ``plain`` or ``masked()`` is an offset into ``text``.
"""

import hashlib
from dataclasses import dataclass

from deployments.results import Language, Signals, Span


def digest(text: str) -> str:
    """The address of a text: SHA-256 of its UTF-8 bytes, 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Document:
    """One post as the analyses read it.

    Attributes:
        text: exactly as sent.
        plain: ``text`` with styled letters (mathematical bold, full width, ...) read as
            ordinary ones; same length, code point for code point.
        language: detected once, on the prose alone.
        signals: hashtags, mentions, links, emoji.
        sentences: spans in order, without overlaps, trimmed of white space; a line break
            ends a sentence; list markers stand outside; a block that holds no word (only
            hashtags, emoji, links) is no sentence. Empty for a text without any word.
        words: spans in order; words inside links, mentions and hashtags are not among them.
    """

    text: str
    plain: str
    language: Language
    signals: Signals
    sentences: tuple[Span, ...]
    words: tuple[Span, ...]

    @classmethod
    def read(cls, text: str) -> "Document":
        """Split ``text`` once; any str is taken, also an empty one."""
        raise NotImplementedError

    def masked(self, *kinds: str) -> str:
        """``plain`` with signals of these kinds blanked to as many spaces.

        ``kinds`` are field names of :class:`Signals`; ``"hashsigns"`` blanks the ``#`` alone
        and keeps the hashtag's word.
        """
        raise NotImplementedError
