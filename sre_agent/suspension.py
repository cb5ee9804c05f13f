"""What follows when a run stands still: the message that takes it up again, and the question to people.

Done again it changes nothing, since a worker may have died between the interrupt and this.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from langgraph.types import Interrupt

from sre_agent.domain.incident import Incident
from sre_agent.domain.message import Message
from sre_agent.domain.run import RemediationPlan
from sre_agent.errors import PermanentError
from sre_agent.handover import HandOver
from sre_agent.outbox import Outbox
from sre_agent.progress import Progress
from sre_agent.store import Store


class Suspension:
    def __init__(self, *, store: Store, outbox: Outbox, progress: Progress, hand_over: HandOver) -> None:
        self._store, self._outbox, self._progress, self._hand_over = store, outbox, progress, hand_over

    async def begin(self, interrupt: Interrupt, incident: Incident, epoch: int, plan: RemediationPlan | None) -> None:
        """Send the message that takes the run up again, and open the question to humans."""
        request: dict[str, Any] = interrupt.value
        if request["kind"] == "approval":
            await self._ask(request, incident, epoch, plan)
        until = datetime.fromisoformat(request["expires_at"] if request["kind"] == "approval" else request["until"])
        await self._outbox.send(
            Message(
                kind="wake_up",
                incident=incident.id,
                dedup=f"wake_up:{interrupt.id}",
                not_before=until,
                payload={"interrupt": interrupt.id},
            )
        )

    async def _ask(self, request: dict[str, Any], incident: Incident, epoch: int, plan: RemediationPlan | None) -> None:
        """Open the question that the run stands at; the one that is open already is not told again."""
        current = await self._store.incident(incident.id)
        if await self._store.decision(request["id"]) is not None:
            return
        if current is not None and current.question == request["id"]:
            await self._hand_over.question_opened(current, request["id"])
            return
        waiting_incident = await self._store.update(
            incident.id,
            epoch,
            question=request["id"],
            question_digest=request["action_digest"],
            sign_offs=[one["identity"] for one in request.get("sign_offs", [])],
            status="diagnosed",
        )
        action = plan.action if plan is not None else None
        if action is None:
            raise PermanentError(f"Incident {incident.id} asks for approval without an action in its plan.")
        await self._hand_over.question_opened(waiting_incident, request["id"])
        self._progress.say(
            "approval.asked", incident.id, action.call.tool, question=request["id"], digest=action.digest
        )
