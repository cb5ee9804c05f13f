"""What is to be done about it, who allows it, and what came of it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from mcp_servers.contract import calls
from mcp_servers.contract.blast_radius import BlastRadiusFigures, NamespaceHealth, OtherActor
from mcp_servers.contract.permits import Target, Writer
from mcp_servers.contract.refusals import Code
from sre_agent.domain.base import Noun
from sre_agent.domain.rehearsal import Rehearsal

Verdict = Literal["allow", "approve", "deny"]
Choice = Literal["approve", "reject", "edit"]
# Who acts where nothing here does: a role, whatever the people are called.
OwnerRole = Literal[
    "application team", "platform team", "cloud account owner", "network team", "database team", "security team",
    "monitoring team", "owner of the dependency",
]  # fmt: skip
LimitKind = Literal["paused", "level", "breaker", "freeze", "writes_per_hour", "brake", "other_actor", "grades"]


class Call(Noun):
    """A call of a write tool of one server, without its permit."""

    server: str
    tool: str
    arguments: dict[str, Any]

    @property
    def digest(self) -> str:
        return calls.digest(self.tool, self.arguments)


class Action(Noun):
    """One remedy, previewed on the live system.

    `scope` is the cluster or account/region it acts on, `target` the version it was previewed on, `diff` the lines of
    the dry run and `diff_digest` the digest of all of them as the server has it, `undo` the call that restores what was
    there, `state` a digest of what was there, `last_writer` the incident that wrote to it last. `digest` names exactly
    this call on this version of this target with this diff: an approval of one is no approval of another. `proposed`:
    no rule found the cause, but a chat model. `edits` are the arguments that a person gave other values, and
    `edited_by` who did.

    `figures`, `namespace_health` and `other_actors` are the blast radius in numbers, as the preview told them;
    `computed`: from what was read, the API server did not try it.

    `rehearsal`: what came of exactly this action in a copy of its namespace, where it was tried there.

    `approval_steps` are the steps at which a runbook waits for a person; who approves the action approves them.

    `without_precedent`: nothing shows that what it makes of the target ever ran or was declared.

    `template_ran`: it is proved that the workload ran the pod template that an undo writes, last at `template_ran_at`.
    """

    remedy: str
    failure_class: str
    purpose: str
    call: Call
    scope: str
    subject: str
    namespace: str = ""
    target: Target
    reversible: bool
    diff: list[str] = Field(default_factory=list)
    diff_digest: str = ""
    blast_radius: str = ""
    figures: BlastRadiusFigures = Field(default_factory=BlastRadiusFigures)
    namespace_health: NamespaceHealth = Field(default_factory=NamespaceHealth)
    other_actors: list[OtherActor] = Field(default_factory=list)
    computed: bool = False
    approval_steps: list[str] = Field(default_factory=list)
    undo: Call | None = None
    state: str = ""
    last_writer: Writer | None = None
    confidence: float
    proposed: bool = False
    without_precedent: bool = False
    edits: dict[str, Any] = Field(default_factory=dict)
    edited_by: str = ""
    template_ran: bool = False
    template_ran_at: datetime | None = None
    template_ran_seconds_ago: int = -1
    rehearsal: Rehearsal | None = None

    @property
    def workload(self) -> str:
        """What is written to, over all clusters: where two writes on one object count as two."""
        return f"{self.scope}|{self.subject}"

    @property
    def asks(self) -> str:
        """What a human is asked about: the purpose, on whose word, and what a person made of it."""
        name, notes = self.failure_class.replace("_", " "), []
        if self.proposed:
            notes.append(f"a chat model proposes the cause, {name}; it is not proven")
        if self.edits:
            changed = ", ".join(f"{key}={value}" for key, value in self.edits.items())
            notes.append(f"edited by {self.edited_by}: {changed}")
        return f"{self.purpose} ({'; '.join(notes)})" if notes else self.purpose

    @property
    def cause(self) -> str:
        """The key of the hypothesis that it is about."""
        return f"{self.failure_class} {self.subject}"

    @property
    def key(self) -> str:
        """The remedy and what it is about: the same remedy may serve two causes."""
        return f"{self.remedy} for {self.cause}"

    @property
    def digest(self) -> str:
        target = f"{self.scope}|{self.target.subject}|{self.target.uid}|{self.target.version}"
        about = {"call": self.call.digest, "target": target, "diff": self.diff_digest}
        return calls.digest(self.call.tool, about)

    @model_validator(mode="before")
    @classmethod
    def _with_diff_digest(cls, value: Any) -> Any:
        """Where a server gives none, that of the lines."""
        if not isinstance(value, dict) or value.get("diff_digest"):
            return value
        lines = "\n".join(str(line) for line in value.get("diff") or [])
        return {**value, "diff_digest": hashlib.sha256(lines.encode()).hexdigest()}


class SkippedRemedy(Noun):
    """A remedy that is not taken, and `why`; `remedy` is its id or what it would do, empty for a failure class's own
    advice to whoever goes on by hand, which names that role as `owner`. `command` is what a person would run, as the
    words after `kubectl`, and `input` what it reads."""

    remedy: str = ""
    why: str
    command: list[str] = Field(default_factory=list)
    input: str = ""
    owner: OwnerRole | Literal[""] = ""

    @model_validator(mode="before")
    @classmethod
    def _of_a_text(cls, value: Any) -> Any:
        """A run of before kept one sentence."""
        return {"why": value} if isinstance(value, str) else value

    @property
    def text(self) -> str:
        return f"{self.remedy}: {self.why}" if self.remedy else self.why


NO_CHANGE: Final = "it would change nothing on the system as it is now."


class LimitReached(Noun):
    """A limit around all incidents that holds a write back, with the reason in plain words.

    `effect`: `ask` a person instead of acting unattended, `wait` until `until`, or `stop`: nothing is written.
    `lifted_by` is what lifts it where it is a choice of this run: the level that would have to be set.
    """

    kind: LimitKind
    effect: Literal["ask", "wait", "stop"]
    reason: str
    until: datetime | None = None
    lifted_by: str = ""


class PolicyDecision(Noun):
    """What is decided of an action, and by which policies. `approvals` is how many people have to approve it where
    somebody is asked. `limits` are those that hold it back; `by_policy` is what the policies alone say where there are
    any."""

    verdict: Verdict
    policies: list[str]
    reason: str
    approvals: int = 1
    limits: list[LimitReached] = Field(default_factory=list)
    by_policy: Verdict | None = None

    @property
    def stop(self) -> LimitReached | None:
        """The limit for which nothing is written, whoever approves."""
        return next((limit for limit in self.limits if limit.effect == "stop"), None)

    @property
    def wait(self) -> LimitReached | None:
        """Of those that pass by themselves, the one that lasts longest."""
        waits = [limit for limit in self.limits if limit.effect == "wait" and limit.until is not None]
        return max(waits, key=lambda limit: str(limit.until), default=None)


class ApprovalDecision(Noun):
    """A human's answer to one approval question. It counts once, and only for the action it names.

    `identity` is what proves who `by` is: the token's issuer and subject, or the account on this machine; empty in a
    decision of an older version. `arguments` are the new values of an edit.
    """

    incident: str
    question: str
    action_digest: str
    choice: Choice
    by: str
    identity: str = ""
    at: datetime
    comment: str = ""
    arguments: dict[str, Any] = Field(default_factory=dict)

    @property
    def decider(self) -> str:
        """Two decisions of one decider are the word of one person."""
        return self.identity or self.by


class SignOff(Noun):
    """One person's approval of an action that needs more than one."""

    by: str
    identity: str
    at: datetime


class RejectedRemedy(Noun):
    """An action that a person turned down, and why: it is not asked about again in its incident."""

    purpose: str
    remedy: str
    subject: str
    by: str
    at: datetime
    why: str = ""


class Remediation(Noun):
    """A write as it went. `outcome` is the server's word: `done`, `failed` or `in_doubt`; of a `refused` one `code`
    says why, where the server tells."""

    call: Call
    permit: str
    allowed_by: str
    outcome: Literal["done", "failed", "in_doubt", "refused"]
    text: str
    code: Code = ""
    at: datetime
    undo: Call | None = None
    is_undo: bool = False
    execution: str = ""  # the automation execution that still has to end, where there is one
