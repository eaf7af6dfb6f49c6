"""Dutch. Doubled vowels and diphthongs are one syllable; a diaeresis parts two."""

from deployments.readability.number_words import NumberWords
from deployments.readability.published import flesch_douma
from deployments.readability.reading_rules import ReadingRules
from deployments.readability.spelling import SyllableRules

_NUMBERS = NumberWords(
    small=(1, 1, 1, 1, 1, 1, 1, 2, 1, 2, 1, 1, 1, 2, 2, 2, 2, 3, 2, 3),
    tens=(2, 2, 2, 2, 2, 3, 2, 3),
    hundreds=(2, 3, 3, 3, 3, 3, 4, 3, 4),
    thousand=(2, 2), million=(3, 2), point=2, ten_join=1, years_in_hundreds=True,
)  # fmt: skip

RULES = ReadingRules(
    SyllableRules(
        "nl",
        nucleus=(
            "eau|aai|ooi|oei|eeu|ieu|aa|ee|oo|uu|ie|oe|eu|ui|ei|ëi|ij|ai|ay|au|ou|[aeiouyáàäéèëïóöúü]"
        ),
        numbers=_NUMBERS,
        respelt=(
            ("qu", "kw"), ("y(?=[aeou])", "j"), (r"eum\b", "e.um"),
            ("online", "onlein"), ("software|hardware", "sofwer"), ("feedback", "fidbek"),
            ("team", "tim"), ("business", "bisnes"), ("lead", "lid"), ("home", "hom"),
            ("office", "offis"), ("deadline", "dedlein"), ("site", "seit"), ("update", "apdeit"),
            ("remote", "rimot"), ("manage", "manag"), ("service", "servis"),
            ("release", "rilis"), ("store", "stor"), ("live", "leif"),
        ),
        words={"like": 1, "likes": 1, "share": 1, "e-commerce": 3, "know-how": 2},
        letters={},
    ),
    formulas={"flesch_douma": flesch_douma},
    hardness=lambda c: -flesch_douma(c),
)  # fmt: skip
