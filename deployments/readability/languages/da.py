"""Danish. Every vowel letter is a syllable, but for those of -tion and a few pairs in loans."""

from deployments.readability.number_words import NumberWords
from deployments.readability.published import lix
from deployments.readability.reading_rules import ReadingRules
from deployments.readability.spelling import SyllableRules

_NUMBERS = NumberWords(
    small=(1, 1, 1, 1, 2, 1, 1, 1, 2, 1, 1, 3, 1, 2, 2, 2, 2, 2, 2, 2),
    tens=(2, 3, 2, 2, 1, 2, 1, 2),
    hundreds=(3, 4, 4, 5, 4, 4, 4, 5, 4),
    hundred_join=1, thousand=(2, 2), million=(3, 3), point=2, ten_join=1, years_in_hundreds=True,
)  # fmt: skip

RULES = ReadingRules(
    SyllableRules(
        "da",
        nucleus="eau|ai(?!k)|ay|au|eu(?!m)|ei|ou|[aeiouyæøåéèáöäü]",
        numbers=_NUMBERS,
        respelt=(
            ("(?<=[tsl])i(?=on)", ""), ("(?<=c)i(?=[ae])", ""), (r"(?<=[lt])i(?=e\b|er\b)", ""),
            ("qu", "kv"), ("^y(?=[ao])", "j"),
            ("online", "onlajn"), ("software|hardware", "softver"), ("feedback", "fidback"),
            ("team", "tim"), ("business", "bisnis"), ("lead", "lid"), ("home", "hom"),
            ("office", "offis"), ("deadline", "dedlajn"), ("site", "sajt"), ("update", "updejt"),
            ("remote", "rimot"), ("manage", "manag"), ("release", "rilis"), ("live", "lajv"),
            ("service", "servis"), ("store", "stor"),
        ),
        words={"like": 1, "e-commerce": 3, "know-how": 2, "store": 2, "lego": 2},
        letters={"w": 3},
    ),
    formulas={"lix": lix},
    hardness=lix,
)  # fmt: skip
