"""The four Serve config files mean what they say: no key is misspelt, every value is taken."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel, ValidationError
from ray.serve._private.api import call_user_app_builder_with_args_if_necessary
from ray.serve._private.build_app import build_app as serve_build
from ray.serve.schema import ServeDeploySchema

from deployments.results import ANALYSES
from serve_app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("local", "cpu", "gpu", "production")


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "configs" / f"{name}.yaml").read_text())
    return content


def deployments(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    (application,) = config["applications"]
    return {deployment["name"]: deployment for deployment in application["deployments"]}


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The schema model behind a field, through Optional, Union and List."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := model_in(part))), None)


def unknown_keys(model: type[BaseModel], content: dict[str, Any], where: str = "") -> Iterator[str]:
    """Keys that Serve would accept in silence and ignore.

    A plain ``dict`` in the schema (``args``, ``user_config``, ``resources``) is not entered.
    """
    for key, value in content.items():
        if key not in model.model_fields:
            yield f"{where}{key}"
        elif nested := model_in(model.model_fields[key].annotation):
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict):
                    yield from unknown_keys(nested, item, f"{where}{key}.")


@pytest.fixture(params=NAMES)
def config(request: pytest.FixtureRequest) -> dict[str, Any]:
    return read(request.param)


def test_the_folder_holds_these_files_and_no_other() -> None:
    assert {path.stem for path in (ROOT / "configs").iterdir()} == set(NAMES)


def test_serve_takes_the_file(config: dict[str, Any]) -> None:
    ServeDeploySchema.model_validate(config)


def test_no_key_is_misspelt(config: dict[str, Any]) -> None:
    assert list(unknown_keys(ServeDeploySchema, config)) == []


@pytest.mark.parametrize(
    "path",
    [
        (),
        ("http_options",),
        ("logging_config",),
        ("applications", 0),
        ("applications", 0, "deployments", 0),
        ("applications", 0, "deployments", 0, "backpressure_config"),
        ("applications", 0, "deployments", 1, "autoscaling_config"),
        ("applications", 0, "deployments", 1, "ray_actor_options"),
    ],
    ids=lambda path: ".".join(map(str, path)) or "top",
)
def test_a_misspelt_key_is_found_at_every_level(path: tuple[str | int, ...]) -> None:
    config = deepcopy(read("production"))
    place: Any = config
    for step in path:
        place = place[step]
    place["max_replcias"] = 1
    (found,) = unknown_keys(ServeDeploySchema, config)
    assert found.endswith("max_replcias")


def test_the_arguments_are_settings(config: dict[str, Any]) -> None:
    Settings.model_validate(config["applications"][0]["args"])


@pytest.mark.parametrize("path", [(), ("driver",), ("analyses",), ("analyses", "encoder")])
def test_a_misspelt_argument_is_refused(path: tuple[str, ...]) -> None:
    args = deepcopy(read("production")["applications"][0]["args"])
    place = args
    for step in path:
        place = place[step]
    place["max_replcias"] = 1
    with pytest.raises(ValidationError, match="max_replcias"):
        Settings.model_validate(args)


def test_all_deployments_of_the_application_and_no_other_are_there(
    config: dict[str, Any],
) -> None:
    settings = Settings.model_validate(config["applications"][0]["args"])
    names = ["driver", "encoder", *ANALYSES, *([] if settings.jobs.in_driver else ["jobs"])]
    assert sorted(d["name"] for d in config["applications"][0]["deployments"]) == sorted(names)


def test_serve_builds_the_application_from_the_file(config: dict[str, Any]) -> None:
    """As ``serve build`` and ``serve run`` do: import, typed arguments, bound deployments."""
    (application,) = ServeDeploySchema.model_validate(config).applications
    module, _, name = application.import_path.partition(":")
    assert module == "serve_app.app"
    from serve_app import app

    bound = call_user_app_builder_with_args_if_necessary(getattr(app, name), application.args)
    built = serve_build(bound, name=application.name)
    assert {deployment.name for deployment in built.deployments} == set(deployments(config))
    assert built.ingress_deployment_name == "driver"


def test_every_deployment_scales_and_is_watched(config: dict[str, Any]) -> None:
    for deployment in deployments(config).values():
        scaling = deployment["autoscaling_config"]
        assert 1 <= scaling["min_replicas"] <= scaling["max_replicas"]
        assert deployment["max_ongoing_requests"] >= scaling.get("target_ongoing_requests", 1)
        assert deployment["ray_actor_options"]["num_cpus"] > 0
        assert {"health_check_period_s", "graceful_shutdown_timeout_s"} <= set(deployment)


def test_bulk_cannot_take_the_places_of_others(config: dict[str, Any]) -> None:
    """What every driver can have out fits into one replica: nothing waits in Serve, unfairly."""
    settings = Settings.model_validate(config["applications"][0]["args"])
    by_name = deployments(config)
    driver, others = by_name["driver"], [by_name[name] for name in ("encoder", *ANALYSES)]
    drivers = driver["autoscaling_config"]["max_replicas"]
    calls = drivers * 2 * settings.driver.batches_in_flight
    assert all(deployment["max_ongoing_requests"] >= calls for deployment in others)
    taken = settings.api.requests_in_progress + settings.api.draft_channels
    assert driver["max_ongoing_requests"] > taken


@pytest.mark.parametrize("name,cores", [("local", 2), ("cpu", 16), ("gpu", 16)])
def test_all_replicas_fit_the_machine(name: str, cores: int) -> None:
    def at_most(resource: str) -> float:
        replicas = deployments(read(name)).values()
        shares = (
            d["autoscaling_config"]["max_replicas"] * float(d["ray_actor_options"].get(resource, 0))
            for d in replicas
        )
        return float(sum(shares))

    assert at_most("num_cpus") <= cores
    assert at_most("num_gpus") <= (1 if name == "gpu" else 0)


@pytest.mark.parametrize("name", ["gpu", "production"])
def test_the_encoder_alone_has_the_gpu_and_computes_in_half_precision(name: str) -> None:
    config = read(name)
    gpus = {
        deployment: each["ray_actor_options"].get("num_gpus", 0)
        for deployment, each in deployments(config).items()
    }
    assert {deployment: number for deployment, number in gpus.items() if number} == {"encoder": 1}
    analyses = config["applications"][0]["args"]["analyses"]
    assert analyses["encoder"]["device"] == "cuda"
    assert analyses["encoder"]["precision"] in ("bf16", "fp16")


@pytest.mark.parametrize("name", ["cpu", "gpu", "production"])
def test_scaling_reacts_faster_than_serves_defaults(name: str) -> None:
    for deployment in deployments(read(name)).values():
        scaling = deployment["autoscaling_config"]
        assert scaling["upscale_delay_s"] < 30
        assert scaling["downscale_delay_s"] < 600
        assert 10 < scaling["look_back_period_s"] < 30  # replicas report every 10 s


@pytest.mark.parametrize("name", ["cpu", "gpu", "production"])
def test_the_drivers_can_keep_every_replica_busy(name: str) -> None:
    config = read(name)
    in_flight = config["applications"][0]["args"]["driver"]["batches_in_flight"]
    by_name = deployments(config)
    calls = in_flight * by_name["driver"]["autoscaling_config"]["max_replicas"]
    for deployment in ("encoder", *ANALYSES):
        assert by_name[deployment]["autoscaling_config"]["max_replicas"] <= calls


def test_only_kubernetes_listens_beyond_loopback() -> None:
    hosts = {name: read(name)["http_options"]["host"] for name in NAMES}
    assert hosts == dict.fromkeys(("local", "cpu", "gpu"), "127.0.0.1") | {"production": "0.0.0.0"}
