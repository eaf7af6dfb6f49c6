"""What a rule says: which measure of which posts, and how far it may be from its baseline.

Knows no HTTP and no database.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from serve_app.alerts.calibration import Watch
from serve_app.alerts.measures import MEASURES


@dataclass(frozen=True, slots=True)
class AlertScope:
    """Which posts a rule watches; of all the workspace's, those that meet each condition.

    Attributes:
        author, tag: of the post; one of them at most.
        entity: as text, or with its label: ``shell``, ``shell:ORG``.
        keyword, hashtag: in the post; of entity, keyword and hashtag one at most.
    """

    author: str | None = None
    tag: str | None = None
    entity: str | None = None
    keyword: str | None = None
    hashtag: str | None = None

    @property
    def has_term(self) -> bool:
        """Whether the posts are those with an entity, a keyword or a hashtag."""
        return any(term is not None for term in (self.entity, self.keyword, self.hashtag))


@dataclass(frozen=True, slots=True)
class AlertDefinition:
    """What a rule watches, and how.

    Attributes:
        measure: a name of :data:`MEASURES`.
        scope: of which posts.
        direction: ``above``, ``below`` or ``either``.
        window_hours: of the longest window that is looked at.
        sensitivity: ``low``, ``medium`` or ``high``.
        min_posts: in a window.
        min_change: that is told, in the measure's unit; of a count, the ratio less 1.
        delay_hours: posts may come so late; the hours since then are not looked at.
    """

    measure: str
    scope: AlertScope
    direction: str
    window_hours: int
    sensitivity: str
    min_posts: int
    min_change: float | None
    delay_hours: int

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """The definition that :meth:`as_dict` was given."""
        return cls(**{**content, "scope": AlertScope(**content["scope"])})

    def as_dict(self) -> dict[str, Any]:
        """As JSON; of the scope, what is named."""
        scope = {name: value for name, value in asdict(self.scope).items() if value is not None}
        return {**asdict(self), "scope": scope}

    @property
    def watch(self) -> Watch:
        """For the detector."""
        return Watch(
            MEASURES[self.measure],
            direction=self.direction,
            window_hours=self.window_hours,
            sensitivity=self.sensitivity,
            least_posts=self.min_posts,
            least_change=self.min_change,
        )
