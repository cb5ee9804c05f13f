"""The summary of a sweep: written at once by the chat model, or by a batch job and read later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from sre_agent.cli import desks
from sre_agent.cli.printing import say
from sre_agent.domain.sweep import Summary, Sweep
from sre_agent.errors import ModelUnavailableError
from sre_agent.settings import Settings

if TYPE_CHECKING:
    from sre_agent.compose import Workshop
    from sre_agent.model.batch.desk import BatchDesk

NO_MODEL = "No chat model is configured (SRE_AGENT_MODEL), so the sweep has no summary."


@dataclass(frozen=True)
class Summarising:
    """What was asked for. Without a model a line on standard error says so, and nothing else changes."""

    wanted: bool
    by_batch: bool

    def check(self, workshop: Workshop) -> None:
        """Before anything is looked at: raises SettingsError for what a batch job lacks."""
        if self.wanted and not workshop.models.configured:
            say(NO_MODEL, err=True)
        elif self.wanted and self.by_batch:
            workshop.batches.address("small")

    async def done(self, workshop: Workshop, found: Sweep) -> Sweep:
        """The sweep with its summary, or with the batch job that writes it."""
        from sre_agent.reports.summary import summarised  # noqa: PLC0415 - langchain; a plain sweep does not need it

        if not self.wanted or not workshop.models.configured:
            return found
        return await (_submitted(workshop.batches, found) if self.by_batch else summarised(found, workshop.models))


async def collected(settings: Settings, id_: str) -> Sweep | None:
    """The sweep with the summary of this batch job; None, and why on standard error, while the job runs.

    Raises BadInputError for a job that is not there or not of a sweep.
    """
    from sre_agent.language.account import Account  # noqa: PLC0415
    from sre_agent.reports.summary import AGENT, answered  # noqa: PLC0415

    async with desks.open_desk(settings) as desk:
        answers = await desks.collected(desk.batches, id_, AGENT, Account)
    return None if answers is None else answered(answers[0])


async def _submitted(desk: BatchDesk, found: Sweep) -> Sweep:
    from sre_agent.reports.summary import answered, own_words, request_of  # noqa: PLC0415

    try:
        job = await desk.submit([request_of(found)])
    except ModelUnavailableError as problem:
        return found.model_copy(update={"summary": own_words(found, str(problem))})
    if not job.ended:
        note = f"The batch job {job.id} writes the summary. When it is there: sre-agent sweep --collect {job.id}"
        return found.model_copy(update={"summary": Summary(job=job.id, note=note)})
    (answer,) = await desk.collect(job.id)
    summary = answered(answer).summary
    assert summary is not None
    note = f"{job.statement} {summary.note}".strip()
    return found.model_copy(update={"summary": summary.model_copy(update={"note": note})})


def show_summary(summary: Summary, out: Console) -> None:
    """What a model picked, and its words apart. The engine's own words are in the table anyway."""
    if summary.by:
        out.print(summary.text)
        if summary.words:
            from sre_agent.language.account import UNVERIFIED  # noqa: PLC0415 - prompts, which `--help` does not need

            out.print(f"{UNVERIFIED}: {summary.words}")
        out.print(f"Written by {summary.by}.", style="dim")
    if summary.note:
        out.print(summary.note, style="dim", soft_wrap=True)
    out.print()
