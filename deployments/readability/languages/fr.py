"""French. An e at the end is silent, alone and in -es and in the -ent of verbs; the e inside of a
word counts, as it does when read slowly. A weak vowel before another is a glide, but after a
stop and l or r ("cli-ent").
"""

from deployments.readability.number_words import NumberWords
from deployments.readability.published import kandel_moles, lix
from deployments.readability.reading_rules import ReadingRules
from deployments.readability.spelling import SyllableRules

_NUMBERS = NumberWords(
    small=(2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 2, 2, 2),
    tens=(1, 1, 2, 2, 2, 2, 3, 3),
    hundreds=(1, 2, 2, 2, 2, 2, 2, 2, 2),
    thousand=(1, 1), million=(3, 2), point=2, ten_join=1, first_join_only=True,
    twenties=frozenset({7, 9}),
)  # fmt: skip

# What stands before a spoken -ent: nouns, adjectives and adverbs. Elsewhere it ends a verb.
_SPOKEN_ENT = (
    "cli|ag|arg|urg|tal|pati|impati|cont|mécont|souv|réc|différ|indiffér|excell|prés|abs|accid|comp"
    "ét|incompét|intellig|effici|coeffici|perman|contin|évid|précéd|résid|présid|incid|référ|concurr"
    "|transpar|cohér|adhér|fréqu|conséqu|éloqu|influ|afflu|flu|ingrédi|expédi|obédi|ori|quoti|déc"
    "|innoc|acc|viol|lat|pat|pertin|émin|immin|préémin|émerg|diverg|converg|conting|exig|rég|néglig"
    "|prud|imprud|confid|diss?id|occid|adolesc|par|apparent|appar|inhér|torr|turbul|équival|ambival"
    "|polyval|suffis|c|d|v|l|s|g|m|pourc|antécéd|excéd|strid|ard|tang|ind[iu]lg|résurg|récipi|sci"
    "|consci|inconsci|émolli|déficit?i|défici|coh[ée]r|ad(?:ju|ja)c|opul|somnol|virul|pestil|equival"
)
# Verbs among the words in -ment.
_SILENT_MENT = (
    "ai|for|transfor|infor|confor|fer|affer|renfer|affir|confir|nom|consom|expri|impri|suppri|oppri"
    "|esti|ani|program|assu|résu|consu|présu|ra|ar|ar|char|alar|calm|cla|procla|récla|acclim?a|blâ"
    "|sè|légiti|opti|sublim?|fir|rythm?|entam?|enta|di|dor|endor"
)
_VOWEL = "aeiouyàâéèêëîïôöùûü"

RULES = ReadingRules(
    SyllableRules(
        "fr",
        nucleus=(
            rf"(?:(?<![bcdfgptv][lr])(?:ou|i|u)(?=[{_VOWEL}]))?"
            r"(?:eau|oeu|œu|oei|œi|eu|eû|oi|oî|ou|oû|où|ai|aî|ei|eî|au|ui|œ"
            rf"|[aeiouàâéèêëîïôöùûü]|y(?![{_VOWEL}]))"
        ),
        numbers=_NUMBERS,
        respelt=(
            ("euil", "eul"), ("qu", "q"), ("gu(?=[eiéèê])", "g"), ("ge(?=[aoâô])", "g"),
            (rf"(?<=^(?:{_SILENT_MENT})m)ent$|(?<!^(?:{_SPOKEN_ENT})|m)ent$", "e"),
            ("(?<=[aeiouyïîû])e(?=ment)", ""),
            ("(?<=[^e])e(?=s?$)", ""),
            ("online", "onlain"), ("software|hardware", "sofwar"), ("feedback", "fidbac"),
            ("team", "tim"), ("business", "bisnes"), ("leader", "lideur"), ("home", "hom"),
            ("startup|start-up", "startap"), ("alcool", "alcol"), ("pays", "pé.i"),
            ("aoû", "ou"), ("marketplace", "marketplais"),
        ),
        words={"e-commerce": 3, "aujourd'hui": 3, "web": 1, "mail": 1, "ceo": 3, "email": 2},
        letters={"w": 3, "y": 2},
    ),
    formulas={"kandel_moles": kandel_moles, "lix": lix},
    hardness=lambda c: -kandel_moles(c),
)  # fmt: skip
