"""The pod whose logs are meant by its state: `the logs of the crashing pod`, `of the crashing checkout pod`."""

from __future__ import annotations

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.lookup_session import data, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.states import STATES, StateWord
from sre_agent.entities.lookup import AbsentEntity, AmbiguousEntity, Lookup, ResolvedEntity


def state_of(query: ChatQuery) -> StateWord | None:
    """The bad state that an adjective of the question names."""
    return next((state for state, denied in query.states if not state.good and not denied), None)


async def in_its_state(query: ChatQuery, talk: AnswerContext, subject: Subject) -> ResolvedEntity:
    """Of a workload its pod in that state, the one that restarted most; the subject itself where none is."""
    state = state_of(query)
    selector = await talk.pods_of(subject) if state is not None and subject.kind != "Pod" else None
    if state is None or not selector:
        return ResolvedEntity(subject)
    entity = await _pods(talk, subject.namespace, state, selector)
    if entity is None:
        return ResolvedEntity(
            subject, note=f"No pod of {subject.short} is {state.word}; these are the logs of all of them."
        )
    return entity


async def only_one(query: ChatQuery, talk: AnswerContext, namespace: str) -> Lookup | None:
    """The pod in that state where no name is said, of several a choice; None where the question names no state."""
    state = state_of(query)
    if state is None or "Pod" not in query.kinds:
        return None
    evidence = await talk.lookups.select("Pod", namespace, where=[state.condition(False)], columns=["owner"], limit=20)
    there = rows(evidence)
    owners = {(str(row["namespace"]), str(row.get("owner") or row["name"])) for row in there}
    if len(owners) > 1:
        names = tuple(f"Pod/{row['namespace']}/{row['name']}" for row in there[:6])
        says = f"Which one do you mean? Several pods are {state.word}: {', '.join(names)}."
        return AmbiguousEntity(choices=names, says=says)
    place = f" in namespace {namespace}" if namespace else ""
    return await _pods(talk, namespace, state, "") or AbsentEntity(says=f"No pod{place} is {state.word}.")


async def _pods(talk: AnswerContext, namespace: str, state: StateWord, selector: str) -> ResolvedEntity | None:
    for one in (state, STATES["healthy"]):  # between two crashes a pod is only not ready
        evidence = await talk.lookups.select(
            "Pod", namespace, where=[one.condition(one.good)], selector=selector, columns=["restarts"],
            order_by="-restarts", limit=20,
        )  # fmt: skip
        for row in rows(evidence):
            scope = str(data(evidence).get("scope", ""))
            pod = Subject(scope=scope, kind="Pod", namespace=str(row["namespace"]), name=str(row["name"]))
            return ResolvedEntity(pod)
        if not selector:
            break
    return None
