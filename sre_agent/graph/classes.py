"""The failure classes that a run goes by: those of the catalogue, and the draft of the cause that a model proposed."""

from __future__ import annotations

from sre_agent.diagnosis import proposals
from sre_agent.failures import Catalogue
from sre_agent.graph import state_values
from sre_agent.graph.context import Context
from sre_agent.graph.state import RunState


def known_classes(state: RunState, context: Context) -> Catalogue:
    """The draft is of this run alone: it is made of what the run remembers, and nobody else sees it."""
    diagnosis = state_values.diagnosis(state)
    draft = proposals.draft_of(diagnosis) if diagnosis else None
    return context.catalogue if draft is None else context.catalogue.plus(draft)
