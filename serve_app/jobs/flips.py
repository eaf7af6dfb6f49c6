"""Which analyses of a post came out otherwise than before, and how often in a job.

Pure: compares answers as they are kept.
"""

from collections.abc import Callable, Mapping
from typing import Any

from serve_app.files.csv_columns import first_mentions

#: By analysis: ``{"posts": how many, "examples": [{"post_id", "from", "to"}]}``.
Flips = Mapping[str, Mapping[str, Any]]

#: Posts that are shown of each analysis.
MAX_EXAMPLES = 5
_FIRST_KEYWORDS = 5


def flips_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """By analysis, what people see of it before (``from``) and after (``to``), where that differs.

    Only of analyses that both have.
    """
    flips = {}
    for analysis, shown in _SHOWN.items():
        before, after = _shown(old, analysis, shown), _shown(new, analysis, shown)
        if before is not None and after is not None and before != after:
            flips[analysis] = {"from": before, "to": after}
    return flips


def counted_flips(flips_by_post: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Flips:
    """The flips of some posts, by their ids, counted."""
    counted: Flips = {}
    for post_id, flips in flips_by_post.items():
        one = {
            name: {"posts": 1, "examples": [{"post_id": post_id, **flip}]}
            for name, flip in flips.items()
        }
        counted = merged_flips(counted, one)
    return counted


def merged_flips(one: Flips, other: Flips) -> Flips:
    """Both counts together, with the first examples."""
    merged = dict(one)
    for name, flips in other.items():
        before = merged.get(name, {"posts": 0, "examples": []})
        examples = [*before["examples"], *flips["examples"]][:MAX_EXAMPLES]
        merged[name] = {"posts": before["posts"] + flips["posts"], "examples": examples}
    return merged


def _shown(
    analysis: Mapping[str, Any], name: str, shown: Callable[[Mapping[str, Any]], Any]
) -> Any:
    section = analysis.get(name, {})
    return shown(section) if section.get("status") == "ok" else None


def _keywords(section: Mapping[str, Any]) -> list[str]:
    return sorted(item["text"].lower() for item in section["items"][:_FIRST_KEYWORDS])


def _entities(section: Mapping[str, Any]) -> list[str]:
    return sorted(f"{item['text']}:{item['label']}" for item in first_mentions(section["items"]))


_SHOWN: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "sentiment": lambda section: section["label"],
    "tone": lambda section: section["dominant"],
    "keywords": _keywords,
    "entities": _entities,
    "readability": lambda section: section.get("ease") and round(section["ease"]),
}
