"""Which media type a caller prefers: the header Accept (RFC 9110, 12.5.1)."""

import re

#: One member of the list; a comma in a quoted string separates nothing.
_MEMBER = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*"?)+')
_WEIGHT = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?", re.ASCII)


def media_range_weights(accept: str) -> dict[str, float]:
    """The weight, 0 to 1, of each media range in lower case; 0 is "not acceptable".

    A member whose weight is malformed is left out; parameters beside the weight tell nothing
    here.
    """
    members = (_weighted(member) for member in _MEMBER.findall(accept))
    return {name: weight for name, weight in members if weight is not None}


def prefers(accept: str, media_type: str, *, default: str) -> bool:
    """Whether ``media_type`` is to be answered rather than ``default``.

    Only where it is named itself: ``*/*`` asks for the default. Named alike, it is preferred.
    """
    weights = media_range_weights(accept)
    ranges = (default, f"{default.partition('/')[0]}/*", "*/*")  # the most specific one counts
    weight_of_default = next((weights[name] for name in ranges if name in weights), 0.0)
    weight = weights.get(media_type, 0.0)
    return weight > 0 and weight >= weight_of_default


def _weighted(member: str) -> tuple[str, float | None]:
    name, *parameters = (part.strip().lower() for part in member.split(";"))
    weights = [value for key, _, value in (p.partition("=") for p in parameters) if key == "q"]
    if not weights:
        return name, 1.0
    return name, float(weights[0]) if _WEIGHT.fullmatch(weights[0]) else None
