"""Answers about AWS resources that need no diagnosis: logs, what moved, which there are, and what cannot be asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, TypeGuard

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.chat import words as w
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers import log_groups
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.lookup_session import data, enumeration
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.finding import Evidence

LOOK_BACK: Final = timedelta(hours=1)
LOGS: Final[dict[str, tuple[str, ...]]] = {  # where a kind writes by itself
    "Function": ("/aws/lambda/{name}",),
    "Database": ("/aws/rds/instance/{name}/", "/aws/rds/cluster/{name}/"),
    "Cache": ("/aws/elasticache/{name}",),
}
RECORDED: Final = frozenset({"Database", "Cache", "Queue", "Table", "Function"})  # of which AWS tells records
MOVED: Final = frozenset(code for code, entry in OBSERVATIONS.items() if entry.tells_history)
UNKNOWN: Final = {
    "events": "it has no Kubernetes events",
    "callers": "nothing that is read here declares which clients use it",
    "compare": "only objects in the cluster can be compared",
    "reach": "security groups and route tables are not read, so nobody here can tell whether it is reachable",
    "describe": "its settings are not read here",
}
DISPLAY_LIMIT: Final = 10
QUOTE_LENGTH: Final = 200


def is_cloud(subject: Subject | None) -> TypeGuard[Subject]:
    return subject is not None and subject.kind in w.CLOUD_NOUNS


def cannot_tell(query: ChatQuery, talk: AnswerContext, subjects: Sequence[Subject]) -> ChatReply | None:
    """That this cannot be told of an AWS resource, with what can; None where none is meant."""
    subject = next((one for one in subjects if is_cloud(one)), None)
    if subject is None:
        return None
    why = UNKNOWN.get(query.intent, "that is known only for objects in the cluster")
    text = f"That cannot be answered for {subject.short}: {why}. {askable(subject)}"
    return talk.reply(query, text, outcome="cannot", subjects=[subject])


def askable(subject: Subject) -> str:
    """What can be asked of it, as sentences that are understood."""
    noun = f"{w.CLOUD_NOUNS[subject.kind]} {subject.name}"
    questions = [f"is {noun} healthy", f"what is wrong with {noun}", f"metrics of {noun}", f"what changed with {noun}"]
    questions += [f"errors in the logs of {noun}"] if subject.kind in LOGS else []
    return "You can ask: " + ", ".join(f'"{one}"' for one in questions) + "."


async def logs(query: ChatQuery, talk: AnswerContext, subject: Subject) -> ChatReply:
    """Lines of the log group that it writes to; of several groups the one that is meant has to be named."""
    if subject.kind not in LOGS:
        text = f"{subject.short} writes no logs that can be read here. {askable(subject)}"
        return talk.reply(query, text, outcome="cannot", subjects=[subject])
    groups: list[str] = []
    for prefix in (form.format(name=subject.name) for form in LOGS[subject.kind]):
        evidence = await talk.lookups.look_up("cloudwatch", "list_log_groups", prefix=prefix)
        if evidence.answer is None:
            return talk.failed(query, evidence)
        group_names = [str(one["name"]) for one in data(evidence).get("log_groups", [])]
        groups += [group for group in group_names if subject.name in group.split("/")]
        talk.lookups.cite(evidence, prefix)
    if not groups:
        marks = "".join(f"[{line.number}]" for line in talk.lookups.evidence)
        text = f"There is no log group for {subject.short}: it has logged nothing, or it logs somewhere else. {marks}"
        return talk.reply(query, text, outcome="not_found", subjects=[subject])
    named_groups = [
        group for group in groups if any(m.name == group.rpartition("/")[2] for m in query.mentions)
    ] or groups
    if len(named_groups) > 1:
        text = f"{subject.short} writes to several log groups: {', '.join(named_groups)}. Say which one you mean."
        return talk.reply(query, text, outcome="choice", subjects=[subject], choices=named_groups)
    levels = {word for word, level in w.LEVELS.items() if level == query.level}
    own = {subject.name.lower(), *w.CLOUD_KINDS, *levels, *named_groups[0].lower().split("/")}
    words = tuple(word for word in query.words if word.lower() not in own)
    reply = await log_groups.answer(replace(query, log_group=named_groups[0], words=words), talk, plain=True)
    talk.memory.remember([subject])
    return reply.model_copy(update={"subjects": [subject.short]})


async def changes(query: ChatQuery, talk: AnswerContext, subject: Subject) -> ChatReply:
    """What its metrics and AWS's own records show to have changed; its settings are not read."""
    end = query.window.end or talk.lookups.now
    start = query.window.start or end - LOOK_BACK
    arguments = {"kind": subject.kind, "name": subject.name, "start": _time(start), "end": _time(end)}
    calls = [await talk.lookups.look_up("cloudwatch", "analyze_resource", **arguments)]
    if subject.kind in RECORDED:
        calls.append(await talk.lookups.look_up("cloudwatch", "resource_records", **arguments))
    if calls[0].answer is None:
        return talk.failed(query, calls[0])
    moves = [
        (observation, one)
        for one in calls
        if one.answer
        for observation in one.answer.observations
        if _has_moved(observation)
    ]
    moves.sort(key=lambda pair: pair[0].at.timestamp() if pair[0].at else 0.0, reverse=True)
    unread = f"Changes to its settings or its code are not visible here: nothing reads them. {askable(subject)}"
    since = f"since {_time(start)}"
    if not moves:
        marks = "".join(talk.lookups.cite(one, subject.name) for one in calls)
        text = (
            f"No metric of {subject.short} changed noticeably {since}, and AWS has no record of a change. "
            f"{marks}\n{unread}"
        )
        return talk.reply(query, text, subjects=[subject])
    lines = list(dict.fromkeys(_line(observation, talk, one) for observation, one in moves))
    count = f"{len(lines)} {'thing' if len(lines) == 1 else 'things'} changed for {subject.short} {since}:"
    lines = lines[:DISPLAY_LIMIT]
    return talk.reply(query, within("\n".join([count, *lines, unread])), subjects=[subject])


def _has_moved(observation: Observation) -> bool:
    return observation.code in MOVED and observation.at is not None


def _line(observation: Observation, talk: AnswerContext, evidence: Evidence) -> str:
    quote = excerpt(
        observation.excerpt or ", ".join(f"{name} {value}" for name, value in observation.attributes.items()),
        QUOTE_LENGTH,
    )
    what = re.sub(r"[._]", " ", observation.code)
    return f"- {_time(observation.at)} {what}: {quote} {talk.lookups.cite(evidence, quote)}"


@answers("resources")
async def resources(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """Which resources of a kind there are; of those in trouble the ones that an alarm is on for."""
    if "cloudwatch" not in talk.lookups.servers:
        return talk.reply(query, "CloudWatch is not configured, so AWS resources cannot be listed.", outcome="cannot")
    kinds = list(query.cloud_kinds)
    evidence = await talk.lookups.look_up("cloudwatch", "find_resources", kinds=kinds)
    if evidence.answer is None:
        return talk.failed(query, evidence)
    names = [f"{one['kind']}/{one['name']}" for one in data(evidence).get("matches", [])]
    total = len(names) + evidence.answer.left_out.get("matches", 0)
    what = enumeration([f"{w.CLOUD_NOUNS[kind]}s" for kind in kinds])
    head = f"{total or 'No'} {what} known from metrics, alarms or log groups" + (
        f": {enumeration(names, 25)}" if names else ""
    )
    text = f"{head}. {talk.lookups.cite(evidence, ', '.join(names[:8]) or what)}"
    if query.unhealthy or query.states or {"wrong", "why"} & query.cues:
        text += "\n" + await _alarms_about(talk, names)
    return talk.reply(query, within(text))


async def _alarms_about(talk: AnswerContext, names: Sequence[str]) -> str:
    """The alarms that are on about any of these."""
    evidence = await talk.lookups.look_up("cloudwatch", "list_alarms", state="ALARM")
    if evidence.answer is None:
        return f"Whether an alarm is firing for any of them could not be looked up. {talk.lookups.cite(evidence)}"
    alarms_by_resource = {
        f"{relation.target.kind}/{relation.target.name}": relation.source.name
        for relation in evidence.answer.relations
        if f"{relation.target.kind}/{relation.target.name}" in names
    }
    listing = "; ".join(f"{name} ({alarm})" for name, alarm in sorted(alarms_by_resource.items()))
    mark = talk.lookups.cite(evidence, listing or "ALARM")
    head = f"An alarm is firing for {listing}" if listing else "No alarm is firing for any of them"
    example = names[0].partition("/")[2] if names else "checkout"
    ask = f'That alone does not prove that they are healthy. Ask about one by name, for example "is {example} healthy".'
    return f"{head}. {mark} {ask}"


def _time(when: Any) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"
