"""What a twin's outcome says of the live cluster. Nothing is claimed that only a program decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mcp_servers.contract.bounds import excerpt
from sre_agent.domain.rehearsal import Rehearsal
from sre_agent.domain.verification import Check, Verification

PROGRAM: Final = "the program's own behaviour decides"
TOLD: Final = 2  # harms that are told
LONGEST: Final = 240  # characters of a reason


@dataclass(frozen=True)
class TwinOutcome:
    """`missing` are signs of the trouble that the copy lacked before the write. `verification` is the last look, well
    after `seconds`. `harms` are what others lost, `blockers` why Kubernetes runs pods not at all, `failing` containers
    that were started and are not well, `impaired` nodes whose own trouble keeps pods away, `unknown` containers that
    run and were never seen to run so in the live cluster, `notes` what is worth knowing beside."""

    missing: list[str]
    verification: Verification
    seconds: float
    harms: list[str]
    blockers: list[str]
    failing: list[str]
    impaired: list[str]
    unknown: list[str]
    notes: list[str]


def verdict_of(outcome: TwinOutcome) -> Rehearsal:
    """A harm or a failure counts only where no program had a part in it; healing only where the copy showed the
    trouble, and every program that it takes is known."""
    verification = outcome.verification
    losses = list(dict.fromkeys(outcome.harms))
    if outcome.failing:
        return _program_decides(outcome.failing)
    if outcome.impaired:
        why = f"it depends on how long the trouble of its nodes lasts ({', '.join(outcome.impaired)})"
        return Rehearsal(result="cannot_be_rehearsed", why=why)
    if losses:
        return Rehearsal(result="harms", why=excerpt("; ".join([*losses[:TOLD], *outcome.blockers[:1]]), LONGEST))
    if outcome.blockers and (outcome.missing or verification.verdict != "proved"):
        return Rehearsal(result="would_not_heal", why=excerpt(outcome.blockers[0], LONGEST))
    if outcome.missing:
        return Rehearsal(result="cannot_be_rehearsed", why=f"the copy does not show the trouble ({outcome.missing[0]})")
    if verification.verdict == "proved":
        if outcome.unknown:
            return _program_decides(outcome.unknown)
        return Rehearsal(result="heals", seconds=outcome.seconds, notes=outcome.notes)
    return _not_proved(verification, outcome.unknown)


def _not_proved(verification: Verification, unknown: list[str]) -> Rehearsal:
    if unread := [check.what for check in verification.checks if check.ok is None and check.about == "subject"]:
        return Rehearsal(result="cannot_be_rehearsed", why=f"the copy cannot show whether {unread[0]}")
    shortfalls = [_shortfall(check) for check in verification.checks if check.ok is False] + verification.worse
    if shortfalls and not unknown:
        return Rehearsal(result="would_not_heal", why=excerpt(shortfalls[0], LONGEST))
    return _program_decides(unknown)


def _shortfall(check: Check) -> str:
    """What is still seen, or is not seen yet."""
    return f"it would stay as it is: {check.reading}" if check.evidence else f"{check.what}: {check.reading}"


def _program_decides(containers: list[str]) -> Rehearsal:
    of = f" ({', '.join(containers[:3])})" if containers else ""
    return Rehearsal(result="cannot_be_rehearsed", why=f"{PROGRAM}{of}")
