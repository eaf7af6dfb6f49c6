"""Polish. Every vowel letter is a syllable, but for an i that only softens the sign before it."""

from deployments.readability.number_words import NumberWords
from deployments.readability.published import pisarek, pisarek_linear
from deployments.readability.reading_rules import ReadingRules
from deployments.readability.spelling import SyllableRules

_NUMBERS = NumberWords(
    small=(2, 2, 1, 1, 2, 1, 1, 2, 2, 2, 2, 4, 3, 3, 3, 3, 3, 4, 4, 4),
    tens=(3, 3, 3, 3, 3, 4, 4, 4),
    hundreds=(1, 2, 2, 3, 2, 2, 3, 3, 3),
    thousand=(2, 3), million=(2, 3), point=3,
)  # fmt: skip

RULES = ReadingRules(
    SyllableRules(
        "pl",
        nucleus="[aąeęioóuyéáöü]",
        numbers=_NUMBERS,
        respelt=(
            # One syllable in loans ("auto", "Europa"), two where a prefix or an ending meets.
            ("(?<![nz])au(?!k)", "aw"), ("(?<!^ni)eu(?!m)(?<!^przeu)", "ew"),
            ("i(?=[aąeęioóuy])", ""),
            ("y(?=[aeou])", "j"), ("online", "onlajn"), ("software|hardware", "softwer"),
            ("feedback", "fidbek"),
            ("team", "tim"), ("business", "biznes"), ("leader", "lider"), ("home", "hom"),
            ("office", "ofis"), ("startup|start-up", "startap"), ("design", "dizajn"),
            ("service", "serwis"), ("marketplace", "marketplejs"),
        ),
        words={"e-commerce": 3, "website": 2},
        letters={"y": 2},
    ),
    formulas={"pisarek": pisarek, "pisarek_linear": pisarek_linear},
    hardness=pisarek,
)  # fmt: skip
