"""What of a namespace works with what a firing alarm watches: a queue is in no namespace, but who reads it is."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.lookup_session import data, rows

KINDS: Final = ("Deployment", "StatefulSet", "DaemonSet", "CronJob")
WATCHED: Final = 3  # things whose users are looked for
USERS: Final = 4  # of a kind


async def users_of_watched(talk: AnswerContext, namespace: str) -> tuple[list[str], list[Subject]]:
    """A line for each workload of the namespace whose declared configuration names what an alarm that is firing
    watches, and these workloads."""
    if "cloudwatch" not in talk.lookups.servers:
        return [], []
    alarms = await talk.lookups.look_up("cloudwatch", "list_alarms", state="ALARM")
    relations = alarms.answer.relations if alarms.answer is not None else []
    watched = {relation.target: relation.source.name for relation in relations if not relation.target.namespace}
    lines: list[str] = []
    users: list[Subject] = []
    for target, alarm in list(watched.items())[:WATCHED]:
        for kind in KINDS:
            where = [{"column": "text", "contains": target.name}]
            evidence = await talk.lookups.select(kind, namespace, where=where, columns=["name"], limit=USERS)
            for row in rows(evidence):
                user = Subject(
                    scope=str(data(evidence).get("scope", "")), kind=kind, namespace=namespace, name=str(row["name"])
                )
                mark = talk.lookups.cite(evidence, user.name)
                lines.append(f"- {user.short} names {target.short}, which alarm {alarm} watches. {mark}")
                users.append(user)
    return list(dict.fromkeys(lines)), list(dict.fromkeys(users))
