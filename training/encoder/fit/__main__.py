"""Fit one network: ``python -m training.encoder.fit NAME --depth 6 --teachers A B ...``.

Writes NAME.pt and, with scores on the validation splits, NAME.json. The stages that the released
encoder came out of stand in docs/training.md. Takes a GPU where there is one.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from training.encoder.fit.files import load_network, network_file, read_base, save_network
from training.encoder.fit.network import Network
from training.encoder.fit.optimisation import Hyperparameters, fit
from training.encoder.fit.predictions import predict
from training.encoder.fit.scores import scores
from training.encoder.fit.sets import Curriculum, PackedSets


def main() -> None:
    """Read the options, fit, judge and write."""
    options = _options()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    curriculum, base = Curriculum.read(options.sets), read_base(options.base)
    hyperparameters = Hyperparameters().with_changes(options.set)

    def fitted(name: str) -> Network:
        return load_network(network_file(options.networks, name), base, curriculum).to(device)

    torch.manual_seed(hyperparameters.seed)
    network = Network(
        curriculum.tasks, len(curriculum.tags), options.depth, hyperparameters.dropout
    )
    network.load_bert(base)
    if options.start:
        network.load_state_dict(fitted(options.start).state_dict())
    network = network.to(device)
    print(f"{options.name}: {hyperparameters}", flush=True)
    train, validation = (
        PackedSets.load(options.sets, split, curriculum.tasks, device)
        for split in ("train", "validation")
    )
    fit(network, train, curriculum, hyperparameters, [fitted(name) for name in options.teachers])
    save_network(network_file(options.networks, options.name), network)
    rows = np.arange(len(validation.sizes))
    found = scores(predict(network, validation, rows), validation, curriculum)
    report = json.dumps(found, indent=1)
    print(report)
    (options.networks / f"{options.name}.json").write_text(f"{report}\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("name", help="of the network")
    parser.add_argument("--sets", type=Path, required=True, help="the folder of packed sets")
    parser.add_argument("--base", type=Path, required=True, help="the untuned encoder's folder")
    parser.add_argument("--networks", type=Path, default=Path(), help="the folder of all networks")
    parser.add_argument("--depth", type=int, default=6, help="layers: the first of the encoder's")
    parser.add_argument("--teachers", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--start", metavar="NAME", help="a network to go on from, of that depth")
    parser.add_argument(
        "--set", nargs="*", default=[], metavar="NAME=VALUE", help="hyperparameters"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
