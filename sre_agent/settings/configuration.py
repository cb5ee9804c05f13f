"""What an operator wrote for an installation, so that it can be copied: the values of settings without secrets, and the
files and folders that settings name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mcp_servers.redaction import redacted_value
from sre_agent.settings.last_run import without_secrets
from sre_agent.settings.root import Settings

COPIED_FILES: Final = (  # settings that name what an operator wrote
    *("policies", "limits", "failure_folders", "prompt_folder", "entity_map", "trigger_policy"),
    *("escalation", "model_prices", "runbook_folders", "sweep_exclusions", "profile"),
)
NOT_COPIED: Final = (
    "state_dir",
    "alarm_sources_file",
    "token_file",
    "backup_passphrase_file",
)  # the state, and secrets


@dataclass(frozen=True)
class ConfigurationCopy:
    """`values` by the names of settings; `withheld` are those whose value is not in it because it may be secret;
    `files` are what the settings of COPIED_FILES name, as far as it is there."""

    values: dict[str, Any]
    withheld: tuple[str, ...]
    files: dict[str, tuple[Path, ...]]

    @classmethod
    def of(cls, settings: Settings) -> ConfigurationCopy:
        whole, defaults = settings.flat(), Settings().flat()
        clean = {name: redacted_value(value) for name, value in without_secrets(settings).flat().items()}
        withheld = tuple(sorted(name for name, value in whole.items() if clean[name] != value))
        values = {name: value for name, value in clean.items() if value != defaults[name] and name not in withheld}
        files = {name: tuple(_paths(settings.value(name))) for name in COPIED_FILES}
        return cls(values, withheld, {name: paths for name, paths in files.items() if paths})


def _paths(value: str | Path | tuple[Path, ...] | None) -> Iterator[Path]:
    """What stands in the file system under this value; a name of something that is shipped does not."""
    several = value if isinstance(value, tuple) else (value,)
    yield from (Path(one) for one in several if one and Path(one).exists())
