"""A question to the policy that no incident asks: for `policy explain`, an operator's own expectations, and HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from mcp_servers.contract.blast_radius import BlastRadiusFigures, NamespaceHealth, OtherActor
from mcp_servers.contract.permits import Target
from sre_agent.domain.action import Action, Call, LimitReached, PolicyDecision, Verdict
from sre_agent.domain.base import Severity
from sre_agent.policy import Policy
from sre_agent.policy.facts import Circumstances, UnusableError, facts_of
from sre_agent.policy.levels import Level
from sre_agent.policy.limiting import LimitCheck, WriteTiming

Name = Annotated[str, Field(max_length=253)]
Count = Annotated[int | None, Field(ge=0, le=10**9)]


class PolicyQuestion(BaseModel):
    """An action as the policies see it. `confidence` is that of its cause, 0 to 1; `approved_by` an approval that
    covers it already, as that of an action covers its undo. Counts that are not given are unknown, which counts as more
    than any limit; `labels` are those of the namespace, `workloads` and `failing` how it stands."""

    model_config = ConfigDict(extra="forbid")

    server: Name = "kubernetes"
    tool: Name = Field(min_length=1)
    scope: Name = ""
    namespace: Name = ""
    labels: dict[Name, Name] = Field(default_factory=dict)
    subject: Name = ""
    failure_class: Name = ""
    confidence: float = Field(0.0, ge=0, le=1)
    severity: Severity = "SEV3"
    reversible: bool = True
    has_undo: bool = False
    proposed: bool = False
    computed: bool = False
    template_ran: bool = False
    template_ran_seconds_ago: int = Field(-1, ge=-1, le=10**9)
    approved_by: Name = ""
    replicas: Count = None
    ready_share: int | None = Field(None, ge=0, le=100)
    nodes: Count = None
    callers: Count = None
    instances: Count = None
    databases: Count = None
    messages: Count = None
    workloads: Count = None
    failing: Count = None
    other_actors: list[OtherActor] = Field(default_factory=list, max_length=20)
    requester: Name = ""
    attempts: int = Field(0, ge=0, le=10**6)
    last_write_at: datetime | None = None
    at: datetime | None = Field(None, description="when it is asked; none: now")

    def action(self) -> Action:
        call = Call(server=self.server, tool=self.tool, arguments={})
        return Action(
            remedy=self.tool,
            failure_class=self.failure_class,
            purpose=self.tool,
            call=call,
            scope=self.scope,
            subject=self.subject,
            namespace=self.namespace,
            target=Target(subject=self.subject, uid="", version=""),
            reversible=self.reversible,
            undo=call if self.has_undo else None,
            confidence=self.confidence,
            proposed=self.proposed,
            computed=self.computed,
            template_ran=self.template_ran,
            template_ran_seconds_ago=self.template_ran_seconds_ago,
            figures=BlastRadiusFigures(**{name: getattr(self, name) for name in BlastRadiusFigures.model_fields}),
            namespace_health=NamespaceHealth(labels=self.labels, workloads=self.workloads, failing=self.failing),
            other_actors=self.other_actors,
        )


class PolicyExplanation(BaseModel):
    """`policies` are the ids of those that determined the verdict; `context` is what they were told; `by_policy` is
    what they alone say, where a limit of `limits` or the `level` of the namespace made it stricter."""

    verdict: Verdict
    policies: list[str]
    reason: str
    by_policy: Verdict
    level: Level
    limits: list[LimitReached]
    context: dict[str, str | bool | int]


async def explain(question: PolicyQuestion, policy: Policy, limits: LimitCheck, now: datetime) -> PolicyExplanation:
    """What would be decided, with everything that decides it. Nothing is counted and nothing is done."""
    action, at = question.action(), question.at or now
    return await explain_action(
        action,
        policy,
        limits,
        severity=question.severity,
        covered_by=question.approved_by,
        circumstances=Circumstances(at, question.requester, question.attempts, question.last_write_at),
        timing=WriteTiming(now=at, undoes=bool(question.approved_by)),
    )


async def explain_action(
    action: Action,
    policy: Policy,
    limits: LimitCheck,
    *,
    severity: Severity,
    covered_by: str,
    circumstances: Circumstances,
    timing: WriteTiming,
) -> PolicyExplanation:
    alone = policy.decide(action, severity=severity, covered_by=covered_by, circumstances=circumstances)
    decision: PolicyDecision = await limits.apply(alone, action, timing)
    try:
        context = facts_of(action, severity, covered_by, circumstances)
    except UnusableError:
        context = {}
    return PolicyExplanation(
        verdict=decision.verdict,
        policies=decision.policies,
        reason=decision.reason,
        by_policy=alone.verdict,
        level=limits.level_of(action)[0],
        limits=decision.limits,
        context=context,
    )
