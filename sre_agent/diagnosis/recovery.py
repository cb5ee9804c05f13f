"""Whether a write helped: the class's own checks against what is seen now, and whether anything else became worse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mcp_servers.contract.calls import canonical
from mcp_servers.contract.facts import Subject
from sre_agent.diagnosis.evidence_set import WINDOW, EvidenceSet
from sre_agent.diagnosis.names import rfc3339
from sre_agent.diagnosis.recovery_checks import RecoveryLook, automation_checks
from sre_agent.diagnosis.regressions import is_whole, namespace_check, regressions
from sre_agent.diagnosis.service_levels import level_checks
from sre_agent.diagnosis.topology import Topology
from sre_agent.diagnosis.view import SubjectView
from sre_agent.domain.finding import Evidence, EvidenceRequest
from sre_agent.domain.verification import Check, Proof, Verification
from sre_agent.failures import Catalogue

NOT_AGAIN = frozenset({"kubectl_find", "find_runbooks", "describe_runbook", "list_automations", "list_log_groups"})
EXPLAIN = "kubectl_explain_workload"
ROLLED_OUT = frozenset({"Deployment", "StatefulSet", "DaemonSet"})


def plan(catalogue: Catalogue, failure_class: str) -> tuple[int, int]:
    """Seconds until recovery has to be seen, and between two looks."""
    kind = catalogue[failure_class]
    return kind.deadline, kind.poll


def calls(evidence: Sequence[Evidence], subject: Subject, *, until: datetime) -> list[EvidenceRequest]:
    """The earlier calls that have to be made again to judge recovery, their windows moved to end at `until`.

    Calls about a single pod of a workload are asked of the workload instead: its pods are replaced. A workload that was
    only met in a sweep is looked at by itself, since a sweep does not speak of what is well.
    """
    evidence_set = EvidenceSet(evidence)
    topology = Topology(evidence_set)
    view = SubjectView(evidence_set, topology, subject)
    by_digest: dict[bytes, EvidenceRequest] = {}
    for item in evidence_set.evidence:
        if item.answer is None or item.tool in NOT_AGAIN:
            continue
        about = {o.subject.key for o in item.answer.observations}
        if not about & view.neighbourhood and item.tool != "describe_alarm":
            continue
        request = _again(item, view, until)
        if request is not None:
            by_digest.setdefault(canonical(request.tool, request.arguments), request)
    if subject.kind in ROLLED_OUT and not any(
        r.tool == EXPLAIN and r.arguments.get("name") == subject.name for r in by_digest.values()
    ):
        arguments = {"namespace": subject.namespace, "name": subject.name, "kind": subject.kind}
        look = EvidenceRequest(
            agent="kubernetes", tool=EXPLAIN, arguments=arguments, decides="whether it has recovered"
        )
        by_digest.setdefault(canonical(look.tool, look.arguments), look)
    return list(by_digest.values())


def _again(item: Evidence, view: SubjectView, until: datetime) -> EvidenceRequest | None:
    arguments = dict(item.arguments)
    if WINDOW[1] in arguments:
        arguments[WINDOW[1]] = rfc3339(until)
    name = str(arguments.get("name", ""))
    pods = {k.name for k in view.neighbourhood if k.kind in ("Pod", "ReplicaSet")}
    if name in pods and view.subject.kind not in ("Pod", "ReplicaSet"):
        owner = next((view.topology.workload(k) for k in sorted(view.neighbourhood) if k.name == name), None)
        if owner is None or owner.kind == "Pod":
            return None
        arguments |= {"name": owner.name, "namespace": owner.namespace}
        if "kind" in arguments:
            arguments["kind"] = owner.kind
        if "container" in arguments and item.tool != EXPLAIN:
            return None
    return EvidenceRequest(agent=item.agent, tool=item.tool, arguments=arguments, decides="whether it has recovered")


@dataclass(frozen=True)
class RemedyWrite:
    """What a verification is about: the write of a remedy of `failure_class`, made at `since` for `subject` in
    `namespace` (empty: in none). `alarm` is the one behind the signal, None where there is none or another cause may
    keep it on. `well_since`: since when the looks before this one saw it well."""

    failure_class: str
    subject: Subject
    since: datetime
    namespace: str = ""
    alarm: str | None = None
    well_since: datetime | None = None


@dataclass(frozen=True)
class RecoveryEvidence:
    """`before`: what the investigation saw, `baseline`: the namespace just before the write; `now` and `around`: the
    same calls made again."""

    before: Sequence[Evidence]
    now: Sequence[Evidence]
    baseline: Sequence[Evidence] = ()
    around: Sequence[Evidence] = ()


def verify(catalogue: Catalogue, write: RemedyWrite, evidence: RecoveryEvidence, at: datetime) -> Verification:
    """All checks at one moment. What happened before the write counts no more.

    It has to hold: it is `proved` when every check that can be made passes for as long as the class asks since the
    write, in this look and in one before it.
    """
    kind = catalogue[write.failure_class]
    look = _look(write, evidence)
    checks = [check for line in kind.recovery_of(write.subject.kind) if (check := look.check(line)) is not None]
    failed, automation = automation_checks(look.evidence_set)
    checks += [*automation, *level_checks(look.earlier, look.view, write.since)]
    worse, beside = _worse(look, write, evidence)
    checks += beside
    away = _away([*evidence.now, *evidence.around])
    patient = away and at - write.since < timedelta(seconds=kind.deadline)
    well = _all_pass(checks, patient) and not worse and not failed
    well_since = (write.well_since or at) if well else None
    left = 0.0
    if well_since is not None:
        left = max(0.0, kind.settle - (at - write.since).total_seconds(), kind.poll - (at - well_since).total_seconds())
    wrong = failed or bool(worse) or any(check.ok is False for check in checks)
    return Verification(
        at=at,
        verdict="not_healed" if wrong else "proved" if well and not left else "inconclusive",
        failed=failed,
        checks=checks,
        worse=worse,
        away=away,
        well_since=well_since,
        confirming=left,
    )


def verify_undo(write: RemedyWrite, evidence: RecoveryEvidence, given_back: Check, at: datetime) -> Verification:
    """Whether an undo gave the state back: the object is what it was (`given_back`), and nothing is worse than before
    the write that was undone. Whether anything is healed is not asked: nothing has been done about it."""
    look = _look(write, evidence)
    worse, beside = _worse(look, write, evidence)
    checks = [given_back, *beside]
    away = _away([*evidence.now, *evidence.around])
    wrong = bool(worse) or any(check.ok is False for check in checks)
    well = _all_pass(checks, patient=away)
    verdict: Proof = "not_healed" if wrong else "proved" if well else "inconclusive"
    final = given_back.ok is False  # waiting gives nothing back
    return Verification(at=at, verdict=verdict, of_undo=True, failed=final, checks=checks, worse=worse, away=away)


def worse_elsewhere(write: RemedyWrite, evidence: RecoveryEvidence) -> list[str]:
    """What is worse in the namespace than before the write, but for the subject and what belongs to it; empty too where
    the namespace was not looked at as a whole."""
    if not write.namespace or not is_whole(evidence.baseline):
        return []
    own = _look(write, evidence).view.neighbourhood
    return regressions(evidence.baseline, evidence.around, write.namespace, own) or []


def _look(write: RemedyWrite, evidence: RecoveryEvidence) -> RecoveryLook:
    before, now = evidence.before, evidence.now
    earlier = SubjectView(EvidenceSet(before), Topology(EvidenceSet(before)), write.subject)
    view = SubjectView(EvidenceSet(now), Topology(EvidenceSet([*before, *now])), write.subject)
    return RecoveryLook(view, earlier, write.alarm, write.since)


def _worse(look: RecoveryLook, write: RemedyWrite, evidence: RecoveryEvidence) -> tuple[list[str], list[Check]]:
    """What is worse than before on the subject, next to it and elsewhere in its namespace; the latter as a check."""
    own = look.worse()
    if not write.namespace or not is_whole(evidence.baseline):
        return own, []  # there is nothing to compare it with
    beside = regressions(evidence.baseline, evidence.around, write.namespace, look.view.neighbourhood)
    return list(dict.fromkeys([*own, *(beside or [])])), [namespace_check(write.namespace, beside, evidence.around)]


def _all_pass(checks: Sequence[Check], patient: bool) -> bool:
    """Of those that can be made: what nobody is able to read does not hold up the others, but for a namespace that a
    later look may show (`patient`)."""
    waited_for = ("subject", "runbook", "undo", *(["namespace"] if patient else []))
    sure = [check for check in checks if check.ok is not None or check.about in waited_for]
    return bool(sure) and all(check.ok for check in sure)


def _away(evidence: Sequence[Evidence]) -> bool:
    return any(item.is_transient for item in evidence)
