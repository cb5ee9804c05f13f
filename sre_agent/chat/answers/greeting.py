"""What a greeting says: which cluster and region this is, what can be seen of it, what cannot, and what waits."""

from __future__ import annotations

from typing import Final

from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.alarms import read_alarms
from sre_agent.chat.lookup_session import data, enumeration, plain, rows

SOURCES: Final = {"cloudwatch": "CloudWatch", "prometheus": "Prometheus", "ssm": "runbooks of Systems Manager"}
NAMESPACES: Final = 6


async def lines(talk: AnswerContext) -> list[str]:
    """Each as a sentence. What was not read is not said to be there."""
    spaces = await talk.lookups.select("Namespace", columns=["name"], limit=200)
    cluster = str(data(spaces).get("scope", "")) or "unknown"
    region = f", region {talk.region}" if talk.region else ""
    names = [str(row["name"]) for row in rows(spaces)]
    spaces_text = f"{len(names)} namespaces: {enumeration(names, NAMESPACES)}"
    trouble = f"Kubernetes cannot be read: {plain(spaces.error)}" if spaces.answer is None else ""
    texts = [f"Cluster {cluster}{region}.", trouble or f"I can see {spaces_text}. {talk.lookups.cite(spaces)}"]
    calls = await read_alarms(talk)
    unread = {one.server for one in calls if one.answer is None}
    there = [text for name, text in SOURCES.items() if name in talk.lookups.servers and name not in unread]
    absent = [text for name, text in SOURCES.items() if name not in talk.lookups.servers]
    texts += [f"Also configured: {enumeration(there)}."] if there else []
    texts += [f"Not configured, so not seen: {enumeration(absent)}."] if absent else []
    texts += [f"{SOURCES[one.server]} cannot be read: {plain(one.error)}" for one in calls if one.answer is None]
    waiting = await talk.history.newest(waiting=True)
    texts += [f"{len(waiting)} incidents wait for an approval: say /approve."] if len(waiting) > 1 else []
    texts += [f"Incident {waiting[0].id} waits for an approval: say /approve."] if len(waiting) == 1 else []
    return texts
