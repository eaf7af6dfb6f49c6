"""FastAPI and uvicorn, as most services begin: a plain function in the thread pool.

python -m loadtest.bench.peers.fastapi_server PORT
"""

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from loadtest.bench.peers.analyzers import load


class FastApiPost(BaseModel):
    """The body of a request."""

    text: str


def build() -> FastAPI:
    """The application, its models loaded."""
    app = FastAPI()
    analyze = load()

    @app.get("/health")
    def health() -> str:
        return "ok"

    @app.post("/analyze")
    def one(post: FastApiPost) -> dict[str, Any]:  # no `async`: FastAPI runs it in its thread pool
        return analyze([post.text])[0]

    return app


if __name__ == "__main__":
    uvicorn.run(build(), host="127.0.0.1", port=int(sys.argv[1]), access_log=False)
