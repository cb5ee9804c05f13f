"""Whom a workload calls, as its configuration tells, and what stands there."""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.cloud import cannot_tell
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.related import workload_of
from sre_agent.chat.lookup_session import data, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.diagnosis.phrasing import TimeFormat, sentence
from sre_agent.domain.finding import Evidence

LINES: Final = 20  # of a log that name a host
LINE: Final = 160
SERVICES: Final = 200
_HOST: Final = re.compile(  # `http://orders:80`, `orders.shop.svc`, `http://orders.shop/`
    r"(?://|(?<![\w./-])(?=[a-z0-9-]{1,63}\.[a-z0-9-]{1,63}\.svc\b))([a-z0-9-]{1,63})(?:\.([a-z0-9-]{1,63}))?(?![\w-])"
)
UNREAD = "Values of Secrets and addresses built into programs are not read, so callees may be missing."


@answers("callees")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """Each Service in a line, with the hop that leads to it. That none is found is no proof."""
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return talk.unmet(query, problem)
    lookups = await talk.names.all_meant(query, namespace)
    if not lookups:
        text = 'Whom what calls? Name it, for example "what does checkout call".'
        return talk.reply(query, text, outcome="cannot")
    if lookups[0].subject is None:
        return talk.unmet(query, lookups[0])
    if (cannot := cannot_tell(query, talk, [lookups[0].subject])) is not None:
        return cannot
    subject = await workload_of(talk, lookups[0].subject)
    evidence = await talk.lookups.look_up(
        "kubernetes", "kubectl_callees", name=subject.name, namespace=subject.namespace
    )
    if evidence.answer is None:
        return talk.failed(query, evidence)
    hops = data(evidence).get("hops", [])
    mark = talk.lookups.cite(evidence, ", ".join(str(hop["service"]) for hop in hops))
    lines = [f"- {hop['caller']} calls {hop['service']}{_facts(evidence, str(hop['service']))}" for hop in hops]
    head = f"The configuration of {subject.short} leads to {'these calls' if hops else 'no Service of the cluster'}:"
    lines += await _by_log(talk, subject, {str(hop["service"]) for hop in hops})
    text = "\n".join([f"{head if hops else head.removesuffix(':') + '.'} {mark}", *lines, UNREAD])
    results = [Subject.model_validate(f"{subject.scope}|{hop['service']}") for hop in hops]
    text = within("\n".join(filter(None, [lookups[0].note, text])))
    return talk.reply(query, text, subjects=[subject], results=list(dict.fromkeys(results)))


async def _by_log(talk: AnswerContext, subject: Subject, declared_calls: set[str]) -> list[str]:
    """The Services that the log names by a host and the configuration does not: an address may be built in."""
    of = {"namespace": subject.namespace, "name": subject.name}
    study = await talk.lookups.look_up("kubernetes", "kubectl_study_logs", **of, limit=LINES)
    lines = [str(kind["example"]) for kind in data(study).get("kinds") or []]
    lines += [str(line["text"]) for line in data(study).get("lines") or []]
    hosts = {(host[1], host[2] or subject.namespace): line for line in lines for host in _HOST.finditer(line)}
    if not hosts:
        return []
    services = await talk.lookups.select("Service", columns=["name"], limit=SERVICES)
    calls: list[str] = []
    for row in rows(services):
        short = f"Service/{row['namespace']}/{row['name']}"
        line = hosts.get((str(row["name"]), str(row["namespace"])))
        if line is not None and short not in declared_calls and str(row["name"]) != subject.name:
            calls.append(f"- by its log, it calls {short}: {excerpt(line, LINE)} {talk.lookups.cite(study, line)}")
    return calls


def _facts(evidence: Evidence, service: str) -> str:
    """What was seen of a Service, in the table's own sentences."""
    observations = evidence.answer.observations if evidence.answer is not None else []
    facts = [sentence(one, TimeFormat()) for one in observations if one.subject.short == service]
    return f": {'; '.join(dict.fromkeys(facts))}" if facts else ""
