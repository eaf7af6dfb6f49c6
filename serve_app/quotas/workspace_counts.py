"""What a replica has counted by workspace since its start, for the metrics."""

from dataclasses import dataclass

from serve_app.quotas.limits import Cost

#: Of which each has a series; all others share one.
MAX_WORKSPACES = 100
OTHERS = "_other"  # no workspace can have this name


@dataclass(slots=True)
class WorkspaceCount:
    """Posts and characters that were let in, and requests that were refused."""

    posts: int = 0
    characters: int = 0
    refused: int = 0


class WorkspaceCounts:
    """By the name of the workspace.

    Attributes:
        by_workspace: of the first hundred that came, and of all others.
    """

    def __init__(self) -> None:
        self.by_workspace: dict[str, WorkspaceCount] = {}

    def add(self, workspace: str, cost: Cost) -> None:
        """A request was let in."""
        count = self.by_workspace.get(workspace) or self._new(workspace)
        count.posts += cost.posts
        count.characters += cost.characters

    def refuse(self, workspace: str) -> None:
        """A request was refused."""
        (self.by_workspace.get(workspace) or self._new(workspace)).refused += 1

    def _new(self, workspace: str) -> WorkspaceCount:
        name = workspace if len(self.by_workspace) < MAX_WORKSPACES else OTHERS
        return self.by_workspace.setdefault(name, WorkspaceCount())
