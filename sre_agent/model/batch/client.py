"""Questions that nobody waits for, asked together at the price of a batch.

`submit` hands requests over, `look` says how far they are, `collect` gives the answers: each in any process that has
the state folder. The same budgets hold as in real time, by what the batch may take at most, and the same ledger has a
row for each record that was asked. Too few requests for a batch are asked in real time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import structlog
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel

from sre_agent.clock import Clock
from sre_agent.domain.model_call import ModelCall, Tier
from sre_agent.errors import BadInputError, ModelUnavailableError, PermanentError, TemporaryError
from sre_agent.model.address import ModelAddress, read_address
from sre_agent.model.batch.address import batch_address
from sre_agent.model.batch.job import BatchAnswer, BatchJob, BatchLine, BatchRequest, new_id
from sre_agent.model.batch.job_files import BatchJobFiles
from sre_agent.model.batch.reading import read_record
from sre_agent.model.batch.real_time import OnAnswer, asked_now
from sre_agent.model.batch.reservations import BatchLedger, BatchReservations
from sre_agent.model.budget import RunBudget, budget_of
from sre_agent.model.models import Models
from sre_agent.model.usage import Usage, estimate, load_prices
from sre_agent.progress import Progress
from sre_agent.settings import ModelAccess

if TYPE_CHECKING:
    from sre_agent.model.batch.bedrock import BedrockBatch

LOG = structlog.get_logger("sre_agent.model")
T = TypeVar("T")
MOST: Final = 50_000  # requests of a job, Bedrock's own quota
AGAIN: Final = 300.0  # seconds until it is worth to look again


class BatchClient:
    """`models` are whom it asks in real time; `run_budget` is what a run may take that is no incident's.

    Raises SettingsError when the price list cannot be read.
    """

    def __init__(
        self,
        settings: ModelAccess,
        folder: Path,
        *,
        models: Models,
        ledger: BatchLedger,
        clock: Clock,
        progress: Progress,
        run_budget: RunBudget | None = None,
    ) -> None:
        self._settings, self._models, self._clock = settings, models, clock
        self._money = BatchReservations(ledger, budget_of(settings, ledger, clock, progress, run_budget))
        self._prices = load_prices(settings.model_prices)
        self._job_files = BatchJobFiles(folder / "batches")

    async def submit(
        self, requests: Sequence[BatchRequest], tier: Tier = "small", on_answer: OnAnswer | None = None
    ) -> BatchJob:
        """Hand requests over. Too few are answered in real time before this returns; the job's statement says so, and
        `on_answer` hears each answer.

        Raises SettingsError without bucket, role or a model of Bedrock, BadInputError for requests that make no batch,
        ModelUnavailableError without a model, without room in a budget, or when Bedrock does not answer.
        """
        address = self.address(tier)
        _check(requests)
        if len(requests) < self._settings.model_batch_minimum:
            least = self._settings.model_batch_minimum
            return self._job_files.keep(await asked_now(requests, tier, self._models, self._clock, least, on_answer))
        lines = tuple(BatchLine.of(request, self._most(address, request)) for request in requests)
        await self._money.check(lines)
        id_ = new_id()
        job = BatchJob(
            id=id_,
            tier=tier,
            model=str(address),
            state="Prepared",
            place=f"{self._settings.model_batch_bucket.rstrip('/')}/{id_}",
            submitted_at=self._clock.now(),
            lines=lines,
        )
        self._job_files.keep(job)  # before Bedrock has it: a process that dies here leaves a job that can be found
        await self._money.hold(job)
        try:
            arn = await self._with(address, lambda aws: _send(aws, job, requests))
        except PermanentError:
            await self._money.settle(job)
            self._job_files.drop(job)
            raise
        except ModelUnavailableError as problem:
            unsure = f"{problem}. Whether the job exists is not known; look at {job.id} later."
            raise ModelUnavailableError(unsure, reason=problem.reason) from problem
        LOG.info("model batch", action=f"submit {job.id}", status="Submitted", requests=len(requests), model=job.model)
        return self._job_files.keep(job.model_copy(update={"arn": arn, "state": "Submitted"}))

    async def look(self, id_: str) -> BatchJob:
        """The job as it is now. Raises BadInputError for one that nobody knows."""
        job = self._job_files.job(id_)
        if job.ended:
            return job
        address = read_address(job.model, self._settings.aws_region)[0]
        arn = job.arn or await self._with(address, lambda aws: aws.find(_name(job)))
        if not arn:
            update = {"state": "Failed", "message": "It was never submitted", "ended_at": self._clock.now()}
            return await self._poll(job.model_copy(update=update))
        status = await self._with(address, lambda aws: aws.look(arn))
        return await self._poll(job.model_copy(update={"arn": arn} | vars(status)))

    async def collect(self, id_: str, agent: str = "", schema: type[BaseModel] | None = None) -> list[BatchAnswer]:
        """An answer for each request, in their order; one that failed says why. Costs are written the first time only.

        `schema` is what was asked for. With an `agent` the job has to be of it, or of one of its own, as `agent de`.

        Raises TemporaryError while the job runs, BadInputError for one that nobody knows or that is of another agent.
        """
        if agent and (
            others := {line.agent for line in self._job_files.job(id_).lines if line.agent.split()[0] != agent}
        ):
            raise BadInputError(f"The batch job {id_} is of {', '.join(sorted(others))}, not of {agent}.")
        job = await self.look(id_)
        if not job.ended:
            raise TemporaryError(f"{job.statement} Ask for the answers again later.", retry_after=AGAIN)
        if job.answers is None:
            job = await self._collect(job, schema)
        assert job.answers is not None
        pairs = zip(job.answers, job.lines, strict=True)
        return [answer.model_copy(update={"about": line.about}) for answer, line in pairs]

    def jobs(self) -> list[BatchJob]:
        """All that are known here, as they were when they were last looked at; oldest first."""
        return sorted(self._job_files.jobs(), key=lambda job: job.submitted_at)

    async def _poll(self, job: BatchJob) -> BatchJob:
        if job.in_vain:
            await self._money.settle(job)
        return self._job_files.keep(job)

    async def _collect(self, job: BatchJob, schema: type[BaseModel] | None) -> BatchJob:
        address = read_address(job.model, self._settings.aws_region)[0]

        def read(aws: BedrockBatch) -> list[tuple[BatchAnswer, ModelCall | None]]:
            records = dict(aws.answers(job.place))
            numbers = range(len(job.lines))
            return [
                read_record(aws, job, number, records.get(number), address, self._prices, schema) for number in numbers
            ]

        results = await self._with(address, read)
        rows = [row for _, row in results if row is not None]
        await self._money.settle(job, rows)
        LOG.info("model batch", action=f"collect {job.id}", status=job.state, requests=len(results), asked=len(rows))
        return self._job_files.keep(job.model_copy(update={"answers": tuple(answer for answer, _ in results)}))

    def _most(self, address: ModelAddress, request: BatchRequest) -> float:
        tools = [] if request.schema is None else [convert_to_openai_tool(request.schema)]
        usage = Usage(input=estimate(request.whole, tools), output=self._settings.model_answer_tokens)
        return self._prices.of_batch(address, usage)[0]

    def address(self, tier: Tier) -> ModelAddress:
        """The model of a batch. Raises as `submit` for what is missing."""
        return batch_address(self._settings, tier)

    async def _with(self, address: ModelAddress, work: Callable[[BedrockBatch], T]) -> T:
        """On a thread, as all of it blocks."""

        def run() -> T:
            from sre_agent.model.batch.bedrock import open_batch  # noqa: PLC0415 - boto3 only where it is used

            aws = open_batch(address, self._settings)
            try:
                return work(aws)
            finally:
                aws.close()

        return await asyncio.to_thread(run)


def _check(requests: Sequence[BatchRequest]) -> None:
    if not 0 < len(requests) <= MOST:
        raise BadInputError(f"A batch has 1 to {MOST:,} requests, not {len(requests):,}; make several of it.")
    if len({request.id for request in requests}) < len(requests):
        raise BadInputError("Two requests of the batch have the same id; their answers could not be told apart.")


def _send(aws: BedrockBatch, job: BatchJob, requests: Sequence[BatchRequest]) -> str:
    return aws.send(_name(job), job.place, [aws.body(request.whole, request.schema) for request in requests])


def _name(job: BatchJob) -> str:
    return f"sre-agent-{job.id}"
