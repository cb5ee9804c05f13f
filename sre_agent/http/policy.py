"""What the policy says of an action, and by which policies: for who wants to know before anything happens."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from mcp_servers.contract.permits import Target
from sre_agent.domain.action import Action, Call, Verdict
from sre_agent.domain.base import Severity
from sre_agent.http.callers import Viewer
from sre_agent.http.idempotency import KeyedRoute
from sre_agent.http.service import Service
from sre_agent.policy.facts import facts_of

router: Final = APIRouter(prefix="/policy", tags=["policy"], route_class=KeyedRoute)
Name = Annotated[str, Field(max_length=253)]


class PolicyQuestion(BaseModel):
    """An action as the policies see it. `confidence` is that of its cause, 0 to 1; `approved_by` an approval that
    covers it already, as that of an action covers its undo."""

    server: Name = "kubernetes"
    tool: Name = Field(min_length=1)
    scope: Name = ""
    namespace: Name = ""
    subject: Name = ""
    failure_class: Name = ""
    confidence: float = Field(0.0, ge=0, le=1)
    severity: Severity = "SEV3"
    reversible: bool = True
    has_undo: bool = False
    proposed: bool = False
    template_ran: bool = False
    template_ran_seconds_ago: int = Field(-1, ge=-1, le=10**9)
    approved_by: Name = ""


class PolicyExplanation(BaseModel):
    """`policies` are the ids of those that determined the verdict; `context` is what they were told."""

    verdict: Verdict
    policies: list[str]
    reason: str
    context: dict[str, str | bool | int]


@router.post("/explain")
async def explain(request: Request, body: PolicyQuestion, caller: Viewer) -> PolicyExplanation:
    """What the policy would decide: `allow`, `approve` (a person has to) or `deny`. Nothing is executed."""
    service: Service = request.app.state.service
    action = _action(body)
    decision = service.policy.decide(action, severity=body.severity, covered_by=body.approved_by)
    return PolicyExplanation(
        verdict=decision.verdict,
        policies=decision.policies,
        reason=decision.reason,
        context=facts_of(action, body.severity, body.approved_by),
    )


def _action(question: PolicyQuestion) -> Action:
    call = Call(server=question.server, tool=question.tool, arguments={})
    return Action(
        remedy=question.tool,
        failure_class=question.failure_class,
        purpose="",
        call=call,
        scope=question.scope,
        subject=question.subject,
        namespace=question.namespace,
        target=Target(subject=question.subject, uid="", version=""),
        reversible=question.reversible,
        undo=call if question.has_undo else None,
        confidence=question.confidence,
        proposed=question.proposed,
        template_ran=question.template_ran,
        template_ran_seconds_ago=question.template_ran_seconds_ago,
    )
