"""What every area of the settings is: frozen values, each under the one name that it has everywhere.

A field's name is the setting's name: in the code, in a profile, in the environment behind `SRE_AGENT_`, and in what is
stored. So no two areas may have a field of the same name, and searching for a name finds all of a setting.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict

from mcp_servers.redaction import redacted_value


class Area(BaseModel):
    """Its repr goes into logs and tracebacks: what may be secret in an address or a command line is redacted there."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            clean = redacted_value(list(value) if isinstance(value, tuple) else value)
            yield name, tuple(clean) if isinstance(value, tuple) else clean
