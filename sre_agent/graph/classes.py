"""The failure classes that a run goes by: those of the catalogue, and the draft of the cause that a model proposed."""

from __future__ import annotations

from sre_agent.diagnosis import proposals
from sre_agent.failures import Catalogue
from sre_agent.graph import typed
from sre_agent.graph.context import Context
from sre_agent.graph.state import State


def known_classes(state: State, context: Context) -> Catalogue:
    """The draft is of this run alone: it is made of what the run remembers, and nobody else sees it."""
    told = typed.diagnosis(state)
    draft = proposals.draft_of(told) if told else None
    return context.catalogue if draft is None else context.catalogue.plus(draft)
