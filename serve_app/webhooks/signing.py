"""Secrets and signatures after the Standard Webhooks specification, version 1.0.0.

In a few lines of hmac: the package ``standardwebhooks`` signs with one secret, and while secrets
change there are two.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

#: The specification asks for 24 to 64 bytes.
SECRET_BYTES = 32
_SECRET_PREFIX = "whsec_"


def new_secret() -> bytes:
    """A random secret."""
    return secrets.token_bytes(SECRET_BYTES)


def shown_secret(secret: bytes) -> str:
    """A secret as receivers are given it."""
    return _SECRET_PREFIX + base64.b64encode(secret).decode()


def signed_headers(
    message_id: str, body: bytes, *, timestamp: int, secrets: Iterable[bytes]
) -> dict[str, str]:
    """The headers of one attempt at delivery.

    Args:
        message_id: the same in every attempt; without a full stop.
        body: as it is sent.
        timestamp: of the attempt, in seconds since 1970.
        secrets: the one in force, and while it is new the one before; a signature with each.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = (hmac.digest(secret, signed, hashlib.sha256) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(
            f"v1,{base64.b64encode(signature).decode()}" for signature in signatures
        ),
    }
