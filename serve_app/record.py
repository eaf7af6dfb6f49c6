"""What is kept of one analysed text: addressed by its digest, sections versioned alone.

The memory cache, Redis and Postgres all hold this; none of them holds the text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from deployments.results import Language, Signals
from deployments.wire import EncodedSection, readable


@dataclass(frozen=True, slots=True)
class Record:
    """The known sections of one text.

    Attributes:
        digest: ``deployments.text.digest`` of the text.
        head: JSON object ``{"language": ..., "signals": ...}``, offsets in code points.
        sections: by analysis; only final ones (see :class:`EncodedSection`).
    """

    digest: str
    head: bytes
    sections: Mapping[str, EncodedSection] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        """What the record weighs in memory, with a rounded share for Python's objects."""
        return 600 + len(self.head) + sum(200 + len(s.body) for s in self.sections.values())

    def current(
        self, versions: Mapping[str, str], names: Iterable[str]
    ) -> dict[str, EncodedSection]:
        """The sections among ``names`` that today's models would give again."""
        return {
            name: self.sections[name]
            for name in names
            if name in self.sections and self.sections[name].version == versions.get(name)
        }

    def readable(self) -> "Record":
        """This record without sections in a form that another version of PostLens gave them."""
        kept = {n: s for n, s in self.sections.items() if readable(n, s)}
        return Record(self.digest, self.head, kept)

    def over(self, older: "Record") -> "Record":
        """This record, with the sections that only ``older`` has."""
        return Record(self.digest, self.head, {**older.sections, **self.sections})

    def with_sections(self, fresh: Mapping[str, EncodedSection]) -> "Record":
        """This record with the final ones of ``fresh`` laid over its own."""
        final = {name: section for name, section in fresh.items() if section.final}
        return Record(self.digest, self.head, {**self.sections, **final})

    def pack(self) -> bytes:
        """The record as JSON, without its digest (that is the key it is kept under)."""
        sections = {
            name: [section.status, section.version, orjson.Fragment(section.body)]
            for name, section in self.sections.items()
        }
        return orjson.dumps({"head": orjson.Fragment(self.head), "sections": sections})

    @classmethod
    def unpack(cls, digest: str, packed: bytes) -> "Record":
        """The record that :meth:`pack` made.

        Raises:
            ValueError: ``packed`` is not such a record.
        """
        try:
            content = orjson.loads(packed)
            sections = {
                name: _section(status, version, body)
                for name, (status, version, body) in content["sections"].items()
            }
            return cls(digest, orjson.dumps(_object(content["head"])), sections)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a packed record: {error!r}") from error


def _section(status: Any, version: Any, body: Any) -> EncodedSection:
    if not isinstance(status, str) or not isinstance(version, str):
        raise TypeError("a section's status and version are strings")
    return EncodedSection(status, version, orjson.dumps(_object(body)))


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("a head and a body are JSON objects")
    return value


def head(language: Language, signals: Signals) -> bytes:
    """The part of a record that needs no model."""
    return orjson.dumps({"language": language, "signals": signals})
