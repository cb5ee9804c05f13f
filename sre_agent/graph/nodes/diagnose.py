"""The engine's verdict over everything in the ledger; where that stays open, a chat model may propose a cause."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from langchain_core.messages import HumanMessage, SystemMessage
from langgraph.runtime import Runtime

from sre_agent.agents.briefing import numbered
from sre_agent.diagnosis import proposals
from sre_agent.diagnosis.confidence import is_proven
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence
from sre_agent.errors import ModelUnavailableError
from sre_agent.graph import state_values
from sre_agent.graph.context import Context
from sre_agent.graph.evidence import ledger, seen_by_a_model, weigh, weighing_inputs
from sre_agent.graph.messages import agent_message
from sre_agent.graph.model_use import may_ask, tier_for, without_model
from sre_agent.graph.recurrence import confirmed_again, seen_before
from sre_agent.graph.routing import TRIES, WHOLE
from sre_agent.graph.state import RunState
from sre_agent.prompting import Prompt, prompt


async def diagnose(state: RunState, runtime: Runtime[Context]) -> RunState:
    context = runtime.context
    diagnosis, update = (await weigh(state, context)).diagnosis, RunState()
    evidence = await ledger(context)
    inputs = weighing_inputs(state, evidence, diagnosis, context)
    most = min(TRIES, WHOLE - 1 - state.get("model_steps", 0))  # one stays for the words of the report
    has_answers = any(item.answer is not None for item in evidence)
    is_settled = not state.get("unsettled")  # a model proposes no cause on a neighbour of what could not be found
    again = state.get("recurs") or await confirmed_again(state, diagnosis, context)
    if again:
        update["recurs"] = again
    elif is_settled and not is_proven(diagnosis) and may_ask(state, context) and has_answers and most > 0:
        try:
            diagnosis, update = await _with_a_models_word(diagnosis, evidence, most, state, context)
        except ModelUnavailableError as problem:
            update = without_model("what it concludes from the evidence", problem)
            update["model_steps"] = state.get("model_steps", 0) + most
    context.progress.say(
        "diagnosis", context.incident, data=diagnosis.model_dump(mode="json"), inputs=inputs.model_dump(mode="json")
    )
    message = agent_message("diagnose", diagnosis.statement, context.incident)
    past = await seen_before(state, diagnosis, context)
    return {**update, **state_values.update(diagnosis=diagnosis, seen_before=past), "messages": [message]}


def instruction(context: Context) -> Prompt:
    """What the model is told, the same for every incident."""
    return prompt("diagnose", context.prompts, classes=list(context.catalogue))


async def _with_a_models_word(
    diagnosis: Diagnosis, evidence: Sequence[Evidence], most: int, state: RunState, context: Context
) -> tuple[Diagnosis, RunState]:
    """Raises ModelUnavailableError."""
    instructions = instruction(context)
    briefing = seen_by_a_model(state, evidence, diagnosis)
    about = "what it concludes from the evidence"
    reply = await context.models.ask(
        await tier_for(context, hard=True),
        [SystemMessage(instructions.text), HumanMessage(f"{briefing}\n\nWhat do you conclude from it?")],
        schema=proposals.ProposalReply,
        incident=context.incident,
        agent="diagnose",
        prompt=instructions.label,
        most=most,
        on_sent=partial(
            context.progress.say, "model.asked", context.incident, "diagnose", about=about, prompt=instructions.label
        ),
    )
    steps = state.get("model_steps", 0) + reply.calls_made
    if not isinstance(reply.parsed, proposals.ProposalReply):
        note = "The model's answer on the cause was not in the form that was asked for, and was left out."
        return diagnosis, {"model_notes": [note], "model_steps": steps}
    proof = proposals.Proof(evidence, numbered(evidence))
    new_diagnosis, notes = proposals.judge(
        diagnosis, reply.parsed, proof, context.catalogue, model=reply.model, prompt=instructions.label
    )
    return new_diagnosis, {"model_notes": notes, "model_steps": steps}
