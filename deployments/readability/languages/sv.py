"""Swedish. Every vowel letter is a syllable, but for those of -tion and of au and eu in loans."""

from deployments.readability.number_words import NumberWords
from deployments.readability.published import lix
from deployments.readability.reading_rules import ReadingRules
from deployments.readability.spelling import SyllableRules

_NUMBERS = NumberWords(
    small=(1, 1, 1, 1, 2, 1, 1, 1, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 2),
    tens=(2, 3, 3, 3, 3, 3, 3, 3),
    hundreds=(2, 3, 3, 4, 3, 3, 3, 4, 4),
    thousand=(2, 2), million=(3, 3), point=2, years_in_hundreds=True,
)  # fmt: skip

RULES = ReadingRules(
    SyllableRules(
        "sv",
        nucleus="eau|ai(?!k)|ay|au|eu(?!m)|ou|[aeiouyåäöéèàáü]",
        numbers=_NUMBERS,
        respelt=(
            ("(?<=[ts])i(?=on)", ""), ("qu", "kv"), ("^y(?=[aou])", "j"),
            ("online", "onlajn"), ("software|hardware", "softver"), ("feedback", "fidback"),
            ("team", "tim"), ("business", "bisnis"), ("lead", "lid"), ("home", "hom"),
            ("office", "offis"), ("deadline", "dedlajn"), ("site", "sajt"), ("update", "updejt"),
            ("remote", "rimot"), ("manage", "manag"), ("release", "rilis"), ("live", "lajv"),
            ("service", "servis"), ("store", "stor"),
        ),
        words={"like": 1, "e-commerce": 3, "know-how": 2, "ikea": 3},
        letters={"w": 3, "z": 2},
    ),
    formulas={"lix": lix},
    hardness=lix,
)  # fmt: skip
