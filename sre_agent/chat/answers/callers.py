"""Who needs a thing: the workloads that name it in their variables, arguments or configuration."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.cloud import cannot_tell, is_cloud
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.related import related, workload_of
from sre_agent.chat.answers.watched import users_of
from sre_agent.chat.answers.wording import things
from sre_agent.chat.lookup_session import data, enumeration, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.chat.words import WORKLOAD_KINDS

CALLED: Final = (*WORKLOAD_KINDS, "Pod", "ReplicaSet", "Service", "Ingress")


@answers("callers")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """The callers of one named thing. That none is found is no proof: Secrets and programs are not read."""
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return talk.unmet(query, problem)
    lookups = await talk.names.all_meant(query, namespace)
    if not lookups:
        text = 'Callers of what? Name it, for example "who calls checkout".'
        return talk.reply(query, text, outcome="cannot")
    subject = lookups[0].subject
    if subject is None:
        return talk.unmet(query, lookups[0])
    if is_cloud(subject) and (reply := await _users_by_name(query, talk, subject)) is not None:
        return reply
    if (cannot := cannot_tell(query, talk, [subject])) is not None:
        return cannot
    if subject.kind not in CALLED:
        return await _users(query, talk, subject)
    subject = await workload_of(talk, subject)
    calls = [
        await talk.lookups.look_up("kubernetes", "kubectl_callers", name=subject.name, namespace=subject.namespace)
    ]
    if subject.namespace:  # from elsewhere a Service is called by its name and namespace
        far = f"{subject.name}.{subject.namespace}"
        calls.append(await talk.lookups.look_up("kubernetes", "kubectl_callers", name=far))
    if unread := next((one for one in calls if one.answer is None), None):
        return talk.failed(query, unread)
    own = f"{subject.namespace}/{subject.name}"
    caller_names = [str(one) for evidence in calls for one in data(evidence).get("callers", [])]
    callers = [one for one in dict.fromkeys(caller_names) if not one.endswith(own)]
    mark = "".join(talk.lookups.cite(evidence, ", ".join(callers) or subject.name) for evidence in calls)
    if callers:
        verb = "names" if len(callers) == 1 else "name"
        text = f"{enumeration(callers)} {verb} {subject.name} in its declared configuration. {mark}"
    else:
        text = f"No workload names {subject.short} in its variables, arguments or ConfigMaps. {mark}"
    coverage = [one for evidence in calls for one in (evidence.answer.coverage if evidence.answer else [])]
    gaps = enumeration(list(dict.fromkeys(one.looked_at for one in coverage if one.state != "complete")), 3)
    text += f" Not read completely: {gaps}." if gaps else ""
    text += " Values of Secrets and addresses built into programs are not read, so callers may be missing."
    text = within("\n".join(filter(None, [lookups[0].note, text])))
    results = [Subject.model_validate(f"{subject.scope}|{one}") for one in callers]
    return talk.reply(query, text, subjects=[subject], results=results)


async def _users_by_name(query: ChatQuery, talk: AnswerContext, resource: Subject) -> ChatReply | None:
    """The workloads that name an AWS resource; None where none does, which is no proof: Secrets are not read."""
    users, unread = await users_of(talk, resource.name)
    if not users:
        return None
    lines = [f"- {user.short} names it in its declared configuration. {mark}" for user, mark in users]
    gaps = [f"That could not all be read. {talk.lookups.cite(one)}" for one in unread[:1]]
    rest = "Values of Secrets and names built into programs are not read, so users may be missing."
    text = "\n".join([f"{resource.short} is used by:", *lines, *gaps, rest])
    return talk.reply(query, within(text), subjects=[resource])


async def _users(query: ChatQuery, talk: AnswerContext, subject: Subject) -> ChatReply:
    """What names a thing that nobody calls: an account, a claim, a class, a Secret."""
    parts: list[str] = []
    for kind in (*WORKLOAD_KINDS, "Pod", "Ingress"):
        aim = await related(talk, subject, kind)
        if aim is None or aim.of or aim.selector:
            continue
        evidence = await talk.lookups.select(kind, subject.namespace, where=aim.where, columns=["name"], limit=12)
        if evidence.answer is None:
            return talk.failed(query, evidence)
        names = [f"{row.get('namespace', '')}/{row['name']}" for row in rows(evidence)]
        if names:
            parts.append(
                f"{things(kind, data(evidence)['count'])}: {enumeration(names)}. {talk.lookups.cite(evidence)}"
            )
    none = f"No workload, pod or Ingress names {subject.short} in its own fields."
    text = "\n".join([f"{subject.short} is used by:", *(f"- {part}" for part in parts)]) if parts else none
    return talk.reply(query, within(text), subjects=[subject])
