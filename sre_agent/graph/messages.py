"""What each agent concluded, as the messages of the run: for whoever reads the run itself, and for no step of it."""

from __future__ import annotations

from typing import Final

from langchain_core.messages import AIMessage

from sre_agent.domain.finding import Finding
from sre_agent.graph import state_values
from sre_agent.graph.state import RunState

CHARACTERS: Final = 2000  # of a message: state is written at every step
NOTHING: Final = "Found nothing."


def agent_message(agent: str, text: str, incident: str, *, round_: int = 0) -> AIMessage:
    """One message for each agent and round: a step that runs again replaces what it said."""
    short = text if len(text) <= CHARACTERS else text[: CHARACTERS - 1] + "…"
    return AIMessage(content=short, name=agent, id=f"{agent}-{round_}-{incident}")


def finding_with_message(finding: Finding, incident: str) -> RunState:
    """What a specialist's node returns: its finding, and what it concluded from it."""
    lines = [*(claim.text for claim in finding.claims), *finding.gaps]
    message = agent_message(finding.agent, "\n".join(lines) or NOTHING, incident, round_=finding.round)
    return {**state_values.finding_update(finding), "messages": [message]}
