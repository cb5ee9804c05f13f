"""What reading costs, so that a query can say it before it runs. List prices; a bill may differ.

`LISTED` is the month of the price list. Regions that are not named are given the highest price known, so that an
estimate is rather too high than too low.
"""

from __future__ import annotations

from typing import Final

PRICE_LIST: Final = "2025-06"

# US dollars for a GB that a Logs Insights query reads
INSIGHTS_GB: Final[dict[str, float]] = {
    "us-east-1": 0.005,
    "us-east-2": 0.005,
    "us-west-2": 0.005,
    "eu-west-1": 0.0057,
    "eu-central-1": 0.0063,
    "ap-northeast-1": 0.0076,
}


def of_reading(gigabytes: float, region: str) -> float:
    """US dollars for what Logs Insights reads."""
    return gigabytes * INSIGHTS_GB.get(region, max(INSIGHTS_GB.values()))
