"""Wiring only: which step follows which, and what every step is wrapped in."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command
from opentelemetry import trace

from sre_agent.graph.context import Context
from sre_agent.graph.nodes.diagnose import diagnose
from sre_agent.graph.nodes.edit import edit
from sre_agent.graph.nodes.gate import gate
from sre_agent.graph.nodes.intake import intake
from sre_agent.graph.nodes.plan import plan
from sre_agent.graph.nodes.remediate import remediate
from sre_agent.graph.nodes.report import report
from sre_agent.graph.nodes.specialists import specialist
from sre_agent.graph.nodes.supervise import supervise
from sre_agent.graph.nodes.suspend import after_wait, approve, wait
from sre_agent.graph.nodes.verify import verify
from sre_agent.graph.state import RunState

UNBROKEN = ("gate", "remediate", "report")  # a permit is used, a write is looked at, what has its report is over
TRACER = trace.get_tracer("sre_agent.graph")
LOG = structlog.get_logger("sre_agent.graph")
Graph = CompiledStateGraph[RunState, Context, RunState, RunState]


def build(
    specialists: Iterable[str], checkpoints: BaseCheckpointSaver[Any] | None, context: type[Any] = Context
) -> Graph:
    """The compiled graph for a roster. Thread id is the incident's id; without checkpoints it is only shown."""
    graph = _without_checkpoints(tuple(sorted(specialists)), context)  # type: ignore[arg-type] # a class is hashable
    return graph.copy({"checkpointer": checkpoints})


@functools.cache
def _without_checkpoints(names: tuple[str, ...], context: type[Any]) -> Graph:
    """LangGraph takes each node's code apart to look for graphs in it: once for a process, not for each runtime."""
    graph = StateGraph(RunState, context_schema=context)
    graph.add_node("intake", _with_span("intake", intake))
    sent_by_supervisor = (*names, "intake", "diagnose", "plan", "report")
    graph.add_node("supervisor", _with_span("supervisor", supervise), destinations=sent_by_supervisor)
    for name in names:
        graph.add_node(name, _with_span(name, specialist(name)))
        graph.add_edge(name, "supervisor")
    graph.add_node("diagnose", _with_span("diagnose", diagnose))
    graph.add_node("plan", _with_span("plan", plan), destinations=("gate", "supervisor"))
    sent_by_gate = ("approve", "edit", "gate", "remediate", "plan", "wait", "supervisor")
    graph.add_node("gate", _with_span("gate", gate), destinations=sent_by_gate)
    graph.add_node("approve", approve)
    graph.add_node("edit", _with_span("edit", edit), destinations=("gate",))
    graph.add_node(
        "remediate", _with_span("remediate", remediate), destinations=("verify", "gate", "plan", "wait", "supervisor")
    )
    graph.add_node("verify", _with_span("verify", verify), destinations=("wait", "gate", "plan", "supervisor"))
    graph.add_node("wait", wait)
    graph.add_node("report", _with_span("report", report))
    graph.add_edge(START, "intake")
    graph.add_edge("intake", "supervisor")
    graph.add_edge("diagnose", "supervisor")
    graph.add_edge("approve", "gate")
    graph.add_conditional_edges("wait", after_wait, ["verify", "gate", "plan"])
    graph.add_edge("report", END)
    return graph.compile()


Step = Callable[[Any, Runtime[Context]], Awaitable[Any]]


def _with_span(name: str, step: Step) -> Any:  # LangGraph's own node types cannot be written down from outside
    """The step with a span, a log line and its beginning and end told to whoever listens."""

    @functools.wraps(step)
    async def run_step(state: Any, runtime: Runtime[Context]) -> Any:
        context = runtime.context
        context.progress.say("node.started", context.incident, name)
        started = context.clock.now()
        with TRACER.start_as_current_span(
            name, attributes={"agent_name": name, "incident_id": context.incident}
        ) as span:
            result = await step(state, runtime)
            goto = getattr(result, "goto", "")
            span.set_attribute("next", goto if isinstance(goto, str) else "specialists")
        for note in _notes(result):
            context.progress.say("warning", context.incident, name, text=note)
        if name not in UNBROKEN:
            await context.called_off()
        ms = round((context.clock.now() - started).total_seconds() * 1000)
        LOG.info("step", agent_name=name, incident_id=context.incident, action=name, duration_ms=ms, status="ok")
        context.progress.say("node.ended", context.incident, name)
        return result

    return run_step


def _notes(result: Any) -> list[str]:
    """What a step has to say of the chat model: whoever waits for it hears it at once, and not in the report alone."""
    update = result.update if isinstance(result, Command) else result
    return list(update.get("model_notes", [])) if isinstance(update, dict) else []
