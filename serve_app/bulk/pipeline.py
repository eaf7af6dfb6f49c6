"""A bulk job as a pipeline of Ray Data: read parts, analyse each in an actor, write it.

On this machine, or on a cluster that is joined. Knows no terminal.
"""

import logging
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from deployments.cores import usable_cores
from serve_app.bulk.errors import BulkRefused, BulkStopped
from serve_app.bulk.input_files import InputFiles
from serve_app.bulk.job import BulkJob
from serve_app.bulk.locations import reaching
from serve_app.bulk.output_folder import OutputFolder
from serve_app.bulk.part import BulkPart
from serve_app.bulk.totals import BulkTotals
from serve_app.standalone import loopback, ray_node
from serve_app.standalone.errors import last_line

if TYPE_CHECKING:
    from ray.data import Dataset

#: Actors to one task that reads and one that writes: a part is analysed far longer than read.
_ACTORS_PER_TASK = 4
#: Parts that wait at an actor, so that it need not wait for them.
_PARTS_AT_ACTOR = 2


@dataclass(frozen=True, slots=True)
class Machines:
    """Where the pipeline runs.

    Attributes:
        address: of a Ray cluster, as for ``ray.init``; None is this machine.
        actors: that hold models; None is as many as all machines have room for.
        cpus: of Ray, and threads, of each actor.
        gpus: of Ray, of each actor; may be a fraction.
    """

    address: str | None = None
    actors: int | None = None
    cpus: int = 1
    gpus: float = 0.0


def run_job(
    job: BulkJob,
    files: InputFiles,
    machines: Machines,
    *,
    on_begin: Callable[[dict[str, BulkPart]], None],
    on_part: Callable[[BulkTotals], None],
) -> BulkTotals:
    """Answer every row of ``files`` into the output of ``job``, or what is left of them.

    Args:
        job: with the versions of its models.
        files: of its source.
        machines: where it runs.
        on_begin: called with the parts that earlier runs have finished, by name.
        on_part: called with the totals after each part that is on disk.

    Raises:
        BulkRefused: the output holds something else, or the cluster cannot be joined.
        BulkStopped: Ray gave up, or did not start.
    """
    output = OutputFolder(job)
    with reaching(job.output):
        finished = output.begin()
    on_begin(finished)
    totals = BulkTotals()
    passed = set()
    with _joined(machines):
        for row in _pipeline(job, files, machines, finished).iter_rows():
            part = BulkPart.from_row(row)
            totals.add(part)
            passed.add(part.name)
            on_part(totals)
    if not totals.failures:
        with reaching(job.output):
            for name in finished.keys() - passed:
                output.remove(finished[name])
                totals.removed_parts += 1
    return totals


def _pipeline(
    job: BulkJob, files: InputFiles, machines: Machines, finished: dict[str, BulkPart]
) -> "Dataset":
    import ray.data
    from ray.data import ActorPoolStrategy, TaskPoolStrategy

    from serve_app.bulk.stages import AnalyzePart, read_parts, write_part

    records: dict[str, dict[str, object]] = {name: {} for name in files.names}
    for part in finished.values():
        if part.file in records:
            records[part.file][part.name] = part.record()
    rows = [{"file": name, "finished": orjson.dumps(of).decode()} for name, of in records.items()]
    one_part: dict[str, Any] = {"batch_size": 1, "batch_format": "pyarrow"}
    actors = machines.actors or _room(machines)
    tasks = TaskPoolStrategy(size=max(2, actors // _ACTORS_PER_TASK))
    # Of the logical CPUs they take none: an actor on each would leave nothing to read with.
    light: dict[str, Any] = {"num_cpus": 0, "compute": tasks, **one_part}
    read: Any = read_parts  # Ray types functions of one argument alone
    write: Any = write_part
    dataset: Dataset = ray.data.from_items(rows, override_num_blocks=len(rows))
    dataset = dataset.map_batches(
        read,
        fn_kwargs={"folder": files.folder.address, "format": files.format, "job": job},
        **light,
    )
    dataset = dataset.map_batches(
        AnalyzePart,
        fn_constructor_kwargs={"job": job},
        num_cpus=machines.cpus,
        num_gpus=machines.gpus or None,
        compute=ActorPoolStrategy(size=actors, max_tasks_in_flight_per_actor=_PARTS_AT_ACTOR),
        **one_part,
    )
    return dataset.map_batches(write, fn_kwargs={"job": job}, **light)


def _room(machines: Machines) -> int:
    """Actors that all nodes together have CPUs and GPUs for; at least one, which may wait."""
    import ray

    def actors_of(resources: dict[str, float]) -> int:
        rooms = [resources.get("CPU", 0) // machines.cpus]
        if machines.gpus:
            rooms.append(resources.get("GPU", 0) // machines.gpus)
        return int(min(rooms))

    list_nodes: Any = ray.nodes
    rooms: list[int] = [actors_of(node["Resources"]) for node in list_nodes() if node["Alive"]]
    return max(1, sum(rooms))


@contextmanager
def _joined(machines: Machines) -> Iterator[None]:
    """This process in the cluster, or in one of its own on this machine."""
    # Before Ray is imported, which reads them then. It reports as an error, for each actor of Ray
    # Data, that this cannot be started again once its arguments are gone.
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    if machines.address is None:
        os.environ |= loopback.ALLOW_LOOPBACK
        # By default Ray's workers stand behind all others (15), where the machine is busy.
        os.environ.setdefault("RAY_worker_niceness", "0")
    import ray
    from ray.exceptions import RayError

    with tempfile.TemporaryDirectory(prefix="postlens-bulk-", ignore_cleanup_errors=True) as folder:
        try:
            with _standard_error_closed():  # Ray says there that the level was set
                _join(machines, folder)
        except Exception as error:  # Ray tells "no cluster" in many types
            raise _not_joined(machines, error) from error
        _set_up_ray_data()
        try:
            yield
        except RayError as error:
            raise BulkStopped(f"Ray gave up: {last_line(error)}") from error
        finally:
            ray.shutdown()


def _not_joined(machines: Machines, error: Exception) -> BulkRefused | BulkStopped:
    if machines.address is None:
        return BulkStopped(f"Ray did not start on this machine: {last_line(error)}")
    return BulkRefused(
        f"There is no Ray cluster to join at '{machines.address}': {last_line(error)} If it "
        "runs there, set RAY_AUTH_TOKEN to its token."
    )


@contextmanager
def _standard_error_closed() -> Iterator[None]:
    """Nothing that is written to standard error, by C++ too, is seen."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _join(machines: Machines, folder: str) -> None:
    import ray

    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if machines.address is not None:
        loopback.prepare_to_join(machines.address)
        ray.init(address=machines.address, **quiet)
        return
    ray_node.leave_out_helpers()
    ray_node.keep_token_private()
    ray.init(
        address="local",
        num_cpus=max(usable_cores(), machines.cpus * (machines.actors or 1)),
        include_dashboard=False,
        _node_ip_address="127.0.0.1",
        _temp_dir=folder,
        **quiet,
    )


def _set_up_ray_data() -> None:
    import ray.data

    context = ray.data.DataContext.get_current()
    # Each part is a block of its own and passes on at once: by default small ones are joined.
    context.target_max_block_size = 1
    context.enable_progress_bars = False
    # It advises to cut the input anew where there are fewer files than actors; parts suffice.
    warnings.filterwarnings("ignore", module=r"ray\.data\.", category=UserWarning)
    logging.getLogger("ray.data").setLevel(logging.ERROR)
