"""KMS as far as signing with Ed25519 goes, which moto does not know: answers to requests as botocore sends them.

It takes what AWS documents for keys of this type (API reference, Sign): `ED25519_SHA_512` with `RAW` alone, and
messages of up to 4,096 bytes.
"""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ARN = "arn:aws:kms:us-east-1:123456789012:key/"
SPEC, ALGORITHM, LONGEST = "ECC_NIST_EDWARDS25519", "ED25519_SHA_512", 4096
OF_THE_KEY = {"KeySpec": SPEC, "CustomerMasterKeySpec": SPEC, "KeyUsage": "SIGN_VERIFY"}


class InvalidRequestError(Exception):
    """KMS would not do this with a key of this type."""


class KmsAtTheWire:
    def __init__(self, alias: str) -> None:
        self.keys: dict[str, Ed25519PrivateKey] = {}
        self.aliases: dict[str, str] = {alias: self._create(OF_THE_KEY)["KeyMetadata"]["Arn"]}

    def answer_for(self, client: Any) -> None:
        """From now on it answers what this client asks."""
        client.meta.events.register("before-send.kms", self._answer)

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        params = json.loads(request.body)
        status = 200
        try:
            payload = {
                "GetPublicKey": self._public, "Sign": self._sign, "CreateKey": self._create, "UpdateAlias": self._move,
            }[operation](params)  # fmt: skip
        except InvalidRequestError as problem:
            status, payload = 400, {"__type": "ValidationException", "message": str(problem)}
        response = AWSResponse(request.url, status, {"content-type": "application/x-amz-json-1.1"}, None)
        response._content = json.dumps(payload).encode()
        return response

    def _arn(self, params: dict[str, Any]) -> str:
        key = str(params["KeyId"])
        return self.aliases.get(key, key)

    def _public(self, params: dict[str, Any]) -> dict[str, Any]:
        der = self.keys[self._arn(params)].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return {"KeyId": self._arn(params), "PublicKey": base64.b64encode(der).decode(), **OF_THE_KEY}

    def _sign(self, params: dict[str, Any]) -> dict[str, Any]:
        message = base64.b64decode(params["Message"])
        if (params["MessageType"], params["SigningAlgorithm"]) != ("RAW", ALGORITHM) or len(message) > LONGEST:
            raise InvalidRequestError(f"{params['SigningAlgorithm']}, {params['MessageType']}, {len(message)} bytes")
        signature = base64.b64encode(self.keys[self._arn(params)].sign(message)).decode()
        return {"KeyId": self._arn(params), "Signature": signature, "SigningAlgorithm": ALGORITHM}

    def _create(self, params: dict[str, Any]) -> dict[str, Any]:
        if (params["KeySpec"], params["KeyUsage"]) != (SPEC, "SIGN_VERIFY"):
            raise InvalidRequestError(f"{params['KeySpec']}, {params['KeyUsage']}")
        arn = ARN + str(uuid.UUID(int=len(self.keys)))
        self.keys[arn] = Ed25519PrivateKey.generate()
        return {"KeyMetadata": {"KeyId": arn.rpartition("/")[2], "Arn": arn, **OF_THE_KEY}}

    def _move(self, params: dict[str, Any]) -> dict[str, Any]:
        self.aliases[params["AliasName"]] = params["TargetKeyId"]
        return {}
