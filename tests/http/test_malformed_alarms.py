"""Thousands of broken webhooks: each is refused with a reason or accepted, and the next good one counts. Seeded."""

from __future__ import annotations

import json
from collections import Counter
from random import Random

import pytest

from sre_agent.settings import Settings
from tests.entrances import deliveries
from tests.entrances.broken import break_payload
from tests.entrances.test_malformed_input import VALID
from tests.http.conftest import Site
from tests.http.test_alarm_sources import AwsHost, aws, message, post, sign

pytestmark = pytest.mark.anyio
__all__ = ["aws"]
SEED = 20261122
ROOMY = [{"requests_per_minute": 100_000, "alarms_per_minute": 1_000_000, "most_waiting": 1_000_000}]


@pytest.mark.parametrize("settings", ROOMY, indirect=True)
@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.long)])
@pytest.mark.timeout(1800)
async def test_every_broken_webhook_is_refused_with_a_reason_or_accepted(
    site: Site, settings: Settings, count: int, aws: AwsHost
) -> None:
    random, ends, receipts = Random(SEED), Counter[str](), 0
    for number in range(count):
        source, content, headers = _delivery(break_payload(random.choice(VALID), random), random)
        answer = await post(site, source, content, **headers)
        place = f"seed {SEED}, webhook {number} to {source}: {content[:300]!r}"
        document = answer.json()
        assert answer.status_code in (202, 400, 401, 413), place
        if answer.status_code == 202:
            receipts += len(document["alarms"])
            assert document["alarms"] or document["note"], place
        else:
            assert answer.headers["content-type"] == "application/problem+json", place
            assert 0 < len(document["detail"]) < 2_000 and "Traceback" not in document["detail"], place
        ends[f"{source} {answer.status_code}"] += 1
    print(f"seed {SEED}: {dict(ends)}")
    assert ends["pagerduty 202"] and ends["pagerduty 400"] and ends["aws 202"] and ends["aws 401"]
    assert len(await site.store.receipts(limit=100_000)) == receipts
    content, signature = sign(deliveries.pagerduty(), prefix="v1=")
    good = await post(site, "pagerduty", content, x_pagerduty_signature=signature)
    assert good.status_code == 202


def _delivery(raw: bytes, random: Random) -> tuple[str, bytes, dict[str, str]]:
    """Broken inside a signature that holds, or with the message of SNS around it broken as well."""
    match random.randrange(4):
        case 0:
            whole = message(Message=raw.decode("utf-8", "replace"))
            return "aws", json.dumps(whole).encode(), {}
        case 1:
            return "aws", break_payload(message(), random), {}
    content, signature = sign(raw, prefix="v1=")
    return "pagerduty", content, {"x_pagerduty_signature": signature}
