"""What the containers of a thing use, now and over a time, by the cluster's own metrics."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers import request_metrics
from sre_agent.chat.answers.cloud import is_cloud
from sre_agent.chat.answers.registry import answer_to, answers
from sre_agent.chat.answers.wording import things
from sre_agent.chat.lookup_session import data, plain, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.finding import Evidence

LOOK_BACK: Final = timedelta(hours=1)
DISPLAY_LIMIT: Final = 6
NAMESPACES: Final = 12
TREND: Final = ("errors", "latency")  # what gets worse, where nothing is named
PROMQL: Final = {
    "memory": "max by (pod) (container_memory_working_set_bytes{{{chosen}}})",
    "cpu": "sum by (pod) (rate(container_cpu_usage_seconds_total{{{chosen}}}[5m]))",
}


@answers("metrics")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    if "trend" in query.cues and not (query.measures or query.resources):  # `is it getting worse`
        query = replace(query, measures=TREND)
    namespace, subjects, unmet = await talk.resolve(query)
    if unmet is not None:
        return unmet
    place = subjects[0].namespace if subjects else namespace
    if subjects and (is_cloud(subjects[0]) or request_metrics.asks_for_requests(query)):
        return await request_metrics.answer(query, talk, subjects[0])
    if subjects and subjects[0].kind == "HorizontalPodAutoscaler":
        return await answer_to("describe")(replace(query, intent="describe", columns=("scaling_measure",)), talk)
    if query.kinds == ("Node",) and not subjects:
        return await _nodes(query, talk)
    if subjects and subjects[0].kind == "Node":
        return await _node(query, talk, subjects[0])
    if not place:
        return await _everywhere(query, talk)
    pods = await _pods(talk, subjects[0]) if subjects else []
    if subjects and pods is not None and not pods:
        return talk.reply(query, f"{subjects[0].short} has no pods, so it uses no resources.", subjects=subjects)
    used = await talk.lookups.look_up("kubernetes", "kubectl_top", namespace=place)
    parts: list[str] = [_now(query, talk, [used], subjects[0].short if subjects else f"namespace {place}", pods)]
    if query.order or query.window or used.answer is None:
        parts.append(await _over_time(query, talk, place, pods))
    text = "\n".join(part for part in parts if part)
    failed = used.answer is None and len([part for part in parts if part]) < 2
    return talk.reply(
        query, within(text), subjects=subjects, namespace=place, outcome="unavailable" if failed else "answered"
    )


async def _everywhere(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """What the containers of all namespaces use now."""
    places = await talk.names.namespaces()
    calls = [await talk.lookups.look_up("kubernetes", "kubectl_top", namespace=place) for place in places[:NAMESPACES]]
    usable = [one for one in calls if data(one).get("containers")]
    if not usable:
        unread = next((one for one in calls if one.answer is None), None)
        if unread is not None:
            return talk.failed(query, unread)
        if talk.memory.subjects and not query.mentions:  # what was spoken of may have an autoscaler that measures it
            columns = tuple(dict.fromkeys([*query.columns, "scaling_measure"]))
            return await answer_to("describe")(replace(query, intent="describe", columns=columns, refers="last"), talk)
        text = 'No container reports its usage. Name something, for example "memory of checkout in the last hour".'
        return talk.reply(query, text, outcome="cannot")
    text = _now(query, talk, usable, "the cluster", [])
    if len(places) > NAMESPACES:
        text += f"\nOnly {NAMESPACES} of {len(places)} namespaces were read; name one."
    return talk.reply(query, within(text))


async def _nodes(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """How much of each node its pods ask for: what is left of that is what can still be placed."""
    evidence = await talk.lookups.look_up("kubernetes", "kubectl_nodes")
    if evidence.answer is None:
        return talk.failed(query, evidence)
    names = _resource_names(query)
    lines = []
    for row in data(evidence).get("nodes", []):
        requests_text = ", ".join(f"{name} {row[name + ' requested']}" for name in names)
        lines.append(f"- {row['node']}: {requests_text}, {things('Pod', int(row['pods']))}")
    head = f"What the pods on each node request, out of what it can allocate: {talk.lookups.cite(evidence)}"
    return talk.reply(query, within("\n".join([head, *lines])))


async def _node(query: ChatQuery, talk: AnswerContext, subject: Subject) -> ChatReply:
    """What a node has, and how much of it its pods ask for."""
    names = _resource_names(query)
    row, evidence = await talk.object(subject, *(f"status.capacity.{name}" for name in names))
    nodes = await talk.lookups.look_up("kubernetes", "kubectl_nodes")
    node_row = next((one for one in data(nodes).get("nodes", []) if one["node"] == subject.name), None)
    if evidence.answer is None:
        return talk.failed(query, evidence)
    has = " and ".join(f"{row.get(f'status.capacity.{name}', '?')} of {name}" for name in names)
    lines = [f"{subject.short} has {has}. {talk.lookups.cite(evidence, subject.name)}"]
    if node_row is not None:
        requests_text = ", ".join(f"{name} {node_row[name + ' requested']}" for name in names)
        pods = things("Pod", int(node_row["pods"]))
        lines.append(f"Its {pods} request of that: {requests_text}. {talk.lookups.cite(nodes)}")
    return talk.reply(query, "\n".join(lines), subjects=[subject])


def _resource_names(query: ChatQuery) -> list[str]:
    return [name for name in query.resources if name in ("memory", "cpu")] or ["cpu", "memory"]


async def _pods(talk: AnswerContext, subject: Subject) -> list[str]:
    if subject.kind == "Pod":
        return [subject.name]
    selector = await talk.pods_of(subject)
    if not selector:
        return []
    evidence = await talk.lookups.select("Pod", subject.namespace, selector=selector, columns=["name"], limit=100)
    return [str(row["name"]) for row in rows(evidence)]


def _now(query: ChatQuery, talk: AnswerContext, calls: list[Evidence], about: str, pods: list[str]) -> str:
    """What each container uses now, beside its limit; the greatest first."""
    mark = "".join(talk.lookups.cite(used, about) for used in calls)
    if unread := next((used for used in calls if used.answer is None), None):
        return f"Current usage of {about} could not be read: {plain(unread.error)} {mark}"
    containers = [c for used in calls for c in data(used).get("containers", []) if not pods or c["pod"] in pods]
    if not containers:
        return f"No container of {about} reports its usage. {mark}"
    names = _resource_names(query)
    containers.sort(key=lambda c: -_figure(c[names[0]]))
    total = " and ".join(f"{_sum(containers, name)} of {name}" for name in names)
    lines = [
        f"- {c['pod']}/{c['container']}: {', '.join(_cell(c, name) for name in names)}"
        for c in containers[:DISPLAY_LIMIT]
    ]
    more = f"\nand {len(containers) - DISPLAY_LIMIT} more containers." if len(containers) > DISPLAY_LIMIT else ""
    return f"{about} is using {total}: {mark}\n" + "\n".join(lines) + more


def _cell(container: dict[str, Any], name: str) -> str:
    limit = container.get(f"{name}_limit")
    return f"{container[name]} of {name}" + (f" (limit {limit})" if limit else " (no limit)")


def _figure(text: str) -> float:
    number = re.match(r"[\d.]+", str(text))
    return float(number[0]) if number else 0.0


def _sum(containers: list[dict[str, Any]], name: str) -> str:
    return f"{sum(_figure(c[name]) for c in containers):g}{'m' if name == 'cpu' else 'Mi'}"


async def _over_time(query: ChatQuery, talk: AnswerContext, namespace: str, pods: list[str]) -> str:
    if "prometheus" not in talk.lookups.servers:
        return "There is no history: Prometheus is not configured."
    end = query.window.end or talk.lookups.now
    start = query.window.start or end - LOOK_BACK
    parts = []
    for name in _resource_names(query):
        promql = PROMQL[name].format(chosen=f'namespace="{namespace}",pod=~"{"|".join(pods) or ".+"}",container!=""')
        evidence = await talk.lookups.look_up(
            "prometheus", "prometheus_query_range", promql=promql,
            start=f"{start:%Y-%m-%dT%H:%M:%SZ}", end=f"{end:%Y-%m-%dT%H:%M:%SZ}", step="60s",
        )  # fmt: skip
        series = data(evidence).get("series", [])
        mark = talk.lookups.cite(evidence, promql)
        if not series:
            parts.append(f"{name.capitalize()}: no samples since {start:%H:%M}. {mark}")
            continue
        highest = [f"{one['series']}: {_summary(one, name)}" for one in series[:DISPLAY_LIMIT]]
        until = data(evidence).get("complete_until")
        window_text = f"{start:%H:%M}" + (f" until {datetime.fromisoformat(until):%H:%M:%S}" if until else "")
        parts.append(f"{name.capitalize()} since {window_text} {mark}:\n" + "\n".join(f"- {line}" for line in highest))
    return "\n".join(parts)


def _summary(one: dict[str, Any], name: str) -> str:
    summary = one.get("summary")
    if not isinstance(summary, dict):
        return str(summary or one.get("says", ""))
    figures = [
        (word, summary[key])
        for key, word in (("max", "at most"), ("mean", "on average"), ("last", "last"))
        if key in summary
    ]
    return ", ".join(f"{word} {_amount(float(figure), name)}" for word, figure in figures)


def _amount(figure: float, name: str) -> str:
    return f"{figure / 1024 / 1024:.0f}Mi" if name == "memory" else f"{figure * 1000:.0f}m"
