"""What a site adds to the shipped knowledge: failure classes, and what its alarms are named after."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from sre_agent.settings.area import Area


class KnowledgeSettings(Area):
    failure_folders: tuple[Path, ...] = Field((), description="folders with your own failure classes")
    entity_map: Path | None = Field(None, description="YAML file: how alarm names and dimensions map to workloads")
