"""Who may do what: access reviews of an account, or of this program's own identity."""

from __future__ import annotations

from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.wording import noun
from sre_agent.chat.attributes import attribute
from sre_agent.chat.lookup_session import data, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within

ACCOUNTS = 12


@answers("may")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return talk.unmet(query, problem)
    kinds = [kind for kind in query.kinds if kind and kind != "ServiceAccount"]
    of_logs = "logs" in query.cues and kinds[:1] in ([], ["Pod"])
    resource = "Pod/log" if of_logs else next(iter(kinds), "")
    if not resource or not query.verb:
        text = (
            'Name who, which verb and which kind, for example "may service account ci list secrets in namespace shop".'
        )
        return talk.reply(query, text, outcome="cannot")
    mentions = await talk.names.subjects_of(query, namespace)
    if mentions:
        mention = mentions[0]
        if not (place := mention.namespace or namespace):
            lookup = await talk.names.subject(mention.__class__(mention.name, "ServiceAccount", place=mention.place))
            if lookup.subject is None:
                return talk.unmet(query, lookup)
            place = lookup.subject.namespace
        return await _one(query, talk, f"{place}/{mention.name}", resource, namespace or place)
    if query.refers and talk.memory.subjects:  # `can it read secrets`: of a workload the account that it runs as
        account = await _account_of(talk, talk.memory.subjects[0])
        if account:
            return await _one(query, talk, account, resource, namespace or account.partition("/")[0])
    if query.text.lower().startswith(("who", "which")) or "ServiceAccount" in query.kinds:
        return await _everyone(query, talk, resource, namespace)
    return await _one(query, talk, "", resource, namespace)


async def _account_of(talk: AnswerContext, subject: Subject) -> str:
    """Its service account as `namespace/name`; empty for what runs as none."""
    if subject.kind == "ServiceAccount":
        return f"{subject.namespace}/{subject.name}"
    if subject.kind not in (*w.WORKLOAD_KINDS, "ReplicaSet", "Pod"):
        return ""
    columns = attribute("service_account").columns(subject.kind)
    row, _ = await talk.object(subject, *columns)
    return f"{subject.namespace}/{next((str(row[one]) for one in columns if row.get(one)), 'default')}"


async def _one(query: ChatQuery, talk: AnswerContext, identity: str, resource: str, namespace: str) -> ChatReply:
    place = "" if resource in w.CLUSTER_KINDS else namespace
    evidence = await talk.lookups.look_up(
        "kubernetes", "kubectl_can_i", verb=query.verb, resource=resource, namespace=place, identity=identity
    )
    if evidence.answer is None:
        return talk.failed(query, evidence)
    who = f"Service account {identity}" if identity else "This program's own identity"
    allowed = bool(data(evidence).get("allowed"))
    where = f" in namespace {place}" if place else ""
    reason = f" ({data(evidence)['reason']})" if data(evidence).get("reason") else ""
    may = "may" if allowed else "may not"
    text = f"{'Yes' if allowed else 'No'}: {who} {may} {query.verb} {_what(resource)}{where}{reason}."
    return talk.reply(query, f"{text} {talk.lookups.cite(evidence, identity or resource)}", namespace=namespace)


async def _everyone(query: ChatQuery, talk: AnswerContext, resource: str, namespace: str) -> ChatReply:
    """The service accounts that may. Users and groups cannot be listed: only who authenticates knows them."""
    accounts = await talk.lookups.select("ServiceAccount", namespace, columns=["name"], limit=200)
    if accounts.answer is None:
        return talk.failed(query, accounts)
    there = [f"{row['namespace']}/{row['name']}" for row in rows(accounts)]
    may: list[str] = []
    mark = ""
    for identity in there[:ACCOUNTS]:
        place = "" if resource in w.CLUSTER_KINDS else namespace or identity.partition("/")[0]
        evidence = await talk.lookups.look_up(
            "kubernetes", "kubectl_can_i", verb=query.verb, resource=resource, namespace=place, identity=identity
        )
        if evidence.answer is None:
            return talk.failed(query, evidence)
        if data(evidence).get("allowed"):
            may.append(identity)
            mark += talk.lookups.cite(evidence, identity)
    mark = mark or talk.lookups.cite(accounts)
    rest = f" Only the first {ACCOUNTS} of {len(there)} service accounts were checked." if len(there) > ACCOUNTS else ""
    what = f"{query.verb} {_what(resource)}" + (f" in namespace {namespace}" if namespace else "")
    head = (
        f"These service accounts may {what}: {', '.join(may)}." if may else f"None of the service accounts may {what}."
    )
    tail = " The cluster cannot list its users and groups."
    return talk.reply(query, within(f"{head}{rest}{tail} {mark}"), namespace=namespace)


def _what(resource: str) -> str:
    kind, _, part = resource.partition("/")
    return f"logs of {noun(kind)}" if part == "log" else noun(kind)
