"""What the texts of a class file may name besides observations and the class's own facts.

subject         the Subject of the hypothesis              affected      workloads that need the subject, in words
caller          the first of these workloads, a Subject    its_callers   the same, or `its callers`
callers         the same workloads as `namespace/name`     last_error    the application's own words
pods            names of the affected pods, own first      start, end    the window, RFC 3339
pods_text       `pods a and b`                             leads         no other hypothesis is stronger
its_pods        the same, or `its pods`                    holder        the workload that holds most of what is lacking
pods_or_subject the same, or the subject                   runbook, parameters   of a remedy that runs one
and the numbers that `sizing` works out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import sizing
from sre_agent.diagnosis.evidence_set import ObservedFact
from sre_agent.diagnosis.view import SubjectView, affected, last_error, pods
from sre_agent.domain.base import EvidenceId
from sre_agent.failures.formats import brief, rfc3339
from sre_agent.failures.model import Condition, FailureClass

__all__ = ["NamedFact", "brief", "names", "rfc3339", "sentence"]

LOOK_BACK = timedelta(hours=1)
MOST_CALLERS = 3
HOLDS_MUCH = 25  # per cent of all nodes, from which a workload is worth a word
NOBODY = ""


class NamedFact:
    """What was seen of some codes: the strongest with its attributes, `on`, `at`, `excerpt`; false where nothing was.

    `seen_on` are the names of all subjects that it was seen on, `elsewhere` whether it is on another than the
    hypothesis is about. An attribute that this observation lacks is empty.
    """

    def __init__(self, view: SubjectView, observed_facts: Sequence[ObservedFact]) -> None:
        self._view = view
        self._facts = observed_facts

    def __bool__(self) -> bool:
        return bool(self._facts)

    @property
    def evidence(self) -> EvidenceId | None:
        return self._facts[0].evidence if self._facts else None

    def attribute(self, name: str) -> Any:
        if not self._facts:
            return NOBODY
        observation = self._facts[0].observation
        if name in ("excerpt", "at"):
            return getattr(observation, name)
        if name == "on":
            return observation.subject
        if name == "elsewhere":
            return observation.subject != self._view.subject
        if name == "seen_on":
            return list(dict.fromkeys(fact.subject.name for fact in self._facts))
        return observation.attributes.get(name, NOBODY)


def fact(view: SubjectView, sources: Sequence[str | Condition]) -> NamedFact:
    """The first of these that is seen."""
    for source in sources:
        if isinstance(source, Condition):
            matches = view.matching(source)
        else:
            strongest = view.strongest(source)
            matches = [strongest] if strongest else []
        if matches:
            return NamedFact(view, matches)
    return NamedFact(view, [])


def names(
    view: SubjectView,
    supporting: Sequence[ObservedFact],
    kind: FailureClass | None = None,
    *,
    started_at: datetime | None = None,
    leads: bool = False,
) -> dict[str, Any]:
    """Everything but observations that texts of the class may name, for a hypothesis with these supporting facts."""
    affected_pods = pods(view, supporting)
    in_words = pods_in_words(affected_pods)
    needed_by = affected(view)[:MOST_CALLERS]
    until = view.evidence_set.now
    since = min(started_at or until, until) - LOOK_BACK
    return {
        **{name: fact(view, sources) for name, sources in (kind.facts if kind else {}).items()},
        "subject": view.subject,
        "caller": needed_by[0] if needed_by else None,
        "callers": [f"{key.namespace}/{key.name}" for key in view.callers if key.namespace],
        "affected": ", ".join(one.short for one in needed_by),
        "its_callers": ", ".join(one.short for one in needed_by) or "its callers",
        "pods": affected_pods,
        "pods_text": in_words,
        "its_pods": in_words or "its pods",
        "pods_or_subject": in_words or view.subject.short,
        "last_error": last_error(view),
        "leads": leads,
        "start": rfc3339(since),
        "end": rfc3339(until),
        "holder": _holder(view),
        "left_brace": "{",
        **sizing.numbers(lambda code: fact(view, [code]).attribute),
    }


def observed(view: SubjectView, code: str) -> NamedFact | None:
    """What was seen of a code; None for what is no code."""
    return fact(view, [code]) if code in OBSERVATIONS else None


def _holder(view: SubjectView) -> NamedFact:
    """The workload besides this one that holds most of what its pods lack, where that is much."""
    unschedulable = view.strongest("pod.unschedulable")
    lacks = unschedulable.observation.attributes.get("lacks", []) if unschedulable else []
    holders = [
        observed_fact
        for observed_fact in view.matching(Condition(observation="workload.holds_most", on="any"))
        if observed_fact.observation.attributes.get("resource") in (lacks if isinstance(lacks, list) else [lacks])
        and observed_fact.subject != view.subject
        and sizing.amount(observed_fact.observation.attributes.get("share")) >= HOLDS_MUCH
    ]
    return NamedFact(view, sorted(holders, key=lambda s: -sizing.amount(s.observation.attributes.get("share")))[:1])


def pods_in_words(pod_names: Sequence[str]) -> str:
    """`pod a`, `pods a and b`, `pods a, b and 3 more`; empty without any."""
    if not pod_names:
        return ""
    if len(pod_names) == 1:
        return f"pod {pod_names[0]}"
    if len(pod_names) == 2:
        return f"pods {pod_names[0]} and {pod_names[1]}"
    return f"pods {pod_names[0]}, {pod_names[1]} and {len(pod_names) - 2} more"


def sentence(text: str) -> str:
    """The parts of a text as one line of prose."""
    return re.sub(r" ([.,;])(?= |$)", r"\1", " ".join(text.split()))
