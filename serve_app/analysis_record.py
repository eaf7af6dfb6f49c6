"""What is kept of one analysed text: addressed by its digest, sections versioned alone.

The memory cache, Redis and Postgres all hold this; none of them holds the text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from deployments.results import Language, Signals
from deployments.wire import EncodedSection, readable


@dataclass(frozen=True, slots=True)
class Record:
    """The known sections of one text.

    Attributes:
        digest: ``deployments.text.document.digest`` of the text.
        head: JSON object ``{"language": ..., "signals": ...}``, offsets in code points.
        sections: by analysis; only final ones (see :class:`EncodedSection`).
    """

    digest: str
    head: bytes
    sections: Mapping[str, EncodedSection] = field(default_factory=dict)

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
        """The record as bytes, without its digest (that is the key it is kept under).

        One line of JSON, ``[length of head, [name, status, version, length of body]...]``,
        then head and bodies as they are: a record that is read many times must not be parsed
        each time.
        """
        parts = [[n, s.status, s.version, len(s.body)] for n, s in self.sections.items()]
        frame = orjson.dumps([len(self.head), *parts], option=orjson.OPT_APPEND_NEWLINE)
        return b"".join((frame, self.head, *(s.body for s in self.sections.values())))

    @classmethod
    def unpack(cls, digest: str, packed: bytes) -> "Record":
        """The record that :meth:`pack` made; head and bodies are taken as they are.

        Raises:
            ValueError: ``packed`` is not such a record.
        """
        at = packed.find(b"\n") + 1
        try:
            head_bytes, *parts = orjson.loads(packed[:at])
            end = at + head_bytes
            head = packed[at:end]
            sections = {}
            for name, status, version, body_bytes in parts:
                if not isinstance(status, str) or not isinstance(version, str):
                    raise TypeError("a section's status and version are strings")
                sections[name] = EncodedSection(status, version, packed[end : end + body_bytes])
                end += body_bytes
        except (ValueError, TypeError) as error:
            raise ValueError(f"not a packed record: {error!r}") from error
        if end != len(packed):
            raise ValueError(f"not a packed record: {end} bytes were framed, {len(packed)} came")
        return cls(digest, head, sections)


def head(language: Language, signals: Signals) -> bytes:
    """The part of a record that needs no model."""
    return orjson.dumps({"language": language, "signals": signals})
