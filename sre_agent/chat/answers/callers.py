"""Who needs a thing: the workloads that name it in their variables, arguments or configuration."""

from __future__ import annotations

from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.cloud import cannot_tell
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.related import workload_of
from sre_agent.chat.lookup_session import data, enumeration
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within


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
    if (cannot := cannot_tell(query, talk, [subject])) is not None:
        return cannot
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
    return talk.reply(query, within("\n".join(filter(None, [lookups[0].note, text]))), subjects=[subject])
