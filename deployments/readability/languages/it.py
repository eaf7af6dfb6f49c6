"""Italian. A weak vowel beside another is a glide, but where it bears the stress, which spelling
shows at the end of words alone: those endings and words are named ("e-co-no-mi-a", "mi-o").
"""

from deployments.readability.number_words import NumberWords
from deployments.readability.published import gulpease
from deployments.readability.reading_rules import ReadingRules
from deployments.readability.spelling import SyllableRules

_NUMBERS = NumberWords(
    small=(2, 2, 2, 1, 2, 2, 1, 2, 2, 2, 2, 3, 3, 3, 4, 3, 3, 4, 3, 4),
    tens=(2, 2, 3, 3, 3, 3, 3, 3),
    hundreds=(2, 4, 3, 4, 4, 3, 4, 4, 4),
    thousand=(2, 2), million=(4, 3), point=3, eliding=frozenset({1, 8}),
)  # fmt: skip

# Before a stressed -ia, -ie, -io, -ii.
_STRESSED_I = (
    "log|graf|nom|craz|sof|nerg|teg|scop|allegr|tegor|pat|fon|gal|ter|rer|bug|foll|compagn"
)

RULES = ReadingRules(
    SyllableRules(
        "it",
        nucleus=(
            "[iu]?[aeoàèéòó][iu](?![aeoàèéòó])|[iu][aeoàèéòó]|[aeoàèéòó]|[iu][iuìù]|[iuìùíúy]"
        ),
        numbers=_NUMBERS,
        respelt=(
            ("qu", "q"),
            (rf"(?<=(?:{_STRESSED_I}))i(?=[aeo]$)", "i."),
            (r"(?<=^(?:|zi|m|d|p|addi|str))i(?=[aeo]$)", "i."),
            (r"(?<=^(?:t|s|d))u(?=[aeo]$)", "u."),
            ("online", "onlain"), ("software|hardware", "sofwer"), ("feedback", "fidbec"),
            ("team", "tim"), ("business", "bisnes"), ("leader", "lider"), ("home", "om"),
            ("office", "ofis"), ("startup|start-up", "startap"), ("marketplace", "marketpleis"),
        ),
        words={
            "io": 2, "via": 2, "vie": 2, "zio": 2, "zia": 2, "zii": 2, "dio": 2, "ciao": 2,
            "spia": 2, "tuoi": 1, "suoi": 1, "miei": 1, "aereo": 4, "paura": 3, "e-commerce": 3,
            "libreria": 4, "batteria": 4, "pizzeria": 4, "galleria": 4, "ingegneria": 5,
            "segreteria": 5, "lotteria": 4, "web": 1, "teoria": 4, "euro": 2, "materia": 3,
            "materie": 3,
        },
        letters={
            "f": 2, "h": 2, "k": 2, "l": 2, "m": 2, "n": 2, "r": 2, "s": 2, "z": 2, "w": 3,
            "j": 3, "y": 3,
        },
    ),
    formulas={"gulpease": gulpease},
    hardness=lambda c: -(89 + (300 * c.sentences - 10 * c.letters) / c.words),
)  # fmt: skip
