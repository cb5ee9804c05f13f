"""Too few requests for a batch job: they are asked in real time, and the job they would have been is over at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from sre_agent.clock import Clock
from sre_agent.domain.model_call import Tier
from sre_agent.errors import ModelUnavailableError
from sre_agent.model.batch_job import BatchAnswer, BatchJob, BatchLine, BatchRequest, new_id
from sre_agent.model.models import Models

AT_ONCE: Final = 4  # requests


async def asked_now(requests: Sequence[BatchRequest], tier: Tier, models: Models, clock: Clock, least: int) -> BatchJob:
    """A completed job with its answers. `least` is how many requests would have made a batch."""
    began, turn = clock.now(), asyncio.Semaphore(AT_ONCE)

    async def ask(request: BatchRequest) -> BatchAnswer:
        async with turn:
            return await _asked(request, tier, models)

    answers = await asyncio.gather(*(ask(request) for request in requests))
    one = len(requests) == 1
    return BatchJob(
        id=new_id(),
        tier=tier,
        model=", ".join(dict.fromkeys(answer.model for answer in answers if answer.model)),
        state="Completed",
        message=f"{'1 request is' if one else f'{len(requests)} requests are'} fewer than the {least} that make a batch"
        f" job; {'it was' if one else 'they were'} asked in real time, at the full price.",
        submitted_at=began,
        ended_at=clock.now(),
        processed=len(answers),
        failed=sum(bool(answer.error) for answer in answers),
        lines=tuple(BatchLine.of(request) for request in requests),
        answers=tuple(answers),
    )


async def _asked(request: BatchRequest, tier: Tier, models: Models) -> BatchAnswer:
    answer = BatchAnswer(id=request.id)
    try:
        reply = await models.ask(
            tier,
            request.whole,
            incident=request.incident,
            agent=request.agent,
            user=request.user,
            prompt=request.prompt,
        )
    except ModelUnavailableError as problem:
        return answer.model_copy(update={"error": str(problem)})
    told = {"text": reply.text, "outcome": "answered", "model": reply.model, "dollars": reply.dollars}
    return answer.model_copy(update=told)
