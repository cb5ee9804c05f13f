"""Alarms that came in, by what became of them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Final

from sre_agent.domain.alarm import Disposition
from sre_agent.ops.installation import InstallationView

PAGE: Final = 500
TURNED_AWAY: Final[Disposition] = "no_room"


async def receipt_counts(installation: InstallationView, since: datetime) -> Counter[Disposition]:
    """Of alarms since then."""
    counts: Counter[Disposition] = Counter()
    before: int | None = None
    while page := await installation.store.receipts(limit=PAGE, before=before):
        counts.update(receipt.disposition for _, receipt in page if receipt.at >= since)
        before = page[-1][0]
        if page[-1][1].at < since:
            break
    return counts
