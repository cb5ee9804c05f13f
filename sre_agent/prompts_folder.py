"""Where the words are: the prompts and templates that the product speaks with."""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path


@cache
def prompts_folder() -> Traversable:
    """Inside the installed package, or beside it in a checkout."""
    packaged = resources.files("sre_agent") / "prompts"
    if packaged.is_dir():
        return packaged
    return Path(__file__).parents[1] / "prompts"
