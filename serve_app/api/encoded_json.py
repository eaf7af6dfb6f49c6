"""A response of JSON that is encoded already."""

from starlette.responses import Response


class EncodedJsonResponse(Response):
    """Status 200 and a JSON body, without what Starlette does to find out as much."""

    def __init__(self, body: bytes) -> None:
        self.status_code = 200
        self.body = body
        self.background = None
        size = str(len(body)).encode()
        self.raw_headers = [(b"content-length", size), (b"content-type", b"application/json")]
