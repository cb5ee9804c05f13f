"""What needs no look: what can be asked, and that a question was not understood."""

from __future__ import annotations

from sre_agent.chat.query import Query
from sre_agent.chat.reply import Reply
from sre_agent.chat.talk import Talk

CAN = """I can tell:
- what is wrong with something and why: "what is wrong with checkout in shop", "why is pod web-1 not ready"
- what there is: "which pods are not ready in shop", "how many deployments by namespace", "PVCs with their sizes"
- logs: "last 10 log lines of checkout containing timeout", "errors in the logs of cart since 14:00", "how long did \
renders take in the logs of web"
- changes: "what changed in shop in the last hour", and differences: "compare checkout with cart"
- connections and rights: "can web reach orders", "may service account ci list secrets in shop"
- metrics and alarms: "how much memory does checkout use", "which alarms are firing"
- runbooks: "what do runbooks say about a full disk"
- and mend: "fix deployment checkout in shop" opens an incident; a human approves as usual."""


async def help_(query: Query, talk: Talk) -> Reply:
    return talk.reply(query, CAN)


async def unknown(query: Query, talk: Talk) -> Reply:
    text = f"This question is not understood: {query.text!r}. It names nothing that can be looked up here.\n{CAN}"
    return talk.reply(query, text, outcome="cannot")
