"""API keys as strings: random, with a beginning of their own, kept as a digest."""

import secrets

#: By it scanners of repositories and logs know a key of PostLens.
PREFIX = "plk_"
_RANDOM_BYTES = 32
#: Of 43 random characters; the others have 220 bits left.
_HINT_CHARACTERS = len(PREFIX) + 6


def new_token() -> str:
    """A key: the prefix and 256 random bits as 43 characters of base64url."""
    return PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)


def hint_of(token: str) -> str:
    """How a key begins, for people to tell theirs."""
    return token[:_HINT_CHARACTERS]
