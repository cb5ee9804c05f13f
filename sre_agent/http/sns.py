"""Messages of Amazon SNS: their signature, and the confirmation of a subscription.

Nothing in a message is believed before its signature holds. The addresses in it may be anybody's: only hosts of SNS
itself are ever asked, over https, without following a redirect.
"""

from __future__ import annotations

import base64
import re
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mcp_servers.contract.visible import one_line
from sre_agent.errors import TemporaryError

HOST: Final = re.compile(r"sns\.(?P<region>[a-z]{2}(?:-[a-z0-9]+)+)\.amazonaws\.com(?:\.cn)?")
CERTIFICATE: Final = re.compile(r"/SimpleNotificationService-[0-9a-zA-Z]{8,64}\.pem")
HASHES: Final[dict[str, hashes.HashAlgorithm]] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 - version 1 is SHA-1
_OF_A_SUBSCRIPTION: Final = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED: Final[
    dict[str, tuple[str, ...]]
] = {  # the fields under the signature, in its order; Subject where there is one
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _OF_A_SUBSCRIPTION,
    "UnsubscribeConfirmation": _OF_A_SUBSCRIPTION,
}
OLDEST: Final = timedelta(hours=2)  # SNS gives up after one; what is older was recorded and sent again by somebody
CERTIFICATES: Final = 16
LONGEST: Final = 64 * 1024  # bytes of a certificate
SECONDS: Final = 5.0


class UnverifiedMessageError(ValueError):
    """The message is not known to come from one of the topics; the text says why."""


class SnsVerifier:
    """Fetches a signing certificate once; `transport` replaces the network."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport
        self._certificates: OrderedDict[str, x509.Certificate] = OrderedDict()

    async def verify(self, message: dict[str, Any], topics: tuple[str, ...], now: datetime) -> None:
        """Raises UnverifiedMessageError, and TemporaryError where the certificate cannot be fetched."""
        topic = message.get("TopicArn")
        if topic not in topics:
            raise UnverifiedMessageError(f"Its topic {one_line(str(topic)):.200} is not among the source's topics.")
        signed = _signed_text(message)
        sent = _time(message["Timestamp"])
        if abs(now - sent) > OLDEST:
            raise UnverifiedMessageError(f"It was sent at {sent.isoformat()}, more than {OLDEST} from now.")
        certificate = await self._certificate(_address(message, "SigningCertURL", str(topic)), now)
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise UnverifiedMessageError("Its certificate has no RSA key.")
        try:
            signature = base64.b64decode(str(message.get("Signature", "")), validate=True)
            key.verify(signature, signed, padding.PKCS1v15(), HASHES[str(message["SignatureVersion"])])
        except (ValueError, InvalidSignature) as problem:
            raise UnverifiedMessageError("Its signature is not valid.") from problem

    async def confirm(self, message: dict[str, Any]) -> None:
        """Confirm the subscription that a verified message asks about. Raises as `verify` does."""
        await self._get(_address(message, "SubscribeURL", str(message["TopicArn"])))

    async def _certificate(self, address: str, now: datetime) -> x509.Certificate:
        certificate = self._certificates.get(address)
        if certificate is None:
            try:
                certificate = x509.load_pem_x509_certificate(await self._get(address))
            except ValueError as problem:
                raise UnverifiedMessageError("Its SigningCertURL does not lead to a certificate.") from problem
            self._certificates[address] = certificate
            if len(self._certificates) > CERTIFICATES:
                self._certificates.popitem(last=False)
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise UnverifiedMessageError("Its certificate is not valid now.")
        return certificate

    async def _get(self, address: str) -> bytes:
        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=SECONDS) as http:
                answer = await http.get(address)
        except httpx.HTTPError as problem:
            raise TemporaryError(f"SNS cannot be reached ({urlsplit(address).hostname}): {problem}") from problem
        if answer.status_code != 200 or len(answer.content) > LONGEST:
            raise TemporaryError(f"SNS answered {answer.status_code} with {len(answer.content)} bytes.")
        return answer.content


def _signed_text(message: dict[str, Any]) -> bytes:
    """The text under the signature. Raises UnverifiedMessageError."""
    fields = SIGNED.get(str(message.get("Type")))
    if fields is None or str(message.get("SignatureVersion")) not in HASHES:
        raise UnverifiedMessageError("It is not an SNS message with signature version 1 or 2.")
    text = ""
    for name in fields:
        value = message.get(name)
        if value is None and name == "Subject":
            continue
        if not isinstance(value, str):
            raise UnverifiedMessageError(f"Its {name} is missing or is not a string.")
        text += f"{name}\n{value}\n"
    try:
        return text.encode()
    except UnicodeEncodeError as problem:
        raise UnverifiedMessageError("Its text is not valid Unicode.") from problem


def _address(message: dict[str, Any], field: str, topic: str) -> str:
    """An address that SNS itself serves in the region of the topic. Raises UnverifiedMessageError."""
    address, region = str(message.get(field, "")), (topic.split(":") + [""] * 4)[3]
    try:
        parts = urlsplit(address)
        host, port = HOST.fullmatch(parts.netloc), parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme != "https" or host is None or port is not None or host["region"] != region or parts.fragment:
        raise UnverifiedMessageError(f"Its {field} does not lead to SNS in {region or 'a region'}.")
    if field == "SigningCertURL":
        fits = CERTIFICATE.fullmatch(parts.path) is not None and not parts.query
    else:
        query = parse_qs(parts.query)
        fits = query.get("Action") == ["ConfirmSubscription"] and query.get("TopicArn") == [topic]
    if not fits:
        raise UnverifiedMessageError(f"Its {field} is not one that SNS sends.")
    return address


def _time(text: str) -> datetime:
    try:
        when = datetime.fromisoformat(text)
    except ValueError as problem:
        raise UnverifiedMessageError("Its Timestamp is not a valid time.") from problem
    return when if when.tzinfo else when.replace(tzinfo=UTC)
