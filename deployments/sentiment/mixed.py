"""Whether a post both praises and complains: told by the probabilities of its parts alone."""

from collections.abc import Sequence

#: A sentence is clearly of a pole from here on. Lower, and the longer a post is the surer some
#: neutral line of it passes for the missing pole. Over validation tweets put together, two
#: good, two bad and four neutral were called mixed in 0.67 of cases, and four good and four
#: neutral, some of which do complain, in 0.35; at 0.5 it would be 0.93 and 0.75.
CLEAR = 0.7

#: In a single sentence each pole must have this much, which leaves at most half to neutral.
#: The poles share one probability there, so that CLEAR for both is out of reach.
BOTH = 0.25


def mixed(positive: Sequence[float], negative: Sequence[float]) -> bool:
    """Whether both poles are strong.

    Of several parts (sentences, and both sides of a contrast within one: "great product,
    terrible support") one must be clearly positive and one clearly negative; a single one must
    leave much to both poles.

    Args:
        positive: probability of each part to be positive, 0..1; (n_parts,).
        negative: the same for negative.
    """
    if len(positive) == 1:
        return min(positive[0], negative[0]) >= BOTH
    return max(positive, default=0.0) >= CLEAR and max(negative, default=0.0) >= CLEAR
