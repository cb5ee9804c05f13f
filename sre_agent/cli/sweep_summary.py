"""The summary of a sweep: written at once by the chat model, or by a batch job and read later."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from sre_agent import logs
from sre_agent.clock import SystemClock
from sre_agent.domain.sweep import Summary, Sweep
from sre_agent.errors import BadInputError, ModelUnavailableError, TemporaryError
from sre_agent.progress import Progress
from sre_agent.settings import Settings

if TYPE_CHECKING:
    from sre_agent.compose import Workshop
    from sre_agent.model.batch import BatchDesk

NO_MODEL = "No chat model is configured (SRE_AGENT_MODEL), so the sweep has no summary."


@dataclass(frozen=True)
class Summarising:
    """What was asked for. Without a model a line on standard error says so, and nothing else changes."""

    wanted: bool
    by_batch: bool

    def check(self, workshop: Workshop) -> None:
        """Before anything is looked at: raises SettingsError for what a batch job lacks."""
        if self.wanted and not workshop.models.configured:
            print(NO_MODEL, file=sys.stderr)
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
    from sre_agent.compose import open_store  # noqa: PLC0415
    from sre_agent.model import open_models  # noqa: PLC0415
    from sre_agent.model.batch import BatchDesk  # noqa: PLC0415

    clock = SystemClock()
    progress = Progress(clock)
    with logs.write_to(settings.state_dir / "log.jsonl"):
        store = open_store(settings)
        try:
            models = open_models(settings, ledger=store, clock=clock, progress=progress)
            desk = BatchDesk(settings, models=models, ledger=store, clock=clock, progress=progress)
            return await _answered(desk, id_)
        finally:
            await store.close()


async def _answered(desk: BatchDesk, id_: str) -> Sweep | None:
    from sre_agent.reports.summary import answered  # noqa: PLC0415

    try:
        return answered((await desk.collect(id_))[0])
    except ModelUnavailableError:
        raise
    except TemporaryError as problem:
        print(problem, file=sys.stderr)
        return None
    except ValidationError as problem:
        raise BadInputError(f"The batch job {id_} is not of a sweep.") from problem


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
    """The engine's own words are in the table anyway."""
    if summary.by:
        out.print(escape(summary.text))
        out.print(escape(f"Written by {summary.by}."), style="dim")
    if summary.note:
        out.print(escape(summary.note), style="dim", soft_wrap=True)
    out.print()
