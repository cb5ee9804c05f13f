"""What is wrong, told to somebody who says that something does not work and names nothing that exists.

Customers and shops are no objects of a cluster: `bikes cannot be unlocked` is answered by what is in trouble now.
"""

from __future__ import annotations

from dataclasses import replace

from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.registry import answer_to
from sre_agent.chat.lookup_session import enumeration
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.language.mentions import Mention


def tells_of_trouble(query: ChatQuery) -> bool:
    """Whether a sentence says that something does not work, and only of words that may mean anything."""
    tells = query.negated or query.unhealthy or any(not state.good for state, _ in query.states)
    plain = all(m.name.isalpha() and not m.kind for m in query.candidates)
    return tells and plain and not (query.columns or query.kinds or "yes-or-no" in query.forms)


async def troubles_instead(query: ChatQuery, talk: AnswerContext, namespace: str = "") -> ChatReply | None:
    """What is in trouble (in that namespace), where a sentence tells of trouble and names nothing that runs; else
    None."""
    if not tells_of_trouble(query):
        return None
    place = (Mention(namespace, "Namespace", place="namespace"),) if namespace else _places(query)
    reply = await answer_to("troubles")(replace(query, mentions=place, kinds=(), states=()), talk)
    names = enumeration([f"'{mention.name}'" for mention in query.candidates if mention.name != namespace])
    text = f"Nothing is called {names}. What is wrong now:\n{reply.text}" if names else reply.text
    return reply.model_copy(update={"text": within(text)})


def _places(query: ChatQuery) -> tuple[Mention, ...]:
    return tuple(mention for mention in query.mentions if mention.place == "namespace")
