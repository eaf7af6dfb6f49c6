"""The application on the cluster: how it is deployed and how it is asked."""

from collections.abc import Sequence
from typing import Any

import orjson
import yaml

from deployments.results import ANALYSES
from loadtest.paths import ROOT
from loadtest.scale.cluster import MultiNodeCluster
from loadtest.scale.plan import DEVICE_MS, DRIVERS, ScalePlan

_JSON = (("Content-Type", "application/json"),)


def application(
    pool: dict[str, Any], plan: ScalePlan, *, device_ms: float = DEVICE_MS
) -> dict[str, Any]:
    """The application of a Serve config file.

    Args:
        pool: settings of the deployment that stands for the analyses.
        plan: has the driver's setting.
        device_ms: what the imagined device takes for a text of one analysis.
    """
    analyses = {"name": "analyses", "ray_actor_options": {"num_cpus": 1}, **pool}
    driver = {"name": "driver", "num_replicas": DRIVERS, "ray_actor_options": {"num_cpus": 1}}
    return {
        "import_path": "loadtest.scale.sleeping_analyses:build_app",
        "args": {"device_ms": device_ms, "batch_characters": plan.batch_characters},
        "deployments": [driver, analyses],
    }


def autoscaled_pool(plan: ScalePlan) -> dict[str, Any]:
    """The pool as configs/production.yaml scales an analysis, but quicker to give back."""
    production = yaml.safe_load((ROOT / "configs" / "production.yaml").read_text())
    [config] = production["applications"]
    [analysis] = [d for d in config["deployments"] if d["name"] == ANALYSES[0]]
    changes = {"max_replicas": plan.most_replicas, "downscale_delay_s": plan.down_delay_s}
    return {
        "autoscaling_config": {**analysis["autoscaling_config"], "min_replicas": 1, **changes},
        "max_ongoing_requests": analysis["max_ongoing_requests"],
    }


class HandleClient:
    """Asks the driver through its handle, as another Ray job does."""

    def __init__(self, cluster: MultiNodeCluster) -> None:
        self._handle = cluster.handle

    async def __call__(self, texts: Sequence[str]) -> int:
        """How many of the texts came back without all sections."""
        posts = orjson.dumps({"posts": [{"text": text} for text in texts]})
        batch = ("POST", "/v1/analyze/batch", (), _JSON, posts)
        try:
            status, _, answer = await self._handle.request.remote(*batch)
        except Exception:  # whatever it was, these posts were lost to their caller
            return len(texts)
        items = orjson.loads(answer)["items"] if status == 200 else []
        return len(texts) - sum(map(_is_complete, items))


def _is_complete(item: dict[str, Any]) -> bool:
    result = item.get("result", {})
    return all(result.get(name, {}).get("status") == "ok" for name in ANALYSES)
