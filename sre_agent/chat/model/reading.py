"""What a model reads before it answers: the rules of its work, what was said so far, and the question.

The first part is the same for every question, so that it can be cached; the rest is data, but for the question itself.
"""

from __future__ import annotations

from datetime import datetime

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from sre_agent.chat.model.knowledge import Knowledge
from sre_agent.chat.reply import ChatReply, unmarked
from sre_agent.prompting import Prompt, fence


def messages(
    prompt: Prompt, knowledge: Knowledge, question: str, instead: ChatReply | None, now: datetime
) -> list[BaseMessage]:
    """`instead` is what the rules make of the question, where they were asked."""
    parts = [f"It is {now:%Y-%m-%dT%H:%M:%SZ}, {now:%A}."]
    if knowledge.anything:
        parts.append(f"What was asked and answered so far:\n{knowledge.memory()}")
    if instead is not None and instead.outcome != "cannot":
        number = f"{knowledge.reply(knowledge.number(), instead, (), question).number} " if instead.evidence else ""
        rules_text = fence(f"{number}ask_in_english", unmarked(instead.text))
        parts.append(f"The rules did not understand all of the question. They say:\n{rules_text}")
    parts.append(f"The user asks:\n{question}")
    return [SystemMessage(prompt.text), HumanMessage("\n\n".join(parts))]
