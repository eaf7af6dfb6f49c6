"""Texts that make an analysis work hardest, and what each costs beside prose of the same length.

    python -m loadtest.worst_texts [--length 20000] [--only sentiment ...]

Prints for each kind of text and each analysis the processor time over that of prose, on one
thread. A hostile client sends such texts; so do broken exports and people in high spirits.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, count, islice
from operator import truediv
from statistics import median
from typing import Any

from deployments.analyzer import Analyzer
from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.registry import AnalysisConfigs, load_with_encoder
from deployments.results import ANALYSES
from deployments.text.document import Document
from loadtest.processor_time import thread_seconds

_PROSE = (
    "We spent the spring talking to forty customers about how they plan their week. Most of them "
    "keep two calendars, and nobody was happy with either! Anna Keller from our Lisbon office put "
    "the notes together; the report is out on 12 May. What would you change first? "
)


def _words(template: str) -> Callable[[], Iterator[str]]:
    return lambda: (template.format(number) for number in count())


def _letters() -> Iterator[str]:
    """Words that differ from one another, of letters alone."""
    for number in count(26**3):
        word = ""
        while number:
            number, digit = divmod(number, 26)
            word += chr(97 + digit)
        yield word + " "


def _symbols(first: int, last: int, after: str = "") -> Callable[[], Iterator[str]]:
    def signs() -> Iterator[str]:
        while True:
            yield from (chr(code) + after for code in range(first, last))

    return signs


#: A unit that is repeated.
REPEATED = (
    # one sign
    "a", "A", "1", " ", "\n", "\t", "\r\n", ".", ",", "!", "?", "-", "_", "'", '"', "(", ")", "[",
    "#", "@", "&", "<", ">", "/", "\\", ":", ";", "$", "€", "%", "*", "~", "…", "—", "“", "’", "|",
    "é", "ß", "ı", "\u00a0", "\u3000", "。", "的", "я", "ع",
    # what joins, combines or is not seen
    "\u0301", "a\u0301", "\u200d", "\u200b", "\ufe0f", "\u20e3", "1\ufe0f\u20e3", "\u00ad", "\x00",
    # emoji
    "🎉", "🎉 ", "🎉a", "👩‍", "👍🏽", "🇫", "🇫🇷", "❤️", "ℹ️ ", "🎉🚀", "a. 🎉 ", "👨‍👩‍👧‍👦",
    # words and sentences
    "a ", "I ", "ab-", "Ab ", "AB", "aB", "a.", "a. ", "A. ", "Hi. ", "a, ", "a,", "a; but ",
    "but ", "a!? ", "1. ", "1, ", "1,", "1.", "12/", "- ", "• a\n", "a\n", "a\n\n", "U.S. ",
    "p.m. ", ". . ", "...", "Dr. ", "don't ", "and please ", "take your a ", "link a b c ",
    "Bank of ", "of the ", "May ", "in March ", "$5 ", "$1-", "5% ", "Ana Lima ", "Acme's ",
    # signals
    "#a", "#a ", "@a", "@abc ", "a@", "a@b.co ", "http://", "http://a(", "www.", "a.com ", "x.com/",
    "https://x.co/((((", "a.co.", "hashtag#", "hashtag#a ", "🎉️#a", "a.b-",
    # mark-up
    "<p>", "<a ", "</", "<a href='", "&amp;", "&#", "&lt;", "<3 ", "<b>a</b> ",
)  # fmt: skip

#: Parts that all differ.
DISTINCT: dict[str, Callable[[], Iterator[str]]] = {
    "distinct words": _letters,
    "distinct lines": lambda: (word.strip() + "\n" for word in _letters()),
    "distinct names": lambda: (word.title() for word in _letters()),
    "distinct sentences": lambda: (word.title().strip() + ". " for word in _letters()),
    "distinct numbers": _words("{} "),
    "distinct tags": lambda: ("#" + word for word in _letters()),
    "distinct mentions": lambda: ("@" + word for word in _letters()),
    "distinct hosts": lambda: (word.strip() + ".com " for word in _letters()),
    "distinct sums": _words("${} "),
    "distinct possessives": lambda: (word.title().strip() + "'s " for word in _letters()),
    "distinct punctuation": _symbols(0x2010, 0x205F),
    "distinct emoji": _symbols(0x1F300, 0x1F64F),
    "distinct emoji apart": _symbols(0x1F300, 0x1F64F, " "),
    "distinct accents": _symbols(0xC0, 0x17F),
    "distinct symbols": _symbols(0x2200, 0x22FF, " "),
}  # fmt: skip

#: One part, a long middle, one part: what a search runs over in vain.
AROUND = {
    "blanks between": ("x.", " ", "y"),
    "lines between": ("x", "\n", "y"),
    "one long link": ("see https://a.co/", "a", " ok"),
    "one long tag": ("see #", "a", " ok"),
    "one long address": ("see ", "a", "@a.co ok"),
    "an open bracket": ("(", "a ", ""),
    "an open tag": ("<a ", "b=c ", ""),
    "emoji behind a sentence": ("Done.", "🎉🚀", ""),
    "tags behind a sentence": ("We are done.", "#a ", ""),
}


def worst_texts(length: int) -> Iterator[tuple[str, str]]:
    """Every kind by its name, as a text of that many code points."""
    for unit in REPEATED:
        yield repr(unit), (unit * length)[:length]
    for name, parts in DISTINCT.items():
        yield name, _cut(parts(), length)
    for name, (before, middle, after) in AROUND.items():
        room = length - len(before) - len(after)
        yield name, before + (middle * room)[:room] + after


def prose(length: int) -> str:
    """Ordinary English sentences, that many code points of them."""
    return (_PROSE * (length // len(_PROSE) + 1))[:length]


def _cut(parts: Iterator[str], length: int) -> str:
    # No part is empty, so that as many parts as code points are enough.
    return "".join(islice(parts, length))[:length]


def _report(analyzers: Sequence[Analyzer[Any]], length: int, repeats: int) -> None:
    def seconds(text: str) -> list[float]:
        """Of splitting the text and of each analysis, the median of the runs."""
        document = Document.read(text)
        works: list[Callable[[], object]] = [partial(Document.read, text)]
        works += [partial(analyzer.analyze, [document]) for analyzer in analyzers]
        return [median(thread_seconds(work) for _ in range(repeats)) for work in works]

    print(f"{'':32}" + "".join(f"{name:>12}" for name in ["split", *(a.name for a in analyzers)]))
    of_prose = seconds(prose(length))
    print(f"{'prose, seconds':32}" + "".join(f"{value:12.3f}" for value in of_prose))
    for name, text in chain([("prose", prose(length))], worst_texts(length)):
        ratios = map(truediv, seconds(text), of_prose)
        print(f"{name:32}" + "".join(f"{ratio:12.2f}" for ratio in ratios), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 0."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--length", type=int, default=20_000, help="code points of each text")
    parser.add_argument("--only", nargs="+", choices=ANALYSES, default=list(ANALYSES))
    parser.add_argument("--repeats", type=int, default=1, help="runs of each, of which the median")
    options = parser.parse_args(arguments)
    configs = AnalysisConfigs(encoder=EncoderConfig(threads=1))
    encoder = Encoder(configs.encoder)
    analyzers = [load_with_encoder(name, configs, encoder) for name in options.only]
    _report(analyzers, options.length, options.repeats)
    return 0


if __name__ == "__main__":
    sys.exit(main())
