"""Which of the things that exist a name means. Labels may lie about the kind; what exists does not."""

from __future__ import annotations

from typing import Any

from mcp_servers.contract.facts import Coverage, Subject
from mcp_servers.contract.refusals import Refusal
from sre_agent.domain.finding import Evidence
from sre_agent.entities.candidates import EntityCandidate
from sre_agent.entities.conventions import AWS_KINDS, WORKLOADS
from sre_agent.entities.lookup import AbsentEntity, AmbiguousEntity, Lookup, ResolvedEntity, UnavailableEntity

SUGGESTION_LIMIT = 5


def settle(candidate: EntityCandidate, *answers: Evidence | None) -> Lookup:
    """What the candidate's name means by what there is.

    `answers` are the answers of kubectl_find and find_resources, of those that were asked (`data.matches`: kind,
    namespace, name, exact, score); none for a name that needs no lookup.
    """
    if not candidate.needs_lookup:
        subject = Subject(
            scope=candidate.scope, kind=candidate.kind, namespace=candidate.namespace, name=candidate.name
        )
        return ResolvedEntity(subject)
    evidences = [evidence for evidence in answers if evidence is not None]
    if (
        not evidences or evidences[0].answer is None
    ):  # whether the cluster has it is not known: nothing else is taken for it
        refusal = evidences[0].refusal if evidences else None
        return UnavailableEntity(
            refusal or Refusal(kind="unavailable", asked=candidate.short, wrong="was not looked up.")
        )
    choice = _choose(candidate, [match for evidence in evidences for match in found_in(evidence)])
    if isinstance(choice, AbsentEntity) and (gap := _unread(evidences)) is not None:
        wrong = f"could not be looked for everywhere: {gap.looked_at}: {gap.state}. {gap.detail}".strip()
        return UnavailableEntity(
            Refusal(kind="denied" if gap.state == "denied" else "unavailable", asked=candidate.short, wrong=wrong)
        )
    if not isinstance(choice, dict):
        return choice
    scope = str(choice.get("scope") or candidate.scope)
    namespace = str(choice.get("namespace") or "")
    return ResolvedEntity(Subject(scope=scope, kind=str(choice["kind"]), namespace=namespace, name=str(choice["name"])))


def _unread(evidences: list[Evidence]) -> Coverage | None:
    """What a lookup could not read: a name that it did not find may be there."""
    gaps = (gap for evidence in evidences if evidence.answer is not None for gap in evidence.answer.coverage)
    return next((gap for gap in gaps if gap.state in ("denied", "unavailable", "partial")), None)


def found_in(evidence: Evidence) -> list[dict[str, Any]]:
    """The matches of a lookup, each with the scope that it is in; none where it was not answered."""
    if evidence.answer is None:
        return []
    scope = evidence.answer.data.get("scope") or _scope(evidence)
    return [{"scope": scope, **match} for match in evidence.answer.data.get("matches", []) if isinstance(match, dict)]


def _absent(candidate: EntityCandidate, matches: list[dict[str, Any]]) -> AbsentEntity:
    """That there is no such name, and what is near it; nobody claimed that there is one of a word like any other."""
    near = [_match_text(m) for m in sorted(matches, key=lambda m: -float(m.get("score") or 0))[:SUGGESTION_LIMIT]]
    ordinary = candidate.sure == "word" or (candidate.sure == "placed" and not matches)
    return AbsentEntity(
        name=candidate.name,
        kind=candidate.kind,
        namespace=candidate.namespace,
        choices=tuple(near),
        said_in=candidate.said_in,
        is_claim=not ordinary,
    )


def _choose(
    candidate: EntityCandidate, matches: list[dict[str, Any]]
) -> dict[str, Any] | AbsentEntity | AmbiguousEntity:
    """The match that is meant, or why none is."""
    exact = [m for m in matches if m.get("exact") and m.get("name") == candidate.name] or [
        m for m in matches if m.get("exact")
    ]
    here = [m for m in exact if not candidate.namespace or m.get("namespace") in (candidate.namespace, "", None)]
    if not here:
        here = _pods_of(candidate, matches)
    if not here:
        return _absent(candidate, matches)
    here = [m for m in here if m.get("namespace") == candidate.perhaps_in] or here
    here = [m for m in here if m.get("kind") not in AWS_KINDS] or here
    if len(here) > 1 and here[0].get("kind") in AWS_KINDS:
        return AmbiguousEntity(
            candidate.name, tuple(_match_text(m) for m in here), differ_in="kind", said_in=candidate.said_in
        )
    namespaces = sorted({str(m.get("namespace") or "") for m in here})
    if len(namespaces) > 1:
        return AmbiguousEntity(candidate.name, tuple(namespaces), said_in=candidate.said_in)
    return min(here, key=lambda m: _place(candidate, str(m.get("kind"))))


def _pods_of(candidate: EntityCandidate, matches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Pods and what owns them that carry the name before a suffix: how people call a pod they do not want to spell."""
    prefix = f"{candidate.name}-"
    namesakes = [
        m
        for m in matches
        if str(m.get("name", "")).startswith(prefix)
        and m.get("kind") in (*WORKLOADS, "Pod")
        and (not candidate.namespace or m.get("namespace") == candidate.namespace)
    ]
    owners = [m for m in namesakes if m.get("kind") != "Pod"]
    if candidate.kind == "Pod" or not owners:
        return [m for m in namesakes if m.get("kind") == "Pod"]
    return owners if len({m["name"] for m in owners}) == 1 else []


def _place(candidate: EntityCandidate, kind: str) -> tuple[bool, int]:
    order = [*WORKLOADS, "Service", "ReplicaSet", "Pod"]
    return kind != candidate.kind, order.index(kind) if kind in order else len(order)


def _match_text(match: dict[str, Any]) -> str:
    return "/".join(str(match[part]) for part in ("kind", "namespace", "name") if match.get(part))


def _scope(evidence: Evidence) -> str:
    """The cluster's name as the facts of the answer carry it."""
    assert evidence.answer is not None
    subjects = [o.subject for o in evidence.answer.observations] + [r.source for r in evidence.answer.relations]
    return next((s.scope for s in subjects if s.scope), "")
