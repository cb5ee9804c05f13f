"""A name that is both a namespace's and a workload's: the verb decides, and the answer says which one was taken.

`Pods in orders` are those of the namespace; `logs of orders` and `is orders healthy` are the workload's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from sre_agent.chat import words as w
from sre_agent.chat.lookup_session import LookupSession, data, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.language.mentions import Mention

OF_ONE_THING: Final = frozenset(
    {"logs", "healthy", "why", "describe", "fix", "advise", "metrics", "callers", "changes", "compare", "reach"}
)
_PLACES: Final = ("in", "namespace")


async def workloads_meant(query: ChatQuery, lookups: LookupSession) -> tuple[ChatQuery, str]:
    """The question with such names as the workload's, and a note that says so; nothing is looked up for others."""
    free = [mention for mention in query.candidates if not (mention.kind or mention.namespace or mention.cloud)]
    free = [mention for mention in free if mention.place not in _PLACES]
    if query.intent not in OF_ONE_THING or query.kinds or not free:
        return query, ""
    places = {str(row["name"]) for row in rows(await lookups.select("Namespace", columns=["name"], limit=200))}
    notes: list[str] = []
    for mention in free:
        if mention.name in places and (workload := await _workload(mention, lookups)):
            mentions = tuple(replace(m, kind=workload["kind"]) if m is mention else m for m in query.mentions)
            query = replace(query, mentions=mentions)
            notes.append(
                f'{workload["kind"]}/{workload["namespace"]}/{mention.name} is meant; say "namespace {mention.name}" '
                "for the namespace."
            )
    return query, "\n".join(notes)


async def _workload(mention: Mention, lookups: LookupSession) -> dict[str, Any] | None:
    """The one workload that is called exactly so; None where there is none, or more than one."""
    evidence = await lookups.look_up("kubernetes", "kubectl_find", name=mention.name, namespace="", kinds=[])
    exact = [
        match
        for match in data(evidence).get("matches", [])
        if match.get("name") == mention.name and match.get("kind") in w.WORKLOAD_KINDS
    ]
    return exact[0] if len(exact) == 1 else None
