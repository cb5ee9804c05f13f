"""What one thing is: its state and the columns that were asked for; of a workload its pods as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers import request_metrics
from sre_agent.chat.answers.attribute_values import values_of
from sre_agent.chat.answers.cloud import cannot_tell, is_cloud
from sre_agent.chat.answers.fields import field_line
from sre_agent.chat.answers.guidance import unknown
from sre_agent.chat.answers.overview import overview_of, pods_of
from sre_agent.chat.answers.registry import answer_to, answers
from sre_agent.chat.answers.said_of import said_line
from sre_agent.chat.answers.symptom import tells_of_trouble, troubles_instead
from sre_agent.chat.answers.wording import things
from sre_agent.chat.attributes import attribute, in_full
from sre_agent.chat.lookup_session import data, enumeration, rows
from sre_agent.chat.memory import is_out_of_reach
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.entities.lookup import Lookup

OF_PODS: Final = ("node", "restarts", "address", "state", "age", "end_reason")
OF_RESTARTS: Final = ("since_restart", "ended")  # columns that tell when and how the last run ended
IN_A_NAMESPACE: Final = (
    "Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod", "Service", "Ingress", "HorizontalPodAutoscaler",
    "PersistentVolumeClaim",
)  # fmt: skip
# what one attribute means of a kind
MEANT: Final = {
    ("Pod", "ready"): ("state", "ready"),
    ("Job", "restarts"): ("attempts",),
    ("CronJob", "restarts"): ("attempts",),
    ("Service", "hosts"): ("public_name",),
    ("Service", "ports"): ("ports", "target_port"),
    ("Service", "target_port"): ("ports", "target_port"),
    **{(kind, "volume"): ("mounts",) for kind in ("Pod", *w.WORKLOAD_KINDS)},
}


@answers("describe")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return talk.unmet(query, problem)
    lookups = await talk.names.all_meant(query, namespace)
    if not lookups:
        if namespace and any(one.kinds for one in in_full(query.columns)):
            return await answer_to("list")(replace(query, intent="list", kinds=()), talk)
        if namespace:
            return await _namespace(query, talk, namespace)
        text = 'Describe what? Name it, for example "describe deployment checkout in shop".'
        return talk.reply(query, text, outcome="cannot")
    if all(one.subject is None or one.subject.kind == "Namespace" for one in lookups) and tells_of_trouble(query):
        places = [one.subject.name for one in lookups if one.subject is not None]
        if not any(one.choices or is_out_of_reach(one) for one in lookups):
            return await troubles_instead(query, talk, *places[:1]) or await unknown(query, talk)
    parts: list[str] = []
    subjects: list[Subject] = []
    strange = _strange(query, lookups)
    for one in lookups:
        if (
            one.subject is None
            and not one.choices
            and not is_out_of_reach(one)
            and all(m.loose for m in query.candidates)
            and query.candidates
        ):
            return await unknown(query, talk)
        if one.subject is None:
            return talk.unmet(query, one)
        if is_cloud(one.subject):
            cannot = cannot_tell(query, talk, [one.subject]) if query.columns else None
            return cannot or await request_metrics.answer(query, talk, one.subject)
        parts += [one.note] if one.note else []
        line = ""
        if strange:
            line = await field_line(talk, one.subject, strange) or await said_line(talk, one.subject, strange)
        if query.columns or not line:
            parts.append(await description_of(query, talk, one.subject))
        parts += [line] if line else []
        if strange and not line and not query.columns:
            quoted = enumeration([f"'{word}'" for word in strange])
            parts.append(f"Not understood: {quoted}. Nothing in {one.subject.short} is called so.")
        subjects.append(one.subject)
    return talk.reply(query, within("\n".join(filter(None, parts))), subjects=subjects)


def _strange(query: ChatQuery, lookups: Sequence[Lookup]) -> list[str]:
    """The words that name nothing, where nothing else says what is asked of the thing: a field may be called so."""
    if query.conditions or any(not attribute(name).usual for name in query.columns):
        return []
    names = {one.subject.name for one in lookups if one.subject is not None}
    free = [m for m in query.candidates if (m.loose or m.is_a_field) and m.name not in names]
    return [word for word in (*(m.name for m in free), *query.idle) if not any(word in name for name in names)]


async def description_of(query: ChatQuery, talk: AnswerContext, subject: Subject) -> str:
    """One thing in a line, and its pods below where the columns are theirs."""
    wanted_columns = in_full([*query.columns, *(name for name, *_ in query.conditions)])
    if len(wanted_columns) == 1:
        wanted_columns = in_full(MEANT.get((subject.kind, wanted_columns[0].name), (wanted_columns[0].name,)))
    workload = subject.kind in w.WORKLOAD_KINDS or subject.kind in ("ReplicaSet", "Service")
    own = any(subject.kind in one.kinds for one in wanted_columns)
    if workload and wanted_columns and not own and all(one.name in OF_PODS for one in wanted_columns):
        columns = [column for one in wanted_columns for column in one.columns("Pod")]
        more = OF_RESTARTS if "restarts" in columns else ()
        return await pods_of(talk, subject, list(dict.fromkeys([*columns, *more])))
    if subject.kind == "Service" and [one.name for one in wanted_columns] == [
        "address"
    ]:  # its own, and those behind it
        return f"{await values_of(talk, subject, wanted_columns)}\n{await pods_of(talk, subject, ['address'])}"
    if wanted_columns:
        return await values_of(talk, subject, list(dict.fromkeys(wanted_columns)))
    return await overview_of(talk, subject)


async def _namespace(query: ChatQuery, talk: AnswerContext, namespace: str) -> ChatReply:
    """What is in a namespace."""
    parts = []
    for kind in IN_A_NAMESPACE:
        evidence = await talk.lookups.select(kind, namespace, columns=["name"], limit=12)
        if evidence.answer is None:
            return talk.failed(query, evidence)
        names = [str(one["name"]) for one in rows(evidence)]
        if names and kind != "Pod":
            parts.append(
                f"{things(kind, int(data(evidence)['count']))}: {', '.join(names)} {talk.lookups.cite(evidence)}"
            )
        elif names:
            parts.append(f"{data(evidence)['count']} pods {talk.lookups.cite(evidence)}")
    text = f"Namespace {namespace} has " + ("; ".join(parts) + "." if parts else "no workloads.")
    return talk.reply(query, within(text), namespace=namespace)
