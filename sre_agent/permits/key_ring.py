"""The keys that permits are signed with: one signs, those before it are accepted until their permits have expired.

A key that got into other hands is revoked with all before it, at once and for good. The private key is one file, the
public ones are another, which servers read again whenever it changes: so each step leaves a state that works.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from mcp_servers.contract import private_files
from mcp_servers.contract.permit_keys import PermitKey, PermitKeySet
from sre_agent.errors import BadInputError, SettingsError
from sre_agent.signing import SigningKey, fresh_key, open_key

PRIVATE: Final = "permit.key"
PUBLIC: Final = "permit-keys.json"
MARGIN: Final = timedelta(minutes=1)  # by which clocks may differ


class KeyRing:
    """`valid_seconds` is how long a permit is good for. Another process may have changed the keys meanwhile."""

    def __init__(self, folder: Path, *, valid_seconds: float) -> None:
        self._private, self.public_keys = folder / PRIVATE, folder / PUBLIC
        self._valid = timedelta(seconds=valid_seconds) + MARGIN
        self._stamp, self._key = (0, 0), open_key(self._private)

    def active(self, now: datetime) -> SigningKey:
        """The key that signs now; servers know it when this returns. Raises SettingsError."""
        there = self._private.stat() if self._private.exists() else None
        stamp = (there.st_mtime_ns, there.st_ino) if there else (0, 0)
        if stamp != self._stamp or there is None:
            self._key = open_key(self._private)
            self._settle(now)
            after = self._private.stat()
            self._stamp = (after.st_mtime_ns, after.st_ino)
        return self._key

    def keys(self, now: datetime) -> tuple[PermitKeySet, str]:
        """All public keys, and the id of the one that signs."""
        active = self.active(now)
        return self._read(), active.id

    def rotate(self, now: datetime) -> PermitKey:
        """Sign with a new key; the one before is accepted until the last permit that it signed has expired."""
        self.active(now)
        return self._replace(self._read(), now)

    def revoke(self, which: str, now: datetime) -> list[PermitKey]:
        """No permit of this key, nor of one before it, is accepted any more; a new key signs where that was the one.
        Which keys are revoked now. Raises BadInputError."""
        active = self.active(now)
        key_set = self._read()
        keys = [key for key in key_set.keys if key.id.startswith(which)]
        if len(keys) != 1:
            there = ", ".join(key.id for key in key_set.keys)
            raise BadInputError(f"There is no one permit key {which!r}. There are: {there}.")
        least = max(key_set.least_epoch, keys[0].epoch + 1)
        key_set = key_set.model_copy(update={"least_epoch": least})
        if any(key.id == active.id and key_set.is_revoked(key) for key in key_set.keys):
            self._replace(key_set, now)
        else:
            self._write(key_set)
        return [key for key in self._read().keys if self._read().is_revoked(key)]

    def _replace(self, key_set: PermitKeySet, now: datetime) -> PermitKey:
        """Servers learn of the new key first, then it signs, then the old one retires."""
        raw = fresh_key()
        epoch = max([key_set.least_epoch, *(key.epoch + 1 for key in key_set.keys)])
        added = PermitKey(public=SigningKey.of(raw).public, epoch=epoch, made_at=now)
        self._write(key_set.model_copy(update={"keys": (*key_set.keys, added)}))
        private_files.write(self._private, raw)
        self.active(now)
        return added

    def _settle(self, now: datetime) -> None:
        """The key that signs is in the set, and the others retire."""
        key_set = self._read()
        active = next((key for key in key_set.keys if key.public == self._key.public), None)
        if active is None:
            epoch = max([key_set.least_epoch, *(key.epoch + 1 for key in key_set.keys)])
            active = PermitKey(public=self._key.public, epoch=epoch, made_at=now)
        until = now + self._valid
        others = [key for key in key_set.keys if key.public != active.public]
        retired_keys = [k if k.accepted_until else k.model_copy(update={"accepted_until": until}) for k in others]
        new_set = key_set.model_copy(update={"keys": (*retired_keys, active)})
        if new_set != key_set:
            self._write(new_set)

    def _read(self) -> PermitKeySet:
        if not self.public_keys.exists():
            return PermitKeySet()
        try:
            return PermitKeySet.model_validate_json(self.public_keys.read_text(encoding="utf-8"))
        except ValidationError as problem:
            raise SettingsError(
                f"The permit keys {self.public_keys} are damaged. Remove the file, and it is made anew from {PRIVATE}."
            ) from problem

    def _write(self, keys: PermitKeySet) -> None:
        private_files.write(self.public_keys, keys.model_dump_json(indent=1) + "\n")
