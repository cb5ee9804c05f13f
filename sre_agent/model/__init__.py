"""The chat models: which ones, how they are asked, what becomes of an answer, and what it costs.

LangChain defines what a chat model is; nothing here wraps it again. `Models.ask` is the one entry point for everybody
who wants an answer: it holds budgets and quotas, tries again and elsewhere, and keeps the ledger of costs. Each
technology is one file with `open_model(address, settings) -> Opened`.

What is named here is loaded when it is asked for: whoever only reads addresses does not wait for LangChain.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sre_agent.model.models import Models, open_models
    from sre_agent.model.reply import BadCall, ModelReply
    from sre_agent.model.request import Opener
    from sre_agent.model.shortening import EVIDENCE

_WHERE = {
    "BadCall": "reply",
    "EVIDENCE": "shortening",
    "Models": "models",
    "Opener": "request",
    "ModelReply": "reply",
    "open_models": "models",
}
__all__ = ["EVIDENCE", "BadCall", "ModelReply", "Models", "Opener", "open_models"]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
