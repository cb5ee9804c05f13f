"""The permit key in the state folder: the private key is one file, the public ones are another. For one machine."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from mcp_servers.contract import private_files
from mcp_servers.contract.permit_keys import PermitKeySet
from sre_agent.errors import SettingsError
from sre_agent.permits.keys import NextKey
from sre_agent.settings import StateSettings
from sre_agent.signing import SigningKey, fresh_key, open_key

PRIVATE: Final = "permit.key"
PUBLIC: Final = "permit-keys.json"


class KeyFolder:
    """`sre_agent.permits.keys.KeyHolder`. Another process may have changed the files meanwhile."""

    is_local = True

    def __init__(self, folder: Path) -> None:
        self._private, self._public = folder / PRIVATE, folder / PUBLIC
        self._stamp, self._key = (0, 0), open_key(self._private)

    @property
    def address(self) -> str:
        return str(self._public.resolve())

    def active(self) -> SigningKey:
        there = self._private.stat() if self._private.exists() else None
        if there is None or (there.st_mtime_ns, there.st_ino) != self._stamp:
            self._key = open_key(self._private)
            after = self._private.stat()
            self._stamp = (after.st_mtime_ns, after.st_ino)
        return self._key

    def prepare(self) -> NextKey:
        raw = fresh_key()
        return NextKey(SigningKey.of(raw).public, partial(private_files.write, self._private, raw))

    def keys(self) -> PermitKeySet:
        if not self._public.exists():
            return PermitKeySet()
        try:
            return PermitKeySet.model_validate_json(self._public.read_text(encoding="utf-8"))
        except ValidationError as problem:
            raise SettingsError(
                f"The permit keys {self._public} are damaged. Remove the file, and it is made anew from {PRIVATE}."
            ) from problem

    def change(self, edit: Callable[[PermitKeySet], PermitKeySet]) -> PermitKeySet:
        before = self.keys()
        after = edit(before)
        if after != before:
            private_files.write(self._public, after.model_dump_json(indent=1) + "\n")
        return after


def from_settings(settings: StateSettings) -> KeyFolder:
    """The key is made at the first use, readable by the owner alone. Raises SettingsError."""
    return KeyFolder(settings.state_dir)
