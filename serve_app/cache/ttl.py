"""Time to live: a record is cached the longer, the more often it was used."""

#: Doubling a second so often gives more than a century; no shift needs to go further.
_MAX_DOUBLINGS = 32


class TtlPolicy:
    """A base for a post that is asked for once; each further use doubles it, up to a limit.

    Nothing goes stale here: a record is addressed by its text, and its sections by the
    versions of their models. A TTL only says for how long a record is worth its room, and
    use is the best sign of further use.
    """

    def __init__(self, base_s: float, max_s: float) -> None:
        """From the TTLs of a record that was never used again, and of one always in use.

        Args:
            base_s: seconds, above 0.
            max_s: seconds, at least ``base_s``.

        Raises:
            ValueError: they are not.
        """
        if not 0 < base_s <= max_s:
            raise ValueError(f"a TTL of {base_s:g} s cannot grow up to {max_s:g} s")
        doubled = (base_s * 2.0**uses for uses in range(_MAX_DOUBLINGS))
        self._ttls_s: tuple[float, ...] = tuple(min(max_s, ttl_s) for ttl_s in doubled)

    def ttl_s(self, uses: int) -> float:
        """Seconds to live from now, for a record just used for the ``uses``-th time again.

        Args:
            uses: 0 for a record that was only put.
        """
        return self._ttls_s[uses if uses < _MAX_DOUBLINGS else -1]
