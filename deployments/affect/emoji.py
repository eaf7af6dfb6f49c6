"""The names of emoji, for an encoder whose vocabulary holds none."""

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from deployments.results import Signal

# Words of Unicode's names that tell how a glyph is drawn, not what it means: in them
# "black" is filled and "white" outlined, so that U+2764, the red heart, is "heavy black heart".
_DRAWING_WORDS = frozenset({"heavy", "black", "white", "sign", "symbol"})


def emoji_name(emoji: str) -> str:
    """Unicode's names of what an emoji is made of, in lower case, without modifiers."""
    # Joiners, variation selectors and skin tones have the categories Cf, Mn and Sk.
    signs = [sign for sign in emoji if unicodedata.category(sign) not in ("Cf", "Mn", "Sk")]
    words = " ".join(unicodedata.name(sign, "").lower() for sign in signs).split()
    return " ".join(word for word in words if word not in _DRAWING_WORDS)


def emoji_names(emoji: Sequence[Signal]) -> list[str]:
    """The name of each; empty for one that only repeats the sign right before it."""
    names = [emoji_name(signal.text) for signal in emoji]
    repeats = [
        left == right and before.end == after.start
        for (left, right), (before, after) in zip(pairwise(names), pairwise(emoji), strict=True)
    ]
    return [
        "" if is_repeat else name for name, is_repeat in zip(names, [False, *repeats], strict=False)
    ]
