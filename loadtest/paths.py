"""Folders of the repository that the load tests read and write."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
#: Every measurement writes its JSON file and its page here.
RESULTS = ROOT / "loadtest" / "results"
