"""Python's collector of cycles, told what stays."""

import gc

#: Objects made and not freed between two looks for cycles; Python's own number is 700.
_THRESHOLD = 20_000


def freeze_long_lived_objects() -> None:
    """Have Python's collector leave alone what lives as long as the process.

    It would walk over all modules again and again, and requests leave few cycles behind.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_THRESHOLD)
