"""The two places where a run stands still. They contain nothing but their interrupt, so entering twice does nothing."""

from __future__ import annotations

from langgraph.types import interrupt

from sre_agent.graph.state import State


async def approve(state: State) -> State:
    """Until a human decides, or the question expires."""
    return {"decision": interrupt({"kind": "approval", **(state["question"] or {})})}


async def wait(state: State) -> State:
    """Until it is time to look again."""
    interrupt({"kind": "wait", "until": state["wait_until"]})
    return {"wait_until": ""}
