"""What the containers of a thing use, now and over a time, by the cluster's own metrics."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.desk import data, rows
from sre_agent.chat.query import Query
from sre_agent.chat.reply import Reply, within
from sre_agent.chat.talk import Talk
from sre_agent.domain.finding import Evidence

LOOK_BACK: Final = timedelta(hours=1)
SHOWN: Final = 6
PROMQL: Final = {
    "memory": "max by (pod) (container_memory_working_set_bytes{{{chosen}}})",
    "cpu": "sum by (pod) (rate(container_cpu_usage_seconds_total{{{chosen}}}[5m]))",
}
_MEMORY: Final = re.compile(r"\b(?:memory|ram)\b", re.I)
_CPU: Final = re.compile(r"\bcpu\b", re.I)


async def answer(query: Query, talk: Talk) -> Reply:
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return talk.unmet(query, problem)
    found = await talk.names.all_meant(query, namespace)
    if unmet := next((one for one in found if one.subject is None), None):
        return talk.unmet(query, unmet)
    subjects = [one.subject for one in found if one.subject is not None]
    place = subjects[0].namespace if subjects else namespace
    if not place:
        text = 'Name what is meant, as in "how much memory does checkout use" or "cpu in namespace shop".'
        return talk.reply(query, text, outcome="cannot")
    pods = await _pods(talk, subjects[0]) if subjects else []
    if subjects and pods is not None and not pods:
        return talk.reply(query, f"{subjects[0].short} has no pods, so it uses nothing.", subjects=subjects)
    used = await talk.desk.ask("kubernetes", "kubectl_top", namespace=place)
    parts: list[str] = [_now(query, talk, used, subjects[0].short if subjects else f"namespace {place}", pods)]
    if query.order or query.window or "highest" in query.text.lower() or used.answer is None:
        parts.append(await _over_time(query, talk, place, pods))
    text = "\n".join(part for part in parts if part)
    failed = used.answer is None and len([part for part in parts if part]) < 2
    return talk.reply(
        query, within(text), subjects=subjects, namespace=place, outcome="unavailable" if failed else "answered"
    )


def _wanted(query: Query) -> list[str]:
    named = [name for name, form in (("memory", _MEMORY), ("cpu", _CPU)) if form.search(query.text)]
    return named or ["cpu", "memory"]


async def _pods(talk: Talk, subject: Subject) -> list[str]:
    if subject.kind == "Pod":
        return [subject.name]
    selector = await talk.pods_of(subject)
    if not selector:
        return []
    found = await talk.desk.select("Pod", subject.namespace, selector=selector, columns=["name"], limit=100)
    return [str(row["name"]) for row in rows(found)]


def _now(query: Query, talk: Talk, used: Evidence, about: str, pods: list[str]) -> str:
    """What each container uses now, beside its limit; the greatest first."""
    mark = talk.desk.cite(used, about)
    if used.answer is None:
        return f"What {about} uses now could not be looked at: {used.error} {mark}"
    chosen = [c for c in data(used).get("containers", []) if not pods or c["pod"] in pods]
    if not chosen:
        return f"No container of {about} reports what it uses. {mark}"
    names = _wanted(query)
    chosen.sort(key=lambda c: -_figure(c[names[0]]))
    total = " and ".join(f"{_sum(chosen, name)} of {name}" for name in names)
    lines = [f"- {c['pod']}/{c['container']}: {', '.join(_cell(c, name) for name in names)}" for c in chosen[:SHOWN]]
    more = f"\nand {len(chosen) - SHOWN} more containers." if len(chosen) > SHOWN else ""
    return f"{about} uses {total} now: {mark}\n" + "\n".join(lines) + more


def _cell(container: dict[str, Any], name: str) -> str:
    limit = container.get(f"{name}_limit")
    return f"{container[name]} of {name}" + (f" (limit {limit})" if limit else " (no limit)")


def _figure(text: str) -> float:
    number = re.match(r"[\d.]+", str(text))
    return float(number[0]) if number else 0.0


def _sum(containers: list[dict[str, Any]], name: str) -> str:
    return f"{sum(_figure(c[name]) for c in containers):g}{'m' if name == 'cpu' else 'Mi'}"


async def _over_time(query: Query, talk: Talk, namespace: str, pods: list[str]) -> str:
    if "prometheus" not in talk.desk.servers:
        return "How it went over time cannot be told: no Prometheus is configured."
    end = query.window.end or talk.desk.now
    start = query.window.start or end - LOOK_BACK
    parts = []
    for name in _wanted(query):
        promql = PROMQL[name].format(chosen=f'namespace="{namespace}",pod=~"{"|".join(pods) or ".+"}",container!=""')
        found = await talk.desk.ask(
            "prometheus", "query_range", promql=promql,
            start=f"{start:%Y-%m-%dT%H:%M:%SZ}", end=f"{end:%Y-%m-%dT%H:%M:%SZ}", step="60s",
        )  # fmt: skip
        series = data(found).get("series", [])
        mark = talk.desk.cite(found, promql)
        if not series:
            parts.append(f"{name.capitalize()}: no samples since {start:%H:%M}. {mark}")
            continue
        highest = [f"{one['series']}: {_summary(one, name)}" for one in series[:SHOWN]]
        parts.append(f"{name.capitalize()} since {start:%H:%M} {mark}:\n" + "\n".join(f"- {line}" for line in highest))
    return "\n".join(parts)


def _summary(one: dict[str, Any], name: str) -> str:
    told = one.get("summary")
    if not isinstance(told, dict):
        return str(told or one.get("says", ""))
    figures = [
        (word, told[key]) for key, word in (("max", "at most"), ("mean", "on average"), ("last", "now")) if key in told
    ]
    return ", ".join(f"{word} {_amount(float(figure), name)}" for word, figure in figures)


def _amount(figure: float, name: str) -> str:
    return f"{figure / 1024 / 1024:.0f}Mi" if name == "memory" else f"{figure * 1000:.0f}m"
