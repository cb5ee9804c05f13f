"""What can be done about a scenario, in the words of the clients that do it.

A remedy of a scenario is there to be carried out: its steps are requests to the lab's APIs by their own clients.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from sre_lab.scenario.conditions import ObjectReference
from sre_lab.scenario.faults import Fault
from sre_lab.scenario.schema import ScenarioPart, Span, one_form


class PatchStep(ObjectReference):
    type: Literal["strategic", "merge", "json"] = "strategic"
    patch: dict[str, Any] | list[dict[str, Any]]
    subresource: Literal["", "status", "scale"] = ""


class RollbackStep(ObjectReference):
    """`kubectl rollout undo`; to the revision before this one unless `to_revision` names another."""

    to_revision: int | None = None


class ScaleStep(ObjectReference):
    replicas: int = Field(ge=0)


class ObjectSelection(ScenarioPart):
    """Objects by name or by labels (`name` or `labels`, not both)."""

    kind: str = "Pod"
    namespace: str = ""
    name: str = ""
    labels: dict[str, str] = {}

    @model_validator(mode="after")
    def _one(self) -> ObjectSelection:
        if bool(self.name) == bool(self.labels):
            raise ValueError("give either the name or the labels")
        return self


class DeleteStep(ObjectSelection):
    """`grace` in seconds, only for pods; `cascade` is kubectl's word for what becomes of the dependents."""

    grace: int | None = None
    cascade: Literal["background", "foreground", "orphan"] = "background"


class AwsCallStep(ScenarioPart):
    """One call in boto3's words: `{service: dynamodb, operation: update_table, parameters: {…}}`."""

    service: str
    operation: str
    parameters: dict[str, Any] = {}


class AutomationStep(ScenarioPart):
    """Start an SSM Automation and wait until it has ended."""

    document: str
    parameters: dict[str, list[str]] = {}


class RemedyStep(ScenarioPart):
    """Exactly one form. `cordon`, `uncordon` and `drain` name a node; `apply` is a manifest; `wait` lets time pass;
    `owner` is what somebody outside does whom no client reaches (a database's team), as a change of facts."""

    patch: PatchStep | None = None
    undo: RollbackStep | None = None
    restart: ObjectReference | None = None
    scale: ScaleStep | None = None
    delete: DeleteStep | None = None
    evict: ObjectSelection | None = None
    apply: dict[str, Any] | None = None
    cordon: str | None = None
    uncordon: str | None = None
    drain: str | None = None
    aws: AwsCallStep | None = None
    automation: AutomationStep | None = None
    wait: Span | None = None
    owner: Fault | None = None

    @model_validator(mode="after")
    def _one(self) -> RemedyStep:
        one_form(self)
        return self


class ScenarioRemedy(ScenarioPart):
    """Steps that heal, one after the other; `says` is what a person would call it."""

    says: str
    steps: list[RemedyStep] = Field(min_length=1)


class ForbiddenRemedy(ScenarioRemedy):
    """Steps that do not heal, or heal at a price nobody would pay. Where the API refuses a step, it has not healed."""

    why: str
    harm: Literal["useless", "harmful"]
