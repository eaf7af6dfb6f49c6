"""Where a command that computes for minutes or hours writes: made and tried before it begins."""

import argparse
import os
from pathlib import Path

import click

from training.datasets.folders import ROOT

#: The folder of all models, each in a folder of its own.
MODELS = ROOT / "deployments" / "models"


def output_folder(value: str | Path) -> Path:
    """A folder that is there and can be written, made where it is missing; for argparse.

    Raises:
        argparse.ArgumentTypeError: it cannot be made or written.
    """
    folder = Path(value)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot make '{folder}': {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise argparse.ArgumentTypeError(f"cannot write into '{folder}'")
    return folder


def output_file(value: str | Path) -> Path:
    """A file that can be written, its folder made where it is missing; for argparse.

    Raises:
        argparse.ArgumentTypeError: it is a folder, or cannot be written.
    """
    file = Path(value)
    if file.is_dir():
        raise argparse.ArgumentTypeError(f"'{file}' is a folder")
    output_folder(file.parent)
    if file.exists() and not os.access(file, os.W_OK):
        raise argparse.ArgumentTypeError(f"cannot write '{file}'")
    return file


def output_folder_option(_: click.Context, __: click.Parameter, value: Path) -> Path:
    """As :func:`output_folder`, the callback of a click option."""
    try:
        return output_folder(value)
    except argparse.ArgumentTypeError as error:
        raise click.BadParameter(str(error)) from error
