"""How reports are written."""

from __future__ import annotations

from pydantic import Field

from sre_agent.settings.area import Area


class ReportSettings(Area):
    language: str = Field(
        "",
        pattern="^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$",
        description="language of the model's words in reports, as a BCP 47 tag such as de or pt-BR; empty: that of the"
        " person who asked, otherwise English",
    )
