"""What a conversation is to whoever holds it: it is asked, and what it remembers is kept for another process."""

from __future__ import annotations

from typing import Protocol

from sre_agent.chat.reply import ChatReply


class Dialogue(Protocol):
    @property
    def question_count(self) -> int:
        """How many questions it was asked in this process."""

    async def ask(self, text: str) -> ChatReply:
        """The answer to a sentence. Raises nothing for what cannot be answered."""

    def memory_json(self) -> str:
        """What it would need to go on in another process, as JSON."""

    def recall(self, memory: str) -> None:
        """Go on from what was remembered."""
