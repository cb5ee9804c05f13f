"""The summary of a sweep: written at once by the chat model, or by a batch job and read later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from sre_agent.cli import model_services
from sre_agent.cli.printing import say
from sre_agent.domain.sweep import Sweep, SweepSummary
from sre_agent.errors import ModelUnavailableError
from sre_agent.settings import Settings

if TYPE_CHECKING:
    from sre_agent.compose import Runtime
    from sre_agent.model.batch.client import BatchClient

NO_MODEL = "No chat model is configured (SRE_AGENT_MODEL), so the sweep has no summary."


@dataclass(frozen=True)
class SummaryOption:
    """What was asked for. Without a model a line on standard error says so, and nothing else changes."""

    enabled: bool
    by_batch: bool

    def check(self, runtime: Runtime) -> None:
        """Before anything is looked at: raises SettingsError for what a batch job lacks."""
        if self.enabled and not runtime.models.configured:
            say(NO_MODEL, err=True)
        elif self.enabled and self.by_batch:
            runtime.batches.address("small")

    async def summarise(self, runtime: Runtime, sweep: Sweep) -> Sweep:
        """The sweep with its summary, or with the batch job that writes it."""
        from sre_agent.reports.summary import summarise  # noqa: PLC0415 - langchain; a plain sweep does not need it

        if not self.enabled or not runtime.models.configured:
            return sweep
        return await (_submit(runtime.batches, sweep) if self.by_batch else summarise(sweep, runtime.models))


async def collect(settings: Settings, id_: str) -> Sweep | None:
    """The sweep with the summary of this batch job; None, and why on standard error, while the job runs.

    Raises BadInputError for a job that is not there or not of a sweep.
    """
    from sre_agent.language.narrative import Narrative  # noqa: PLC0415
    from sre_agent.reports.summary import AGENT, sweep_of_answer  # noqa: PLC0415

    async with model_services.open_model_services(settings) as services:
        answers = await model_services.collect_batch(services.batches, id_, AGENT, Narrative)
    return None if answers is None else sweep_of_answer(answers[0])


async def _submit(services: BatchClient, sweep: Sweep) -> Sweep:
    from sre_agent.reports.summary import own_words, request_of, sweep_of_answer  # noqa: PLC0415

    try:
        job = await services.submit([request_of(sweep)])
    except ModelUnavailableError as problem:
        return sweep.model_copy(update={"summary": own_words(sweep, str(problem))})
    if not job.ended:
        note = (
            f"The batch job {job.id} is writing the summary. When it has finished: sre-agent sweep --collect {job.id}"
        )
        return sweep.model_copy(update={"summary": SweepSummary(job=job.id, note=note)})
    (answer,) = await services.collect(job.id)
    summary = sweep_of_answer(answer).summary
    assert summary is not None
    note = f"{job.statement} {summary.note}".strip()
    return sweep.model_copy(update={"summary": summary.model_copy(update={"note": note})})


def show_summary(summary: SweepSummary, out: Console) -> None:
    """What a model picked, and its words apart. The engine's own words are in the table anyway."""
    if summary.by:
        out.print(summary.text)
        if summary.words:
            from sre_agent.language.narrative import UNVERIFIED  # noqa: PLC0415 - prompts, which `--help` does not need

            out.print(f"{UNVERIFIED}: {summary.words}")
        out.print(f"Written by {summary.by}.", style="dim")
    if summary.note:
        out.print(summary.note, style="dim", soft_wrap=True)
    out.print()
