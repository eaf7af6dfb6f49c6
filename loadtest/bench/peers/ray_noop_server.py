"""Ray Serve answering nothing: what HTTP through it costs at most, and at the defaults.

    python -m loadtest.bench.peers.ray_noop_server PORT haproxy|default

``haproxy`` is Serve at its fastest: HAProxy, the throughput flag, and a bare ASGI function.
``default`` is the ingress of Serve's own tutorial, with no flag set. Both on loopback.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from loadtest.bench.peers import ray_cluster


def haproxy() -> Any:
    """The least that an ingress can be."""
    from ray import serve
    from starlette.applications import Starlette
    from starlette.routing import Mount

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        headers = [(b"content-type", b"application/json"), (b"content-length", b"15")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"status":"ok"}'})

    @serve.deployment(max_ongoing_requests=1_000)
    @serve.ingress(Starlette(routes=[Mount("/", app=answer)]))
    class AsgiNoop:
        pass

    return AsgiNoop.bind()  # serve.deployment made it one


def default() -> Any:
    """As https://docs.ray.io/en/latest/serve/http-guide.html begins."""
    from fastapi import FastAPI
    from ray import serve

    app = FastAPI()

    @serve.deployment
    @serve.ingress(app)
    class FastApiNoop:
        @app.get("/")
        def ready(self) -> dict[str, str]:
            return {"status": "ok"}

        @app.post("/")
        def answer(self) -> dict[str, str]:
            return {"status": "ok"}

    return FastApiNoop.bind()  # serve.deployment made it one


def main(port: int, kind: str) -> None:
    """Serve until a signal comes."""
    if kind == "default":
        ray_cluster.serve_until_signal(default, port)
        return
    from serve_app.standalone.cluster import environment

    with tempfile.TemporaryDirectory(prefix="noop-") as folder:
        os.environ |= environment(Path(folder))
        ray_cluster.serve_until_signal(haproxy, port)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
