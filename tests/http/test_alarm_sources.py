"""Who is believed to be a source of alarms: by its secret, by a signature over the body, by the certificate of SNS."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sre_agent.errors import SettingsError
from sre_agent.http.alarm_sources import AlarmSource, load_alarm_sources
from sre_agent.http.sns import SnsVerifier
from tests.entrances import deliveries
from tests.http.conftest import NOON, Site

pytestmark = pytest.mark.anyio
TOPIC = deliveries.TOPIC
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
CONFIRM = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t-1"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
HMAC_KEY = "a secret of some length"


class AwsHost:
    """Whatever host is asked, this answers, and remembers what was asked."""

    def __init__(self) -> None:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        certificate = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
        certificate = (
            certificate.serial_number(1)
            .not_valid_before(NOON - timedelta(days=1))
            .not_valid_after(NOON + timedelta(days=9))
        )
        self.pem = certificate.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        self.asked: list[str] = []

    async def answer(self, request: Request) -> Response:
        self.asked.append(str(request.url))
        return Response(self.pem) if request.url.path.endswith(".pem") else PlainTextResponse("<Confirmed/>")


@pytest.fixture
def aws(site: Site) -> AwsHost:
    host = AwsHost()
    app = Starlette(routes=[Route("/{path:path}", host.answer)])
    sources = {
        "aws": AlarmSource(proof="sns", topics=(TOPIC,)),
        "pagerduty": AlarmSource(proof="pagerduty", secret=("the one before last", HMAC_KEY)),
        "grafana": AlarmSource(proof="grafana", secret=(HMAC_KEY,)),
    }
    site.app.state.service = replace(site.service, sources=sources, sns=SnsVerifier(httpx.ASGITransport(app)))
    return host


def message(version: str = "2", **changed: Any) -> dict[str, Any]:
    """A notification as SNS sends it, signed last."""
    notification = {**deliveries.sns(), "Timestamp": "2026-11-21T11:59:58.000Z", "SigningCertURL": CERTIFICATE}
    notification = {**notification, "SignatureVersion": version, **changed}
    fields = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if notification["Type"] != "Notification":
        fields = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{notification[name]}\n" for name in fields if name in notification).encode()
    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
    return {**notification, "Signature": base64.b64encode(KEY.sign(text, padding.PKCS1v15(), algorithm)).decode()}


async def post(site: Site, source: str, body: Any, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    header_fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return await site.http.post(
        f"/alarms/{source}", content=content, headers={"content-type": "text/plain", **header_fields}
    )


@pytest.mark.parametrize("version", ["1", "2"])
async def test_a_message_of_sns_counts_by_its_signature_alone(site: Site, aws: AwsHost, version: str) -> None:
    answer = await post(site, "aws", message(version))
    assert (answer.status_code, answer.json()["alarms"][0]["disposition"]) == (202, "opened")
    without_subject = {name: value for name, value in message(version, MessageId="m-2").items() if name != "Subject"}
    assert (await post(site, "aws", without_subject)).status_code == 401
    assert aws.asked == [CERTIFICATE], "one certificate is fetched once"


@pytest.mark.parametrize(
    "changed",
    [
        {"Message": json.dumps(deliveries.sns_message(AlarmName="another"))},
        {"TopicArn": TOPIC.replace("alarms", "others")},
        {"SignatureVersion": "1"},
        {"SignatureVersion": "3"},
        {"Signature": "AAAA"},
        {"Signature": "no base64!"},
        {"Type": "Else"},
        {"SigningCertURL": CERTIFICATE.replace("https", "http")},
        {"SigningCertURL": CERTIFICATE.replace("amazonaws.com", "amazonaws.com.evil.example")},
        {"SigningCertURL": CERTIFICATE.replace("https://", "https://user@")},
        {"SigningCertURL": CERTIFICATE.replace("sns.eu-west-1", "evil.s3.eu-west-1")},
        {"SigningCertURL": CERTIFICATE.replace("eu-west-1", "us-east-1")},
        {"SigningCertURL": CERTIFICATE.replace(".com/", ".com:8443/")},
        {"SigningCertURL": CERTIFICATE.replace("SimpleNotificationService", "upload/Simple")},
        {"SigningCertURL": 7},
        {"Timestamp": "yesterday"},
    ],
)
async def test_what_is_changed_after_signing_or_signed_elsewhere_is_not_believed(
    site: Site, aws: AwsHost, changed: dict[str, Any]
) -> None:
    answer = await post(site, "aws", {**message(), **changed})
    assert (answer.status_code, await site.store.incidents()) == (401, [])
    assert all(address == CERTIFICATE for address in aws.asked), "no other host is ever asked"


async def test_an_old_message_and_an_expired_certificate_are_not_believed(site: Site, aws: AwsHost) -> None:
    assert (await post(site, "aws", message(Timestamp="2026-11-21T09:00:00.000Z"))).status_code == 401
    site.clock.move(30 * 86_400)
    late = message(Timestamp="2026-12-21T12:00:00.000Z")
    assert (await post(site, "aws", late)).status_code == 401


async def test_a_subscription_is_confirmed_at_sns_and_nowhere_else(site: Site, aws: AwsHost) -> None:
    confirmation: dict[str, Any] = {"Type": "SubscriptionConfirmation", "Token": "t-1", "SubscribeURL": CONFIRM}
    answer = await post(site, "aws", message(**confirmation))
    assert (answer.status_code, "confirmed" in answer.json()["note"]) == (202, True)
    assert aws.asked == [CERTIFICATE, CONFIRM]
    for wrong in (
        "https://evil.example/?Action=ConfirmSubscription",
        CONFIRM.replace(TOPIC, "another"),
        f"{CONFIRM}#x",
    ):
        answer = await post(site, "aws", message(**{**confirmation, "SubscribeURL": wrong}))
        assert (answer.status_code, len(aws.asked)) == (401, 2)
    farewell = await post(site, "aws", message(**{**confirmation, "Type": "UnsubscribeConfirmation"}))
    assert (farewell.status_code, len(aws.asked), "ended" in farewell.json()["note"]) == (202, 2, True)


def sign(body: dict[str, Any] | bytes, before: str = "", prefix: str = "") -> tuple[bytes, str]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return content, prefix + hmac.new(HMAC_KEY.encode(), before.encode() + content, hashlib.sha256).hexdigest()


async def test_pagerduty_signs_what_it_sends_and_its_status_decides(site: Site, aws: AwsHost) -> None:
    for minute, status in enumerate(("triggered", "acknowledged", "resolved")):
        sent = deliveries.pagerduty(status, f"incident.{status}", f"2026-11-21T12:0{minute}:00Z")
        content, signature = sign(sent, prefix="v1=")
        answer = await post(site, "pagerduty", content, x_pagerduty_signature=f"v1={'0' * 64},{signature}")
        assert answer.status_code == 202, answer.text
    (incident,) = await site.store.incidents()
    assert (incident.severity, incident.reason, incident.signals[0].source) == ("SEV2", "auto_resolved", "pagerduty")
    wrong_signature = {"x_pagerduty_signature": f"v1={'0' * 64}", "x_webhook_secret": HMAC_KEY}
    forgery = await post(site, "pagerduty", deliveries.pagerduty(), **wrong_signature)
    assert forgery.status_code == 401
    content, signature = sign(
        {"event": {"id": "e", "event_type": "pagey.ping", "data": {"type": "ping"}}}, prefix="v1="
    )
    ping = await post(site, "pagerduty", content, x_pagerduty_signature=signature)
    assert (ping.status_code, "nothing to do" in ping.json()["note"]) == (202, True)


async def test_grafana_signs_the_body_or_a_fresh_time_with_it(site: Site, aws: AwsHost) -> None:
    body = {**deliveries.alertmanager(deliveries.alert()), "title": "[FIRING:1]", "orgId": 1, "state": "alerting"}
    content, signature = sign(body)
    assert (await post(site, "grafana", content, x_grafana_alerting_signature=signature)).status_code == 202
    for age, expected in ((0, 202), (301, 401)):
        when = str(int(NOON.timestamp()) - age)
        content, signature = sign(body, f"{when}:")
        headers = {"x_grafana_alerting_signature": signature, "x_grafana_alerting_timestamp": when}
        assert (await post(site, "grafana", content, **headers)).status_code == expected


async def test_a_secret_may_come_as_a_header_a_bearer_token_or_a_basic_password(site: Site) -> None:
    basic = base64.b64encode(b"anybody:s3cret-of-pager").decode()
    for headers in (
        {"x_webhook_secret": "s3cret-of-pager"},
        {"authorization": "Bearer s3cret-of-pager"},
        {"authorization": f"Basic {basic}"},
    ):
        assert (await post(site, "pager", {"title": "cart is slow"}, **headers)).status_code == 202
    for headers in (
        {"authorization": "Basic s3cret"},
        {"authorization": "s3cret-of-pager"},
        {"x_webhook_secret": "s3cret-of-second"},
    ):
        assert (await post(site, "pager", {"title": "cart is slow"}, **headers)).status_code == 401


async def test_who_guesses_secrets_is_put_off(site: Site, at_once: None) -> None:
    answers = [(await post(site, "pager", b"{}", x_webhook_secret="wrong")).status_code for _ in range(102)]
    assert answers == [401] * 100 + [429] * 2


def test_sources_are_read_from_a_file_and_a_wrong_one_is_named_without_its_secret(tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(
        'alertmanager = "a secret of some length"\n[aws]\nproof = "sns"\ntopics = ["arn:aws:sns:eu-west-1:1:a"]\n'
        '[pagerduty]\nproof = "pagerduty"\nsecret = ["the present one", "the next one"]\n',
        encoding="utf-8",
    )
    sources = load_alarm_sources(file)
    assert [(name, one.proof) for name, one in sources.items()] == [
        ("alertmanager", "secret"),
        ("aws", "sns"),
        ("pagerduty", "pagerduty"),
    ]
    assert "length" not in repr(sources)
    for wrong in ('short = "tooshort"', '[aws]\nproof = "sns"', '"Bad Name" = "a secret of some length"', "x = 7", "["):
        file.write_text(wrong, encoding="utf-8")
        with pytest.raises(SettingsError) as problem:
            load_alarm_sources(file)
        assert str(file) in str(problem.value) and "tooshort" not in str(problem.value)
