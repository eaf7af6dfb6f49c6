"""What became of the analysis of a post: an answer that counts, or another try.

Knows the service's answers, not how they come about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from deployments.results import ANALYSES, Status
from serve_app.pending_post import AnswerWithVector
from serve_app.problems import Problem

_FINAL = (Status.OK, Status.UNSUPPORTED_LANGUAGE)


@dataclass(frozen=True, slots=True)
class AnalysisOutcome:
    """How an analysis of one text ended.

    Attributes:
        analysis: the answer without id and cache; None where there is none.
        reason: why a section, or all of it, is missing; empty where nothing is.
        vector: by what similar posts are found; empty where the text has none.
    """

    analysis: Mapping[str, Any] | None
    reason: str = ""
    vector: bytes = b""

    @property
    def complete(self) -> bool:
        """Whether another try would give the same."""
        return self.analysis is not None and not self.reason


def outcome_of(answered: AnswerWithVector) -> AnalysisOutcome:
    """What the service's answer to a post with all analyses means for the kept post."""
    answer = answered.answer
    if isinstance(answer, Problem):
        return AnalysisOutcome(None, answer.detail)
    analysis = orjson.loads(answer)
    del analysis["id"], analysis["cache"]
    missing = _missing(analysis)
    there = any(name in analysis and name not in missing for name in ANALYSES)
    return AnalysisOutcome(analysis if there else None, missing_sections(analysis), answered.vector)


def missing_sections(analysis: Mapping[str, Any]) -> str:
    """Why sections of an answer are missing, in words; empty where none is."""
    missing = _missing(analysis).items()
    return " ".join(section.get("detail") or f"{name} is missing." for name, section in missing)


def _missing(analysis: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The sections that another try may give."""
    sections = {name: analysis[name] for name in ANALYSES if name in analysis}
    return {name: each for name, each in sections.items() if each["status"] not in _FINAL}
