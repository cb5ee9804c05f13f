"""Who works with what is in no namespace: the workloads whose declared configuration names a queue or a table."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.lookup_session import data, rows
from sre_agent.domain.finding import Evidence

KINDS: Final = ("Deployment", "StatefulSet", "DaemonSet", "CronJob")
WATCHED: Final = 3  # things whose users are looked for
USERS: Final = 6  # of a kind


async def users_of(
    talk: AnswerContext, name: str, namespace: str = ""
) -> tuple[list[tuple[Subject, str]], list[Evidence]]:
    """The workloads that name it (of all namespaces where none is given), each with the mark of its evidence; and the
    calls that could not be read."""
    users: list[tuple[Subject, str]] = []
    unread: list[Evidence] = []
    for kind in KINDS:
        where = [{"column": "text", "contains": name}]
        evidence = await talk.lookups.select(kind, namespace, where=where, columns=["name"], limit=USERS)
        unread += [evidence] if evidence.answer is None else []
        scope = str(data(evidence).get("scope", ""))
        for row in rows(evidence):
            place = str(row.get("namespace") or namespace)
            user = Subject(scope=scope, kind=kind, namespace=place, name=str(row["name"]))
            users.append((user, talk.lookups.cite(evidence, user.name)))
    return users, unread


async def users_of_watched(talk: AnswerContext, namespace: str) -> tuple[list[str], list[Subject]]:
    """A line for each workload of the namespace that names what an alarm that is firing watches, and the workloads."""
    if "cloudwatch" not in talk.lookups.servers:
        return [], []
    alarms = await talk.lookups.look_up("cloudwatch", "list_alarms", state="ALARM")
    relations = alarms.answer.relations if alarms.answer is not None else []
    alarm_of = {relation.target: relation.source.name for relation in relations if not relation.target.namespace}
    lines: list[str] = []
    workloads: list[Subject] = []
    for target, alarm in list(alarm_of.items())[:WATCHED]:
        users, _ = await users_of(talk, target.name, namespace)
        lines += [f"- {user.short} names {target.short}, which alarm {alarm} watches. {mark}" for user, mark in users]
        workloads += [user for user, _ in users]
    return list(dict.fromkeys(lines)), list(dict.fromkeys(workloads))
