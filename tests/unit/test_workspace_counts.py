"""Counts by workspace, of which there are never more than the metrics may have series."""

from serve_app.quotas.limits import Cost
from serve_app.quotas.workspace_counts import MAX_WORKSPACES, OTHERS, WorkspaceCounts


def test_workspaces_beyond_the_hundredth_are_counted_together() -> None:
    counts = WorkspaceCounts()
    for number in range(MAX_WORKSPACES + 50):
        counts.add(f"w{number}", Cost(1, 10))
    counts.refuse("w0")
    counts.refuse("late")
    assert len(counts.by_workspace) == MAX_WORKSPACES + 1
    others, first = counts.by_workspace[OTHERS], counts.by_workspace["w0"]
    assert (others.posts, others.characters, others.refused) == (50, 500, 1)
    assert (first.posts, first.characters, first.refused) == (1, 10, 1)
