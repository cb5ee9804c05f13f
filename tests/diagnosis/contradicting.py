"""Whether a report would deny in one line what it states in another: read off the diagnosis, by its words."""

from __future__ import annotations

import re

from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.domain.diagnosis import Diagnosis

DENIES = re.compile(r"nothing shows that (.*)")
SIGNS = re.compile(r"the evidence against it weighs more: (.*)")


def contradictions(diagnosis: Diagnosis) -> list[str]:
    """The reasons of what is ruled out that deny a fact about the same workload on which a cause rests."""
    causes = [cause for cause in (diagnosis.hypothesis, *diagnosis.also) if cause is not None]
    problems = []
    for out in diagnosis.ruled_out:
        denied = {topic for code in _denials(out.why) for topic in (code, *OBSERVATIONS[code].topics)}
        for term in (term for cause in causes for term in cause.terms if term.weight > 0):
            topics = {term.observation, *OBSERVATIONS[term.observation].topics}
            if _is_of(term.subject, out.subject) and denied & topics:
                problems.append(f"{out.failure_class} of {out.subject}: {out.why} / {term.observation}")
    return problems


def _denials(why: str) -> list[str]:
    if match := DENIES.search(why):
        return [code for code, entry in OBSERVATIONS.items() if entry.meaning in match[1].split(", or that ")]
    signs = SIGNS.search(why)
    return [code for code in signs[1].split(", ") if OBSERVATIONS[code].polarity == "well"] if signs else []


def _is_of(subject: str, workload: str) -> bool:
    """Whether it is the workload or a pod of it, by their names."""
    (_, *own), (_, *other) = subject.split("/"), workload.split("/")
    return subject == workload or (subject.startswith("Pod/") and "/".join(own).startswith(f"{'/'.join(other)}-"))
