"""The chat models: which ones, how they are asked, what becomes of an answer, and what it costs.

LangChain defines what a chat model is; nothing here wraps it again. `Models.ask` is the one door for everybody who
wants an answer: it holds budgets and quotas, tries again and elsewhere, and keeps the ledger of costs. Each technology
is one file with `open_model(address, settings) -> Opened`.
"""

from __future__ import annotations

from sre_agent.model.models import Models, open_models
from sre_agent.model.question import Opener
from sre_agent.model.reply import BadCall, Reply
from sre_agent.model.shortening import EVIDENCE

__all__ = ["EVIDENCE", "BadCall", "Models", "Opener", "Reply", "open_models"]
