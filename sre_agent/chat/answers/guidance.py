"""What needs no look: what can be asked, and that a question was not understood."""

from __future__ import annotations

from dataclasses import replace

from mcp_servers.contract.bounds import excerpt as brief
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers import greeting
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.symptom import troubles_instead
from sre_agent.chat.intents import asking
from sre_agent.chat.query import UNKNOWN, ChatQuery
from sre_agent.chat.reply import ChatReply

LONGEST = 120  # characters of a question that is said back
CAN = """I can tell:
- what is wrong with something and why: "what is wrong with checkout in shop", "why is pod web-1 not ready"
- what there is: "which pods are not ready in shop", "how many deployments by namespace", "PVCs with their sizes"
- logs: "last 10 log lines of checkout containing timeout", "errors in the logs of cart since 14:00", "how long did \
renders take in the logs of web"
- changes and events: "what changed in shop in the last hour", "show warnings", "compare checkout with cart"
- connections and rights: "can web reach orders", "who calls orders", "may service account ci list secrets in shop"
- metrics and alarms: "how much memory does checkout use", "which alarms are firing"
- AWS resources by their names: "is function resize healthy", "errors in the logs of resize", "which queues are there"
- runbooks: "what do runbooks say about a full disk"
- incidents: "what happened last night", "who approved it", "why was nothing done", "what did it cost", "approve it"
- and mend: "fix deployment checkout in shop" opens an incident; a human approves as usual."""


@answers("help")
async def help_(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    if "thanks" in query.cues and "help" not in query.cues:
        return talk.reply(query, "You are welcome.")
    talk.memory.explained = True
    if "greeting" in query.cues:
        return talk.reply(query, "\n".join([*await greeting.lines(talk), 'Say "help" for what can be asked.']))
    return talk.reply(query, CAN)


@answers(UNKNOWN)
async def unknown(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    if (reply := await troubles_instead(query, talk)) is not None:
        return reply
    rest = 'Say "help" for what can be asked.' if talk.memory.explained else CAN
    talk.memory.explained = True
    quote = brief(query.text, LONGEST)
    text = f"I do not understand {quote!r}: it names nothing that can be looked up here.\n{rest}"
    return talk.reply(replace(query, intent=UNKNOWN), text, outcome="cannot")


async def unsure(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """That two things may be wanted, each as a sentence that asks for it."""
    intents = [intent for intent in (query.intent, query.rival) if intent is not None]
    names = [mention.name for mention in query.candidates]
    choices = [asking(intent, names) for intent in intents]
    quoted = " or ".join(f'"{choice}"' for choice in choices)
    text = f"Did you mean {quoted}?"
    return talk.reply(query, text, outcome="choice", choices=choices)


@answers("order")
async def order(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """That nothing is done because somebody says so."""
    names = [mention.name for mention in query.candidates]
    say = asking("fix", names) if names else "fix"
    text = (
        "Nothing is changed on request alone: a change needs a diagnosis, a policy that permits it and, as a rule, "
        "an approval. "
        f'Say "{say}"{"" if names else " and the name of what is broken"} to open an incident, or make the change '
        "yourself with kubectl."
    )
    return talk.reply(query, text, outcome="cannot")
