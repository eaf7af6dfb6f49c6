"""The JSON bodies of /v1/rules as pydantic models."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, StrictBool

from serve_app.corrections.fields import (
    EXAMPLE_ID,
    MAX_RULE_PHRASES,
    Id,
    IsKeyword,
    LabelOrNone,
    PhraseText,
    Polarity,
    Time,
    checked_phrase,
)
from serve_app.corrections.rule_repository import KeptRule
from serve_app.corrections.values import Rule, RuleKind
from serve_app.posts.content import MAX_NAME_CHARACTERS, MAX_TAG_CHARACTERS
from serve_app.request.post import validate_string
from serve_app.response.timestamps import rfc3339
from serve_app.store.uuid7 import uuid7

_Phrases = Annotated[
    list[PhraseText],
    Field(
        min_length=1,
        max_length=MAX_RULE_PHRASES,
        description="Found where they stand by themselves, not within a word, a compound or a "
        "link; each has a letter or digit.",
    ),
]

_EXAMPLE_RULE: dict[str, Any] = {
    "kind": "sentiment",
    "phrases": ["War Zone"],
    "value": "neutral",
    "instead_of": "negative",
}


class _RuleOfPhrase(BaseModel):
    """What all kinds of rules have."""

    model_config = ConfigDict(extra="forbid", strict=True)

    phrases: _Phrases
    language: Annotated[
        str | None,
        Field(
            pattern="^[a-z]{2}$",
            description="ISO 639-1: of posts in this language alone, as told or else as detected.",
        ),
    ] = None
    author: Annotated[
        str | None,
        Field(min_length=1, max_length=MAX_NAME_CHARACTERS, description="Of this author alone."),
    ] = None
    tag: Annotated[
        str | None,
        Field(min_length=1, max_length=MAX_TAG_CHARACTERS, description="Of posts with it alone."),
    ] = None

    def _rule(
        self,
        kind: RuleKind,
        value: str | bool | None,
        *,
        match_case: bool,
        instead_of: str | None = None,
    ) -> Rule:
        return Rule(
            id=uuid7(),
            kind=kind,
            phrases=_checked_phrases(self.phrases),
            value=value,
            match_case=match_case,
            instead_of=instead_of,
            language=self.language,
            author=_checked(self.author, "author"),
            tag=_checked(self.tag, "tag"),
        )


class SentimentRule(_RuleOfPhrase):
    """How every sentence with one of the phrases feels."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE_RULE]})

    kind: Literal["sentiment"]
    value: Polarity
    match_case: StrictBool = False
    instead_of: Annotated[
        Polarity | None,
        Field(description="Change sentences of this label alone; null: whatever their label."),
    ] = None

    def rule(self) -> Rule:
        """A new rule."""
        return self._rule(
            RuleKind.SENTIMENT, self.value, match_case=self.match_case, instead_of=self.instead_of
        )


class EntityRule(_RuleOfPhrase):
    """What is named by the phrases."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "entity", "phrases": ["Target"], "value": "ORG"}]}
    )

    kind: Literal["entity"]
    value: LabelOrNone
    match_case: StrictBool = True

    def rule(self) -> Rule:
        """A new rule."""
        return self._rule(RuleKind.ENTITY, self.value, match_case=self.match_case)


class KeywordRule(_RuleOfPhrase):
    """Whether the phrases are keywords."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "keyword", "phrases": ["we are hiring"], "value": False}]
        }
    )

    kind: Literal["keyword"]
    value: IsKeyword
    match_case: StrictBool = False

    def rule(self) -> Rule:
        """A new rule."""
        return self._rule(RuleKind.KEYWORD, self.value, match_case=self.match_case)


AnyRule = SentimentRule | EntityRule | KeywordRule


class NewRule(RootModel[Annotated[AnyRule, Field(discriminator="kind")]]):
    """A rule for the posts of the workspace."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE_RULE]})


class KeptRuleBody(BaseModel):
    """A rule of the workspace."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": EXAMPLE_ID,
                    **_EXAMPLE_RULE,
                    "match_case": False,
                    "language": None,
                    "author": None,
                    "tag": None,
                    "created_at": "2026-05-31T12:00:00.000000Z",
                    "state": "applying",
                    "candidates": 1_204,
                    "looked_at": 500,
                    "changed": 73,
                }
            ]
        }
    )

    id: Id
    kind: Literal["sentiment", "entity", "keyword"]
    phrases: list[str]
    value: Annotated[
        str | bool | None,
        Field(description="A polarity, a label (null: no entity), or whether it is a keyword."),
    ]
    instead_of: Polarity | None
    match_case: bool
    language: str | None
    author: str | None
    tag: str | None
    created_at: Time
    state: Annotated[
        Literal["applying", "in_force", "withdrawing", "withdrawn"],
        Field(
            description="New answers follow a rule that is `applying` or `in_force`; kept posts "
            "come to follow it while it is `applying`, and are put back while it is `withdrawing`."
        ),
    ]
    candidates: Annotated[
        int | None, Field(description="Kept posts that it may change; null until they are counted.")
    ]
    looked_at: Annotated[int, Field(ge=0, description="How many of them have been looked at.")]
    changed: Annotated[int, Field(ge=0, description="How many of these have changed.")]

    @classmethod
    def of(cls, kept: KeptRule) -> "KeptRuleBody":
        """The body of a kept rule."""
        rule = kept.rule
        return cls(
            id=str(rule.id),
            kind=rule.kind.value,
            phrases=list(rule.phrases),
            value=rule.value,
            instead_of=rule.instead_of,
            match_case=rule.match_case,
            language=rule.language,
            author=rule.author,
            tag=rule.tag,
            created_at=rfc3339(kept.created_at),
            state=kept.state.value,
            candidates=kept.candidates,
            looked_at=kept.looked_at,
            changed=kept.changed,
        )


class KeptRules(BaseModel):
    """Rules of the workspace, the newest first."""

    items: list[KeptRuleBody]
    next_cursor: str | None


def _checked_phrases(phrases: list[str]) -> tuple[str, ...]:
    checked = [checked_phrase(text, f"/phrases/{n}") for n, text in enumerate(phrases)]
    return tuple(dict.fromkeys(checked))


def _checked(value: str | None, name: str) -> str | None:
    """A string that Postgres can be asked for."""
    return None if value is None else validate_string(value, name)
