"""Which things of a kind have one of another kind, and which have none: `deployments without an autoscaler`.

Each thing is looked at by itself, because what covers a workload by labels or reference only the server can tell.
"""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.related import select
from sre_agent.chat.answers.wording import noun, things, where
from sre_agent.chat.lookup_session import data, enumeration, rows
from sre_agent.chat.query import ChatQuery, KindPair
from sre_agent.chat.reply import ChatReply, within
from sre_agent.chat.words import CLUSTER_KINDS, WORKLOAD_KINDS
from sre_agent.domain.finding import Evidence

LOOKED_AT: Final = 30  # things of a kind, each by a call
CITED: Final = 4


async def answer(query: ChatQuery, pair: KindPair, talk: AnswerContext, namespace: str) -> ChatReply:
    """A line for each kind of thing; what was not looked at is said."""
    parts: list[str] = []
    subjects: list[Subject] = []
    for kind in [pair.kind] if pair.kind else WORKLOAD_KINDS[:3]:
        place = "" if kind in CLUSTER_KINDS else namespace
        listing = await talk.lookups.select(kind, place, columns=["name"], limit=LOOKED_AT)
        if listing.answer is None:
            return talk.failed(query, listing)
        matches: list[Subject] = []
        marks: list[Evidence] = [listing]
        for row in rows(listing):
            subject = Subject(scope=str(data(listing).get("scope", "")), kind=kind,
                              namespace=str(row.get("namespace") or ""), name=str(row["name"]))  # fmt: skip
            evidence = await select(talk, subject, pair.partner, ["name"], limit=1)
            if evidence is None:
                text = f"What {noun(pair.partner)} belong to {noun(kind)} cannot be told: nothing known joins the two."
                return talk.reply(query, text, outcome="cannot")
            if evidence.answer is None:
                return talk.failed(query, evidence)
            if bool(data(evidence)["count"]) is not pair.denied:
                matches.append(subject)
                marks.append(evidence)
        if rows(listing) or pair.kind:
            parts.append(_line(talk, pair, kind, place, listing, matches, marks))
        subjects += matches
    text = within("\n".join(parts)) or f"There are no workloads {where(namespace)}."
    return talk.reply(query, text, subjects=subjects[:8], namespace=namespace)


def _line(
    talk: AnswerContext,
    pair: KindPair,
    kind: str,
    place: str,
    listing: Evidence,
    matches: list[Subject],
    marks: list[Evidence],
) -> str:
    total, looked_at = int(data(listing)["count"]), len(rows(listing))
    citations = "".join(talk.lookups.cite(one) for one in marks[:CITED])
    has = f"{'no' if pair.denied else 'a'} {noun(pair.partner, 1)}"
    among = "" if kind in CLUSTER_KINDS else f" {where(place)}"
    names = [one.name if place else f"{one.namespace}/{one.name}" for one in matches]
    verb = "has" if len(matches) == 1 else "have"
    head = f"{len(matches) or 'None'} of {things(kind, looked_at)}{among} {verb} {has}"
    rest = f" {total - looked_at} more were not looked at." if total > looked_at else ""
    return f"{head}{': ' + enumeration(names) if names else ''}. {citations}{rest}"
