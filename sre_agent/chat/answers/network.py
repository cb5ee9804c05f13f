"""Whether one thing reaches another, by what is declared: DNS, Service, endpoints, policies of both sides."""

from __future__ import annotations

from dataclasses import replace

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.cloud import cannot_tell
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.lookup_session import data
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within


@answers("reach")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return talk.unmet(query, problem)
    mentions = talk.names.subjects_of(query, namespace)
    if len(mentions) > 1 and mentions[1].place == "from" and mentions[0].place != "from":
        mentions = [mentions[1], mentions[0], *mentions[2:]]
    found = await talk.names.all_meant(replace(query, mentions=tuple(mentions)), namespace)
    if unmet := next((one for one in found if one.subject is None), None):
        return talk.unmet(query, unmet)
    subjects = [one.subject for one in found if one.subject is not None]
    if (cannot := cannot_tell(query, talk, subjects)) is not None:
        return cannot
    if len(subjects) < 2:
        text = 'Name both ends, for example "can checkout reach orders".'
        return talk.reply(query, text, outcome="cannot", subjects=subjects)
    source, target = subjects[0], await _service_of(talk, mentions[1].kind if len(mentions) > 1 else "", subjects[1])
    evidence = await talk.lookups.look_up(
        "kubernetes", "kubectl_network_path",
        source=f"{source.namespace}/{source.name}", target=f"{target.namespace}/{target.name}",
    )  # fmt: skip
    if evidence.answer is None:
        return talk.failed(query, evidence)
    hops = data(evidence).get("hops", [])
    broken = [hop for hop in hops if hop["holds"] == "no"]
    said = broken[0]["detail"] if broken else "; ".join(str(hop["detail"]) for hop in hops if hop["holds"] == "yes")
    mark = talk.lookups.cite(evidence, str(said))
    text = _told(query, source, target, hops, broken, mark)
    facts = [o for o in evidence.answer.observations if o.subject.kind == "Service" and "selector" in o.attributes]
    wanted = next((str(o.attributes.get("selector", "")) for o in facts), "")
    text += await _labels(talk, target, wanted) if broken and wanted else ""
    notes = [one.note for one in found if one.note]
    return talk.reply(query, within("\n".join([*notes, text])), subjects=[source, target])


def _told(
    query: ChatQuery,
    source: Subject,
    target: Subject,
    hops: list[dict[str, str]],
    broken: list[dict[str, str]],
    mark: str,
) -> str:
    way = f"{source.short} to {target.short}"
    if broken:
        more = "; also: " + "; ".join(f"{hop['what']}: {hop['detail']}" for hop in broken[1:3]) if broken[1:] else ""
        return f"No, the path from {way} is broken at {broken[0]['what']}: {broken[0]['detail']}{more}. {mark}"
    unknown = [hop["what"] for hop in hops if hop["holds"] == "unknown"]
    so = (
        "That is not so, as far as the configuration shows: nothing"
        if "why" in query.cues and query.negated
        else "Yes: nothing"
    )
    text = f"{so} in the declared configuration blocks traffic between {source.short} and {target.short}"
    return f"{text}; unknown: {', '.join(unknown)}. {mark}" if unknown else f"{text}. {mark}"


async def _service_of(talk: AnswerContext, kind: str, target: Subject) -> Subject:
    """The Service of the target's name, where there is one: what callers call."""
    if target.kind == "Service" or kind in ("Pod", "Deployment", "StatefulSet"):
        return target
    found, _ = await talk.object(target.model_copy(update={"kind": "Service"}), "name")
    return target.model_copy(update={"kind": "Service"}) if found else target


async def _labels(talk: AnswerContext, target: Subject, wanted: str) -> str:
    """What labels the pods of the namespace carry for the keys that a selector without pods wants."""
    keys = [part.partition("=")[0] for part in wanted.split(",")]
    parts = []
    for key in keys[:3]:
        path = f"metadata.labels.{key}"
        found = await talk.lookups.select("Pod", target.namespace, columns=["name"], group_by=path, limit=1)
        groups = {value: count for value, count in (data(found).get("groups") or {}).items() if value != "none"}
        there = ", ".join(f"{key}={value} on {count}" for value, count in list(groups.items())[:4])
        mark = talk.lookups.cite(found)
        parts.append(f"{there or f'no pod has a label {key}'} {mark}")
    return f" The selector {wanted} matches no pods; labels of the pods there: {'; '.join(parts)}."
