"""Spanish. Two strong vowels, and an accented weak one beside a strong one, are two syllables."""

from deployments.readability.number_words import NumberWords
from deployments.readability.published import fernandez_huerta, szigriszt_pazos
from deployments.readability.reading_rules import ReadingRules
from deployments.readability.spelling import SyllableRules

_NUMBERS = NumberWords(
    small=(2, 2, 1, 1, 2, 2, 1, 2, 2, 2, 1, 2, 2, 2, 3, 2, 3, 4, 4, 4),
    tens=(2, 2, 3, 3, 3, 3, 3, 3),
    hundreds=(2, 3, 3, 4, 3, 3, 4, 4, 4),
    even_hundred=1, thousand=(1, 1), million=(3, 3), point=2, ten_join=1, unjoined_twenty=True,
)  # fmt: skip

RULES = ReadingRules(
    SyllableRules(
        "es",
        nucleus=(
            "[iuü]?[aeoáéó](?:[iuü](?![aeoáéóíú])|y(?![aeiouáéíóú]))?"
            "|[iuü][iuíú]|u?y(?![aeiouáéíóú])|[iuüíú]"
        ),
        numbers=_NUMBERS,
        respelt=(
            ("qu(?=[eiéíao])", "q"), ("gu(?=[eiéí])", "g"),
            ("online", "onlain"), ("software|hardware", "sofwer"), ("marketplace", "marketpleis"),
            ("feedback", "fidbac"), ("team", "tim"), ("business", "bisnes"), ("leader", "lider"),
            ("startup|start-up", "estartap"), ("home", "jom"), ("office", "ofis"),
        ),
        words={"guion": 1, "truhan": 1, "web": 1, "podcast": 2, "e-commerce": 3, "know-how": 2},
        letters={
            "f": 2, "h": 2, "j": 2, "l": 2, "m": 2, "n": 2, "ñ": 2, "r": 2, "s": 2, "v": 2,
            "w": 4, "x": 2, "y": 1, "z": 2,
        },
    ),
    formulas={"fernandez_huerta": fernandez_huerta, "szigriszt_pazos": szigriszt_pazos},
    hardness=lambda c: -szigriszt_pazos(c),
)  # fmt: skip
