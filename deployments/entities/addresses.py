"""Companies named like a web address: "I left Booking.com", not "more on Booking.com".

Pure text: knows no model. Only what stands before the address tells the two apart.
"""

from collections.abc import Iterator

import regex

from deployments.entities.mention import Mention
from deployments.text.document import Document

# A rule by words about work; less sure than the forms of figures.
_CONFIDENCE = 0.9
_HOST = regex.compile(r"\p{Lu}[\p{L}\p{N}-]{0,62}\.(?:com|ai|io|co|org|net|app|dev|tech)")
_LONGEST_BEFORE = 40
_WORK = regex.compile(
    r"""(?<!\w) (?:
      (?: join | joins | joined | joining | left | left\ for | leave | leaving | quit )
    | (?: work | works | worked | working | hired | hiring ) \s (?: at | for | by | with )
    | (?: acquired | bought | funded | founded ) \s by | (?: acquire | acquires ) | offer \s from
    | (?: years? | months? | weeks? | day | time | role | job | career | position | team
        | colleagues | interview | intern | internship | engineer | developer | designer | manager
        | director | head | lead | recruiter | founder | co-founder | ceo | cto | cfo | coo | vp )
      \s (?: at | of | with )
    ) \s $""",
    regex.VERBOSE | regex.IGNORECASE,
)


def address_names(document: Document) -> Iterator[Mention]:
    """The links that name a company, in order: bare hosts with a capital behind words of work."""
    for link in document.signals.links:
        before = document.plain[max(0, link.start - _LONGEST_BEFORE) : link.start]
        if _HOST.fullmatch(link.text) and _WORK.search(before):
            yield Mention(link.start, link.end, "ORG", _CONFIDENCE)
