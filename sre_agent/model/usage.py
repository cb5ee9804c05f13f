"""What an answer took: tokens as LangChain reports them, and money by a price list with a date.

LangChain counts tokens from and into a prompt cache within the input; a bill does not, so here they are apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from langchain_core.messages import AIMessage, BaseMessage
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sre_agent.errors import SettingsError
from sre_agent.model.address import ModelAddress, price_list

MILLION: Final = 1_000_000
_CHARACTERS_A_TOKEN: Final = 3.5  # of English and JSON; an estimate errs towards more tokens
_PROFILES: Final = frozenset(("global", "us", "us-gov", "eu", "apac", "jp", "au", "sa", "amer", "ca"))
CacheTime = Literal["5m", "1h"]


@dataclass(frozen=True)
class Usage:
    """Disjoint numbers of tokens: `input` came from no cache and went into none."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0

    @property
    def prompt(self) -> int:
        return self.input + self.cache_read + self.cache_write

    @property
    def total(self) -> int:
        return self.prompt + self.output


def usage_of(message: AIMessage) -> Usage:
    """Zero where the provider reports nothing; never less than zero."""
    usage = message.usage_metadata
    if usage is None:
        return Usage()
    details = usage.get("input_token_details") or {}
    read, write = details.get("cache_read") or 0, details.get("cache_creation") or 0
    numbers = (usage["input_tokens"] - read - write, usage["output_tokens"], read, write)
    return Usage(*(max(0, number) for number in numbers))


def estimate(messages: list[BaseMessage], tools: list[dict[str, Any]]) -> int:
    """Tokens of a request before it is sent; rough."""
    characters = sum(len(str(message.content)) + len(str(getattr(message, "tool_calls", ""))) for message in messages)
    return tokens_of(characters + sum(len(str(tool)) for tool in tools))


def tokens_of(characters: int) -> int:
    """Tokens of so many characters; rough."""
    return math.ceil(characters / _CHARACTERS_A_TOKEN)


class Rates(BaseModel):
    """US dollars for a million tokens. What a provider does not price apart costs what input costs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cache_read: float | None = Field(None, ge=0)
    cache_write_5m: float | None = Field(None, ge=0)
    cache_write_1h: float | None = Field(None, ge=0)

    def dollars(self, usage: Usage, cache_time: CacheTime) -> float:
        read = self.input if self.cache_read is None else self.cache_read
        rate = self.cache_write_5m if cache_time == "5m" else self.cache_write_1h
        write = self.input if rate is None else rate
        parts = usage.input * self.input + usage.output * self.output
        return (parts + usage.cache_read * read + usage.cache_write * write) / MILLION


class LongRates(Rates):
    above: int = Field(gt=0)


class ModelPrice(Rates):
    id: str
    outside_global: float = Field(1.0, gt=0)
    long: LongRates | None = None


class Prices(BaseModel):
    """A price list. `usual` is for the choice of models."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: date
    source: str
    batch: float = Field(1.0, gt=0)
    models: tuple[ModelPrice, ...] = Field(min_length=1)
    usual: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    def of_batch(self, address: ModelAddress, usage: Usage) -> tuple[float, bool]:
        """What a record of a batch job costs, and whether the model's price is known."""
        dollars, is_priced = self.dollars(address, usage)
        return dollars * self.batch, is_priced

    def dollars(self, address: ModelAddress, usage: Usage, cache_time: CacheTime = "5m") -> tuple[float, bool]:
        """What a call costs, and whether the model's price is known; the dearest there is stands in for an unknown."""
        if address.provider == "scripted":
            return 0.0, True
        profile, _, rest = address.name.rpartition("/")[2].partition(".")
        id_ = rest if profile in _PROFILES else address.name.rpartition("/")[2]
        prices = [price for price in self.models if id_.startswith(price.id) or address.name == price.id]
        if not prices:
            return max(_rates(price, usage).dollars(usage, cache_time) for price in self.models), False
        price = max(prices, key=lambda one: len(one.id))
        factor = 1.0 if profile == "global" else price.outside_global
        return _rates(price, usage).dollars(usage, cache_time) * factor, True


def _rates(price: ModelPrice, usage: Usage) -> Rates:
    return price.long if price.long is not None and usage.prompt > price.long.above else price


def load_prices(path: Path | None = None) -> Prices:
    """The shipped list, or a file of one's own. Raises SettingsError."""
    try:
        return Prices.model_validate(price_list() if path is None else yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as problem:
        raise SettingsError(f"The price list {path or 'of the package'} cannot be read: {problem}") from problem
