"""The settings of the last run, which its state folder keeps for who reads it later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from mcp_servers.contract import private_files
from sre_agent import state_folder
from sre_agent.errors import NothingStoredError, SettingsError
from sre_agent.settings.loading import describe_errors, load
from sre_agent.settings.root import Settings

STORE: Final = "incidents.sqlite"
SAVED: Final = "settings.json"  # as older versions kept them, for all incidents of a folder at once
LAST: Final = "last-run.json"
NOTHING: Final = "There are no incidents in {folder}. Name another folder with --state-dir, or a profile that names it."


def save(settings: Settings) -> None:
    """Keep the settings of the last run; an incident has its own beside it. Raises StateFolderError."""
    state_folder.secure(settings.state.state_dir, is_trusted=settings.state.state_dir_trusted)
    private_files.write(settings.state.state_dir / LAST, json.dumps(without_secrets(settings).flat(), indent=2))


def without_secrets(settings: Settings) -> Settings:
    """The same settings, but for the values that are or may be secrets."""
    clusters = {
        name: entry.model_copy(update={"foreign_servers": {}})
        for name, entry in settings.cluster_table.clusters.items()
    }
    withheld: dict[str, object] = {"foreign_servers": {}, "notify_secrets": {}, "model_keys": {}, "git_token": ""}
    return settings.model_copy(update={**withheld, "clusters": clusters})


def at_hand(state_dir: Path | None = None, profile: str = "") -> Settings:
    """The settings of this process, for who reads what is kept: they say where that is. Raises NothingStoredError where
    it would be in a state folder and nothing ran in that yet."""
    present = load(profile, state_dir=state_dir)
    if present.state.is_on_this_machine and not any(
        (present.state.state_dir / name).exists() for name in (LAST, SAVED, "incidents.sqlite")
    ):
        raise NothingStoredError(NOTHING.format(folder=present.state.state_dir))
    return present


def load_saved(state_dir: Path | None = None, profile: str = "") -> Settings:
    """The settings of the last run in the state folder, which is found as that run found it: given, in the environment,
    in the profile, or the default; those of this process where what ran kept nothing on this machine. Raises
    SettingsError where nothing ran yet."""
    present = load(profile, state_dir=state_dir)
    if not present.state.is_on_this_machine:
        return present
    settings = in_file(present, LAST) or in_file(present, SAVED)
    if settings is None:
        raise NothingStoredError(NOTHING.format(folder=present.state.state_dir))
    return settings


def in_file(present: Settings, name: str) -> Settings | None:
    """The settings in a file of the state folder, None where it is not there. Raises StateFolderError."""
    path = present.state.state_dir / name
    if not present.state.state_dir.exists():
        return None
    state_folder.secure(present.state.state_dir, is_trusted=present.state.state_dir_trusted)
    if not path.is_file():
        return None
    own = {"state_dir": present.state.state_dir, "state_dir_trusted": present.state.state_dir_trusted}
    try:
        return Settings.model_validate_json(path.read_text(encoding="utf-8")).model_copy(update=own)
    except ValidationError as problem:
        raise SettingsError(
            f"The settings in {path} are not readable by this version: {describe_errors(problem)}"
        ) from problem
