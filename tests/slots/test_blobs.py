"""Bodies too large for an item come back as they were stored, or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sre_agent.aws_services.blobs import S3Blobs
from sre_agent.aws_services.clients import AwsServices
from sre_agent.errors import PermanentError, SettingsError
from tests.slots import moto

pytestmark = pytest.mark.anyio
LARGE = b"evidence " * 20_000


@pytest.fixture
def services() -> Iterator[AwsServices]:
    settings = moto.shared_place().model_copy(update={"state_kms_key": "alias/state"})
    services = AwsServices(settings)
    yield services
    services.close()


@pytest.fixture
def blobs(services: AwsServices) -> S3Blobs:
    return S3Blobs(services, moto.shared_place().state_bucket, prefix="evidence")


def keys(services: AwsServices) -> list[str]:
    answer = services.ask("s3", "list_objects_v2", Bucket=moto.shared_place().state_bucket, Prefix="evidence/")
    return [one["Key"] for one in answer.get("Contents", [])]


async def test_a_body_is_stored_once_under_its_digest_and_goes_with_its_owner(
    blobs: S3Blobs, services: AwsServices
) -> None:
    digests = [await blobs.put(owner, LARGE) for owner in ("inc-1", "inc-1", "inc-2")]
    assert len(set(digests)) == 1 and len(keys(services)) == 2
    assert await blobs.get("inc-1", digests[0]) == LARGE
    await blobs.delete("inc-1")
    assert keys(services) == [f"evidence/inc-2/{digests[0]}"] and await blobs.get("inc-2", digests[0]) == LARGE
    with pytest.raises(SettingsError, match="not there"):
        await blobs.get("inc-1", digests[0])


async def test_a_body_that_somebody_changed_is_not_believed(blobs: S3Blobs, services: AwsServices) -> None:
    digest = await blobs.put("inc-3", LARGE)
    where = {"Bucket": moto.shared_place().state_bucket, "Key": f"evidence/inc-3/{digest}"}
    services.ask("s3", "put_object", Body=LARGE + b"!", **where)
    with pytest.raises(PermanentError, match="not what was stored"):
        await blobs.get("inc-3", digest)


async def test_a_body_is_encrypted_with_the_key_of_the_settings(blobs: S3Blobs, services: AwsServices) -> None:
    digest = await blobs.put("inc-4", LARGE)
    where = {"Bucket": moto.shared_place().state_bucket, "Key": f"evidence/inc-4/{digest}"}
    head = services.ask("s3", "head_object", **where)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "alias/state")
