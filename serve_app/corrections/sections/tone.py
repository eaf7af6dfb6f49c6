"""Tone corrected: the dominant word, by a person.

The evidence of another word is none of the new one, so that it has none. The measures are left as
they are: nobody said that they are wrong.
"""

from collections.abc import Sequence
from typing import Any

from serve_app.corrections.sections.changes import Section, field_entry, with_entries
from serve_app.corrections.values import Correction, CorrectionKind, Source


def correct_tone(section: Section, corrections: Sequence[Correction]) -> Section:
    """The section as it counts; the same object where nothing changes.

    Args:
        section: with a result.
        corrections: of the post; those of other sections are left aside.
    """
    for correction in corrections:
        if correction.kind is CorrectionKind.TONE and correction.value != section["dominant"]:
            source = Source(correction=correction.id)
            fields: dict[str, Any] = {"dominant": correction.value, "evidence": []}
            entries = [
                field_entry(source, name, section[name], value)
                for name, value in fields.items()
                if value != section[name]
            ]
            return with_entries(section, fields, entries)
    return section
