"""Whether the configured models answer: each is asked one small thing, and what is in the way is said in words.

A call that is really made is the only proof of credentials, region, access and quota together; it costs less than a
tenth of a cent. It is made whole, as an investigation does, and as a stream, as a chat does: each needs a permission
of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from langchain_core.messages import HumanMessage
from pydantic import BaseModel, ConfigDict

from sre_agent.domain.model_call import Outcome, Tier
from sre_agent.errors import SettingsError
from sre_agent.model.address import BEDROCK, ModelAddress, addresses
from sre_agent.model.client import ModelClient, OnText
from sre_agent.model.faults import in_words, outcome_of, truncate
from sre_agent.model.reply import read
from sre_agent.model.request import open_address
from sre_agent.settings import ModelAccess

ASKS: Final = "Answer with the word ready."
ANSWER: Final = 60  # characters of it that are shown
LONGEST: Final = 200  # characters of an error
SECONDS: Final = 20.0  # for one small answer; who is slower is of no use to a person who waits
EMPTY: Final = "The model is there and answered with nothing. Try again; if that does not help, name another model."
GUARDED: Final = "The guardrail of model_guardrail stops even a harmless answer: look at its policies and its version."
TO_DO: Final[dict[Outcome, str]] = {  # of any provider
    "denied": "Check the provider's key in the environment, and that it may use a model of this name.",
    "refused": "Check the model's name, and that it takes such requests.",
    "throttled": "The model is there, but refuses for its quota. Try again later, or have the quota raised.",
    "timeout": "The model did not answer in time. Try again; if it stays slow, name another model.",
    "unavailable": "The provider fails or cannot be reached. Check the network to its endpoint, and its status page.",
    "broken": "The answer broke off midway. Look for a proxy that cuts long connections or holds streams back.",
    "deviated": "A script answers what its turns expect and nothing else. A turn without `expects` would answer here.",
}


class ModelCheck(BaseModel):
    """One model of one tier; `first` is the one that is asked as long as it answers."""

    model_config = ConfigDict(frozen=True)

    tier: Tier
    model: str
    first: bool
    answers: bool
    says: str
    do: str = ""


class _CheckAttempt(BaseModel):
    """What one way of asking came to."""

    answers: bool = False
    says: str
    do: str = ""


def to_be_checked(settings: ModelAccess) -> ModelAccess:
    """Where no model is configured, what Bedrock would be without further settings."""
    return settings.model_copy(update={"model": BEDROCK}) if settings.model == "none" else settings


async def check(settings: ModelAccess, say: Callable[[str], None] = lambda _: None) -> list[ModelCheck]:
    """Every model that the settings name, best first. `say` hears what is done, as it is done.

    Raises SettingsError where they cannot be read at all.
    """
    seconds = min(settings.model_call_seconds, settings.model_deadline_seconds, SECONDS)
    settings = settings.model_copy(update={"model_cache": "off", "model_call_seconds": seconds})
    tiers: tuple[Tier, ...] = ("small", "large")
    tier_addresses = {tier: addresses(settings, tier) for tier in tiers}
    each = list(dict.fromkeys(address for tier in tiers for address in tier_addresses[tier]))
    say(f"Asks {len(each)} chat model{'s' * (len(each) != 1)}, at most {2 * seconds:.0f} s.")
    attempts = await asyncio.gather(*(_one(settings, address, seconds, say) for address in each))
    by_address = dict(zip(each, attempts, strict=True))
    return [
        ModelCheck(tier=tier, model=str(address), first=place == 0, **by_address[address].model_dump())
        for tier in tiers
        for place, address in enumerate(tier_addresses[tier])
    ]


async def _one(
    settings: ModelAccess, address: ModelAddress, seconds: float, say: Callable[[str], None]
) -> _CheckAttempt:
    try:
        client = await asyncio.to_thread(open_address, address, settings)
    except SettingsError as problem:
        return _CheckAttempt(says="cannot be opened", do=str(problem))
    try:
        attempt = await _ask(address, client, seconds, None)
        if attempt.answers:
            say(f"{address} answers; now as a stream.")
            stream_attempt = await _ask(address, client, seconds, lambda _: None)
            attempt = (
                attempt
                if stream_attempt.answers
                else _CheckAttempt(says=f"not as a stream: {stream_attempt.says}", do=stream_attempt.do)
            )
    finally:
        client.close()
    say(f"{address} {'answers as a stream too' if attempt.answers else f'does not answer: {attempt.says}'}.")
    return attempt


async def _ask(address: ModelAddress, client: ModelClient, seconds: float, on_text: OnText | None) -> _CheckAttempt:
    try:
        async with asyncio.timeout(seconds + 1):  # the client's own limit is first: it says more
            reply = read(await client.ask([HumanMessage(ASKS)], [], False, on_text), [], None)
    except Exception as problem:  # noqa: BLE001 - clients share no error, and each of theirs is what is asked for here
        return _failure(problem, address, client, seconds)
    if reply.outcome == "guarded":
        return _CheckAttempt(says="a guardrail stopped its answer", do=GUARDED)
    if not reply.text:
        return _CheckAttempt(says="its answer was empty", do=EMPTY)
    return _CheckAttempt(answers=True, says=f"answers: {truncate(' '.join(reply.text.split()), ANSWER)}")


def _failure(problem: Exception, address: ModelAddress, client: ModelClient, seconds: float) -> _CheckAttempt:
    outcome = outcome_of(problem, client.outcome)
    if outcome == "deviated":
        return _CheckAttempt(says="the script has no turn for this request", do=TO_DO[outcome])
    slow = isinstance(problem, TimeoutError) and not str(problem)
    says = f"there was no answer within {seconds:.0f} s" if slow else in_words(problem, LONGEST)
    if address.provider != BEDROCK:
        return _CheckAttempt(says=says, do=TO_DO.get(outcome, ""))
    from sre_agent.model.bedrock_advice import advice  # noqa: PLC0415 - boto3 only where Bedrock is meant

    return _CheckAttempt(says=says, do=advice(problem, address, client.endpoint, client.region))
