"""Whether a cause explains what the signal itself says, and not only something else that is wrong nearby.

Where a signal tells of failing requests, those who are seen to fail them are what has to be explained. A workload that
crashes beside them explains that as little as one in another cluster, unless a call or an object that both need leads
from them to it. And where a signal tells of what a program has of its own, its memory or its certificate, whoever it
calls explains nothing of that, however broken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from functools import cached_property
from typing import Final

from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import abduction, recency
from sre_agent.diagnosis.call_path import CallPath
from sre_agent.diagnosis.claims import ClaimCheck
from sre_agent.diagnosis.draft import Draft
from sre_agent.diagnosis.evidence_set import ObservedFact
from sre_agent.diagnosis.topology import OVER, UNDER, Keys

LOGS: Final = "kubectl_logs"
NOT_READ: Final = ("denied", "unavailable")


class Tie(Enum):
    """How a cause is tied to the claims. `OPEN`: nobody was seen to show what the signal tells, and not everybody was
    looked at."""

    TIED = "tied"
    OPEN = "open"
    UNTIED = "untied"


class ClaimTies:
    """Of the claims about a whole namespace that pods say nothing about: requests that fail, are slow, or reach nobody.
    What a signal about a workload says is about that workload, and no callee brings about what no call does.
    `covered_facts` tells what a draft explains."""

    def __init__(
        self, checks: Sequence[ClaimCheck], path: CallPath, covered_facts: Callable[[Draft], abduction.Facts]
    ) -> None:
        self._checks = [check for check in checks if check.claim.is_beyond_pods]
        self._quantities = {check.claim.quantity for check in checks}
        self._is_by_calls = not checks or any(check.claim.is_brought_by_calls for check in checks)
        self._own, self._topology, self._evidence_set = path.own, path.topology, path.evidence_set
        self._namespaces = sorted(key.name for key in path.own if key.kind == "Namespace")
        self._covered_facts = covered_facts

    def of(self, draft: Draft) -> Tie:
        if not self._is_by_calls and draft.subject.key not in self._ground_keys and not self._shows_it(draft):
            return Tie.UNTIED
        if not self._checks or not self._namespaces:
            return Tie.TIED
        if self._reports:
            return Tie.TIED if any(self._leads_to(draft, fact) for fact in self._reports) else Tie.UNTIED
        return Tie.TIED if self._is_whole else Tie.OPEN

    @cached_property
    def _reports(self) -> list[ObservedFact]:
        """Those who tell of what is claimed, or of whom it was measured; no state from which it might follow."""
        facts = [fact for check in self._checks for fact in check.proof if fact.subject.key in self._own]
        return [fact for fact in facts if fact.code in recency.REPORTS]

    @cached_property
    def _is_whole(self) -> bool:
        """Whether the logs of everybody in the namespaces were read."""
        return all(
            any(
                item.answer is not None and not any(part.state in NOT_READ for part in item.answer.coverage)
                for item in self._evidence_set.evidence
                if (item.tool, item.arguments.get("namespace"), item.arguments.get("name")) == (LOGS, namespace, "")
            )
            for namespace in self._namespaces
        )

    @cached_property
    def _ground_keys(self) -> Keys:
        """The subjects, what they stand on, and what steers or limits them: all but whom they call and who calls."""
        own = set(self._own)
        return own | self._topology.onward(own, *UNDER, "runs_on") | self._topology.backward(own, *OVER)

    def _shows_it(self, draft: Draft) -> bool:
        """Whether it explains something of the subjects themselves that shows what is claimed."""
        own = {self._topology.workload(key) for key in self._own}
        quantities_of = (OBSERVATIONS[code].shows for code, _, key in self._covered_facts(draft) if key in own)
        return any(self._quantities.intersection(quantities) for quantities in quantities_of)

    def _leads_to(self, draft: Draft, observed_fact: ObservedFact) -> bool:
        """Whether the draft explains it, rests on it, or sits where calls and objects lead from who shows it."""
        if abduction.fact(draft, observed_fact) in self._covered_facts(draft):
            return True
        workload = self._topology.workload(observed_fact.subject.key)
        if workload in {self._topology.workload(one.subject.key) for one in draft.supporting}:
            return True
        _, near = self._topology.reach([self._topology.subjects[workload]])
        return draft.subject.key in near
