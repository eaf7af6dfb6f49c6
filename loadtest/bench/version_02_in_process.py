"""Version 0.2's analyses in a process; run by its own interpreter, and imports nothing of ours.

    python -P version_02_in_process.py < {"warm": [...], "texts": [...]}

The last line that it prints are posts a second.
"""

import json
import sys
import time
from importlib import import_module


def main() -> None:
    """Measure one batch after a smaller one."""
    posts = json.load(sys.stdin)
    registry, results = import_module("deployments.registry"), import_module("deployments.results")
    post_request = import_module("serve_app.request").PostRequest
    local_analyses = import_module("serve_app.local").LocalAnalyses
    local = local_analyses(registry.AnalysisConfigs(), results.ANALYSES)
    local.analyze([post_request(text) for text in posts["warm"]])
    started = time.perf_counter()
    local.analyze([post_request(text) for text in posts["texts"]])
    print(len(posts["texts"]) / (time.perf_counter() - started))


if __name__ == "__main__":
    main()
