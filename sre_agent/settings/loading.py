"""Settings as a command begins with them, and what is said where they cannot be used."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from sre_agent.errors import SettingsError, WrongOptionError, did_you_mean
from sre_agent.settings.root import AREAS, NAMES, PREFIX, Settings

ALIKE: Final = 0.85  # how near to a setting a variable is that was meant for it, though it has another prefix
TOKEN: Final = f"{PREFIX}TOKEN"  # of callers of a service; no setting, because settings are stored
MODEL_ID: Final = "BEDROCK_MODEL_ID"  # as other agents on Bedrock are given their model
RUNTIME_ARN: Final = "AGENT_RUNTIME_ARN"  # as clients of AgentCore Runtime are given their agent
_OF_A_SERVICE: Final = re.compile(r"_(?:SERVICE_(?:HOST|PORT\w*)|PORT(?:_\d\w*)?)$")  # set in pods beside a Service


def load(profile: str = "", *, environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Settings of a profile with overrides; values of None are not given. Raises SettingsError.

    Order of precedence: what the command line gives, `SRE_AGENT_<SETTING>` in the environment, the variables of other
    tools that say the same, the profile, the default.
    """
    from sre_agent.settings.sources import merge  # noqa: PLC0415 - pydantic-settings, which `--help` does not need

    of_profile = _profile(profile) | {"profile": profile} if profile else {}
    overrides = {name: value for name, value in overrides.items() if value is not None}
    environment = os.environ if environment is None else environment
    try:
        return merge(overrides, environment, of_profile | _of_other_tools(overrides, environment))
    except ValidationError as problem:
        kind = WrongOptionError if overrides.keys() & {one[0] for one in _places(problem)} else SettingsError
        raise kind(f"These settings are invalid: {describe_errors(problem)}") from problem


def _of_other_tools(overrides: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """`BEDROCK_MODEL_ID` is the model for everything, unless another technology is asked for; `AGENT_RUNTIME_ARN` the
    agent that works. The region needs nothing here: what uses it reads `AWS_REGION` itself."""
    values: dict[str, Any] = {}
    model, arn = environment.get(MODEL_ID, "").strip(), environment.get(RUNTIME_ARN, "").strip()
    if model and (overrides.get("model") or environment.get(f"{PREFIX}MODEL", "bedrock")) == "bedrock":
        values |= {"model": "bedrock", "model_small": (model,), "model_large": (model,)}
    if arn:
        values["agent_runtime_arn"] = arn
    return values


def describe_errors(problem: ValidationError) -> str:
    """What is wrong with which settings, by their names; without the values, which may be secret."""
    errors = zip(_places(problem), problem.errors(), strict=True)
    return "; ".join(f"{'.'.join(place)}: {error['msg']}" for place, error in errors)


def _places(problem: ValidationError) -> list[tuple[str, ...]]:
    """Of each error, the name of the setting and what is wrong in it."""
    places = [tuple(map(str, error["loc"])) or ("",) for error in problem.errors()]
    return [place[1:] if place[0] in AREAS and place[1:] else place for place in places]


def misspelt(environment: Mapping[str, str] | None = None) -> list[str]:
    """A sentence for each variable that looks like a setting of ours and is none, with the one that it may be."""
    known_names = [f"{PREFIX}{name.upper()}" for name in sorted(NAMES)]
    sentences = []
    for name in sorted(os.environ if environment is None else environment):
        upper = name.upper()
        if name in (*known_names, TOKEN) or not upper.startswith("SRE") or _OF_A_SERVICE.search(upper):
            continue
        near = get_close_matches(upper, known_names, n=1, cutoff=ALIKE)
        if near or upper.startswith(PREFIX):
            sentences.append(
                f"{name} is not a setting. Did you mean {near[0]}?" if near else f"{name} is not a setting."
            )
    return sentences


def _profile(name: str) -> dict[str, Any]:
    folder = resources.files("sre_agent") / "profiles"
    profiles = sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    if name in profiles:
        text = (folder / f"{name}.toml").read_text(encoding="utf-8")
    elif Path(name).is_file():
        text = Path(name).read_text(encoding="utf-8", errors="replace")
    else:
        near = did_you_mean(name, profiles)
        raise WrongOptionError(
            f"There is no profile {name!r}.{near} Shipped: {', '.join(profiles)}; or give a TOML file."
        )
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise SettingsError(f"Profile {name!r} is not TOML: {problem}") from problem
