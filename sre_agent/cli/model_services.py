"""Opens store, models and batch jobs alone, for verbs that need neither cluster nor servers; and collects a job."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sre_agent import logs
from sre_agent.cli.printing import say
from sre_agent.clock import SystemClock
from sre_agent.errors import ModelUnavailableError, TemporaryError
from sre_agent.progress import Progress
from sre_agent.settings import Settings

if TYPE_CHECKING:
    from pydantic import BaseModel

    from sre_agent.model import Models
    from sre_agent.model.batch.client import BatchClient
    from sre_agent.model.batch.job import BatchAnswer
    from sre_agent.model.budget import RunBudget
    from sre_agent.store import Store


@dataclass(frozen=True)
class ModelServices:
    store: Store
    models: Models
    batches: BatchClient
    clock: SystemClock
    progress: Progress


@asynccontextmanager
async def open_model_services(settings: Settings, run_budget: RunBudget | None = None) -> AsyncIterator[ModelServices]:
    """`run_budget` is what the run may take, in place of what an incident may. Raises SettingsError."""
    from sre_agent.model import open_models  # noqa: PLC0415
    from sre_agent.model.batch.client import BatchClient  # noqa: PLC0415
    from sre_agent.slots import open_store  # noqa: PLC0415 - `--help` needs no store

    clock = SystemClock()
    progress = Progress(clock)
    access, folder = settings.model_access, settings.state.state_dir
    with logs.write_to(folder / "log.jsonl"):
        store = open_store(settings.state_access)
        try:
            models = open_models(access, ledger=store, clock=clock, progress=progress, run_budget=run_budget)
            batches = BatchClient(
                access, folder, models=models, ledger=store, clock=clock, progress=progress, run_budget=run_budget
            )
            try:
                yield ModelServices(store, models, batches, clock, progress)
            finally:
                await models.close()
        finally:
            await store.close()


async def collect_batch(
    batches: BatchClient, job: str, agent: str, schema: type[BaseModel] | None = None
) -> list[BatchAnswer] | None:
    """The answers of a job of this agent; None, and why on standard error, while it runs.

    Raises BadInputError for a job that is not there or of another agent.
    """
    try:
        return await batches.collect(job, agent, schema)
    except ModelUnavailableError:
        raise
    except TemporaryError as problem:
        say(problem, err=True)
        return None
