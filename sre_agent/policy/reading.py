"""Policy texts as one set, each policy under the id that its author gave it.

Decisions, permits and reports name policies by id. So the ids come from Cedar's own parse, and a policy that has none,
or one that another has as well, is refused when the set is loaded. So is one that does not fit the schema: a misspelt
name would be an error at each evaluation, and so a deny that nobody meant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

import cedarpy

from sre_agent.errors import SettingsError
from sre_agent.policy.unattended import permits_unattended

APPROVALS: Final = ("1", "2")
Texts = Mapping[str, str]  # by the file that each stands in


def policy_set(texts: Texts) -> tuple[Any, dict[str, int], list[str]]:
    """Cedar's policy set, by id how many approvals a policy asks for, and the ids of those that permit a write without
    any. SettingsError names the file, what is wrong in it and what to do."""
    by_id: dict[str, Any] = {}
    approvals: dict[str, int] = {}
    stands_in: dict[str, str] = {}
    for file, text in texts.items():
        for name, policy in _policies(file, text):
            if name in by_id:
                raise SettingsError(
                    f'{file}: there are two policies @id("{name}"), the other one stands in {stands_in[name]}.'
                    " Reports and permits name policies by id: give each its own."
                )
            by_id[name], stands_in[name] = policy, file
            approvals[name] = _approvals(file, name, policy)
    whole = {"staticPolicies": by_id, "templates": {}, "templateLinks": []}
    without_approval = sorted(name for name, policy in by_id.items() if permits_unattended(policy))
    return cedarpy.PolicySet.from_json_str(json.dumps(whole)), approvals, without_approval


def _approvals(file: str, name: str, policy: Any) -> int:
    """As `@approvals("2")` before a policy says."""
    approvals = policy["annotations"].get("approvals", "1")
    if approvals not in APPROVALS:
        raise SettingsError(
            f'{file}: policy @id("{name}") has @approvals("{approvals}"). It is the number of people who have to '
            f"approve: {' or '.join(APPROVALS)}."
        )
    return int(approvals)


def _policies(file: str, text: str) -> Iterator[tuple[str, Any]]:
    """(id, policy as Cedar's JSON) of one file, in order."""
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(text))
    except ValueError as problem:
        raise SettingsError(f"{file} is not Cedar: {problem}. Fix it; nothing is permitted until then.") from problem
    if parsed.get("templates"):
        raise SettingsError(
            f"{file}: a policy has a ?principal or ?resource slot, which is never filled. Name what is meant."
        )
    faults = _faults(text)
    for place, (number, policy) in enumerate(parsed["staticPolicies"].items(), 1):
        name = (policy.get("annotations") or {}).get("id")
        if not name:
            raise SettingsError(
                f"{file}: policy number {place} ({policy['effect']}) has no id."
                ' Write @id("a-name-of-your-own") before it: reports and permits name policies by id.'
            )
        if number in faults:
            raise SettingsError(
                f'{file}: policy @id("{name}") does not fit the schema: {faults[number]}.'
                " What policies may ask stands in sre_agent/policy/schema.cedarschema; correct the policy."
            )
        yield name, policy


def _faults(text: str) -> dict[str, str]:
    """The first thing that does not fit the schema, by the number that Cedar gives a policy (`policy0`)."""
    faults: dict[str, str] = {}
    for error in cedarpy.validate_policies(text, _schema()).errors:
        faults.setdefault(error.policy_id, error.error.replace(f"for policy `{error.policy_id}`, ", "").rstrip("."))
    return faults


@cache
def _schema() -> Any:
    return cedarpy.Schema.from_str(
        (resources.files("sre_agent.policy") / "schema.cedarschema").read_text(encoding="utf-8")
    )
