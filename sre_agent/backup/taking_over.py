"""After a restore: the installation of the backup is dead, whatever its leases say; its open incidents go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sre_agent.outbox import Outbox
from sre_agent.responder import Responder
from sre_agent.store import Store

PAGE: Final = 200  # incidents at a time


@dataclass(frozen=True)
class TakeOver:
    """How many incidents are open, how many leases of the dead installation were ended, and how many incidents had no
    message left that would move them."""

    incidents: int
    leases: int
    without_message: int


async def take_over(store: Store, outbox: Outbox, responder: Responder) -> TakeOver:
    """See that every open incident is looked at by the next worker. Called again, it does no harm."""
    incidents = leases = without_message = 0
    before = ""
    while page := await store.incidents(only_open=True, limit=PAGE, before=before):
        for incident in page:
            holder = await store.lease_holder(incident.id)
            leases += bool(holder) and await store.release_from(incident.id, holder)
            is_still = not await store.has_next_step(incident.id)
            without_message += is_still
            if holder or is_still:
                await responder.resume(incident.id)
            else:
                await outbox.wake(incident.id)
        incidents += len(page)
        before = page[-1].id
    return TakeOver(incidents, leases, without_message)
