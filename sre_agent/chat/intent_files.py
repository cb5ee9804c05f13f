"""The files of the intents as they stand: the folder is the list of intents, so a file more is an intent more."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

import yaml

FOLDERS: Final[list[Traversable]] = [resources.files("sre_agent.chat") / "intents"]


@cache
def intent_files() -> Mapping[str, Mapping[str, Any]]:
    """What stands in each file, by the name of its intent, in alphabetical order."""
    files = sorted((file for folder in FOLDERS for file in folder.iterdir()), key=lambda file: file.name)
    return {
        file.name.removesuffix(".yaml"): yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for file in files
        if file.name.endswith(".yaml")
    }
