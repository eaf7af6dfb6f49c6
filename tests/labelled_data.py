"""The public data sets for the tests that read them, and one reason to skip those without."""

import pytest

from training.datasets.folders import VARIABLE, public_sets

DATA = public_sets()
NO_DATA = f"the public data sets are not here (shared/data beside the checkout, or {VARIABLE})"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=NO_DATA)
