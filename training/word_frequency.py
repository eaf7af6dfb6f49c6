"""Write the list of common English words beside the Dale-Chall list.

    python -m training.word_frequency WORDFREQ

WORDFREQ is ``large_en.msgpack.gz`` of the package wordfreq 3.1.1 (Speer 2022): for each
centibel below one, the words that are so common. The same file gives the same list.
"""

import argparse
import gzip
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import msgpack  # comes with ray

from deployments.readability.word_frequency import RAREST, WORD_LIST_FILE
from training.outputs import output_file

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_BILLION = 9  # Zipf values count in a billion words: log10 of a share, and nine
_HEAD = """\
# How common English words are: Zipf values (Van Heuven et al. 2014: log10 of occurrences in a
# billion words), cut to one decimal, one value a line, then its words. Rarer ones than 3.0 are
# left out. Derived from wordfreq 3.1.1 by Robyn Speer, its list "large_en", by
# training/word_frequency.py; words of the letters a to z and an apostrophe alone. Licence:
# CC BY-SA 4.0 (https://creativecommons.org/licenses/by-sa/4.0/), as the original. Sources of
# the original, among them SUBTLEX by Marc Brysbaert et al., which is freely available: README.md.
"""


def tenths(bins: Iterable[list[str]]) -> dict[int, list[str]]:
    """Words by ten times their Zipf value, cut; ``bins`` start at share 1, a centibel each."""
    by_value: dict[int, list[str]] = defaultdict(list)
    for centibels, words in enumerate(bins):
        value = (100 * _BILLION - centibels) // 10
        if value >= 10 * RAREST:
            by_value[value] += filter(_WORD.fullmatch, words)
    return {value: words for value, words in by_value.items() if words}


def main() -> None:
    """Read the package's file, write ours."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("wordfreq", type=Path)
    parser.add_argument("--out", type=output_file, default=WORD_LIST_FILE)
    options = parser.parse_args()
    _, *bins = msgpack.unpackb(gzip.decompress(options.wordfreq.read_bytes()))
    rows = (f"{value / 10} {' '.join(sorted(words))}\n" for value, words in tenths(bins).items())
    options.out.write_text(_HEAD + "".join(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
