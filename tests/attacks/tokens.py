"""Permits that were tampered with, and permits that the right key signed over something else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mcp_servers.contract import calls
from tests.server_kubernetes.live_shop import KEY, LiveShop

Obj = dict[str, Any]
OTHER_KEY: Final = Ed25519PrivateKey.from_private_bytes(b"x" * 32)
ORDER: Final = 2**252 + 27742317777372353535851937790883648493  # of Ed25519's group


class Honest:
    """An honest permit over `arguments` of `tool`, as previewed, and the means to make others of it."""

    def __init__(self, shop: LiveShop, tool: str, arguments: Obj, dry_run: Obj, chance: random.Random) -> None:
        self.shop, self.tool, self.arguments, self.previewed, self.chance = shop, tool, arguments, dry_run, chance
        self.token = self.permit()

    def permit(self, key: Ed25519PrivateKey = KEY, **changed: Any) -> str:
        return self.shop.permit(self.tool, self.arguments, self.previewed, key, **changed)

    @property
    def payload(self) -> bytes:
        return unb64(self.token.split(".")[0])

    @property
    def signature(self) -> bytes:
        return unb64(self.token.split(".")[1])

    def rewrite(self, change: Callable[[Obj], Any], key: Ed25519PrivateKey | None = KEY, **form: Any) -> str:
        """The payload with something changed and written anew, signed again by `key`, or with the old signature."""
        fields = json.loads(self.payload)
        change(fields)
        return self.sign(json.dumps(fields, **form).encode(), key)

    def sign(self, payload: bytes, key: Ed25519PrivateKey | None = KEY) -> str:
        return f"{b64(payload)}.{b64(key.sign(payload) if key else self.signature)}"

    def with_signature(self, signature: bytes) -> str:
        return f"{b64(self.payload)}.{b64(signature)}"


Attack = Callable[[Honest], str]


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def flip(raw: bytes, chance: random.Random) -> bytes:
    bit = chance.randrange(len(raw) * 8)
    return bytes(byte ^ (1 << bit % 8 if place == bit // 8 else 0) for place, byte in enumerate(raw))


def public(honest: Honest) -> bytes:
    return KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def jwt(head: Obj, honest: Honest, signature: bytes) -> str:
    return f"{b64(json.dumps(head).encode())}.{b64(honest.payload)}.{b64(signature)}"


def shift(honest: Honest) -> str:
    """The same signature with the order of the group added to its second half."""
    half = int.from_bytes(honest.signature[32:], "little") + ORDER
    return honest.with_signature(honest.signature[:32] + half.to_bytes(32, "little"))


def twice(name: str, value: str) -> Attack:
    """A payload that says something twice: the first time as it was signed, the second time otherwise."""
    return lambda h: h.sign(h.payload[:-1] + f',"{name}":"{value}"}}'.encode(), None)


FORMS: Final[dict[str, Attack]] = {
    "no token": lambda h: "",
    "a space": lambda h: " ",
    "null": lambda h: "null",
    "true": lambda h: "true",
    "the payload alone": lambda h: h.token.split(".")[0],
    "the payload and a dot": lambda h: h.token.split(".")[0] + ".",
    "the signature alone": lambda h: "." + h.token.split(".")[1],
    "the parts exchanged": lambda h: ".".join(reversed(h.token.split("."))),
    "three parts": lambda h: h.token + "." + h.token.split(".")[1],
    "two tokens": lambda h: f"{h.token} {h.token}",
    "padding": lambda h: h.token + "==",
    "a character that no base64 has": lambda h: h.token + "!",
    "a line break inside": lambda h: h.token[:20] + "\n" + h.token[20:],
    "a space before": lambda h: " " + h.token,
    "full-width letters": lambda h: "".join(chr(ord(c) + 0xFEE0) for c in h.token[:4]) + h.token[4:],
    "a full-width dot": lambda h: h.token.replace(".", "\uff0e"),
    "a zero-width space": lambda h: h.token[:9] + "\u200b" + h.token[9:],
    "per cent signs": lambda h: h.token.replace(".", "%2E"),
    "plain JSON": lambda h: h.payload.decode(),
    "hexadecimal": lambda h: f"{h.payload.hex()}.{h.signature.hex()}",
    "a megabyte": lambda h: "A" * 1_000_000 + "." + h.token.split(".")[1],
}
SIGNATURES: Final[dict[str, Attack]] = {
    "another key": lambda h: h.permit(OTHER_KEY),
    "zeros": lambda h: h.with_signature(bytes(64)),
    "one byte less": lambda h: h.with_signature(h.signature[:-1]),
    "one byte more": lambda h: h.with_signature(h.signature + b"\0"),
    "a flipped bit": lambda h: h.with_signature(flip(h.signature, h.chance)),
    "its halves exchanged": lambda h: h.with_signature(h.signature[32:] + h.signature[:32]),
    "the order of the group added": shift,
    "over the base64 text": lambda h: h.with_signature(KEY.sign(h.token.split(".")[0].encode())),
    "over a hash of the payload": lambda h: h.with_signature(KEY.sign(hashlib.sha256(h.payload).digest())),
    "by HMAC with the public key": lambda h: h.with_signature(hmac.digest(public(h), h.payload, "sha512")),
    "a JWT without algorithm": lambda h: jwt({"alg": "none"}, h, b""),
    "a JWT of HS256 with the public key": lambda h: jwt(
        {"alg": "HS256"}, h, hmac.digest(public(h), h.payload, "sha256")
    ),
    "a JWT of EdDSA": lambda h: jwt({"alg": "EdDSA"}, h, h.signature),
    "of another permit": lambda h: h.with_signature(unb64(h.permit(id="another").split(".")[1])),
    "by the identity point": lambda h: h.with_signature(b"\x01" + bytes(63)),
}
REWRITTEN: Final[dict[str, Attack]] = {
    "a flipped bit": lambda h: h.sign(flip(h.payload, h.chance), None),
    "its keys in another order": lambda h: h.rewrite(lambda fields: None, None, sort_keys=True),
    "spaces": lambda h: h.rewrite(lambda fields: None, None, indent=1),
    "escapes": lambda h: h.sign(h.payload.replace(b"shop-prod", b"shop\\u002dprod"), None),
    "another number form": lambda h: h.sign(h.payload.replace(b'"epoch":1', b'"epoch":1.0'), None),
    "another scope twice": twice("scope", "other"),
    "another call twice": twice("call", "0" * 64),
    "a later end": lambda h: h.rewrite(lambda fields: fields.update(expires_at="2999-01-01T00:00:00Z"), None),
    "another call": lambda h: h.rewrite(lambda fields: fields.update(call="0" * 64), None),
    "an end like another's": lambda h: h.sign(h.payload + b"\0", None),
    "a mark of order before it": lambda h: h.sign(b"\xef\xbb\xbf" + h.payload, None),
}


def wrong_call(change: Callable[[Obj], Any], tool: str = "") -> Attack:
    def made(h: Honest) -> str:
        arguments = dict(h.arguments)
        change(arguments)
        return h.permit(call=calls.digest(tool or h.tool, arguments))

    return made


def target(**changed: str) -> Attack:
    return lambda h: h.permit(target={**h.previewed["target"], **changed})


CLAIMS: Final[dict[str, Attack]] = {
    "another audience": lambda h: h.permit(audience="ssm"),
    "the audience in capitals": lambda h: h.permit(audience="Kubernetes"),
    "the audience and a space": lambda h: h.permit(audience="kubernetes "),
    "no audience": lambda h: h.permit(audience=""),
    "another cluster": lambda h: h.permit(scope="shop-test"),
    "a cluster whose name begins so": lambda h: h.permit(scope="shop-prod-2"),
    "the cluster in capitals": lambda h: h.permit(scope="SHOP-PROD"),
    "a cluster that looks the same": lambda h: h.permit(scope="sh\u043ep-prod"),
    "no cluster": lambda h: h.permit(scope=""),
    "another tool": wrong_call(lambda a: None, "kubectl_rollout_restart"),
    "another namespace": wrong_call(lambda a: a.update(namespace="kube-system")),
    "another name": wrong_call(lambda a: a.update(name="web2")),
    "a name of the same look": wrong_call(lambda a: a.update(name="w\u0435b")),
    "one argument less": wrong_call(lambda a: a.pop(sorted(a)[-1])),
    "one argument more": wrong_call(lambda a: a.update(cluster="shop-prod")),
    "a digest of nothing": lambda h: h.permit(call=hashlib.sha256(b"").hexdigest()),
    "no digest": lambda h: h.permit(call=""),
    "the digest in capitals": lambda h: h.permit(call=calls.digest(h.tool, h.arguments).upper()),
    "another object": target(subject="Deployment/shop/web2"),
    "another kind": target(subject="StatefulSet/shop/web"),
    "another namespace's object": target(subject="Deployment/other/web"),
    "another uid": target(uid="11111111-2222-4333-8444-555555555555"),
    "no uid": target(uid=""),
    "an earlier version": target(version="1"),
    "a later version": target(version="99"),
    "no version": target(version=""),
    "the version with a zero before it": target(version="02"),
    "the version as a fraction": target(version="2.0"),
    "any version": target(version="*"),
    "a second ago": lambda h: h.permit(expires_at=h.shop.now - timedelta(seconds=1)),
    "this moment": lambda h: h.permit(expires_at=h.shop.now),
    "a year ago": lambda h: h.permit(expires_at=h.shop.now - timedelta(days=365)),
    "an end without a zone": lambda h: h.rewrite(lambda fields: fields.update(expires_at="2999-01-01T00:00:00")),
    "an end that is a number": lambda h: h.rewrite(lambda fields: fields.update(expires_at=32_503_680_000)),
    "no end": lambda h: h.rewrite(lambda fields: fields.pop("expires_at")),
    "an end that is NaN": lambda h: h.rewrite(lambda fields: fields.update(expires_at=float("nan"))),
    "an epoch below zero": lambda h: h.rewrite(lambda fields: fields.update(epoch=-1)),
    "an epoch that no store holds": lambda h: h.rewrite(lambda fields: fields.update(epoch=2**80)),
    "an epoch that is a text": lambda h: h.rewrite(lambda fields: fields.update(epoch="1")),
    "an epoch that is true": lambda h: h.rewrite(lambda fields: fields.update(epoch=True)),
    "an epoch that is a fraction": lambda h: h.rewrite(lambda fields: fields.update(epoch=1.5)),
    "an epoch that is infinite": lambda h: h.rewrite(lambda fields: fields.update(epoch=float("inf"))),
    "a statement that nobody knows": lambda h: h.rewrite(lambda fields: fields.update(admin=True)),
    "no target": lambda h: h.rewrite(lambda fields: fields.pop("target")),
    "a list": lambda h: h.sign(f"[{h.payload.decode()}]".encode()),
}
TOKENS: Final[dict[str, Attack]] = {
    **{f"form: {name}": attack for name, attack in FORMS.items()},
    **{f"signature: {name}": attack for name, attack in SIGNATURES.items()},
    **{f"rewritten with {name}": attack for name, attack in REWRITTEN.items()},
    **{f"signed for {name}": attack for name, attack in CLAIMS.items()},
}
