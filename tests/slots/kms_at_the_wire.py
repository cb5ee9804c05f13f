"""KMS as far as signing with Ed25519 goes, which moto does not know: answers to requests as botocore sends them."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ARN = "arn:aws:kms:us-east-1:123456789012:key/"


class KmsAtTheWire:
    def __init__(self, alias: str) -> None:
        self.keys: dict[str, Ed25519PrivateKey] = {}
        self.aliases: dict[str, str] = {alias: self._create({})["KeyMetadata"]["Arn"]}

    def answer_for(self, client: Any) -> None:
        """From now on it answers what this client asks."""
        client.meta.events.register("before-send.kms", self._answer)

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        params = json.loads(request.body)
        made = {
            "GetPublicKey": self._public, "Sign": self._sign, "CreateKey": self._create, "UpdateAlias": self._move,
        }[operation](params)  # fmt: skip
        response = AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.1"}, None)
        response._content = json.dumps(made).encode()
        return response

    def _arn(self, params: dict[str, Any]) -> str:
        key = str(params["KeyId"])
        return self.aliases.get(key, key)

    def _public(self, params: dict[str, Any]) -> dict[str, Any]:
        der = self.keys[self._arn(params)].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return {"KeyId": self._arn(params), "PublicKey": base64.b64encode(der).decode(), "KeySpec": "x"}

    def _sign(self, params: dict[str, Any]) -> dict[str, Any]:
        assert (params["MessageType"], params["SigningAlgorithm"]) == ("RAW", "ED25519_SHA_512")
        signature = self.keys[self._arn(params)].sign(base64.b64decode(params["Message"]))
        return {"KeyId": self._arn(params), "Signature": base64.b64encode(signature).decode()}

    def _create(self, params: dict[str, Any]) -> dict[str, Any]:
        arn = ARN + str(uuid.UUID(int=len(self.keys)))
        self.keys[arn] = Ed25519PrivateKey.generate()
        return {"KeyMetadata": {"KeyId": arn.rpartition("/")[2], "Arn": arn}}

    def _move(self, params: dict[str, Any]) -> dict[str, Any]:
        self.aliases[params["AliasName"]] = params["TargetKeyId"]
        return {}
