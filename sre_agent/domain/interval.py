"""How far a share that was counted may lie from the true one."""

from __future__ import annotations

import math
from typing import Final

Z: Final = 1.96  # of the normal distribution, for 95 %


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The interval that holds the true share with 95 %: wide where little was measured."""
    if not of:
        return 0.0, 1.0
    share, square = hits / of, Z * Z
    middle = share + square / (2 * of)
    reach = Z * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, (middle - reach) / (1 + square / of)), min(1.0, (middle + reach) / (1 + square / of))
