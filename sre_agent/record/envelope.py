"""A signed file: a DSSE envelope around an in-toto statement, in one form only, so that any changed byte is found.

The public key is inside. By itself it proves that nothing was changed since somebody with that key signed it, and not
who that was: for this the key has to be known from elsewhere.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Final

from mcp_servers.contract.permit_keys import key_id
from sre_agent.errors import BadInputError
from sre_agent.signing import SigningKey, is_signed

PAYLOAD: Final = "application/vnd.in-toto+json"
STATEMENT: Final = "https://in-toto.io/Statement/v1"


def seal(subjects: list[dict[str, Any]], kind: str, predicate: dict[str, Any], key: SigningKey) -> bytes:
    """The file: subjects are `{name, digest: {sha256}}`, `kind` the predicate's type."""
    statement = {
        "_type": STATEMENT,
        "subject": subjects,
        "predicateType": kind,
        "predicate": {"key": key.public, **predicate},
    }
    payload = json.dumps(statement, ensure_ascii=False, separators=(",", ":")).encode()
    return _serialize(payload, {"keyid": key.id, "sig": key.sign_typed(PAYLOAD, payload)})


def unseal(content: bytes, kind: str) -> tuple[dict[str, Any], str]:
    """The statement and the public key that signed it. BadInputError where the file is not as it was signed."""
    try:
        envelope = json.loads(content)
        payload = base64.b64decode(envelope["payload"], validate=True)
        (signature,) = envelope["signatures"]
        statement = json.loads(payload)
        key = statement["predicate"]["key"]
        genuine = (
            content == _serialize(payload, signature)
            and signature["keyid"] == key_id(key)
            and is_signed(PAYLOAD, payload, signature["sig"], key)
            and (statement["_type"], statement["predicateType"]) == (STATEMENT, kind)
        )
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError) as problem:
        raise BadInputError(f"This is no flight record, or it was changed: {problem!r:.200}.") from problem
    if not genuine:
        raise BadInputError("The file is not as it was signed: something in it was changed.")
    return statement, str(key)


def _serialize(payload: bytes, signature: dict[str, str]) -> bytes:
    """The one form of an envelope."""
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": PAYLOAD,
        "signatures": [{"keyid": signature["keyid"], "sig": signature["sig"]}],
    }
    return json.dumps(envelope, indent=1).encode() + b"\n"
