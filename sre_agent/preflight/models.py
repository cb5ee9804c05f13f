"""Whether the chat models that settings name can be opened here: name, package, key, script. None of them is asked."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Final

from sre_agent.errors import SettingsError
from sre_agent.model.address import BEDROCK, SCRIPTED, ModelAddress, addresses
from sre_agent.preflight import aws
from sre_agent.preflight.options import VerbOptions
from sre_agent.settings import ModelAccess

FORMS: Final = "none, bedrock, provider:model as openai:gpt-5, or the id of a Bedrock model as amazon.nova-lite-v1:0"


def problems(settings: ModelAccess, options: VerbOptions, *, in_lab: bool = False) -> Iterator[str]:
    """In the lab Bedrock is the lab's own, which takes any credentials."""
    give = options.to_give("model", "MODEL")
    try:
        models = list(dict.fromkeys([*addresses(settings, "small"), *addresses(settings, "large")]))
    except SettingsError as problem:
        yield f"{problem} Give {give}: {FORMS}."
        return
    for address in models:
        if address.provider == BEDROCK and not _is_id(address.name):
            yield f"There is no chat model {address.name!r}. Give {give}: {FORMS}."
        elif address.provider != BEDROCK:
            yield from _open_problems(address, settings)
    if not in_lab and any(address.provider == BEDROCK for address in models):
        regions = [address.region for address in models if address.provider == BEDROCK]
        profile, region = settings.model_aws_profile, next(filter(None, regions), "")
        aws_problems = aws.problems(settings, options, profile=profile, region=region)
        yield from (f"The model {settings.model} needs AWS. {problem}" for problem in aws_problems)


def _is_id(name: str) -> bool:
    """Bedrock's ids name their maker before a dot; profiles and own models are ARNs."""
    return name.startswith("arn:") or "." in name


def _open_problems(address: ModelAddress, settings: ModelAccess) -> Iterator[str]:
    """As a run would open it; opening sends nothing."""
    technology = SCRIPTED if address.provider == SCRIPTED else "langchain"
    try:
        import_module(f"sre_agent.model.{technology}").open_model(address, settings)
    except SettingsError as problem:
        yield str(problem)
