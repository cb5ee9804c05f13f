"""The pause on one machine: a file in the state folder that stops the next write of every process that works on it.

A file, so that it works where nothing else does: `touch STATE/paused` pauses too. Where several machines share a store,
a pause stands there as well.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from mcp_servers.contract import private_files
from sre_agent.domain.write_pause import WritePause

FILE: Final = "paused"


def current_pause(folder: Path) -> WritePause | None:
    """None where nothing is paused. A file that cannot be read pauses as well."""
    try:
        return WritePause.model_validate(json.loads((folder / FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ValidationError):
        return WritePause()


def pause(folder: Path, by: str, at: datetime, reason: str = "") -> WritePause:
    """In force when this returns. A pause that is there already stays as it is."""
    present_pause = current_pause(folder)
    if present_pause is not None:
        return present_pause
    new_pause = WritePause(by=by, at=at, reason=reason)
    private_files.folder(folder)
    private_files.write(folder / FILE, new_pause.model_dump_json())
    return new_pause


def unpause(folder: Path) -> bool:
    """Whether anything was paused."""
    try:
        (folder / FILE).unlink()
    except FileNotFoundError:
        return False
    return True
