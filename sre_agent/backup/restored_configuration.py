"""What an operator wrote, usable where a backup is brought back: a profile that leads to the restored files, and these
files where they stood before.

The state of the profile is that of the installation which is restored into, never that of the one which is gone: a
table that still exists would be written by two.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mcp_servers.contract import private_files
from sre_agent.errors import PermanentError
from sre_agent.settings import AwsStateSettings, StateAccess, StateSettings

VALUES: Final = "settings.json"  # {"settings": {...}, "withheld": [...], "files": {setting: [where it stood]}}
PROFILE: Final = "profile.toml"
OF_THE_STATE: Final = StateSettings.model_fields.keys() | AwsStateSettings.model_fields.keys()


@dataclass(frozen=True)
class PlacedFile:
    """A file where it stood before. It is not `is_new` where another one stood there already."""

    path: Path
    is_new: bool


def write_profile(folder: Path, access: StateAccess) -> None:
    """`profile.toml` beside the restored files. Raises OSError."""
    content = json.loads((folder / VALUES).read_text(encoding="utf-8"))
    values = {name: value for name, value in content["settings"].items() if name not in OF_THE_STATE | {"profile"}}
    defaults = StateAccess().model_dump(mode="json")
    values |= {name: value for name, value in access.model_dump(mode="json").items() if value != defaults[name]}
    values["state_dir"] = str(access.state_dir.absolute())
    for name, paths in content["files"].items():
        copies = [str(copy) for copy, _ in _copies(folder, name, paths)]
        if name in values:
            values[name] = copies if isinstance(values[name], list) else copies[0]
    lines = [f"{name} = {_toml(value)}" for name, value in sorted(values.items()) if value is not None]
    lines += [f"# {name}: may be secret, and is in no backup" for name in content["withheld"]]
    private_files.write(folder / PROFILE, "\n".join(lines) + "\n")


def put_files_in_place(folder: Path) -> list[PlacedFile]:
    """Every restored file where it stood; what stands there already stays. Raises PermanentError where one cannot be
    written: those before it are in place."""
    content = json.loads((folder / VALUES).read_text(encoding="utf-8"))
    return [
        _put_in_place(copy / name if name != Path() else copy, path / name)
        for setting, paths in content["files"].items()
        for copy, path in _copies(folder, setting, paths)
        for name in _names(copy)
    ]


def _copies(folder: Path, setting: str, paths: list[str]) -> Iterator[tuple[Path, Path]]:
    """Where each file or folder of a setting is now, and where it stood."""
    for number, path in enumerate(map(Path, paths)):
        yield folder / setting / str(number) / path.name, path


def _names(copy: Path) -> list[Path]:
    if copy.is_file():
        return [Path()]
    return [path.relative_to(copy) for path in sorted(copy.rglob("*")) if path.is_file()]


def _put_in_place(copy: Path, path: Path) -> PlacedFile:
    try:
        if path.exists():
            return PlacedFile(path, is_new=False)
        private_files.write(path, copy.read_bytes())
    except OSError as problem:
        raise PermanentError(f"{path} cannot be written: {problem.strerror}. Its copy is {copy}.") from problem
    return PlacedFile(path, is_new=True)


def _toml(value: Any) -> str:
    """A JSON value as TOML, which has no null: what is null in a table is left out."""
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(name)} = {_toml(one)}" for name, one in value.items() if one is not None)
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list):
        return f"[{', '.join(_toml(one) for one in value)}]"
    return json.dumps(value).replace("\x7f", "\\u007f")
