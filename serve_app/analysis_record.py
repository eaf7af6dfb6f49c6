"""What is stored of one analysed text: addressed by its digest, each section by its version.

The memory cache, Redis and Postgres all hold this; none of them holds the text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from deployments.text.document import Document
from deployments.wire import EncodedSection, is_valid


@dataclass(frozen=True, slots=True)
class AnalysisRecord:
    """The sections of one text.

    Attributes:
        digest: ``deployments.text.document.digest`` of the text.
        preamble: see :func:`preamble`.
        sections: by analysis; only final ones (see :class:`EncodedSection`).
    """

    digest: str
    preamble: bytes
    sections: Mapping[str, EncodedSection] = field(default_factory=dict)

    def current(
        self, versions: Mapping[str, str], analyses: Iterable[str]
    ) -> dict[str, EncodedSection]:
        """The sections of these analyses whose version is the one that ``versions`` names."""
        return {
            name: self.sections[name]
            for name in analyses
            if name in self.sections and self.sections[name].version == versions.get(name)
        }

    def valid(self) -> "AnalysisRecord":
        """This record without sections that lack a field: Postgres has those of any release."""
        sections = {name: s for name, s in self.sections.items() if is_valid(name, s)}
        return AnalysisRecord(self.digest, self.preamble, sections)

    def over(self, older: "AnalysisRecord") -> "AnalysisRecord":
        """This record, with the sections that only ``older`` has."""
        return AnalysisRecord(self.digest, self.preamble, {**older.sections, **self.sections})

    def with_sections(self, sections: Mapping[str, EncodedSection]) -> "AnalysisRecord":
        """This record with the final ones of ``sections`` laid over its own."""
        final = {name: section for name, section in sections.items() if section.final}
        return AnalysisRecord(self.digest, self.preamble, {**self.sections, **final})

    def to_bytes(self) -> bytes:
        """The record without its digest, which is the key it is stored under.

        One line of JSON, ``[length of the preamble, [name, status, version, length of body,
        length of vector]...]``, then the preamble, and body and vector of each section, as they
        are: a record that is read many times must not be parsed each time.
        """
        sections = self.sections.items()
        parts = [[n, s.status, s.version, len(s.body), len(s.vector)] for n, s in sections]
        frame = orjson.dumps([len(self.preamble), *parts], option=orjson.OPT_APPEND_NEWLINE)
        contents = (part for _, s in sections for part in (s.body, s.vector))
        return b"".join((frame, self.preamble, *contents))

    @classmethod
    def from_bytes(cls, digest: str, data: bytes) -> "AnalysisRecord":
        """The record that :meth:`to_bytes` wrote; preamble and bodies are taken as they are.

        Raises:
            ValueError: ``data`` is no such record.
        """
        preamble_start = data.find(b"\n") + 1
        try:
            preamble_bytes, *parts = orjson.loads(data[:preamble_start])
            end = preamble_start + preamble_bytes
            preamble = data[preamble_start:end]
            sections = {}
            for name, status, version, body_bytes, vector_bytes in parts:
                if not isinstance(status, str) or not isinstance(version, str):
                    raise TypeError("a section's status and version are strings")
                body_end, start = end + body_bytes, end
                end = body_end + vector_bytes
                body, vector = data[start:body_end], data[body_end:end]
                sections[name] = EncodedSection(status, version, body, vector)
        except (ValueError, TypeError) as error:
            raise ValueError(f"not an encoded record: {error!r}") from error
        if end != len(data):
            raise ValueError(f"not an encoded record: {end} bytes were framed, {len(data)} came")
        return cls(digest, preamble, sections)


def preamble(document: Document) -> bytes:
    """The part of an answer that needs no model: ``{"language": ..., "signals": ...}``.

    Offsets are code points.
    """
    return orjson.dumps({"language": document.language, "signals": document.signals})
