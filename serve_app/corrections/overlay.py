"""What people put right, laid over what the models said. Pure, deterministic, linear in the text.

Rules come first, then the corrections of the post. A section that differs says in ``corrected``
what and by whom (:mod:`serve_app.corrections.sections.changes`); where nothing differs, the answer
is the very object that was given.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from serve_app.corrections.rule_set import Correctable, Marks, RuleSet
from serve_app.corrections.sections.changes import Section, restore_section
from serve_app.corrections.sections.entities import correct_entities
from serve_app.corrections.sections.keywords import correct_keywords
from serve_app.corrections.sections.sentiment import correct_sentiment
from serve_app.corrections.sections.tone import correct_tone
from serve_app.corrections.values import Correction, RuleKind

Analysis = Mapping[str, Any]


def overlay(
    rules: RuleSet,
    corrections: Sequence[Correction],
    post: Correctable,
    analysis: Analysis,
) -> Analysis:
    """The answer as it counts; the same object where nothing changes.

    Args:
        rules: of the workspace.
        corrections: of the post, for the text that was analysed, the oldest first.
        post: what was analysed.
        analysis: the answer of /v1/analyze, offsets in code points.
    """
    if not rules and not corrections:
        return analysis
    marks = rules.marks(post, analysis)
    if not marks and not corrections:
        return analysis
    changed = {}
    for name in ("sentiment", "tone", "keywords", "entities"):
        section = analysis.get(name)
        if section and section.get("status") == "ok":
            corrected = _corrected(name, section, post.text, marks, corrections)
            if corrected is not section:
                changed[name] = corrected
    return {**analysis, **changed} if changed else analysis


def restore(analysis: Analysis) -> Analysis:
    """What the models said, of an answer that :func:`overlay` gave."""
    changed = {name for name, part in analysis.items() if "corrected" in _object(part)}
    if not changed:
        return analysis
    return {
        name: restore_section(part) if name in changed else part for name, part in analysis.items()
    }


def _corrected(
    name: str, section: Section, text: str, marks: Marks, corrections: Sequence[Correction]
) -> Section:
    if name == "sentiment":
        return correct_sentiment(section, marks.of(RuleKind.SENTIMENT), corrections)
    if name == "tone":
        return correct_tone(section, corrections)
    if name == "keywords":
        return correct_keywords(section, text, marks, corrections)
    return correct_entities(section, text, marks, corrections)


def _object(part: object) -> Mapping[str, Any]:
    return part if isinstance(part, Mapping) else {}
