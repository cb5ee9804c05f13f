"""The policy: Cedar policies, default deny, and what they say of one action.

Two questions are put for each action: may it run unattended, may it run with approval. The first yes gives the verdict
allow, the second approve, none deny. Of the policies that say approve, `@approvals("2")` on any of them asks for two
people. A policy set is a folder of `.cedar` files; what no policy permits is denied.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any, Final

import cedarpy

from sre_agent.domain.action import Action, PolicyDecision
from sre_agent.domain.record import content_digest
from sre_agent.errors import SettingsError
from sre_agent.policy.facts import Circumstances, Facts, UnusableError, entities, facts_of, resource
from sre_agent.policy.limits import FILE as LIMITS
from sre_agent.policy.limits import LimitsFile, WriteLimits, limits_from
from sre_agent.policy.reading import Texts, policy_set

UNKNOWN_CIRCUMSTANCES: Final = Circumstances()
QUESTIONS = (("run_unattended", "allow"), ("run_with_approval", "approve"))


class Policy:
    """The policies of one set. Evaluation that fails in any way is a deny. `without_approval` are the ids of those that
    permit a write without any approval."""

    def __init__(self, policies: str | Texts, limits: LimitsFile | None = None) -> None:
        """One text, or texts by the file that they stand in; `limits` are those that go with them. SettingsError where
        they cannot be used."""
        texts = {"the policies": policies} if isinstance(policies, str) else policies
        self.version = content_digest(list(texts.values()))  # whatever the files are called
        self._policies, self._approvals, self.without_approval = policy_set(texts)
        self.limits = limits or LimitsFile(WriteLimits())

    def decide(
        self,
        action: Action,
        *,
        severity: str,
        covered_by: str = "",
        circumstances: Circumstances = UNKNOWN_CIRCUMSTANCES,
    ) -> PolicyDecision:
        """The verdict on `action`. `covered_by` names an approval that covers it (the undo of what it allowed)."""
        try:
            facts = facts_of(action, severity, covered_by, circumstances)
        except UnusableError as problem:
            return PolicyDecision(verdict="deny", policies=[], reason=f"No policy was asked: {problem}")
        policy_ids: list[str] = []
        for question, verdict in QUESTIONS:
            answer = cedarpy.is_authorized(_request(action, question, facts), self._policies, entities(action))
            policies = sorted(answer.diagnostics.reasons)
            if answer.diagnostics.errors:
                return PolicyDecision(
                    verdict="deny", policies=policies, reason=f"A policy cannot be read: {answer.diagnostics.errors}"
                )
            if answer.allowed:
                asking = policies if verdict == "approve" else self._approving(action, facts)
                approvals = max((self._approvals.get(policy, 1) for policy in asking), default=1)
                return PolicyDecision(
                    verdict=verdict,
                    policies=policies,
                    reason=_because(question, policies, approvals),
                    approvals=approvals,
                )
            policy_ids += [p for p in policies if p not in policy_ids]
        reason = f"Forbidden by {', '.join(policy_ids)}." if policy_ids else "No policy permits this, so it is denied."
        return PolicyDecision(verdict="deny", policies=policy_ids, reason=reason)

    def _approving(self, action: Action, facts: Facts) -> list[str]:
        """The policies that say how many people are asked where a limit has somebody asked about what is allowed."""
        question, _ = QUESTIONS[1]
        answer = cedarpy.is_authorized(_request(action, question, facts), self._policies, entities(action))
        return list(answer.diagnostics.reasons) if answer.allowed else []


def open_policy(name_or_folder: str, *, limits: Path | None = None) -> Policy:
    """A shipped policy set by name, or the `.cedar` files of a folder, with the limits beside them unless another file
    is named. Raises SettingsError."""
    sets_folder = resources.files("sre_agent.policy") / "sets"
    names = sorted(
        entry.name.removesuffix(".cedar") for entry in sets_folder.iterdir() if entry.name.endswith(".cedar")
    )
    own_limits = LimitsFile.of(limits) if limits is not None else None
    if name_or_folder in names:
        file, beside = f"{name_or_folder}.cedar", sets_folder / f"{name_or_folder}.limits.yaml"
        own = LimitsFile(limits_from(beside.read_text(encoding="utf-8"), beside.name))
        return Policy({file: (sets_folder / file).read_text(encoding="utf-8")}, own_limits or own)
    folder = Path(name_or_folder)
    if folder.is_dir():
        files = sorted(folder.glob("*.cedar"))
        theirs = LimitsFile.of(folder / LIMITS) if own_limits is None and (folder / LIMITS).exists() else own_limits
        return Policy({str(file): file.read_text(encoding="utf-8") for file in files}, theirs)
    raise SettingsError(f"There are no policies {name_or_folder!r}. Shipped: {', '.join(names)}; or give a folder.")


def _request(action: Action, question: str, facts: Facts) -> dict[str, Any]:
    return {
        "principal": {"type": "Agent", "id": "sre-agent"},
        "action": {"type": "Action", "id": question},
        "resource": resource(action),
        "context": facts,
    }


def _because(question: str, policies: list[str], approvals: int) -> str:
    how = "No approval needed" if question == "run_unattended" else "Approval needed"
    if question != "run_unattended" and approvals > 1:
        how = f"Approval of {approvals} people needed"
    return f"{how} ({', '.join(policies)})."
