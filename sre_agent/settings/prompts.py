"""Where versions of the prompts are."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from sre_agent.settings.area import Area


class PromptSettings(Area):
    prompt_folder: Path | None = Field(
        None,
        description="folder with versions of the prompts, a folder each, with the files that differ from the shipped"
        " ones; empty: prompts/versions of the package",
    )
