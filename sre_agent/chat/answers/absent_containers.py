"""A question about a container that is not there."""

from __future__ import annotations

from dataclasses import replace

from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers import describe
from sre_agent.chat.lookup_session import enumeration
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply


async def no_such_container(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """That there is no container of a name, and which there are: whether the rest is well was not asked."""
    names = enumeration([f"'{name}'" for name in talk.names.unmatched])
    talk.names.unmatched.clear()
    reply = await describe.answer(replace(query, intent="describe", states=(), columns=("containers",)), talk)
    return reply.model_copy(update={"text": f"No container there is called {names}.\n{reply.text}"})
