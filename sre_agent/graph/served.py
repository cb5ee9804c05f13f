"""The graph for LangGraph's own tools (`langgraph.json` names it): Studio and `langgraph dev` show its steps.

Nothing is opened to make it. An incident does not run here: a run needs the services of a responder, which
`sre_agent.compose` opens and the worker passes as the context.
"""

from __future__ import annotations

from langchain_core.runnables import RunnableConfig

from sre_agent.agents.roster import roster
from sre_agent.graph.build import Graph, build


def make_graph(config: RunnableConfig) -> Graph:
    """The compiled graph with the shipped specialists. `config` is what LangGraph's server passes; nothing is read
    from it. There is no checkpointer: that server has its own."""
    return build(roster(), None)
