"""What every place for permit keys keeps to: no gap at a rotation, no way back from a revocation; one body over all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mcp_servers.contract.permit_keys import PermitKeys, PermitKeySet
from mcp_servers.serving.permit_key_sources import key_source
from sre_agent.aws_services.clients import AwsServices
from sre_agent.errors import BadInputError, SettingsError
from sre_agent.permits.key_ring import KeyRing
from sre_agent.permits.keys import KeyHolder, Signer
from sre_agent.permits.keys.folder import KeyFolder
from sre_agent.permits.keys.kms import KmsKey
from sre_agent.permits.keys.published import PublishedKeys
from sre_agent.permits.keys.secretsmanager import SecretKey
from tests.slots import moto
from tests.slots.kms_at_the_wire import KmsAtTheWire

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
VALID = 300.0
LATER = NOON + timedelta(seconds=VALID, minutes=2)
TEXT = b"a permit"


def folder_keys(path: Path) -> Callable[[], KeyHolder]:
    return lambda: KeyFolder(path)


def secret_keys(path: Path) -> Callable[[], KeyHolder]:
    settings = moto.make_slots(moto.state_of_its_own(path), "used_permits")
    AwsServices(settings).ask("secretsmanager", "create_secret", Name=settings.permit_secret)
    return lambda: SecretKey(AwsServices(settings), settings)


def kms_keys(path: Path) -> Callable[[], KeyHolder]:
    settings = moto.make_slots(moto.state_of_its_own(path, permit_kms_key="alias/permits"), "used_permits")
    kms = KmsAtTheWire("alias/permits")

    def holder() -> KeyHolder:
        services = AwsServices(settings)
        kms.answer_for(services.client("kms"))
        return KmsKey(services, settings)

    return holder


@pytest.fixture(params=[folder_keys, secret_keys, kms_keys])
def holder(request: Any, tmp_path: Path) -> Callable[[], KeyHolder]:
    """The keys as each process opens them."""
    open_holder: Callable[[], KeyHolder] = request.param(tmp_path)
    return open_holder


@pytest.fixture
def ring(holder: Callable[[], KeyHolder]) -> KeyRing:
    return KeyRing(holder(), valid_seconds=VALID)


def accepts(ring: KeyRing, signer: Signer, now: datetime) -> bool:
    """Whether a server takes a permit of this key, as it reads the keys now."""
    keys: PermitKeySet = PermitKeys(source=key_source(ring.address)).current()
    key = keys.signer(signer.sign(TEXT), TEXT)
    return key is not None and not keys.is_revoked(key) and not keys.is_retired(key, now)


def test_servers_know_the_key_before_the_first_permit_of_it(ring: KeyRing, holder: Callable[[], KeyHolder]) -> None:
    signer = ring.active(NOON)
    assert accepts(ring, signer, NOON)
    again = KeyRing(holder(), valid_seconds=VALID).active(NOON)
    assert again.id == signer.id, "another process signs with the same"


def test_a_rotation_leaves_no_gap_and_every_process_signs_with_the_new_key(
    ring: KeyRing, holder: Callable[[], KeyHolder]
) -> None:
    before = ring.active(NOON)
    added = KeyRing(holder(), valid_seconds=VALID).rotate(NOON)
    after = ring.active(NOON)
    assert after.id == added.id != before.id
    assert accepts(ring, before, NOON) and accepts(ring, after, NOON), "a permit that is under way is not refused"
    assert not accepts(ring, before, LATER) and accepts(ring, after, LATER)


def test_an_alias_that_is_moved_back_to_an_earlier_key_has_its_permits_accepted_again(tmp_path: Path) -> None:
    settings = moto.make_slots(moto.state_of_its_own(tmp_path, permit_kms_key="alias/permits"), "used_permits")
    kms, services = KmsAtTheWire("alias/permits"), AwsServices(settings)
    kms.answer_for(services.client("kms"))
    ring, first = KeyRing(KmsKey(services, settings), valid_seconds=VALID), kms.aliases["alias/permits"]
    before = ring.active(NOON)
    ring.rotate(NOON)
    services.ask("kms", "update_alias", AliasName="alias/permits", TargetKeyId=first)
    assert ring.active(LATER).id == before.id and accepts(ring, before, LATER)


def test_a_revoked_key_counts_at_once_for_nothing_and_stays_so(ring: KeyRing, holder: Callable[[], KeyHolder]) -> None:
    first = ring.active(NOON)
    ring.rotate(NOON)
    second = ring.active(NOON)
    assert [key.id for key in ring.revoke(first.id, NOON)] == [first.id]
    assert not accepts(ring, first, NOON) and accepts(ring, second, NOON) and ring.active(NOON).id == second.id
    KeyRing(holder(), valid_seconds=VALID).revoke(second.id[:8], NOON)
    assert not accepts(ring, second, NOON) and accepts(ring, ring.active(NOON), NOON), "a new key signs"
    with pytest.raises(BadInputError, match="There is no one permit key"):
        ring.revoke("ffff", NOON)


def test_a_rotation_that_read_the_keys_before_a_revocation_does_not_undo_it(tmp_path: Path) -> None:
    settings = moto.make_slots(moto.state_of_its_own(tmp_path), "used_permits")
    keys = PublishedKeys(AwsServices(settings), settings.used_permits_table)

    def as_a_slow_one_edits(read: PermitKeySet) -> PermitKeySet:
        if read.least_epoch == 0:  # somebody else is first
            keys.change(lambda now: now.model_copy(update={"least_epoch": 7}))
        return read.model_copy(update={"least_epoch": max(read.least_epoch, 3)})

    assert keys.change(as_a_slow_one_edits).least_epoch == 7


def test_a_secret_that_is_no_key_is_refused_in_words(tmp_path: Path) -> None:
    settings = moto.state_of_its_own(tmp_path)
    services = AwsServices(settings)
    with pytest.raises(SettingsError, match="not there"):
        SecretKey(services, settings).active()
    services.ask("secretsmanager", "create_secret", Name=settings.permit_secret, SecretString="a password")
    with pytest.raises(SettingsError, match="holds text") as refused:
        SecretKey(services, settings).active()
    assert "a password" not in str(refused.value)
