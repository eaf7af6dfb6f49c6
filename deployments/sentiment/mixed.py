"""Mixed sentiment: a post both praises and complains, by the probabilities of its parts alone."""

from collections.abc import Sequence

#: A part is clearly positive or negative from this probability on. Lower, and the longer a post
#: is the likelier some neutral line of it passes for the missing polarity.
MIN_CLEAR = 0.65

#: In a single part each polarity must have this probability, which leaves at most half to
#: neutral. They share one probability there, so that MIN_CLEAR for both is out of reach.
MIN_EACH = 0.25


def is_mixed(positive: Sequence[float], negative: Sequence[float]) -> bool:
    """Whether both polarities are strong.

    Of several parts (sentences, and both sides of a contrast within one: "great product,
    terrible support") one must be clearly positive and one clearly negative; a single one must
    leave much to both.

    Args:
        positive: probability of each part to be positive, 0..1; (n_parts,).
        negative: the same for negative.
    """
    if len(positive) == 1:
        return min(positive[0], negative[0]) >= MIN_EACH
    return max(positive, default=0.0) >= MIN_CLEAR and max(negative, default=0.0) >= MIN_CLEAR
