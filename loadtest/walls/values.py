"""Values for the parameters and bodies of requests, from their schemas and from what is known.

Knows schemas and clients; not which route it is that they are for.
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loadtest.walls.clients import SHARED, WorkspaceClient, shared_text
from loadtest.walls.operations import Schema, resolve
from serve_app.store.uuid7 import uuid7

POSTS = "/v1/posts"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIMES = ("2024-02-29T12:00:00Z", "2026-05-31T14:00:00+02:00", "2026-11-01T00:00:00Z")
#: Names of fields whose values no schema tells.
_BY_NAME = {
    "since": _TIMES[:1],
    "until": ("2027-01-01",),
    "published_at": _TIMES,
    "language": ("en", "de", "es"),
    "encoding": ("utf-8",),
}
#: What a schema may say of a value outside of its alternatives.
_SAID_OUTSIDE = ("format", "pattern", "enum")
_MAX_DEPTH = 6
#: How often a value is null where it may be, an optional field there, an example taken.
_NULL, _OPTIONAL, _EXAMPLE = 0.1, 0.4, 0.6


@dataclass(frozen=True, slots=True)
class Sides:
    """Who sends a request, and whose things it names.

    Attributes:
        actor: sends it.
        other: whose ids and names it uses; the actor's own, another's, or None for nobody's.
    """

    actor: WorkspaceClient
    other: WorkspaceClient | None

    @property
    def is_across(self) -> bool:
        """Whether it reaches for another workspace."""
        return self.other is not None and self.other is not self.actor


@dataclass(frozen=True, slots=True)
class _Use:
    """What a value is for: a body, which may be stored, or a parameter."""

    sides: Sides
    is_body: bool

    @property
    def owner(self) -> WorkspaceClient:
        """Whose words it has: what is stored is the sender's own."""
        return self.sides.actor if self.is_body else self.sides.other or self.sides.actor


class ValueGenerator:
    """Random values that fit a schema; ids and names are those of the request's sides."""

    def __init__(self, rng: random.Random, document: Mapping[str, Any]) -> None:
        self._rng = rng
        self._document = document

    def named(self, name: str, collection: str, schema: Schema, sides: Sides) -> str:
        """A value of a parameter of the path, which names one of a collection."""
        if sides.other and sides.other.ids[collection]:
            return self._rng.choice(sides.other.ids[collection])
        return str(self.asked(name, schema, sides))

    def asked(self, name: str, schema: Schema, sides: Sides) -> Any:
        """A value of a parameter: it may be what others have, though no secret."""
        return self._value(name, schema, _Use(sides, is_body=False), 0)

    def written(self, schema: Schema, sides: Sides) -> Any:
        """A body: all that it would store is the actor's own, but for ids."""
        return self._value("", schema, _Use(sides, is_body=True), 0)

    def _value(self, name: str, schema: Schema, use: _Use, depth: int) -> Any:
        schema = self._alternative(resolve(schema, self._document), use)
        for key in ("examples", "enum"):
            if key in schema and (key == "enum" or self._rng.random() < _EXAMPLE):
                return self._own(name, self._rng.choice(schema[key]), use)
        if "const" in schema:
            return schema["const"]
        kind = schema.get("type", "object")
        kind = self._rng.choice(kind) if isinstance(kind, list) else kind
        if kind == "object":
            return self._object(schema, use, depth)
        if kind == "array":
            count = self._rng.randint(max(1, schema.get("minItems", 1)), 3)
            items = schema.get("items", {"type": "string"})
            return [self._value(name, items, use, depth + 1) for _ in range(count)]
        return self._scalar(kind, name, schema, use)

    def _alternative(self, schema: Schema, use: _Use) -> Schema:
        """One of those that the schema leaves open."""
        while choices := [s for key in ("anyOf", "oneOf") for s in schema.get(key, ())]:
            if not use.is_body or self._rng.random() >= _NULL:
                choices = [each for each in choices if each.get("type") != "null"]
            said = {key: schema[key] for key in _SAID_OUTSIDE if key in schema}
            schema = {**resolve(self._rng.choice(choices), self._document), **said}
        return schema

    def _own(self, name: str, example: Any, use: _Use) -> Any:
        """An example with texts and ids of the request's sides."""
        if isinstance(example, dict):
            return {key: self._own(key, value, use) for key, value in example.items()}
        if isinstance(example, list):
            return [self._own(name, value, use) for value in example]
        if isinstance(example, str) and (name == "text" or UUID.fullmatch(example)):
            return self._string(name, {"format": "uuid" if name != "text" else ""}, use)
        return example

    def _object(self, schema: Schema, use: _Use, depth: int) -> dict[str, Any]:
        properties = schema.get("properties")
        if not properties:
            return {"note": use.sides.actor.secret, "n": self._rng.randrange(10)}
        required = schema.get("required", ())
        chosen = [
            name
            for name in properties
            if name in required or (depth < _MAX_DEPTH and self._rng.random() < _OPTIONAL)
        ]
        return {name: self._value(name, properties[name], use, depth + 1) for name in chosen}

    def _scalar(self, kind: str, name: str, schema: Schema, use: _Use) -> Any:
        if kind == "null":
            return None
        if kind == "boolean":
            return self._rng.random() < 0.5
        if name == "retention_days":  # less would delete what is compared
            return self._rng.randint(30, 365)
        if kind in ("integer", "number"):
            return self._number(kind, schema)
        return self._string(name, schema, use)

    def _number(self, kind: str, schema: Schema) -> float:
        low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
        high = schema.get("maximum", low + 100)
        # Small numbers are those that something is likely to have.
        high = min(high, low + 1) if self._rng.random() < 0.7 else high
        if kind == "integer":
            return self._rng.randint(int(low), int(high))
        return round(self._rng.uniform(low, high), 3)

    def _string(self, name: str, schema: Schema, use: _Use) -> str:
        if schema.get("format") == "uuid":
            known = use.sides.other.ids[POSTS] if use.sides.other else []
            return self._rng.choice(known) if known else str(uuid7())
        if name == "digest" and use.sides.other and use.sides.other.digests:
            return self._rng.choice(use.sides.other.digests)
        if schema.get("format") == "date-time":
            return self._rng.choice(_TIMES)
        if name in _BY_NAME:
            return self._rng.choice(_BY_NAME[name])
        return self._word(name, use)

    def _word(self, name: str, use: _Use) -> str:
        """What is understood by the name of its field; else a word of the texts."""
        if name == "text" and use.is_body:
            return self._text(use.owner)
        if name == "author":
            return use.owner.author(self._rng)
        if name in ("external_id", "Idempotency-Key"):
            return f"shared-{self._rng.randrange(SHARED)}"
        if name == "url":
            return f"https://{use.owner.name}.example/{self._rng.randrange(10)}"
        return use.owner.name if self._rng.random() < 0.8 else f"{use.owner.name} {name}"

    def _text(self, owner: WorkspaceClient) -> str:
        if self._rng.random() < 0.15:
            return shared_text(self._rng.randrange(SHARED))
        return self._rng.choice(owner.texts)
