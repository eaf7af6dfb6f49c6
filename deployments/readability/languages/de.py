"""German. Diphthongs and doubled vowels are one syllable; -tion and -ien are two."""

from deployments.readability.number_words import NumberWords
from deployments.readability.published import flesch_amstad, lix, wiener_sachtextformel
from deployments.readability.reading_rules import ReadingRules
from deployments.readability.spelling import SyllableRules

_NUMBERS = NumberWords(
    small=(1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2),
    tens=(2, 2, 2, 2, 2, 2, 2, 2),
    hundreds=(2, 3, 3, 3, 3, 3, 4, 3, 3),
    thousand=(2, 2), million=(5, 4), point=2, ten_join=1, years_in_hundreds=True,
)  # fmt: skip

RULES = ReadingRules(
    SyllableRules(
        "de",
        nucleus="eau|ie|ei|ai|au|eu|äu|ee|aa|oo|ou|oi|oy|ay|ey|[aeiouyäöüéèáà]",
        numbers=_NUMBERS,
        respelt=(
            ("qu", "kw"), ("y(?=[aeou])", "j"),
            (r"(?<=[lrngdtsb])ien(?<!^(?:ver|be|aus)?dien|schien|wien|(?<![ai])lien)$", "i.en"),
            (r"(?<=famil|lin|stud|akt|präm|sef|ser(?!.)|pin|fer|kop|orchid)ie\b", "i.e"),
            (r"ser(?=ie\b)", "ser."), ("(?<=ser.)ie", "i.e"),
            (r"eum\b", "e.um"), (r"\bbe(?=[ei][ni])", "be."), (r"\bge(?=e)", "ge."),
            ("(?<=e)een|een\\b", "e.en"),
            ("online", "onlain"), ("software|hardware", "sofwer"), ("feedback", "fidbek"),
            ("team", "tim"), ("business", "bisnes"), ("lead", "lid"), ("home", "hom"),
            ("office", "offis"), ("deadline", "dedlain"), ("site", "sait"), ("update", "apdeit"),
            ("remote", "rimot"), ("manage", "manag"), ("mobile", "mobil"), ("service", "servis"),
            ("release", "rilis"), ("cloud", "claud"), ("store", "stor"), ("live", "laif"),
            ("page", "peidsh"),
        ),
        words={
            "idee": 2, "make": 1, "like": 1, "likes": 1, "share": 1, "e-commerce": 3,
            "know-how": 2, "gmbh": 4, "engagement": 4, "porsche": 2,
        },
        letters={"y": 3},
    ),
    formulas={
        "flesch_amstad": flesch_amstad,
        "wiener_sachtextformel": wiener_sachtextformel,
        "lix": lix,
    },
    hardness=wiener_sachtextformel,
)  # fmt: skip
