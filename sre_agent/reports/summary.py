"""A sweep in a few sentences: asked of a chat model, and held against the sweep before anybody reads it.

The model is shown what the sweep has to say and may say nothing else: any other sentence is cut. Where too much is,
the engine's own words stand.
"""

from __future__ import annotations

import re
from typing import Final

from langchain_core.messages import HumanMessage

from sre_agent.domain.sweep import Summary, Sweep
from sre_agent.errors import ModelUnavailableError
from sre_agent.grounds import sentences
from sre_agent.model import Models
from sre_agent.model.batch.job import BatchAnswer, BatchRequest
from sre_agent.prompting import fence, prompt
from sre_agent.reports.sweep_grounds import SweepGrounds, lines

AGENT: Final = "sweep"
MOST_CUT: Final = 1 / 3  # of the sentences
_MARKUP: Final = re.compile(r"^[^\S\n]*+#++\s.*$|\*\*|__|`|^[^\S\n]*+(?:[-*•]|\d{1,2}[.)])\s+", re.M)


def request_of(found: Sweep) -> BatchRequest:
    """What the model is asked for, now or by batch. The sweep itself goes along, for whoever reads the answer."""
    told, data = prompt("sweep"), fence(found.id, "\n".join(lines(found)))
    return BatchRequest(
        id=found.id,
        system=told.text,
        messages=[HumanMessage(f"The sweep:\n\n{data}")],
        agent=AGENT,
        prompt=told.label,
        about=found.model_dump_json(),
    )


async def summarised(found: Sweep, models: Models) -> Sweep:
    """The sweep with a summary, asked for in real time; with the engine's words where no model answers."""
    request = request_of(found)
    try:
        reply = await models.ask("small", request.whole, agent=request.agent, prompt=request.prompt)
    except ModelUnavailableError as problem:
        return _with(found, own_words(found, str(problem)))
    return _with(found, checked(found, reply.text, reply.model))


def answered(answer: BatchAnswer) -> Sweep:
    """The sweep that a batch was asked about, with the summary that it was answered."""
    found = Sweep.model_validate_json(answer.about)
    if answer.error:
        return _with(found, own_words(found, answer.error))
    return _with(found, checked(found, answer.text, answer.model))


def checked(found: Sweep, text: str, by: str) -> Summary:
    """The sentences of the model `by` that the sweep shows."""
    grounds = SweepGrounds(found)
    said = [sentence for line in _MARKUP.sub("", text).splitlines() for sentence in sentences(line)]
    shown = [sentence for sentence in said if grounds.show(sentence)]
    cut = len(said) - len(shown)
    if not shown or cut > len(said) * MOST_CUT:
        why = f"{cut} of {len(said)} sentences of {by} say what the sweep does not show"
        return own_words(found, why if said else f"{by} said nothing")
    left_out = "1 sentence was" if cut == 1 else f"{cut} sentences were"
    note = f"{left_out} left out, for saying what the sweep does not show." if cut else ""
    return Summary(text=" ".join(shown), by=by, cut=cut, note=note)


def own_words(found: Sweep, why: str) -> Summary:
    return Summary(text=found.statement, note=f"These are the engine's own words. {why.rstrip('.')}.")


def _with(found: Sweep, summary: Summary) -> Sweep:
    return found.model_copy(update={"summary": summary})
