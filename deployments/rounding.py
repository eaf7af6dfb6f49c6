"""How exactly the numbers of an answer are shown."""

_DECIMALS = 4


def rounded(value: float) -> float:
    """``value`` to four decimals: more than any score or formula can tell."""
    return round(value, _DECIMALS)
