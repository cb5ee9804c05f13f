"""Requests of a batch that are asked in real time: by choice, or because they are too few for a batch job."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from sre_agent.clock import Clock
from sre_agent.domain.model_call import Tier
from sre_agent.errors import ModelUnavailableError
from sre_agent.model.batch.job import BatchAnswer, BatchJob, BatchLine, BatchRequest, new_id
from sre_agent.model.batch.reading import text_or_reason
from sre_agent.model.models import Models
from sre_agent.model.reasons import NOT_AGAIN

AT_ONCE: Final = 4  # requests
OnAnswer = Callable[[BatchAnswer], None]


async def answers_now(
    requests: Sequence[BatchRequest], tier: Tier, models: Models, on_answer: OnAnswer | None = None
) -> list[BatchAnswer]:
    """An answer for each request, in their order; `on_answer` hears each when it comes.

    What would be refused to all of them, as by a budget, is told of those that are left without asking them.
    """
    turn, refused = asyncio.Semaphore(AT_ONCE), list[str]()

    async def ask(request: BatchRequest) -> BatchAnswer:
        async with turn:
            answer = BatchAnswer(id=request.id, about=request.about, error=refused[0] if refused else "")
            if not refused:
                answer = await _ask(request, answer, tier, models, refused)
        if on_answer is not None:
            on_answer(answer)
        return answer

    return list(await asyncio.gather(*(ask(request) for request in requests)))


async def asked_now(
    requests: Sequence[BatchRequest],
    tier: Tier,
    models: Models,
    clock: Clock,
    least: int,
    on_answer: OnAnswer | None = None,
) -> BatchJob:
    """A completed job with its answers. `least` is how many requests would have made a batch."""
    began = clock.now()
    answers = await answers_now(requests, tier, models, on_answer)
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


async def _ask(
    request: BatchRequest, answer: BatchAnswer, tier: Tier, models: Models, refused: list[str]
) -> BatchAnswer:
    try:
        reply = await models.ask(
            tier,
            request.whole,
            schema=request.schema,
            incident=request.incident,
            agent=request.agent,
            user=request.user,
            prompt=request.prompt,
            most=request.most,
        )
    except ModelUnavailableError as problem:
        if problem.reason in NOT_AGAIN:
            refused.append(str(problem))
        return answer.model_copy(update={"error": str(problem)})
    text, none = text_or_reason(reply, request.schema)
    update = {"text": text, "error": none, "outcome": "answered", "model": reply.model, "dollars": reply.dollars}
    return answer.model_copy(update=update)
