"""What allows one write: a signed statement over exactly that call on exactly that version of its target.

The responder mints permits with a private key (`sre_agent.permits`); a server holds the public key only and checks
every line of a permit itself. A permit that was used never executes again.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from mcp_servers.contract.permit_keys import PermitKey, PermitKeySet
from mcp_servers.contract.refusals import PermitCode

ARGUMENT = "permit"  # the name of the argument that carries a permit; never part of the canonical call
ANNOTATION = "sre-agent.dev/permit"  # where the id is stamped on a Kubernetes object
WRITER = "sre-agent.dev/written-by"  # and where the incident and the time are, for other responders: `INCIDENT TIME`
MOST_EPOCHS = 2**63 - 1  # what the memory of used permits can hold


class Target(BaseModel):
    """The object as it was when the write was allowed.

    `subject` is `Kind/namespace/name` or a document's name; `uid` its identity; `version` what must not have changed:
    an object's generation (or resourceVersion, for kinds without one), a document's `version:hash`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str
    uid: str
    version: str


class Permit(BaseModel):
    """`audience` is the server's name, `scope` the cluster or account/region, `call` the digest of the call.

    `allowed_by` says who: `policy:<policy id>` or `human:<name>`. `diff` is the digest of the diff that was shown when
    it was allowed. `epoch` is the fencing epoch of the incident's writer: a server that has seen a later one refuses.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str  # a UUID: also the client token where the service takes one
    audience: str
    scope: str
    incident: str
    call: str
    target: Target
    diff: str = ""
    allowed_by: str
    epoch: int = Field(ge=0, le=MOST_EPOCHS)
    expires_at: AwareDatetime


class PermitError(Exception):
    """The permit does not allow this call. `code` is stable and reaches the client in the refusal."""

    def __init__(self, code: PermitCode, message: str) -> None:
        super().__init__(message)
        self.code = code


class Writer(BaseModel):
    """The incident that wrote to an object last, and when: other responders see by it that somebody is at work."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    incident: str = Field(max_length=100)
    at: AwareDatetime

    @property
    def mark(self) -> str:
        return f"{self.incident} {self.at.isoformat()}"

    @classmethod
    def of_mark(cls, mark: str) -> Writer | None:
        """What a mark says; None of one that is not ours. Whoever may annotate the object may have written it."""
        incident, _, at = mark.partition(" ")
        try:
            return cls.model_validate({"incident": incident, "at": at})
        except ValidationError:
            return None


def encode(permit: Permit, signature: bytes) -> str:
    """`payload.signature`, both base64url without padding."""
    return f"{_b64(permit.model_dump_json().encode())}.{_b64(signature)}"


def signed_bytes(permit: Permit) -> bytes:
    return permit.model_dump_json().encode()


def verify(
    token: str,
    keys: PermitKeySet,
    *,
    audience: str,
    scope: str,
    call: str,
    now: datetime,
    was_used: bool = False,
) -> Permit:
    """The permit inside `token`, when its signature and every statement but the target, the diff and the epoch hold.

    Raises PermitError. Target and diff need the live object: see `check_target` and `check_diff`. `was_used` is for a
    permit that was used in its time: asking again what became of it needs no fresh one, nor a fresh key.
    """
    if not token:
        raise PermitError("missing", "This tool changes the live system and needs a permit; none was given.")
    try:
        payload, signature = (_unb64(part) for part in token.split("."))
        permit = Permit.model_validate_json(payload, strict=True)
    except (ValueError, binascii.Error, ValidationError) as problem:
        raise PermitError(
            "malformed", "The permit cannot be read; it has to be passed on exactly as issued."
        ) from problem
    signer = keys.signer(signature, payload)
    if signer is None:
        raise PermitError("forged", "The permit's signature does not belong to any key that this server trusts.")
    if not was_used:
        _check_key(signer, keys, now)
    if permit.audience != audience:
        raise PermitError("wrong_audience", f"The permit is for server {permit.audience!r}, this one is {audience!r}.")
    if permit.scope != scope:
        raise PermitError("wrong_scope", f"The permit is for {permit.scope!r}, this server acts on {scope!r}.")
    if permit.call != call:
        raise PermitError(
            "wrong_call", "The permit allows another call: tool or arguments differ from what was allowed."
        )
    if now >= permit.expires_at and not was_used:
        raise PermitError("expired", f"The permit expired at {permit.expires_at.isoformat()}; ask for a new decision.")
    return permit


def _check_key(signer: PermitKey, keys: PermitKeySet, now: datetime) -> None:
    if keys.is_revoked(signer):
        raise PermitError("revoked_key", f"The permit was signed with key {signer.id}, which was revoked.")
    if keys.is_retired(signer, now):
        raise PermitError("retired_key", f"The permit was signed with key {signer.id}, which is no longer in use.")


def peek_id(token: str) -> str | None:
    """The id that a token claims to have, unverified; None when it cannot be read."""
    try:
        return Permit.model_validate_json(_unb64(token.split(".")[0])).id
    except (ValueError, binascii.Error):
        return None


def describe(token: str) -> dict[str, Any]:
    """What a token says, unverified, as JSON values; it cannot be used to write. Empty when it cannot be read."""
    try:
        return Permit.model_validate_json(_unb64(token.split(".")[0])).model_dump(mode="json")
    except (ValueError, binascii.Error):
        return {}


def check_target(permit: Permit, live: Target) -> None:
    """Refuse when the object is another one or has changed since the write was allowed. Raises PermitError."""
    allowed = permit.target
    if live.subject != allowed.subject or live.uid != allowed.uid:
        raise PermitError(
            "stale_target", f"The permit is for {allowed.subject} ({allowed.uid}), which does not exist now."
        )
    if live.version != allowed.version:
        raise PermitError(
            "stale_target",
            f"{allowed.subject} changed since the write was allowed: version {allowed.version} then,"
            f" {live.version} now. Look again and ask for a new permit.",
        )


def check_diff(permit: Permit, live: str) -> None:
    """Refuse when the write would change something else than was shown. Raises PermitError."""
    if not permit.diff or permit.diff != live:
        raise PermitError(
            "other_diff",
            f"What would change on {permit.target.subject} now is not what was shown when it was allowed. Look again"
            " and ask for a new permit.",
        )


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    """Only what `_b64` writes: one permit has one form, and nothing can be hidden in another. ValueError."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _b64(raw) != text:
        raise ValueError("This is no base64url without padding.")
    return raw
