"""Which alarms are on: CloudWatch alarms and Prometheus alerts, or one of them by its name."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.cloud import is_cloud
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.related import select
from sre_agent.chat.lookup_session import data, plain, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, Outcome, within
from sre_agent.domain.finding import Evidence
from sre_agent.entities.lookup import AbsentEntity, Lookup

PODS: Final = 200  # of a thing, whose alarms are its own


@answers("alarms")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    if query.candidates and not query.kinds:
        return await _one(query, talk, query.candidates[0].name)
    calls = await read_alarms(talk)
    if not calls:
        return talk.reply(
            query, "No source of alarms is configured: neither CloudWatch nor Prometheus.", outcome="cannot"
        )
    if all(evidence.answer is None for evidence in calls):
        return talk.failed(query, calls[0])
    lines, marks = _lines(talk, calls)
    count = sum(1 for line in lines if line.startswith("- "))
    head = f"{count} {'alarm is' if count == 1 else 'alarms are'} firing:" if count else "No alarm is firing."
    text = "\n".join([head if count else f"{head} {' '.join(marks)}", *lines])
    return talk.reply(query, within(text))


async def read_alarms(talk: AnswerContext) -> list[Evidence]:
    """What each source of alarms says is firing."""
    calls = []
    if "cloudwatch" in talk.lookups.servers:
        calls.append(await talk.lookups.look_up("cloudwatch", "list_alarms", state="ALARM"))
    if "prometheus" in talk.lookups.servers:
        calls.append(await talk.lookups.look_up("prometheus", "prometheus_alerts"))
    return calls


async def beside(talk: AnswerContext, namespace: str, *, besides: Subject | None = None) -> str:
    """The alarms that are firing though nothing is seen to be wrong, with `besides` or anywhere; empty where none is
    or none can be read. Of one thing it is said that there is none, and what could not be read."""
    calls = await read_alarms(talk)
    lines, marks = _lines(talk, [evidence for evidence in calls if evidence.answer is not None])
    if not lines and besides is not None:
        unread = [evidence for evidence in calls if evidence.answer is None]
        return f"No alarm is firing. {' '.join(marks)}" if calls and not unread else "Its alarms could not be read."
    if not lines:
        return ""
    head = "But an alarm is firing" if len(lines) == 1 else f"But {len(lines)} alarms are firing"
    ask = "Ask about what it watches," if len(lines) == 1 else "Ask about what they watch,"
    place = (
        f"which may be about something other than {besides.short}"
        if besides is not None
        else "which may be about another namespace"
        if namespace
        else "and the state of the Kubernetes objects does not explain that"
    )
    return "\n".join([f"{head}, {place}:", *lines, f"{ask} by name."])


def _lines(talk: AnswerContext, calls: list[Evidence]) -> tuple[list[str], list[str]]:
    """A line an alarm, and the marks of what was read."""
    lines: list[str] = []
    marks: list[str] = []
    for evidence in calls:
        if evidence.answer is None:
            lines.append(f"This source could not be read: {plain(evidence.error)} {talk.lookups.cite(evidence)}")
            continue
        texts = _rows(evidence)
        mark = talk.lookups.cite(evidence, ", ".join(texts))
        marks.append(mark)
        lines += [f"- {line} {mark}" for line in texts]
    return lines, marks


def _rows(evidence: Evidence) -> list[str]:
    if evidence.tool == "list_alarms":
        return [_alarm(one) for one in data(evidence).get("alarms", [])]
    firing = [one for one in data(evidence).get("alerts", []) if _is_firing(one)]
    counts: dict[str, list[dict[str, Any]]] = {}
    for one in firing:
        counts.setdefault(str(one.get("name") or one.get("alert", "")), []).append(one)
    return [_alert(name, ones) for name, ones in counts.items()]


def firing_since(evidence: Evidence) -> list[tuple[str, str]]:
    """(name, RFC 3339) of each alarm or alert that is firing, as far as its source says since when."""
    firing = [*data(evidence).get("alarms", []), *data(evidence).get("alerts", [])]
    pairs = [(str(one.get("name") or one.get("alert", "")), _since(one)) for one in firing if _is_firing(one)]
    return [(name, since) for name, since in pairs if since]


def _is_firing(one: dict[str, Any]) -> bool:
    return one.get("state", "firing") in ("ALARM", "firing")


def _since(one: dict[str, Any]) -> str:
    return str(one.get("since") or one.get("changed") or one.get("active_at") or "")


def _alarm(one: dict[str, Any]) -> str:
    since = _since(one)
    return f"{one.get('name', '')}" + (f" since {since}" if since else "") + _because(one)


def _because(one: dict[str, Any]) -> str:
    reason = str(one.get("reason") or one.get("why") or "")
    return f": {reason[:160]}" if reason else ""


def _alert(name: str, ones: list[dict[str, Any]]) -> str:
    """One alert of Prometheus with the series that it is firing for."""
    since = min(map(_since, ones), default="")
    times = f" on {len(ones)} series" if len(ones) > 1 else ""
    return f"{name} (Prometheus){times}" + (f" since {since}" if since else "")


async def by_name(talk: AnswerContext, lookup: Lookup) -> str | None:
    """How an alarm stands that is called as what was looked up and is nothing else; None where there is none."""
    if not isinstance(lookup, AbsentEntity) or not lookup.name or "cloudwatch" not in talk.lookups.servers:
        return None
    evidence = await talk.lookups.look_up("cloudwatch", "describe_alarm", name=lookup.name)
    return _state(talk, evidence, lookup.name) if evidence.answer is not None else None


def _state(talk: AnswerContext, evidence: Evidence, name: str) -> str:
    alarm = data(evidence).get("alarm", {})
    since = f" since {alarm['since']}" if alarm.get("since") else ""
    text = f"Alarm {alarm.get('name', name)} is {alarm.get('state', 'unknown')}{since}"
    return f"{text}{_because(alarm)}. {talk.lookups.cite(evidence, name)}"


async def _on(query: ChatQuery, talk: AnswerContext, resource: Subject) -> ChatReply:
    """The alarms that are firing for an AWS resource."""
    evidence = await talk.lookups.look_up("cloudwatch", "list_alarms", state="ALARM")
    if evidence.answer is None:
        return talk.failed(query, evidence)
    about = {r.source.name for r in evidence.answer.relations if r.target.key[1:] == resource.key[1:]}
    alarm_lines = [_alarm(one) for one in data(evidence).get("alarms", []) if one.get("name") in about]
    mark = talk.lookups.cite(evidence, ", ".join(alarm_lines) or "ALARM")
    be = "alarm is" if len(alarm_lines) == 1 else "alarms are"
    head = f"{len(alarm_lines) or 'No'} {be} firing for {resource.short}"
    lines = [f"{head}{':' if alarm_lines else '.'} {mark}", *(f"- {line}" for line in alarm_lines)]
    return talk.reply(query, within("\n".join(lines)), subjects=[resource])


async def _about(query: ChatQuery, talk: AnswerContext, subject: Subject) -> ChatReply:
    """The alarms that are firing and watch the thing or its pods, or are called like it; then all others."""
    calls = await read_alarms(talk)
    lines, marks = _lines(talk, calls)
    firing = [line for line in lines if line.startswith("- ")]
    unread = [line for line in lines if line not in firing]
    pods = await select(talk, subject, "Pod", ["name"], limit=PODS) if firing else None
    names = {subject.name, *(str(row["name"]) for row in (rows(pods) if pods is not None else []))}
    alarm_answers = [evidence.answer for evidence in calls if evidence.answer is not None]
    relations = [one for answer in alarm_answers for one in answer.relations]
    own = [one for one in relations if one.target.name in names and _shares_namespace(one.target, subject)]
    watching = {one.source.name for one in own}
    its_lines = [line for line in firing if _names_one_of(line, {subject.name, *watching})]
    others = [line for line in firing if line not in its_lines]
    be = "alarm is" if len(its_lines) <= 1 else "alarms are"
    head = f"{len(its_lines) or 'No'} {be} firing for {subject.short}{':' if its_lines else '.'} {' '.join(marks)}"
    rest = [f"{len(others)} {'other alarm is' if len(others) == 1 else 'other alarms are'} firing:", *others]
    text = "\n".join([head, *its_lines, *(rest if others else []), *unread])
    return talk.reply(query, within(text), subjects=[subject])


def _shares_namespace(target: Subject, subject: Subject) -> bool:
    return target.namespace in ("", subject.namespace)


def _names_one_of(line: str, names: Set[str]) -> bool:
    """Whether one of the names stands in a line as a whole: `web` is no part of `web-shop`."""
    return any(re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-]*\w)", line) for name in names)


async def _one(query: ChatQuery, talk: AnswerContext, name: str) -> ChatReply:
    evidence = await talk.lookups.look_up("cloudwatch", "describe_alarm", name=name)
    if evidence.kind == "not_found":
        resource = (await talk.names.subject(query.candidates[0])).subject
        if is_cloud(resource):
            return await _on(query, talk, resource)
        if resource is not None:
            return await _about(query, talk, resource)
    if evidence.answer is None:
        outcome: Outcome = "not_found" if evidence.kind == "not_found" else "unavailable"
        return talk.reply(query, f"{plain(evidence.error)} {talk.lookups.cite(evidence)}", outcome=outcome)
    return talk.reply(query, within(_state(talk, evidence, name)))
