"""Whether the configured models answer: each is asked one small thing, and what is in the way is said in words.

A call that is really made is the only proof of credentials, region, access and quota together; it costs less than a
tenth of a cent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from langchain_core.messages import HumanMessage
from pydantic import BaseModel, ConfigDict

from sre_agent.domain.model_call import Tier
from sre_agent.errors import SettingsError
from sre_agent.model.address import BEDROCK, ModelAddress, addresses
from sre_agent.model.question import open_address
from sre_agent.settings import Settings

ASKS: Final = "Answer with the word ready."
LONGEST: Final = 200  # characters of an error


class Checked(BaseModel):
    """One model of one tier; `first` is the one that is asked as long as it answers."""

    model_config = ConfigDict(frozen=True)

    tier: Tier
    model: str
    first: bool
    answers: bool
    says: str
    do: str = ""


def to_be_checked(settings: Settings) -> Settings:
    """Where no model is configured, what Bedrock would be without further settings."""
    return settings.model_copy(update={"model": BEDROCK}) if settings.model == "none" else settings


async def check(settings: Settings) -> list[Checked]:
    """Every model that the settings name, best first. Raises SettingsError where they cannot be read at all."""
    settings = settings.model_copy(update={"model_cache": "off"})
    found = []
    tiers: tuple[Tier, ...] = ("small", "large")
    for tier in tiers:
        for place, address in enumerate(addresses(settings, tier)):
            found.append(await _one(settings, tier, address, first=place == 0))
    return found


async def _one(settings: Settings, tier: Tier, address: ModelAddress, *, first: bool) -> Checked:
    def result(says: str, do: str = "", *, answers: bool = False) -> Checked:
        return Checked(tier=tier, model=str(address), first=first, answers=answers, says=says, do=do)

    try:
        opened = open_address(address, settings)
    except SettingsError as problem:
        return result("cannot be opened", str(problem))
    try:
        async with asyncio.timeout(settings.model_deadline_seconds):
            answer = await opened.ask([HumanMessage(ASKS)], [], False, None)
    except Exception as problem:  # noqa: BLE001 - clients share no error, and each of theirs is what is asked for here
        return result(f"{type(problem).__name__}: {problem}"[:LONGEST], _advice(problem, address, opened.endpoint))
    finally:
        opened.close()
    text = str(answer.text).strip().replace("\n", " ")
    return result(f"answers: {text[:60]}" if text else "answers, but with nothing", answers=True)


def _advice(problem: BaseException, address: ModelAddress, endpoint: str) -> str:
    if address.provider != BEDROCK:
        return "Check the provider's key in the environment, the model's name, and the way to its endpoint."
    return _bedrock()(problem, address, endpoint)


def _bedrock() -> Callable[[BaseException, ModelAddress, str], str]:
    from sre_agent.model.bedrock_advice import advice  # noqa: PLC0415 - boto3 only where Bedrock is meant

    return advice
