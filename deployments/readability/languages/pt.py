"""Portuguese. A weak vowel before another is a syllable ("vi-a-gem"), but not where the end of
a word is unstressed, which an accent before it shows ("his-tó-ria", "á-gua").
"""

from deployments.readability.number_words import NumberWords
from deployments.readability.published import flesch_martins
from deployments.readability.reading_rules import ReadingRules
from deployments.readability.spelling import SyllableRules

_NUMBERS = NumberWords(
    small=(2, 1, 1, 1, 2, 2, 1, 2, 2, 2, 1, 2, 2, 2, 3, 2, 3, 4, 3, 4),
    tens=(2, 2, 3, 3, 3, 3, 3, 3),
    hundreds=(2, 3, 3, 4, 3, 3, 4, 4, 4),
    even_hundred=1, hundred_join=1, thousand=(1, 1), million=(3, 2), point=3, ten_join=1,
)  # fmt: skip

RULES = ReadingRules(
    SyllableRules(
        "pt",
        nucleus="ão|ãe|ãi|õe|[aeo]u(?!i)|[aeo]i|[áéóâêô][iu]|[íú]|ui|iu|[aeiouáéóâêôàãõüy]",
        numbers=_NUMBERS,
        respelt=(
            ("(?<=[qg])u(?=[aeioáéíóâêôã])", ""),  # silent, or a glide: "que", "qualidade"
            (r"(?<=[áéíóúâêô][^aeiouáéíóúâêô]{1,4})[iu](?=[aeo]s?\b)", ""),  # his-tó-ria
            (r"u(?=ir)|(?<=[aeou])i(?=nh|[nm][^aeiouh]|[lrz]\b|m\b)", ".i"),
            (r"^reu(?=n)", "re.u"),  # re-u-nir
            ("online", "onlain"), ("software|hardware", "sofwer"), ("feedback", "fidbec"),
            ("team", "tim"), ("business", "biznes"), ("home", "rom"), ("office", "ofis"),
            ("marketplace", "marketpleis"),
        ),
        words={"e-commerce": 3, "startup": 3, "startups": 3, "web": 1, "site": 2, "ruim": 2},
        letters={
            "f": 2, "h": 2, "j": 2, "l": 2, "m": 2, "n": 2, "r": 2, "s": 2, "w": 3, "y": 3,
        },
    ),
    formulas={"flesch_martins": flesch_martins},
    hardness=lambda c: -flesch_martins(c),
)  # fmt: skip
