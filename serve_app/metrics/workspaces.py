"""Counters by workspace, of the first hundred of a replica and all others together."""

from collections.abc import Mapping
from dataclasses import asdict

from ray.serve import metrics

from serve_app.quotas.workspace_counts import WorkspaceCounts

_DESCRIPTIONS: Mapping[str, str] = {
    "posts": "Posts taken on, by workspace",
    "characters": "Characters of posts taken on, by workspace",
    "refused": "Requests beyond a limit of their key, by workspace",
}


class WorkspaceMetrics:
    """Tells Ray what the quotas have counted."""

    def __init__(self) -> None:
        self._counters = {
            name: metrics.Counter(f"postlens_usage_{name}", text, tag_keys=("workspace",))
            for name, text in _DESCRIPTIONS.items()
        }
        self._reported: dict[tuple[str, str], int] = {}

    def report(self, counts: WorkspaceCounts) -> None:
        """Tell what has been added."""
        for workspace, count in counts.by_workspace.items():
            for name, total in asdict(count).items():
                added = total - self._reported.get((workspace, name), 0)
                if added:
                    self._counters[name].inc(added, {"workspace": workspace})
                    self._reported[workspace, name] = total
