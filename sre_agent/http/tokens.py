"""Whom a bearer token names: the holder of the service's own, or a user of an OIDC issuer. Nothing here knows HTTP.

Each role may do what the ones before it may: a viewer reads, an operator opens incidents and asks, an approver decides,
an admin cancels, redrives and drops.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, get_args

import jwt

Role = Literal["viewer", "operator", "approver", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
ALGORITHMS: Final = ("RS256", "ES256", "PS256")  # never a shared secret: the issuer's public keys verify
LEEWAY_SECONDS: Final = 30.0  # that clocks may differ by


@dataclass(frozen=True)
class Caller:
    name: str
    role: Role
    proof: str = ""

    @property
    def identity(self) -> str:
        """What proves who it is, and cannot be chosen by the caller: of a token its issuer and subject."""
        return self.proof or f"caller:{self.name}"

    def may(self, role: Role) -> bool:
        return ROLES.index(self.role) >= ROLES.index(role)


class CallerDirectory(Protocol):
    async def caller(self, token: str) -> Caller | None:
        """Whose token this is; None where it is nobody's."""


class OwnToken:
    """The one token that the service was started with; who has it may do everything."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    async def caller(self, token: str) -> Caller | None:
        return Caller("token", "admin") if hmac.compare_digest(token.encode(), self._token) else None


class OidcTokens:
    """Signed tokens of an issuer. Its keys are fetched when a new one is met, and kept for a while.

    `claim` lists the caller's groups; those that are called like a role give it, the highest one counts.
    """

    def __init__(self, issuer: str, audience: str, claim: str, keys_url: str) -> None:
        self._issuer, self._audience, self._claim = issuer, audience, claim
        self._keys = jwt.PyJWKClient(keys_url, cache_keys=True, lifespan=3600, timeout=5)

    async def caller(self, token: str) -> Caller | None:
        return await asyncio.to_thread(self._verify, token)

    def _verify(self, token: str) -> Caller | None:
        try:
            key = self._keys.get_signing_key_from_jwt(token)
            claims = jwt.decode(
                token,
                key.key,
                algorithms=list(ALGORITHMS),
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "sub"], "verify_aud": False},
            )
        except jwt.PyJWTError:
            return None
        audiences = claims.get("aud", claims.get("client_id"))  # an access token of Cognito has no audience
        audience_list = audiences if isinstance(audiences, list) else [audiences]
        groups = claims.get(self._claim) or []
        roles = [role for role in ROLES if role in (groups if isinstance(groups, list) else str(groups).split())]
        if self._audience not in audience_list or not roles:
            return None
        name = claims.get("email") or claims.get("username") or claims["sub"]
        return Caller(str(name), roles[-1], f"oidc:{self._issuer}#{claims['sub']}")


class AnyOf:
    def __init__(self, callers: Sequence[CallerDirectory]) -> None:
        self._callers = callers

    async def caller(self, token: str) -> Caller | None:
        for one in self._callers:
            if (caller := await one.caller(token)) is not None:
                return caller
        return None
