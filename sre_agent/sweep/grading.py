"""A grade for each namespace, by the rule of `domain.namespace_grade`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sre_agent.domain.namespace_grade import NamespaceGrade, grade_of
from sre_agent.domain.sweep import WORKLOADS, Sweep
from sre_agent.sweep.checks.contract import SweepScope

NAMESPACES: Final = 200  # that are graded though nothing is said of them
DECISIVE: Final = (WORKLOADS, "alarms")  # checks without which nothing is graded well


async def namespaces_of(scope: SweepScope) -> list[str]:
    """Those that are looked over; none where they may not be listed."""
    if scope.namespace:
        return [scope.namespace]
    call = await scope.ask(
        "kubernetes", "kubectl_select", {"kind": "Namespace", "columns": ["name"], "limit": NAMESPACES}
    )
    return [str(row["name"]) for row in call.answer.data.get("items", [])] if call.answer is not None else []


def grades(sweep: Sweep, namespaces: Sequence[str]) -> list[NamespaceGrade]:
    """Of these namespaces, and of every other one that is in trouble."""
    complete = all(check.complete for check in sweep.checks if check.name in DECISIVE)
    every = dict.fromkeys([*namespaces, *(name for one in sweep.troubles for name in sorted(one.namespaces))])
    return [
        NamespaceGrade(
            cluster=sweep.cluster,
            namespace=name,
            grade=grade_of((one.severity for one in sweep.troubles if name in one.namespaces), complete=complete),
            at=sweep.taken_at,
            sweep=sweep.id,
        )
        for name in every
    ]


def changes(sweep: Sweep, before: Sweep | None) -> list[NamespaceGrade]:
    """The grades that the sweep before did not have: all there is to keep of the history."""
    earlier = {one.namespace: one.grade for one in before.grades} if before is not None else {}
    return [one for one in sweep.grades if earlier.get(one.namespace) != one.grade]
