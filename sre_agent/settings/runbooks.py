"""Where runbooks are, beside those of Systems Manager."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from sre_agent.settings.area import Area


class RunbookSettings(Area):
    runbook_folders: tuple[Path, ...] = Field(
        (), description="folders or Git checkouts with Markdown runbooks; none: only Systems Manager documents"
    )
