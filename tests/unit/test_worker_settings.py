"""What a worker on jobs takes of what the drivers have."""

from pathlib import Path
from typing import Any

import yaml

from serve_app.job_workers import worker_settings
from serve_app.settings import Settings

PRODUCTION = Path(__file__).parents[2] / "configs" / "production.yaml"
#: Of Postgres by default, but those that are kept for its owner.
_CONNECTIONS = 97


def test_a_worker_works_on_jobs_and_takes_little_else() -> None:
    settings = Settings.model_validate({"jobs": {"in_driver": False, "concurrency": 3}})
    worker = worker_settings(settings)
    assert worker.jobs.in_driver
    assert (worker.store.pool_size, worker.posts.pool_size) == (1, 4)
    assert worker.cache.memory_size_bytes < settings.cache.memory_size_bytes
    assert worker.cache.warm_start_records == 0
    assert (worker.driver, worker.webhooks) == (settings.driver, settings.webhooks)
    assert not settings.jobs.in_driver


def test_all_drivers_and_workers_find_a_connection() -> None:
    config: dict[str, Any] = yaml.safe_load(PRODUCTION.read_text(encoding="utf-8"))
    [application] = config["applications"]
    settings = Settings.model_validate(application["args"])
    replicas = {
        deployment["name"]: deployment["autoscaling_config"]["max_replicas"]
        for deployment in application["deployments"]
        if deployment["name"] in ("driver", "jobs")
    }
    taken = {
        name: each.store.pool_size + each.posts.pool_size
        for name, each in (("driver", settings), ("jobs", worker_settings(settings)))
    }
    assert sum(replicas[name] * taken[name] for name in taken) <= _CONNECTIONS
