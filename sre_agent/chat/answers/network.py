"""Whether one thing reaches another, by what is declared: DNS, Service, endpoints, policies of both sides."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.backing import investigated_behind
from sre_agent.chat.answers.cloud import cannot_tell
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.verdicts import cited_statement, is_well_by
from sre_agent.chat.lookup_session import data
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within


@dataclass(frozen=True)
class DeclaredConnection:
    """What the configuration shows of a connection, as an answer. `open_way` says that nothing in it blocks the
    connection; empty where something does, or where that was not told. `source` is who connects."""

    reply: ChatReply
    source: Subject | None = None
    open_way: str = ""


@answers("reach")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """By the configuration; why something cannot be reached, where nothing in it is in the way, by an investigation of
    who cannot reach it."""
    connection = await _declared_connection(query, talk)
    if not (connection.source and connection.open_way and (query.intent == "why" or "why" in query.cues)):
        return connection.reply
    report = await investigated_behind(query, talk, connection.source)
    if report is None or is_well_by(report) is not False:
        return connection.reply
    text = within(f"{cited_statement(talk, report)}\n{connection.open_way}")
    return talk.reply(query, text, subjects=[connection.source], report=report, calls=report.cost.tool_calls)


async def _declared_connection(query: ChatQuery, talk: AnswerContext) -> DeclaredConnection:
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return DeclaredConnection(talk.unmet(query, problem))
    mentions = await talk.names.subjects_of(query, namespace)
    if len(mentions) > 1 and mentions[1].place == "from" and mentions[0].place != "from":
        mentions = [mentions[1], mentions[0], *mentions[2:]]
    lookups = await talk.names.all_meant(replace(query, mentions=tuple(mentions)), namespace)
    if unmet := next((one for one in lookups if one.subject is None), None):
        return DeclaredConnection(talk.unmet(query, unmet))
    subjects = [one.subject for one in lookups if one.subject is not None]
    if (cannot := cannot_tell(query, talk, subjects)) is not None:
        return DeclaredConnection(cannot)
    if len(subjects) < 2:
        text = 'Name both ends, for example "can checkout reach orders".'
        return DeclaredConnection(talk.reply(query, text, outcome="cannot", subjects=subjects))
    source, target = subjects[0], await _service_of(talk, mentions[1].kind if len(mentions) > 1 else "", subjects[1])
    evidence = await talk.lookups.look_up(
        "kubernetes", "kubectl_network_path",
        source=f"{source.namespace}/{source.name}", target=f"{target.namespace}/{target.name}",
    )  # fmt: skip
    if evidence.answer is None:
        return DeclaredConnection(talk.failed(query, evidence))
    hops = data(evidence).get("hops", [])
    broken_hops = [hop for hop in hops if hop["holds"] == "no"]
    detail = (
        broken_hops[0]["detail"]
        if broken_hops
        else "; ".join(str(hop["detail"]) for hop in hops if hop["holds"] == "yes")
    )
    mark = talk.lookups.cite(evidence, str(detail))
    text = _path_text(query, source, target, hops, broken_hops, mark)
    facts = [o for o in evidence.answer.observations if o.subject.kind == "Service" and "selector" in o.attributes]
    selector = next((str(o.attributes.get("selector", "")) for o in facts), "")
    text += await _labels(talk, target, selector) if broken_hops and selector else ""
    notes = [one.note for one in lookups if one.note]
    reply = talk.reply(query, within("\n".join([*notes, text])), subjects=[source, target])
    return DeclaredConnection(reply, source, "" if broken_hops else f"Nothing{_open_way(source, target, hops)} {mark}")


def _path_text(
    query: ChatQuery,
    source: Subject,
    target: Subject,
    hops: list[dict[str, str]],
    broken_hops: list[dict[str, str]],
    mark: str,
) -> str:
    way = f"{source.short} to {target.short}"
    if broken_hops:
        more = (
            "; also: " + "; ".join(f"{hop['what']}: {hop['detail']}" for hop in broken_hops[1:3])
            if broken_hops[1:]
            else ""
        )
        return (
            f"No, the path from {way} is broken at {broken_hops[0]['what']}: {broken_hops[0]['detail']}{more}. {mark}"
        )
    so = (
        "That is not so, as far as the configuration shows: nothing"
        if "why" in query.cues and query.negated
        else "Yes: nothing"
    )
    return f"{so}{_open_way(source, target, hops)} {mark}"


def _open_way(source: Subject, target: Subject, hops: list[dict[str, str]]) -> str:
    """The rest of a sentence that begins with "Nothing"."""
    unknown = [hop["what"] for hop in hops if hop["holds"] == "unknown"]
    text = f" in the declared configuration blocks traffic between {source.short} and {target.short}"
    return f"{text}; unknown: {', '.join(unknown)}." if unknown else f"{text}."


async def _service_of(talk: AnswerContext, kind: str, target: Subject) -> Subject:
    """The Service of the target's name, where there is one: what callers call."""
    if target.kind == "Service" or kind in ("Pod", "Deployment", "StatefulSet"):
        return target
    service, _ = await talk.object(target.model_copy(update={"kind": "Service"}), "name")
    return target.model_copy(update={"kind": "Service"}) if service else target


async def _labels(talk: AnswerContext, target: Subject, selector: str) -> str:
    """What labels the pods of the namespace carry for the keys that a selector without pods wants."""
    keys = [part.partition("=")[0] for part in selector.split(",")]
    parts = []
    for key in keys[:3]:
        path = f"metadata.labels.{key}"
        evidence = await talk.lookups.select("Pod", target.namespace, columns=["name"], group_by=path, limit=1)
        groups = {value: count for value, count in (data(evidence).get("groups") or {}).items() if value != "none"}
        there = ", ".join(f"{key}={value} on {count}" for value, count in list(groups.items())[:4])
        mark = talk.lookups.cite(evidence)
        parts.append(f"{there or f'no pod has a label {key}'} {mark}")
    return f" The selector {selector} matches no pods; labels of the pods there: {'; '.join(parts)}."
