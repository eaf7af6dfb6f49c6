"""Asking a server over HTTP whether it is ready.

``http.client``, not httpx: asking many times a second must cost nothing.
"""

import http
import http.client
from urllib.parse import urlsplit

_TIMEOUT_S = 10.0


def unready_reason(url: str, path: str = "/v1/health/ready") -> str | None:
    """Why the server is not ready, or None where it is.

    Args:
        url: where it listens, as in ``http://127.0.0.1:8000``.
        path: answers 200 to a GET once the server can be used.
    """
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read().decode(errors="replace")
        return None if response.status == http.HTTPStatus.OK else body or str(response.status)
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
