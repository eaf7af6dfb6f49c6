"""The types of the arrays that encoders give and take."""

import numpy as np
from numpy.typing import NDArray

#: fp32, usually one vector in each row.
Vectors = NDArray[np.float32]
#: int64, for instance token ids, positions in a text, row numbers.
Integers = NDArray[np.int64]
