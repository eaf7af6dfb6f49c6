"""Signatures of webhooks, held to the reference's own example, and when a message is sent again."""

import base64
import re

import pytest

from serve_app.webhooks.schedule import FIRST_WAIT_S, MAX_WAIT_S, wait_s
from serve_app.webhooks.signing import new_secret, shown_secret, signed_headers

#: Of the reference implementations of Standard Webhooks.
SECRET = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_reference_message_has_the_reference_signature() -> None:
    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        timestamp=1614265330,
        secrets=[SECRET],
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


def test_two_secrets_give_two_signatures() -> None:
    both = signed_headers("m", b"{}", timestamp=1, secrets=[b"new", b"old"])
    old = signed_headers("m", b"{}", timestamp=1, secrets=[b"old"])
    assert both["webhook-signature"].split(" ")[1] == old["webhook-signature"]


def test_a_secret_is_random_and_shown_with_its_prefix() -> None:
    shown = shown_secret(new_secret())
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", shown)
    assert shown != shown_secret(new_secret())


@pytest.mark.parametrize(("failures", "least"), [(1, 5), (2, 20), (3, 80), (6, 5_120)])
def test_waits_grow_and_vary(failures: int, least: float) -> None:
    waits = {wait_s(failures) for _ in range(50)}
    assert len(waits) > 1
    assert all(0.75 * least <= wait <= 1.25 * least for wait in waits)


def test_waits_have_an_end() -> None:
    assert wait_s(1_000) <= 1.25 * MAX_WAIT_S
    assert wait_s(1, 120) == 120
    assert wait_s(1, 1e9) == MAX_WAIT_S
    assert wait_s(1, 0.1) >= 0.75 * FIRST_WAIT_S
