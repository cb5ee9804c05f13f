"""What checks that list things have in common: rows of one kind of object, and a risk made of some of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.domain.base import Severity
from sre_agent.domain.finding import Evidence
from sre_agent.domain.sweep import Trouble
from sre_agent.sweep.checks.contract import SweepScope

ROWS: Final = 200
NAMES: Final = 5  # that a statement has
Row = dict[str, Any]


async def objects(
    scope: SweepScope,
    kind: str,
    columns: Sequence[str],
    *,
    of_cluster: bool = False,
    order_by: str = "",
    **condition: Any,
) -> tuple[list[Row], Evidence]:
    """The objects of a kind, of the namespace that is looked over, as many as one answer has room for, the first by
    `order_by`; with one `condition` on a column where one is given (`column`, and `is_`, `is_not`, `over` or `under`).
    """
    arguments: dict[str, Any] = {"kind": kind, "columns": list(columns), "order_by": order_by, "limit": ROWS}
    if scope.namespace and not of_cluster:
        arguments["namespace"] = scope.namespace
    if condition:
        arguments["where"] = [{name.rstrip("_"): value for name, value in condition.items()}]
    call = await scope.ask("kubernetes", "kubectl_select", arguments)
    return (list(call.answer.data.get("items", [])) if call.answer is not None else []), call


def scope_of(call: Evidence) -> str:
    """The cluster or the account that an answer is about, as subjects have it."""
    if call.answer is None:
        return ""
    return str(call.answer.data.get("scope", "")) or next((o.subject.scope for o in call.answer.observations), "")


def subject(call: Evidence, kind: str, row: Row) -> Subject:
    return Subject(scope=scope_of(call), kind=kind, namespace=str(row.get("namespace") or ""), name=str(row["name"]))


def risk(check: str, severity: Severity, about: Subject, statement: str, call: Evidence) -> Trouble:
    return Trouble(
        verdict="risk", check=check, severity=severity, subject=about, statement=statement, evidence=[call.id]
    )


def together(
    check: str, severity: Severity, members: Sequence[Subject], name: str, what: str, call: Evidence
) -> list[Trouble]:
    """One risk of all members, of one kind that `what` says, under one `name`: who was notified of it is notified again
    when another one comes."""
    if not members:
        return []
    names = ", ".join(sorted(_name(one) for one in members)[:NAMES])
    more = f" and {len(members) - NAMES} more" if len(members) > NAMES else ""
    first = members[0]
    about = Subject(scope=first.scope, kind=first.kind, name=name)
    trouble = risk(check, severity, about, f"{what}: {names}{more}.", call)
    return [trouble.model_copy(update={"watches": sorted(one.short for one in members)})]


def _name(subject: Subject) -> str:
    """As a person writes it who has already said the kind."""
    return f"{subject.namespace}/{subject.name}" if subject.namespace else subject.name
