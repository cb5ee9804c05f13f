"""How full the volumes of a thing are: what kubelets measure of each claim, and its size where nobody measures it."""

from __future__ import annotations

from typing import Any, Final

from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.related import select
from sre_agent.chat.answers.totals import bytes_text
from sre_agent.chat.lookup_session import data, plain, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.finding import Evidence

CLAIM: Final = "PersistentVolumeClaim"
MEASURES: Final = ("used", "available", "capacity")
DISPLAY_LIMIT: Final = 8


@answers("volume_space")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    _, subjects, unmet = await talk.resolve(query)
    if unmet is not None:
        return unmet
    if not subjects:
        text = 'How full is what? Name a claim or what mounts it, for example "how full is pvc uploads".'
        return talk.reply(query, text, outcome="cannot")
    subject = subjects[0]
    evidence = await select(talk, subject, CLAIM, ["size", "state"], limit=DISPLAY_LIMIT)
    if evidence is None or (evidence.answer is not None and not rows(evidence)):
        mark = f" {talk.lookups.cite(evidence)}" if evidence is not None else ""
        text = f"{subject.short} has no persistent volume claim, so no volume of it can fill up.{mark}"
        return talk.reply(query, text, subjects=[subject])
    if evidence.answer is None:
        return talk.failed(query, evidence)
    lines = [await _line(talk, subject.namespace, row, evidence) for row in rows(evidence)]
    return talk.reply(query, within("\n".join(lines)), subjects=[subject])


async def _line(talk: AnswerContext, namespace: str, row: dict[str, Any], claims: Evidence) -> str:
    """`PVC uploads: 18Gi of 20Gi used (90 %)`; its size alone where nobody measures it."""
    name, size = str(row["name"]), str(row.get("size") or "unknown")
    declaration = f"PVC {name}: {row.get('state')}, size {size} {talk.lookups.cite(claims, name)}"
    if "prometheus" not in talk.lookups.servers:
        return f"{declaration}. How full it is is unknown: Prometheus is not configured."
    labels = f'namespace="{namespace}",persistentvolumeclaim="{name}"'
    promql = f'max by (__name__) ({{__name__=~"kubelet_volume_stats_(used|available|capacity)_bytes",{labels}}})'
    evidence = await talk.lookups.look_up("prometheus", "prometheus_query", promql=promql)
    mark = talk.lookups.cite(evidence, promql)
    if evidence.answer is None:
        return f"{declaration}. How full it is could not be read: {plain(evidence.error)} {mark}"
    measured = _values(data(evidence).get("series", []))
    total, used = measured.get("capacity"), measured.get("used")
    if used is None and total is not None and "available" in measured:
        used = total - measured["available"]
    if used is None or not total:
        return f"{declaration}. How full it is is not measured: there are no kubelet_volume_stats of its use. {mark}"
    return f"PVC {name}: {bytes_text(used)} of {bytes_text(total)} used ({used / total:.0%}). {mark}"


def _values(series: list[dict[str, Any]]) -> dict[str, float]:
    """The last value of each of the measures that is there."""
    values: dict[str, float] = {}
    for one in series:
        name = next((name for name in MEASURES if f"_{name}_bytes" in str(one.get("series"))), "")
        if name and one.get("value") is not None:
            values[name] = float(one["value"])
    return values
