"""Each channel against a real HTTP server: what it sends, what it edits, what it never says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from apprise import NotifyBase

from sre_agent.domain.base import IncidentId
from sre_agent.domain.notice import IncidentNotice
from sre_agent.errors import NotifyError, SettingsError
from sre_agent.notify import Channel, open_channel, technologies
from sre_agent.settings import Settings
from tests.notify.receiving import Received, Receiver, receiver
from tests.server_kubernetes.tls import certificate

pytestmark = pytest.mark.anyio
HOSTILE = "@channel <!here> <at>ops</at> [go](http://evil.test) www.evil.test & password=hunter2hunter2"
WAITING = IncidentNotice(
    incident=IncidentId("inc-1121-d69ce219"),
    title=f"payments-api-5xx {HOSTILE}",
    severity="SEV1",
    state="waiting",
    level=1,
    role="on-call",
    statement=f"The rollout is bad. {HOSTILE}",
    action="Return Deployment/shop/payments-api to revision 1",
    blast_radius="Replaces 3 pods.",
    rehearsal=f"rehearsed: heals in 15 s {HOSTILE}",
    commands=["sre-agent incidents approve inc-1121-d69ce219"],
)
ENDED = WAITING.model_copy(update={"state": "remediated", "reason": "fixed", "commands": []})


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as one:
        yield one


def settings(there: Receiver, **secrets: str) -> Settings:
    return Settings(
        notify_secrets=secrets,
        slack_url=f"{there.url}/api",
        pagerduty_url=there.url,
        aws_endpoint_url=there.url,
        aws_region="eu-west-1",
    )


def open_one(name: str, configuration: Settings) -> Channel:
    return open_channel(name, configuration.notifications, configuration.aws)


def harmless(text: str) -> bool:
    """Nothing in it is a mention, a link or a secret."""
    acted_upon = ("@channel", "<!here", "<at>", "](http", "://", "www.", "hunter2hunter2")
    return not any(one in text for one in acted_upon)


async def test_slack_keeps_one_message_and_shows_text_from_outside_as_text(there: Receiver) -> None:
    there.answer = lambda request: (200, {}, json.dumps({"ok": True, "channel": "C1", "ts": "17.1"}).encode())
    channel = open_one("slack:#sre", settings(there, slack="xoxb-secret"))
    handle = await channel.tell(WAITING, "")
    assert await channel.tell(ENDED, handle) == handle
    post, updated = there.requests
    assert post.path == "/api/chat.postMessage" and post.headers["authorization"] == "Bearer xoxb-secret"
    assert updated.path == "/api/chat.update" and (updated.json["channel"], updated.json["ts"]) == ("C1", "17.1")
    assert post.json["channel"] == "#sre" and post.json["parse"] == "none"
    assert {block["text"]["type"] for block in post.json["blocks"]} == {"plain_text"}, "no markup is read in these"
    assert harmless(json.dumps(post.json, ensure_ascii=False))
    assert "<" not in post.json["text"], "the one text that Slack reads as its own markup"
    assert "incidents approve" in json.dumps(post.json)


async def test_a_message_that_somebody_deleted_is_written_again(there: Receiver) -> None:
    def answer(request: Received) -> tuple[int, dict[str, str], bytes]:
        is_update = request.path.endswith("update")
        body = {"ok": False, "error": "message_not_found"} if is_update else {"ok": True, "channel": "C1", "ts": "18.2"}
        return 200, {}, json.dumps(body).encode()

    there.answer = answer
    channel = open_one("slack:#sre", settings(there, slack="xoxb-secret"))
    assert await channel.tell(ENDED, "C1 17.1") == "C1 18.2"


async def test_an_alert_of_pagerduty_is_one_and_is_resolved_when_the_system_recovered(there: Receiver) -> None:
    channel = open_one("pagerduty:payments", settings(there, **{"pagerduty:payments": "R" * 32}))
    handle = await channel.tell(WAITING, "")
    await channel.tell(ENDED, handle)
    first, last = (one.json for one in there.requests)
    assert (first["event_action"], last["event_action"]) == ("trigger", "resolve")
    assert first["dedup_key"] == last["dedup_key"] and first["payload"]["severity"] == "critical"
    assert harmless(json.dumps(first["payload"], ensure_ascii=False))


async def test_a_webhook_gets_fields_and_text(there: Receiver) -> None:
    await open_one("webhook", settings(there, webhook=f"{there.url}/hook?key=1")).tell(WAITING, "")
    sent = there.requests[0]
    assert sent.path == "/hook?key=1" and sent.json["incident"] == WAITING.incident
    assert (sent.json["state"], sent.json["level"]) == ("waiting", 1)
    assert harmless(sent.body.decode().encode().decode("unicode_escape"))


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
async def test_teams_gets_a_card_through_apprise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NotifyBase, "request_rate_per_sec", 0)  # its pause between two messages, in seconds
    with receiver(certificate(tmp_path)) as there:
        address = f"workflows://127.0.0.1:{there.port}/{'a' * 32}/{'s' * 43}?verify=no"
        channel = open_one("apprise:teams", Settings(notify_secrets={"apprise:teams": address}))
        await channel.tell(WAITING, "")
        card = there.requests[0].json
        assert card["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
        card_text = json.dumps(card["attachments"][0]["content"]["body"], ensure_ascii=False)
        assert harmless(card_text) and "incidents approve" in card_text
        assert "entities" not in json.dumps(card), "nobody is mentioned"
        there.answer = lambda request: (500, {}, b"")
        with pytest.raises(NotifyError):
            await channel.tell(WAITING, "")


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    monkeypatch.delenv("AWS_PROFILE", raising=False)


async def test_sns_gets_a_subject_of_ascii_and_the_text(there: Receiver, credentials: None) -> None:
    xml = b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
    there.answer = lambda request: (200, {"content-type": "text/xml"}, xml)
    topic = "arn:aws:sns:eu-west-1:123456789012:alarms"
    await open_one(f"sns:{topic}", settings(there)).tell(WAITING, "")
    sent = parse_qs(there.requests[0].body.decode())
    assert sent["TopicArn"] == [topic] and sent["Subject"][0].isascii() and len(sent["Subject"][0]) <= 100
    assert harmless(sent["Message"][0]) and harmless(sent["Subject"][0])


async def test_an_ops_item_is_opened_once_and_resolved(there: Receiver, credentials: None) -> None:
    there.answer = lambda request: (200, {}, json.dumps({"OpsItemId": "oi-123"}).encode())
    channel = open_one("opsitem", settings(there))
    handle = await channel.tell(WAITING, "")
    assert handle == "oi-123" and await channel.tell(ENDED, handle) == handle
    targets = [one.headers["x-amz-target"].rpartition(".")[2] for one in there.requests]
    assert targets == ["CreateOpsItem", "UpdateOpsItem"]
    first, resolved = (one.json for one in there.requests)
    assert first["Severity"] == "1" and WAITING.incident in first["OperationalData"]["/aws/dedup"]["Value"]
    assert resolved["Status"] == "Resolved" and harmless(first["Description"])


async def test_the_error_of_a_channel_tells_no_address_and_no_token(there: Receiver) -> None:
    there.answer = lambda request: (429, {"retry-after": "30"}, b"")
    channel = open_one("webhook", settings(there, webhook=f"{there.url}/T0/secret-part"))
    with pytest.raises(NotifyError) as busy:
        await channel.tell(WAITING, "")
    assert "429" in str(busy.value) and busy.value.retry_after == 30
    with pytest.raises(NotifyError) as away:
        await open_one("webhook", settings(there, webhook="http://127.0.0.1:9/secret-part")).tell(WAITING, "")
    assert "secret-part" not in f"{busy.value} {away.value}"
    assert "secret-part" not in repr(settings(there, webhook=f"{there.url}/secret-part"))


@pytest.mark.parametrize(
    "name", ["slack", "slack:#sre", "pagerduty", "webhook", "apprise:teams", "sns:alarms", "pigeon"]
)
def test_a_channel_that_lacks_something_says_what(name: str) -> None:
    with pytest.raises(SettingsError, match=name.partition(":")[0]):
        open_one(name, Settings())


def test_every_technology_is_known_by_its_file() -> None:
    expected = ["apprise", "console", "opsitem", "pagerduty", "slack", "sns", "webhook"]
    assert technologies() == expected
