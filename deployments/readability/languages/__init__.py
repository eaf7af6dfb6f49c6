"""How each language other than English is read: a module a language, data and no rules."""

from deployments.readability.languages import da, de, es, fr, it, nl, pl, pt, sv
from deployments.readability.reading_rules import ReadingRules

#: By ISO 639-1 code.
READING_RULES: dict[str, ReadingRules] = {
    module.RULES.language: module.RULES for module in (es, pt, fr, de, it, nl, sv, da, pl)
}
