"""What the policy says of an action, and by which policies: for who wants to know before anything happens."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request

from sre_agent.http.callers import Viewer
from sre_agent.http.idempotency import KeyedRoute
from sre_agent.http.service import Service
from sre_agent.policy import question
from sre_agent.policy.question import PolicyExplanation, PolicyQuestion

router: Final = APIRouter(prefix="/policy", tags=["policy"], route_class=KeyedRoute)


@router.post("/explain")
async def explain(request: Request, body: PolicyQuestion, caller: Viewer) -> PolicyExplanation:
    """What the policy would decide: `allow`, `approve` (a person has to) or `deny`, with the level of the namespace and
    the limits that hold now. Nothing is executed."""
    service: Service = request.app.state.service
    return await question.explain(body, service.policy, service.limits, service.clock.now())
