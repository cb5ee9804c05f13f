"""Which there are, and how many: lists and exact counts of any kind, by state, node, label, image, owner, namespace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers import describe, inside, partners, request_metrics
from sre_agent.chat.answers.cloud import is_cloud
from sre_agent.chat.answers.list_lines import list_line
from sre_agent.chat.answers.narrowing import Selection, asked_for
from sre_agent.chat.answers.places import side_by_side
from sre_agent.chat.answers.registry import answer_to, answers
from sre_agent.chat.answers.totals import average_of, sum_of
from sre_agent.chat.answers.wording import noun, states, things, where
from sre_agent.chat.attributes import SUMMABLE, ObjectAttribute, attribute, column, in_full
from sre_agent.chat.lookup_session import data, enumeration, rows, subjects_in
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.finding import Evidence
from sre_agent.language.mentions import Mention

DISPLAY_LIMIT: Final = 25
OVER: Final = {  # what of a kind is rightly in no good state
    "Pod": " or completed", "Job": " or completed", "Deployment": " or scaled to zero",
    "StatefulSet": " or scaled to zero",
}  # fmt: skip
WITH_OWN_SIZES: Final = ("HorizontalPodAutoscaler", "PodDisruptionBudget")  # whatever is asked of them is about these
ATTRIBUTES: Final = {"Node": "node", "Namespace": "namespace", "PersistentVolume": "volume"}
WITH_STATES: Final = frozenset(
    {*w.WORKLOAD_KINDS, "Pod", "ReplicaSet", "Node", "Namespace", "PersistentVolumeClaim", "PersistentVolume"}
)
_TOLD_ANYWAY: Final = {"Node": ("node",), "Namespace": ("namespace",)}
DEFAULT: Final[dict[str, tuple[str, ...]]] = {
    "Pod": ("state", "ready", "restarts"),
    "PersistentVolumeClaim": ("state", "size", "storage_class"),
    "PersistentVolume": ("state", "size", "bound_claim"),
    "Deployment": ("ready",),
    "StatefulSet": ("ready",),
    "DaemonSet": ("ready",),
    "ReplicaSet": ("ready", "owner"),
    "Service": ("type", "address", "ports"),
    "Node": ("states",),
    "Job": ("states", "owner"),
    "PodDisruptionBudget": ("spec.minAvailable", "spec.maxUnavailable", "status.disruptionsAllowed"),
    "HorizontalPodAutoscaler": (
        "spec.minReplicas",
        "spec.maxReplicas",
        "status.currentReplicas",
        "scaling_measure",
    ),
    "NetworkPolicy": ("spec.policyTypes",),
    "CronJob": ("schedule", "suspension", "last_run", "last_success"),
    "Ingress": ("hosts",),
    "ResourceQuota": ("spec.hard", "status.used"),
}


@answers("count", "list")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return talk.unmet(query, problem)
    if query.kinds == ("Namespace",) and query.unhealthy:  # a namespace that is Active tells nothing of what is in it
        return await answer_to("troubles")(replace(query, intent="troubles", kinds=(), mentions=(), refers=""), talk)
    if (comparison := await side_by_side(query, talk)) is not None:
        return comparison
    mentions = await talk.names.subjects_of(query, namespace)
    if query.refers == "last" and not mentions and query.intent == "list" and not query.kinds:
        return await describe.answer(query, talk)
    of_kind = next((ATTRIBUTES[k] for k in query.kinds if k in ATTRIBUTES), "")
    is_running = all(state.word == "running" and not denied for state, denied in query.states)  # `where is it running`
    only_attribute = of_kind and len(query.kinds) == 1 and is_running and query.intent == "list"
    if (only_attribute and mentions and mentions[0].place != "on") or (query.refers and only_attribute):
        columns = tuple(dict.fromkeys([*query.columns, of_kind]))
        return await describe.answer(replace(query, columns=columns, intent="describe"), talk)
    if query.intent == "count" and (inside_reply := await inside.answer(query, talk, namespace, mentions)) is not None:
        return inside_reply
    if query.pair is not None and not (mentions or query.states or query.selector or query.refers):
        return await partners.answer(query, query.pair, talk, namespace)
    if "logs" in query.cues and query.idle and not (mentions or query.refers):  # `which service wrote of a sextant`
        return await answer_to("logs")(replace(query, intent="logs"), talk)
    query = _of_pods(query)
    kinds = _kinds(query)
    if not kinds and mentions:
        subject = (await talk.names.subject(mentions[-1], namespace)).subject
        if is_cloud(subject):
            return await request_metrics.answer(query, talk, subject)
    if not kinds and query.measures and (mentions or query.refers):
        return await answer_to("metrics")(replace(query, intent="metrics"), talk)
    if not kinds and query.level and (mentions or query.refers):
        return await answer_to("logs")(replace(query, intent="logs"), talk)
    if mentions and (not kinds or await _is_one_of(query, talk, namespace, mentions, kinds)):
        return await describe.answer(replace(query, intent="describe"), talk)
    if not kinds:
        text = 'List what? Name a kind, for example "which pods are not ready in shop".'
        return talk.reply(query, text, outcome="cannot")
    if strange := [one for one in _conditions(query) if not one.columns(kinds[0])]:
        has = enumeration([noun(kind) for kind in strange[0].kinds], 4)
        text = f"{noun(kinds[0])} have no {strange[0].title}: {has} have one."
        return talk.reply(query, text[:1].upper() + text[1:], outcome="cannot")
    if kinds[0] not in WITH_STATES and any(state.column in ("state", "states") for state, _ in query.states):
        text = f"{noun(kinds[0])} report no state of their own, so whether they are so cannot be told from them."
        return talk.reply(query, text, outcome="cannot")
    selection = await asked_for(query, talk, namespace, mentions, kinds[0])
    if not isinstance(selection, Selection):
        return talk.unmet(query, selection)
    return await _list_reply(query, talk, namespace, kinds, selection)


async def _is_one_of(
    query: ChatQuery, talk: AnswerContext, namespace: str, mentions: Sequence[Mention], kinds: Sequence[str]
) -> bool:
    """`Which ingress class has front-door`, which is itself an Ingress, asks for no list."""
    if query.intent != "list" or len(mentions) != 1 or len(kinds) != 1 or not query.columns:
        return False
    subject = (await talk.names.subject(mentions[0], namespace)).subject
    return subject is not None and subject.kind == kinds[0] and subject.name == mentions[0].name


def _of_pods(query: ChatQuery) -> ChatQuery:
    """`Rank workloads by restarts`: what only pods have a number of is told of pods, the most first."""
    name = query.group_by or (query.order or ("", True))[0]
    by = attribute(name)
    if not (name and query.kinds) or by.unit != "n" or "Pod" not in by.kinds:
        return query
    if by.columns(query.kinds[0] or "Deployment") or query.kinds[0] not in ("", *w.WORKLOAD_KINDS):
        return query
    most = query.order[1] if query.order is not None else True
    return replace(query, kinds=("Pod",), group_by="", order=(name, most), intent="list")


def _kinds(query: ChatQuery) -> list[str]:
    kinds: list[str] = []
    for kind in query.kinds:
        kinds += [*w.WORKLOAD_KINDS[:3]] if kind == "" else [kind]
    if len(kinds) > 1 and "Node" in kinds and query.kinds[0] == "Pod":
        kinds.remove("Node")
    if not kinds and ("restarts" in query.cues or any(s.column != "endpoints" for s, _ in query.states)):
        return ["Pod"]
    having = [one.kinds for one in in_full(query.columns) if one.kinds]
    if not kinds and having and {"sum", "average"} & query.cues:
        return ["Pod" if "Pod" in having[0] else having[0][0]]  # a template is asked for once for each of its pods
    if not kinds and having and "Deployment" not in having[0]:
        return [having[0][0]]
    if not kinds and (query.columns or query.having or query.conditions):
        return list(w.WORKLOAD_KINDS[:4])
    if not kinds and query.selector:
        return [*w.WORKLOAD_KINDS[:4], "Service", "Pod"]
    if kinds == ["CronJob"] and any(state.word in ("failed", "completed") for state, _ in query.states):
        return ["Job"]  # a CronJob itself has no such state, its runs have
    if any(state.column == "endpoints" for state, _ in query.states):
        return ["Service"]
    return [k for k in kinds if not (k == "StorageClass" and "PersistentVolumeClaim" in kinds)]


async def _list_reply(
    query: ChatQuery, talk: AnswerContext, namespace: str, kinds: Sequence[str], selection: Selection
) -> ChatReply:
    parts: list[str] = []
    none: list[str] = []
    subjects: list[Subject] = []
    place = selection.subjects[0].namespace if selection.subjects and selection.subjects[0].namespace else namespace
    for kind in kinds:
        columns = [path for one in _attributes_of(query, kind) for path in one.columns(kind)]
        order, most = query.order or ("", True)
        order = order or ("restarts" if kind == "Pod" and "restarts" in query.cues else "")
        evidence = await talk.lookups.select(
            kind,
            "" if kind in w.CLUSTER_KINDS else place,
            where=selection.where,
            selector=selection.selector,
            columns=columns,
            group_by=column(query.group_by or _sum_attribute(query, kind), kind)
            if query.group_by or _sum_attribute(query, kind)
            else "",
            order_by=(("-" if most else "") + column(order, kind)) if order else "",
            limit=query.limit or DISPLAY_LIMIT,
            of=selection.of,
        )
        if evidence.answer is None:
            return talk.failed(query, evidence)
        sentence = _sentence(query, talk, kind, place, selection, evidence)
        (parts if data(evidence)["count"] or query.group_by else none).append(sentence)
        if query.intent == "list" or data(evidence)["count"] <= 3:
            subjects += subjects_in(evidence, kind)
    parts = parts or none  # of several kinds those of which there are some
    for one in in_full(query.columns):
        if not one.usual and not any(one.columns(kind) for kind in kinds):  # what is left out is said
            parts.append(f"{noun(kinds[0])[:1].upper()}{noun(kinds[0])[1:]} have no {one.title} of their own.")
    about = subjects[:1] if query.order is not None and query.limit is None and query.intent == "list" else subjects[:8]
    return talk.reply(
        query, within("\n".join(parts)), subjects=about, namespace=place, holder=_holder(selection, kinds)
    )


def _holder(selection: Selection, kinds: Sequence[str]) -> Subject | None:
    """The one thing whose pods are listed: it is what `it` means behind the list."""
    return selection.subjects[0] if len(selection.subjects) == 1 and selection.subjects[0].kind not in kinds else None


def _conditions(query: ChatQuery) -> list[ObjectAttribute]:
    """The attributes that things of the kind must have for the question to make sense."""
    return in_full([*(name for name, *_ in query.conditions), *query.having, *query.lacking])


def _sum_attribute(query: ChatQuery, kind: str) -> str:
    """The attribute that is added up: an amount always, a number where its sum is asked for."""
    units = SUMMABLE if {"sum", "average"} & query.cues else ("B",)
    columns = [one for one in in_full(query.columns) if one.name not in query.lacking]
    return next((one.name for one in columns if one.unit in units and kind in one.kinds), "")


def _attributes_of(query: ChatQuery, kind: str) -> list[ObjectAttribute]:
    """The attributes that are told of each."""
    names_in_question = [*query.columns, *(name for name, *_ in query.conditions), *query.having]
    wanted_names = [
        one.name
        for one in in_full(names_in_question)
        if one.columns(kind) and one.name not in _TOLD_ANYWAY.get(kind, ())
    ]
    wanted_names = [name for name in wanted_names if name != "namespace" and kind not in WITH_OWN_SIZES]
    state = ["state"] if (query.states or query.unhealthy) and "states" not in DEFAULT.get(kind, ()) else []
    order = [query.order[0]] if query.order and query.order[0] else []
    if "restarts" in query.cues and kind == "Pod":
        order += ["restarts", "since_restart", "end_reason"]
    all_names = [*state, *wanted_names, *order]
    names = all_names if wanted_names or order else [*state, *DEFAULT.get(kind, ("state",))]
    return in_full(list(dict.fromkeys(names)))


def _sentence(
    query: ChatQuery, talk: AnswerContext, kind: str, namespace: str, selection: Selection, evidence: Evidence
) -> str:
    count, total = int(data(evidence)["count"]), int(data(evidence)["looked_at"])
    said_states = [(s, n) for s, n in query.states if not (s.column == "restarts" and query.thresholds)]
    state = states(said_states, query.unhealthy)
    place = "" if kind in w.CLUSTER_KINDS else f" {where(namespace)}"
    condition_text = " ".join(["", *selection.in_words]) if selection.in_words else ""
    mark = talk.lookups.cite(evidence, _excerpt(evidence, kind, namespace))
    coverage = evidence.answer.coverage if evidence.answer else []
    partial = "" if all(c.state == "complete" for c in coverage) else " at least"
    if selection.where and state and not selection.in_words:
        be = _verb(query, count)
        head = f"{count} of {things(kind, total)}{place}{condition_text} {be} {state}"
        if not count:
            head = _none(query, kind, total, place, state)
    else:
        be = "is" if count == 1 else "are"
        number = things(kind, count) if count else f"no {noun(kind, 1)}"
        head = f"There {be if count else 'is'}{partial} {number}{place}{condition_text}" + (
            f" that {_verb(query, count or 1)} {state}" if state else ""
        )
    groups = data(evidence).get("groups") or {}
    if groups and not query.group_by:
        unit = attribute(_sum_attribute(query, kind)).unit
        is_average = "average" in query.cues
        head += f", {average_of(groups, unit, count) if is_average else sum_of(groups, unit)}"
    elif groups:
        fewest_first = query.order is not None and not query.order[1]
        pairs = sorted(groups.items(), key=lambda item: item[1] if fewest_first else -item[1])
        by = ", ".join(f"{name} {number}" for name, number in pairs[:15])
        return f"{head}. By {query.group_by.replace('_', ' ')}: {by}. {mark}"
    if (query.intent == "count" and count > 5) or not count:
        return f"{head}. {mark}"
    page = rows(evidence)[: query.limit or DISPLAY_LIMIT]
    attributes, apart = _attributes_of(query, kind), not namespace and kind not in w.CLUSTER_KINDS
    lines = [f"- {list_line(one, attributes, kind, query, with_namespace=apart)}" for one in page]
    more = f"\nand {count - len(page)} more." if count > len(page) else ""
    return f"{head}: {mark}\n" + "\n".join(lines) + more


def _none(query: ChatQuery, kind: str, total: int, place: str, state: str) -> str:
    """That none is so; of a denied state, that all are as they should be."""
    if not total:
        return f"There is no {noun(kind, 1)}{place}"
    denied = [s.word for s, negated in query.states if negated and s.good]
    if len(query.states) == len(denied) == 1 or (query.unhealthy and not query.states):
        fine = OVER.get(kind, "")
        all_ = f"the only {noun(kind, 1)}{place} is" if total == 1 else f"all {things(kind, total)}{place} are"
        return f"{all_} {denied[0] if denied else 'well'}{fine}"
    be = "is" if total == 1 else "are"
    return f"No {noun(kind, 1)}{place} {_verb(query, 1)} {state}; there {be} {total}"


def _verb(query: ChatQuery, count: int) -> str:
    if any(state.column == "restarts" for state, _ in query.states):
        return "has" if count == 1 else "have"
    return "is" if count == 1 else "are"


def _excerpt(evidence: Evidence, kind: str, namespace: str) -> str:
    names = [str(r["name"]) for r in rows(evidence)[:8]]
    return enumeration(names, 8) or f"{kind} {namespace}".strip()
