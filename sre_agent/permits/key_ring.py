"""The keys that permits are signed with: one signs, those before it are accepted until their permits have expired.

A key that got into other hands is revoked with all before it, at once and for good. Servers learn of a new key before
it signs, and of an old one's end after it signed last: so each step leaves a state that works.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from mcp_servers.contract.permit_keys import PermitKey, PermitKeySet
from sre_agent.errors import BadInputError
from sre_agent.permits.keys import KeyHolder, Signer

MARGIN: Final = timedelta(minutes=1)  # by which clocks may differ


class KeyRing:
    """`valid_seconds` is how long a permit is good for. Another process may have changed the keys meanwhile.

    Unless `is_local`, every method may wait for a service.
    """

    def __init__(self, holder: KeyHolder, *, valid_seconds: float) -> None:
        self._holder = holder
        self._valid = timedelta(seconds=valid_seconds) + MARGIN
        self._settled_key = ""
        self.is_local = holder.is_local

    @property
    def address(self) -> str:
        """What executing servers are given as --permit-keys."""
        return self._holder.address

    def active(self, now: datetime) -> Signer:
        """The key that signs now; servers know it when this returns. Raises SettingsError."""
        key = self._holder.active()
        if key.public != self._settled_key:
            self._holder.change(lambda key_set: self._with_active(key_set, key.public, now))
            self._settled_key = key.public
        return key

    def keys(self, now: datetime) -> tuple[PermitKeySet, str]:
        """All public keys, and the id of the one that signs."""
        active = self.active(now)
        return self._holder.keys(), active.id

    def rotate(self, now: datetime) -> PermitKey:
        """Sign with a new key; the one before is accepted until the last permit that it signed has expired."""
        self.active(now)
        return self._replace(now, lambda key_set: key_set)

    def revoke(self, which: str, now: datetime) -> list[PermitKey]:
        """No permit of this key, nor of one before it, is accepted any more; a new key signs where that was the one.
        Which keys are revoked now. Raises BadInputError."""
        active = self.active(now)

        def without(key_set: PermitKeySet) -> PermitKeySet:
            least = max(key_set.least_epoch, _the_one(which, key_set).epoch + 1)
            return key_set.model_copy(update={"least_epoch": least})

        next_set = without(self._holder.keys())
        if any(key.id == active.id and next_set.is_revoked(key) for key in next_set.keys):
            self._replace(now, without)
        else:
            self._holder.change(without)
        key_set = self._holder.keys()
        return [key for key in key_set.keys if key_set.is_revoked(key)]

    def _replace(self, now: datetime, edit: Callable[[PermitKeySet], PermitKeySet]) -> PermitKey:
        """Servers learn of the new key first, then it signs, then the old one retires."""
        following = self._holder.prepare()
        key_set = self._holder.change(lambda key_set: _with_key(edit(key_set), following.public, now))
        following.activate()
        self.active(now)
        return next(key for key in key_set.keys if key.public == following.public)

    def _with_active(self, key_set: PermitKeySet, public: str, now: datetime) -> PermitKeySet:
        """The key that signs is in the set, and the others retire."""
        key_set = _with_key(key_set, public, now)
        until = now + self._valid
        retired_keys = [
            key if key.accepted_until else key.model_copy(update={"accepted_until": until})
            for key in key_set.keys
            if key.public != public
        ]
        again = {"accepted_until": None}  # where an alias came back to an earlier key
        active = next(key for key in key_set.keys if key.public == public).model_copy(update=again)
        return key_set.model_copy(update={"keys": (*retired_keys, active)})


def _with_key(key_set: PermitKeySet, public: str, now: datetime) -> PermitKeySet:
    """A key that was revoked gets no new epoch: it stays in the set as what it is."""
    if any(key.public == public for key in key_set.keys):
        return key_set
    epoch = max([key_set.least_epoch, *(key.epoch + 1 for key in key_set.keys)])
    added = PermitKey(public=public, epoch=epoch, made_at=now)
    return key_set.model_copy(update={"keys": (*key_set.keys, added)})


def _the_one(which: str, key_set: PermitKeySet) -> PermitKey:
    keys = [key for key in key_set.keys if key.id.startswith(which)]
    if len(keys) != 1:
        there = ", ".join(key.id for key in key_set.keys)
        raise BadInputError(f"There is no one permit key {which!r}. There are: {there}.")
    return keys[0]
