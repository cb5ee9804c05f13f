"""Where the rules come to no verdict and ask for nothing more: a chat model says who is to look for what.

Its answer is held against the roster. A question is sent once, at most so many rounds are routed, and all of them
together with what follows stay within eight calls of a model one after another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Final

from langchain_core.messages import HumanMessage, SystemMessage
from langgraph.types import Send
from pydantic import BaseModel, Field

from mcp_servers.contract.bounds import excerpt
from sre_agent.diagnosis.confidence import is_proven
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.run import RoutedQuestion
from sre_agent.errors import ModelUnavailableError
from sre_agent.graph import state_values
from sre_agent.graph.context import Context
from sre_agent.graph.evidence import everything_failed, ledger, seen_by_a_model, weigh
from sre_agent.graph.model_use import may_ask, tier_for, without_model
from sre_agent.graph.recurrence import confirmed_again
from sre_agent.graph.state import RunState, SpecialistTask
from sre_agent.prompting import Prompt, fence, printable, prompt

ROUNDS: Final = 2
STEPS: Final = 6  # calls one after another; a proposal and the words of the report make it eight
TRIES: Final = 2  # calls for one answer, the failed ones included
WHOLE: Final = 8  # all of them
TURNS: Final = 3  # answers of a specialist to one question
CALLS: Final = 10  # of a specialist in one round
RESERVED: Final = 6  # calls that stay for what the rules ask after it
QUESTIONS: Final = 4
CHARACTERS: Final = 400  # of a question
CLOSE: Final = 15  # points between the best two, from which on a case is hard


class RoutedTask(BaseModel):
    specialist: str = Field(description="name of a specialist of the roster")
    question: str = Field(
        description="what to find out, with the names and the window it is about; one or two sentences"
    )
    why: str = Field("", description="what the answer would decide")


class Route(BaseModel):
    """Whom to ask what next. No questions: what is known is enough, or nobody can find out more."""

    questions: list[RoutedTask] = Field(default_factory=list)


def instruction(context: Context) -> Prompt:
    """What the supervisor's model is told, the same for every incident."""
    return prompt("supervise", context.prompts, roster=list(context.roster.values()), classes=list(context.catalogue))


async def route(state: RunState, context: Context) -> tuple[RunState, list[Send]]:
    """What to send to whom, and what to remember of it. Nothing to send: it is enough."""
    routed_questions, steps = state_values.routed_questions(state), state.get("model_steps", 0)
    if not may_ask(state, context) or rounds_of(routed_questions) >= ROUNDS or steps + 2 > STEPS:
        return {}, []
    left = await context.toolbox.budget_left(context.incident) - RESERVED
    diagnosis = (await weigh(state, context)).diagnosis
    if left <= 0 or is_proven(diagnosis) or await everything_failed(context):
        return {}, []
    if await confirmed_again(state, diagnosis, context):
        return {}, []
    briefing = seen_by_a_model(state, await ledger(context), diagnosis)
    most = min(TRIES, STEPS - steps - 1)
    try:
        route, step_count = await _answer(briefing, routed_questions, diagnosis, most, context)
    except ModelUnavailableError as problem:
        return {**without_model("whom to ask", problem), "model_steps": steps + most}, []
    fresh, notes = _sendable(route.questions if route else [], routed_questions, context)
    fresh = _affordable(fresh, left)
    notes += [] if route else ["The supervisor's model called tools that it has not, instead of saying whom to ask."]
    steps += step_count
    turns = min(TURNS, STEPS - steps)
    fresh = fresh if turns > 0 else []
    context.progress.say("model.routed", context.incident, "supervisor", questions=[q.model_dump() for q in fresh])
    update: RunState = {"model_steps": steps, "model_notes": notes}
    if not fresh:
        return update, []
    round_ = state.get("round", 0) + 1
    now = context.clock.now()
    sent = [RoutedQuestion(specialist=q.specialist, question=q.question, round=round_, at=now) for q in fresh]
    changes = state_values.update(model_steps=steps + turns, round=round_, routed=[*routed_questions, *sent])
    return {**update, **changes}, _sends(fresh, briefing, turns, left, round_, context)


def rounds_of(routed_questions: Sequence[RoutedQuestion]) -> int:
    """How many rounds a model has routed."""
    return len({question.round for question in routed_questions})


async def _answer(
    briefing: str, routed_questions: Sequence[RoutedQuestion], diagnosis: Diagnosis, most: int, context: Context
) -> tuple[Route | None, int]:
    """What the model said, None where it called tools instead, and how many of `most` calls it took.

    Raises ModelUnavailableError.
    """
    instructions = instruction(context)
    about = {"about": "whom to ask", "prompt": instructions.label}
    sent = "\n".join(f"- {question.specialist}: {question.question}" for question in routed_questions)
    before = fence("questions", sent) if sent else "none"
    reply = await context.models.ask(
        await tier_for(context, hard=_hard(diagnosis)),
        [
            SystemMessage(instructions.text),
            HumanMessage(f"{briefing}\n\nQuestions sent so far:\n{before}\n\nWhom do you ask?"),
        ],
        schema=Route,
        incident=context.incident,
        agent="supervisor",
        prompt=instructions.label,
        most=most,
        on_sent=partial(context.progress.say, "model.asked", context.incident, "supervisor", **about),
    )
    return reply.parsed if isinstance(reply.parsed, Route) else None, reply.calls_made


def _hard(diagnosis: Diagnosis) -> bool:
    """No hypothesis leads, or the next one is close."""
    rivals = [one for one in (diagnosis.hypothesis, *diagnosis.also, *diagnosis.others) if one is not None]
    scores = sorted((one.score for one in rivals), reverse=True)
    return not scores or (len(scores) > 1 and scores[0] - scores[1] < CLOSE)


def _sendable(
    questions: Sequence[RoutedTask], routed_questions: Sequence[RoutedQuestion], context: Context
) -> tuple[list[RoutedTask], list[str]]:
    """The questions that are new and have somebody to answer them, and notes on the others."""
    pairs = {(question.specialist, _plain(question.question)) for question in routed_questions}
    fresh: list[RoutedTask] = []
    strangers = repeats = 0
    for one in questions:
        question = RoutedTask(specialist=one.specialist.strip(), question=_line(one.question), why=_line(one.why))
        key = (question.specialist, _plain(question.question))
        if question.specialist not in context.roster or not question.question:
            strangers += 1
        elif key in pairs:
            repeats += 1
        else:
            pairs.add(key)
            fresh.append(question)
    had = "The supervisor's model had"
    notes = [f"{had} {_questions(strangers)} for specialists that there are not."] * bool(strangers)
    notes += [f"{had} {_questions(repeats)} that it had asked before."] * bool(repeats)
    return fresh[:QUESTIONS], notes


def _affordable(questions: Sequence[RoutedTask], calls_left: int) -> list[RoutedTask]:
    """Those of as many specialists as there are calls for: one without a call could look at nothing."""
    agents = list(dict.fromkeys(question.specialist for question in questions))[:calls_left]
    return [question for question in questions if question.specialist in agents]


def _questions(count: int) -> str:
    return "1 question" if count == 1 else f"{count} questions"


def _line(text: str) -> str:
    return excerpt(printable(text), CHARACTERS)


def _plain(question: str) -> str:
    return " ".join(question.lower().split()).rstrip(".?! ")


def _sends(
    questions: Sequence[RoutedTask], briefing: str, turns: int, calls_left: int, round_: int, context: Context
) -> list[Send]:
    """One for each specialist; the calls that are left are shared, so that parallel ones stay within them."""
    by_agent: dict[str, list[str]] = defaultdict(list)
    for one in questions:
        by_agent[one.specialist].append(one.question + (f" It would decide: {one.why}" if one.why else ""))
    calls = min(CALLS, calls_left // len(by_agent))
    return [
        Send(
            agent,
            SpecialistTask(
                incident_id=context.incident,
                round=round_,
                requests=[],
                question="\n".join(texts),
                briefing=briefing,
                turns=turns,
                calls=calls,
            ),
        )
        for agent, texts in sorted(by_agent.items())
    ]
