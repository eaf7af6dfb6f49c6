"""How sentiment and tone read a document: sentence by sentence, each by itself.

Mentions and links are blanked and a hashtag keeps its word without the ``#``. A sentence
read beside others takes on their feeling: over validation sentences put together, its
class is found in 0.63 of cases in context and in 0.71 alone, and the heads were fitted on
single sentences.
"""

import hashlib
import unicodedata
from collections.abc import Sequence
from itertools import islice

import numpy as np

from deployments.encoder import Encoder, Vectors
from deployments.heads import Heads
from deployments.passages import Passage
from deployments.results import Model, Span
from deployments.text import Document


def read(encoder: Encoder, documents: Sequence[Document], layers: Sequence[int]) -> list[Vectors]:
    """For each document one vector for each sentence, in order; (n_sentences, n_in).

    A document without any sentence has one vector for all of it.
    """
    texts = [sentences(document) for document in documents]
    passages = [Passage(text, (Span(0, len(text)),)) for each in texts for text in each]
    vectors = iter(encoder.pool(passages, layers=layers))
    return [np.concatenate(list(islice(vectors, len(each)))) for each in texts]


def sentences(document: Document) -> list[str]:
    """What is read, one text for each sentence.

    A document without any sentence has no prose; what it says, it says in hashtags and
    emoji. The encoder's vocabulary holds no emoji, so their Unicode names are read instead.
    """
    if not document.sentences:
        return [wordless(document)]
    text = document.masked("mentions", "links", "hashsigns")
    return [text[span.start : span.end] for span in document.sentences]


def lengths(document: Document) -> Vectors:
    """How many code points each of :func:`sentences` stands for, (n_sentences,)."""
    spans = document.sentences or (Span(0, 1),)
    return np.array([span.end - span.start for span in spans], dtype=np.float32)


def wordless(document: Document) -> str:
    """Hashtag words and names of emoji, in this order."""
    words = document.masked("mentions", "links", "hashsigns", "emoji").split()
    names = [emoji_name(signal.text) for signal in document.signals.emoji]
    return " ".join([*words, *names])


# Words of Unicode's names that tell how a glyph is drawn, not what it means: in them
# "black" is filled and "white" outlined, so that U+2764, the red heart, is "heavy black heart".
_DRAWING = frozenset({"heavy", "black", "white", "sign", "symbol"})


def emoji_name(emoji: str) -> str:
    """Unicode's names of what an emoji is made of, in lower case, without modifiers."""
    # Joiners, variation selectors and skin tones have the categories Cf, Mn and Sk.
    signs = [sign for sign in emoji if unicodedata.category(sign) not in ("Cf", "Mn", "Sk")]
    words = " ".join(unicodedata.name(sign, "").lower() for sign in signs).split()
    return " ".join(word for word in words if word not in _DRAWING)


def model(name: str, encoder: Encoder, heads: Heads, rules: str) -> Model:
    """What answers: its digest covers encoder, head and the rules laid over them."""
    parts = "\n".join([encoder.digest, heads.sha256, rules])
    return Model(f"postlens-{name}", hashlib.sha256(parts.encode()).hexdigest())
