"""The pages of the console: each has its own parts, and all share a frame."""

import re

#: Begins a part of a page, and stands in the frame where the part goes.
_PART = re.compile(r"<!-- (\w+) -->\n")


def framed(page: str, frame: str, address: str) -> str:
    """A whole page of HTML.

    Args:
        page: its parts, each behind a comment with its name, ``<!-- main -->``.
        frame: what all pages share, the same comments where the parts go.
        address: of the page, as the frame links to it; the link says that one is there.

    Raises:
        KeyError: the frame has a part that the page has not.
    """
    _, *named = _PART.split(page)
    parts = dict(zip(named[::2], named[1::2], strict=True))
    whole = _PART.sub(lambda part: parts[part[1]], frame)
    link = f'<a href="{address}"'
    return whole.replace(link, f'{link} aria-current="page"', 1)
