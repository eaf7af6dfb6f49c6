"""How long a record is kept: the longer, the more often it was used."""

#: Doubling a second so often gives more than a century; no shift needs to go further.
_MOST_DOUBLINGS = 32


class Lifetime:
    """A base for a post that is asked for once; each further use doubles it, up to a limit.

    Nothing goes stale here: a record is addressed by its text, and its sections by the
    versions of their models. A life only says for how long keeping the record is worth
    its room, and use is the best sign of further use.
    """

    def __init__(self, base_s: float, max_s: float) -> None:
        """From the lives of a record that was never used again, and of one always in use.

        Args:
            base_s: seconds, above 0.
            max_s: seconds, at least ``base_s``.

        Raises:
            ValueError: they are not.
        """
        if not 0 < base_s <= max_s:
            raise ValueError(f"a life of {base_s:g} s cannot grow up to {max_s:g} s")
        doubled = (base_s * 2.0**uses for uses in range(_MOST_DOUBLINGS))
        self._lives_s: tuple[float, ...] = tuple(min(max_s, life_s) for life_s in doubled)

    def after(self, uses: int) -> float:
        """Seconds to live from now, for a record just used for the ``uses``-th time again.

        Args:
            uses: 0 for a record that was only put.
        """
        return self._lives_s[min(uses, _MOST_DOUBLINGS - 1)]
