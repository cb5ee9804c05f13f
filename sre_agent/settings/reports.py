"""How reports are written."""

from __future__ import annotations

from pydantic import Field

from sre_agent.settings.area import Area


class ReportSettings(Area):
    language: str = Field(
        "",
        pattern="^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$",
        description="language of a model's account in reports, as a BCP 47 tag like de or pt-BR; empty: that of the"
        " person who asked, else English",
    )
