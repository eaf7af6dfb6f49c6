"""Write the list of common words of a language beside the Dale-Chall list.

    python -m training.word_frequency WORDFREQ [--language CODE]

WORDFREQ is a file of the package wordfreq 3.1.1 (Speer 2022): ``large_en.msgpack.gz`` for
English, ``small_CODE.msgpack.gz`` for another language (Danish has no large one, and as far as
our lists go both are alike). For each centibel below one it holds the words that are so common.
The same file gives the same list.
"""

import argparse
import gzip
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import msgpack  # comes with ray

from deployments.readability.word_frequency import (
    RAREST,
    RAREST_ELSEWHERE,
    WORD_LIST_FILE,
    list_file,
)
from training.outputs import output_file

_ENGLISH_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_BILLION = 9  # Zipf values count in a billion words: log10 of a share, and nine
_HEAD = """\
# How common English words are: Zipf values (Van Heuven et al. 2014: log10 of occurrences in a
# billion words), cut to one decimal, one value a line, then its words. Rarer ones than 3.0 are
# left out. Derived from wordfreq 3.1.1 by Robyn Speer, its list "large_en", by
# training/word_frequency.py; words of the letters a to z and an apostrophe alone. Licence:
# CC BY-SA 4.0 (https://creativecommons.org/licenses/by-sa/4.0/), as the original. Sources of
# the original, among them SUBTLEX by Marc Brysbaert et al., which is freely available: README.md.
"""


_HEAD_ELSEWHERE = """\
# How common words of language '{language}' are: Zipf values (Van Heuven et al. 2014: log10 of
# occurrences in a billion words), cut to one decimal, one value a line, then its words. Rarer
# ones than {rarest} are left out. Derived from wordfreq 3.1.1 by Robyn Speer, its list
# "small_{language}", by training/word_frequency.py; words of letters, apostrophes, hyphens alone.
# Licence: CC BY-SA 4.0 (https://creativecommons.org/licenses/by-sa/4.0/), as the original. Sources
# of the original: README.md.
"""


def tenths(bins: Iterable[list[str]], language: str = "en") -> dict[int, list[str]]:
    """Words by ten times their Zipf value, cut; ``bins`` start at share 1, a centibel each."""
    rarest, word = (RAREST, _ENGLISH_WORD) if language == "en" else (RAREST_ELSEWHERE, _WORD)
    by_value: dict[int, list[str]] = defaultdict(list)
    for centibels, words in enumerate(bins):
        value = (100 * _BILLION - centibels) // 10
        if value >= 10 * rarest:
            by_value[value] += filter(word.fullmatch, words)
    return {value: words for value, words in by_value.items() if words}


def as_text(bins: Iterable[list[str]], language: str) -> str:
    """The file of a language."""
    elsewhere = _HEAD_ELSEWHERE.format(language=language, rarest=RAREST_ELSEWHERE)
    head = _HEAD if language == "en" else elsewhere
    rows = tenths(bins, language).items()
    return head + "".join(f"{value / 10} {' '.join(sorted(words))}\n" for value, words in rows)


def main() -> None:
    """Read the package's file, write ours."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("wordfreq", type=Path)
    parser.add_argument("--language", default="en", help="ISO 639-1 code")
    parser.add_argument("--out", type=output_file, help="beside the other lists, if not named")
    options = parser.parse_args()
    language = options.language
    out = options.out or (WORD_LIST_FILE if language == "en" else list_file(language))
    _, *bins = msgpack.unpackb(gzip.decompress(options.wordfreq.read_bytes()))
    out.write_text(as_text(bins, language), encoding="utf-8")


if __name__ == "__main__":
    main()
