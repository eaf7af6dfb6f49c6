"""How much of one text stands in another, word for word.

Vectors tell what texts are about: two posts on one subject are as near as a copy that was edited
much. So a near-duplicate has to share its words, too. Pure text: knows no vectors.
"""

import re

from serve_app.posts.searched_text import searched_text

#: Words in a row that are compared: one that is changed takes three from what is shared.
_WORDS = 3
_WORD = re.compile(r"[^\W_]+")

_Shingles = frozenset[tuple[str, ...]]


def shared_words(left: str, right: str) -> float:
    """The share of the shorter text's runs of three words that stand in the other, 0 to 1.

    Case, punctuation, hashtag signs and emoji make no difference. Of a text of fewer words its
    whole is the one run; of one without any nothing is shared.
    """
    one, other = _shingles(left), _shingles(right)
    fewer = min(len(one), len(other))
    return len(one & other) / fewer if fewer else 0.0


def _shingles(text: str) -> _Shingles:
    words = _WORD.findall(searched_text(text).casefold())
    if not words:
        return frozenset()
    last = max(1, len(words) - _WORDS + 1)
    return frozenset(tuple(words[start : start + _WORDS]) for start in range(last))
