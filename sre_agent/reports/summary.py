"""A sweep in a few sentences: a chat model picks what of it stands first, and may add words of its own.

What it picks is shown in the engine's words. What it adds is shown apart, as not verified, and only so far as its
names, numbers and times stand in what it cites. Without a model the engine's own statement stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from langchain_core.messages import HumanMessage
from pydantic import ValidationError

from sre_agent.domain.sweep import Sweep, SweepSummary, Trouble
from sre_agent.errors import ModelUnavailableError
from sre_agent.language.narrative import ITEMS, Narrative, ground_narrative
from sre_agent.language.source import EvidenceText
from sre_agent.model import Models
from sre_agent.model.batch.job import BatchAnswer, BatchRequest
from sre_agent.prompting import fence, prompt

AGENT: Final = "sweep"
SYMPTOMS: Final = 6  # of one trouble, as a table shows them
NO_FORM: Final = "its answer is not in the form that was asked for"


def request_of(sweep: Sweep) -> BatchRequest:
    """What the model is asked for, now or by batch. The sweep itself goes along, for whoever reads the answer."""
    words = prompt("sweep")
    data = fence(sweep.id, "\n".join(f"{number} {line}" for number, line in statements(sweep).items()))
    return BatchRequest(
        id=sweep.id,
        system=words.text,
        messages=[HumanMessage(f"The sweep:\n\n{data}")],
        agent=AGENT,
        prompt=words.label,
        schema=Narrative,
        about=sweep.model_dump_json(),
    )


async def summarise(sweep: Sweep, models: Models) -> Sweep:
    """The sweep with a summary, asked for in real time; with the engine's words where no model answers."""
    request = request_of(sweep)
    try:
        reply = await models.ask("small", request.whole, schema=Narrative, agent=request.agent, prompt=request.prompt)
    except ModelUnavailableError as problem:
        return _with(sweep, own_words(sweep, str(problem)))
    if not isinstance(reply.parsed, Narrative):
        return _with(sweep, own_words(sweep, f"{reply.model}: {NO_FORM}"))
    return _with(sweep, ground_summary(sweep, reply.parsed, reply.model))


def sweep_of_answer(answer: BatchAnswer) -> Sweep:
    """The sweep that a batch was asked about, with the summary that it was answered."""
    sweep = Sweep.model_validate_json(answer.about)
    if answer.error:
        return _with(sweep, own_words(sweep, answer.error))
    try:
        account = Narrative.model_validate_json(answer.text)
    except ValidationError:
        return _with(sweep, own_words(sweep, f"{answer.model}: {NO_FORM}"))
    return _with(sweep, ground_summary(sweep, account, answer.model))


def ground_summary(sweep: Sweep, account: Narrative, by: str) -> SweepSummary:
    """What the model `by` picked, as the engine says it, and what of its words may stand beside it."""
    by_number = statements(sweep)
    read = ground_narrative(account.items[:ITEMS], {number: EvidenceText(line) for number, line in by_number.items()})
    if not (read.statements or read.grounded_words):
        why = f"{by} said nothing" if not read.dropped else f"nothing that {by} said is in the sweep"
        return own_words(sweep, why)
    return SweepSummary(
        text="\n".join(by_number[number] for number in read.statements or ["S1"]),
        words=" ".join(one.text for one in read.grounded_words),
        by=by,
        omissions=read.dropped,
        note=read.note,
    )


def own_words(sweep: Sweep, why: str) -> SweepSummary:
    return SweepSummary(text=sweep.statement, note=f"This summary is in the engine's own words. {why.rstrip('.')}.")


def statements(sweep: Sweep) -> dict[str, str]:
    """What the sweep has to say, by the numbers under which a model reads it; S1 is the whole in a line."""
    return {f"S{number}": line for number, line in enumerate(_lines(sweep), 1)}


def _lines(sweep: Sweep) -> Iterator[str]:
    head = f"Taken at {sweep.taken_at:%Y-%m-%dT%H:%M:%SZ}"
    yield sweep.statement.split("\n")[0]
    yield f"{head}: {sweep.looked_at}" if sweep.looked_at else head
    for trouble in sweep.troubles:
        what = "note" if trouble.is_note else "trouble"
        yield f"{f'New {what}' if trouble.new else what.capitalize()} ({_kind(trouble)}): {_trouble(trouble)}"
    for title, lines in (
        ("Resolved since the last sweep", sweep.resolved),
        ("Not broken, but worth fixing", sweep.hygiene),
        ("Not checked", sweep.gaps),
    ):
        for line in lines:
            yield f"{title}: {line}"


def _kind(trouble: Trouble) -> str:
    match trouble.verdict:
        case "cause":
            return f"{trouble.failure_class}, {trouble.confidence:.0%} sure"
        case "unexplained":
            return "cause unknown"
        case "alarm":
            return "a firing alarm"
        case "risk":
            return "nothing is broken by it yet"


def _trouble(trouble: Trouble) -> str:
    since = f", since {trouble.since:%Y-%m-%dT%H:%M:%SZ}" if trouble.since else ""
    explains = f" It explains: {'; '.join(trouble.symptoms[:SYMPTOMS])}." if trouble.symptoms else ""
    return f"{trouble.subject.short}{since}: {trouble.statement}{explains}"


def _with(sweep: Sweep, summary: SweepSummary) -> Sweep:
    return sweep.model_copy(update={"summary": summary})
