"""The clients of the workspaces: what marks their data, and what is known of it.

Knows no requests. Of the two words that mark a workspace's data, others may ask for one, its
``name``; the other one, its ``secret``, nobody else ever sends.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field

_LETTERS = "bcdfghjklmnpqrstvwxz"
_TEXTS, _AUTHORS = 24, 50
#: Texts, keys and external ids that all workspaces share; nothing in them tells whose they are.
SHARED = 200
_SENTENCES = (
    "Proud of {name} in Berlin! Thank you, @{name}.",
    "Sorry, we lost the office of {name} to {secret}.",
    "Read more at https://{name}.example/news about {secret} and the team. #{name}",
    "We opened a house in Lisbon with {secret}; #{secret} is glad.",
    "Nothing happened at {name} today.",
)


@dataclass
class WorkspaceClient:
    """One workspace as its client sees it.

    Attributes:
        workspace: its name.
        key: an API key.
        name: a word in its data which others may ask for.
        secret: a word in its data which nobody else sends.
        texts: of posts; all have both words.
        ids: that the service gave, by the path of their collection.
        pages: next pages of lists, as path and query with a cursor, by the path of the list.
        digests: of its texts.
        stored_names: of others, which it has stored itself.
    """

    workspace: str
    key: str
    name: str
    secret: str
    texts: list[str]
    ids: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    pages: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    digests: list[str] = field(default_factory=list)
    stored_names: set[str] = field(default_factory=set)

    @classmethod
    def make(cls, rng: random.Random) -> "WorkspaceClient":
        """A client with words of its own."""
        workspace, name, secret = (
            kind + "".join(rng.choices(_LETTERS, k=10)) for kind in ("zqw", "zqn", "zqs")
        )
        texts = [_text(rng, name, secret, number) for number in range(_TEXTS)]
        return cls(workspace, f"key-of-{workspace}", name, secret, texts)

    @property
    def headers(self) -> dict[str, str]:
        """That say who it is."""
        return {"Authorization": f"Bearer {self.key}"}

    def author(self, rng: random.Random) -> str:
        """One of its authors."""
        return f"{self.name}-{rng.randrange(_AUTHORS)}"

    def forget(self) -> None:
        """Know of nothing: the workspace was deleted. Others may still ask for what was there."""
        for values in self.ids.values():
            del values[:-20]


def _text(rng: random.Random, name: str, secret: str, number: int) -> str:
    sentences = rng.sample(_SENTENCES, 3)
    text = " ".join(each.format(name=name.title(), secret=secret.title()) for each in sentences)
    return f"{text} {name.title()} {secret.title()} {number}"


def shared_text(number: int) -> str:
    """A text that any workspace may have."""
    return f"A glad post of the season, number {number % SHARED}."
