"""The weighted mean of fitted networks: ``python -m training.encoder.fit.mean OUT NAME=SHARE ...``.

Networks that were fitted on from one another lie in one basin, and the mean of their weights is
better than each (model soups: Wortsman et al. 2022).
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from training.encoder.fit.files import network_file, read_state


def main() -> None:
    """Read the networks and write their mean."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("out", help="name of the mean")
    parser.add_argument("shares", nargs="+", metavar="NAME=SHARE", help="together 1")
    parser.add_argument("--networks", type=Path, default=Path(), help="the folder of all networks")
    options = parser.parse_args()
    pairs = (share.partition("=") for share in options.shares)
    shares = {name: float(share) for name, _, share in pairs}
    states = {name: read_state(network_file(options.networks, name)) for name in shares}
    torch.save(mean(states, shares), network_file(options.networks, options.out))


def mean(
    states: Mapping[str, Mapping[str, Tensor]], shares: Mapping[str, float]
) -> dict[str, Tensor]:
    """The mean of the tensors of networks of one shape.

    Args:
        states: tensors by name, by the networks' names.
        shares: of each network, together 1.

    Raises:
        ValueError: the shares are not 1 together.
    """
    if abs(sum(shares.values()) - 1) > 1e-6:
        raise ValueError(f"The shares {dict(shares)} are {sum(shares.values())} together, not 1.")
    first = next(iter(states.values()))
    return {
        name: torch.stack([states[each][name].float() * shares[each] for each in shares]).sum(0)
        for name in first
    }


if __name__ == "__main__":
    main()
