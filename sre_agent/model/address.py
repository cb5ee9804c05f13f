"""Which chat model, of which provider, in which region: read from the settings, in the order of trying."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from sre_agent.domain.model_call import Tier
from sre_agent.errors import SettingsError
from sre_agent.settings import ModelAccess

BEDROCK: Final = "bedrock"
SCRIPTED: Final = "scripted"
_PROVIDER: Final = re.compile(r"(?P<provider>[a-z][a-z0-9_-]*):(?P<name>.+)")  # a Bedrock id has a dot before its colon
_REGION: Final = re.compile(r"(?P<name>.+)@(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)")


@dataclass(frozen=True)
class ModelAddress:
    """`name` as the provider knows it. `region` is empty where the provider has none, or the SDK's is meant."""

    provider: str
    name: str
    region: str = ""

    def __str__(self) -> str:
        lead = "" if self.provider == BEDROCK else f"{self.provider}:"
        return f"{lead}{self.name}" + (f"@{self.region}" if self.region else "")


def read_address(text: str, region: str = "") -> list[ModelAddress]:
    """`MODEL[@REGION]` of Bedrock or `provider:model`. Raises SettingsError."""
    text = text.strip()
    match = None if text.startswith("arn:") else _PROVIDER.fullmatch(text)
    provider, name = (match["provider"], match["name"]) if match else (BEDROCK, text)
    if not name:
        raise SettingsError("A model has no name. Give a Bedrock model id, or provider:model.")
    if provider != BEDROCK:
        return [ModelAddress(provider, name)]
    with_region = _REGION.fullmatch(name)
    if with_region:
        return [ModelAddress(BEDROCK, with_region["name"], with_region["region"])]
    return [ModelAddress(BEDROCK, name, region)]


def addresses(settings: ModelAccess, tier: Tier) -> tuple[ModelAddress, ...]:
    """The models of a tier, best first; none where no model is configured. Raises SettingsError."""
    if settings.model == "none":
        return ()
    names = settings.model_small if tier == "small" else settings.model_large
    if not names:
        names = usual()[tier] if settings.model == BEDROCK else (settings.model,)
    regions = settings.model_regions or (settings.aws_region,)
    addresses = [address for text in names for region in regions for address in read_address(text, region)]
    return tuple(dict.fromkeys(addresses))


def usual() -> dict[Tier, tuple[str, ...]]:
    """The Bedrock models of each tier that are taken where the settings name none."""
    return {tier: tuple(names) for tier, names in price_list()["usual"].items()}


@cache
def price_list() -> dict[str, Any]:
    """The shipped data on models; nobody changes it."""
    prices = yaml.safe_load((resources.files("sre_agent.model") / "prices.yaml").read_text(encoding="utf-8"))
    assert isinstance(prices, dict)
    return prices
