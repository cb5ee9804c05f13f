"""The law: Cedar policies, default deny, and what they say of one action.

Two questions are put for each action: may it run unattended, may it run with approval. The first yes gives the verdict
allow, the second approve, none deny. A policy set is a folder of `.cedar` files; what no policy permits is denied.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import cedarpy

from sre_agent.domain.action import Action, Ruling
from sre_agent.errors import SettingsError

QUESTIONS = (("run_unattended", "allow"), ("run_with_approval", "approve"))


class Law:
    """The policies as one text. Evaluation that fails in any way is a deny."""

    def __init__(self, policies: str) -> None:
        self._policies = policies

    def ruling(self, action: Action, *, severity: str, covered_by: str = "") -> Ruling:
        """The verdict on `action`. `covered_by` names an approval that covers it (the undo of what it allowed)."""
        facts = _facts(action, severity, covered_by)
        said: list[str] = []
        for question, verdict in QUESTIONS:
            answer = cedarpy.is_authorized(_request(action, question, facts), self._policies, _entities(action))
            policies = sorted(self._names().get(p, p) for p in answer.diagnostics.reasons)
            if answer.diagnostics.errors:
                return Ruling(
                    verdict="deny", policies=policies, reason=f"A policy cannot be read: {answer.diagnostics.errors}"
                )
            if answer.allowed:
                return Ruling(verdict=verdict, policies=policies, reason=_because(question, policies))
            said += [p for p in policies if p not in said]
        reason = f"Forbidden by {', '.join(said)}." if said else "No policy permits this, so it is denied."
        return Ruling(verdict="deny", policies=said, reason=reason)

    def _names(self) -> dict[str, str]:
        """Cedar calls policies policy0, policy1 … in order of appearance; people know them by their @id."""
        names: list[str] = []
        for line in self._policies.splitlines():
            if line.startswith("@id("):
                names.append(line.split('"')[1])
        return {f"policy{place}": name for place, name in enumerate(names)}


def open_law(name_or_folder: str) -> Law:
    """A shipped policy set by name, or the `.cedar` files of a folder. Raises SettingsError."""
    shipped = resources.files("sre_agent.policy") / "sets"
    names = sorted(entry.name.removesuffix(".cedar") for entry in shipped.iterdir() if entry.name.endswith(".cedar"))
    if name_or_folder in names:
        text = (shipped / f"{name_or_folder}.cedar").read_text(encoding="utf-8")
    elif Path(name_or_folder).is_dir():
        files = sorted(Path(name_or_folder).glob("*.cedar"))
        text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    else:
        raise SettingsError(f"There are no policies {name_or_folder!r}. Shipped: {', '.join(names)}; or give a folder.")
    try:
        cedarpy.format_policies(text)
    except ValueError as problem:
        raise SettingsError(f"The policies {name_or_folder!r} are not Cedar: {problem}") from problem
    return Law(text)


def _request(action: Action, question: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "principal": 'Agent::"sre-agent"',
        "action": f'Action::"{question}"',
        "resource": f'Target::"{action.scope}|{action.subject}"',
        "context": facts,
    }


def _facts(action: Action, severity: str, covered_by: str) -> dict[str, Any]:
    return {
        "tool": action.call.tool,
        "server": action.call.server,
        "failure_class": action.failure_class,
        "confidence": round(action.confidence * 100),  # per cent: Cedar knows whole numbers
        "reversible": action.reversible,
        "has_undo": action.undo is not None,
        "severity": severity,
        "covered": bool(covered_by),
        "proposed": action.proposed,
    }


def _entities(action: Action) -> list[dict[str, Any]]:
    return [
        {
            "uid": {"type": "Target", "id": f"{action.scope}|{action.subject}"},
            "attrs": {"scope": action.scope, "namespace": action.namespace, "subject": action.subject},
            "parents": [],
        }
    ]


def _because(question: str, policies: list[str]) -> str:
    how = "It may run unattended" if question == "run_unattended" else "It may run with approval"
    return f"{how}: {', '.join(policies)}."
