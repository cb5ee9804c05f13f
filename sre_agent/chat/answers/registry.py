"""Which function answers which intent. Each says so where it stands, and every module of this folder is loaded."""

from __future__ import annotations

import pkgutil
from collections.abc import Awaitable, Callable
from functools import cache
from importlib import import_module
from typing import Final

from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.query import ChatQuery, Intent
from sre_agent.chat.reply import ChatReply

Answer = Callable[[ChatQuery, AnswerContext], Awaitable[ChatReply]]
PACKAGE: Final = "sre_agent.chat.answers"
_registered: Final[dict[Intent, Answer]] = {}


def answers(*intents: Intent) -> Callable[[Answer], Answer]:
    """Registers the function below it. Raises ValueError where an intent has an answer already."""

    def register(answer: Answer) -> Answer:
        for intent in intents:
            if intent in _registered:
                raise ValueError(f"The intent {intent!r} is answered by {_registered[intent].__module__} already.")
            _registered[intent] = answer
        return answer

    return register


def answer_to(intent: Intent) -> Answer:
    """The function that answers an intent. Raises LookupError for one that none answers."""
    _load()
    if intent not in _registered:
        raise LookupError(f"No module of {PACKAGE} answers the intent {intent!r}.")
    return _registered[intent]


@cache
def _load() -> None:
    for module in pkgutil.iter_modules(import_module(PACKAGE).__path__):
        import_module(f"{PACKAGE}.{module.name}")
