"""Who follows an answer while a model works on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Listener(Protocol):
    def question_sent(self) -> None:
        """A question is with the model."""

    def on_text(self, part: str | None) -> None:
        """Text as it comes, not checked yet; None: what came so far is void."""

    def looks(self, tool: str, arguments: Mapping[str, Any]) -> None:
        """A call is made for it."""

    def answer_complete(self) -> None:
        """The model has ended; whatever it wrote is void, the checked answer follows."""
