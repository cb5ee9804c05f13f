"""How sure, in whole per cent: the one number that is shown and that policies compare.

It is never rounded up, or 79.5 % would be shown, and pass, as 80 %.
"""

from __future__ import annotations

import math
from decimal import Decimal


def whole_percent(confidence: float) -> int:
    """The whole per cent that a confidence between 0 and 1 reaches. ValueError for what is no number in between."""
    if not math.isfinite(confidence) or not 0.0 <= confidence <= 1.0:
        raise ValueError(f"{confidence!r} is no confidence between 0 and 1.")
    return int(Decimal(repr(confidence)) * 100)  # by its digits: 0.57 * 100 is a little less than 57
