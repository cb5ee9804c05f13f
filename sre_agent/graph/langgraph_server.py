"""The graph for LangGraph's own tools (`langgraph.json` names it): Studio and `langgraph dev` show its steps.

Nothing is opened to make it. An incident does not run there: a run needs the services of a responder, which
`sre_agent.compose` opens and the worker passes as the context.
"""

from __future__ import annotations

from dataclasses import dataclass

from langchain_core.runnables import RunnableConfig

from sre_agent.agents.roster import roster
from sre_agent.graph.build import Graph, build


@dataclass(frozen=True)
class DisplayOnlyContext:
    """The context that a run in LangGraph's server would get. It refuses, so that the run ends with a sentence."""

    def __post_init__(self) -> None:
        raise RuntimeError(  # of Python's own errors alone does that server pass on the message
            "LangGraph's server shows this graph but cannot run it: an incident needs the responder's MCP servers,"
            " store, policies and permits. Run: sre-agent investigate ALARM"
        )


def make_graph(config: RunnableConfig) -> Graph:
    """The compiled graph with the shipped specialists. `config` is what LangGraph's server passes; nothing is read
    from it. There is no checkpointer: that server has its own."""
    return build(roster(), None, DisplayOnlyContext)
