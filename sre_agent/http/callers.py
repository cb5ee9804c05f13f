"""Who calls, and what they may do: the caller of a request by its bearer token, with the role that an address needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException

from sre_agent.http.tokens import Caller, CallerDirectory, Role

THROUGH_RUNTIME: Final = "sre_agent.caller"  # in the scope of a request that was taken out of an invocation
_BEARER: Final = HTTPBearer(auto_error=False)  # for the description; the header is read here


async def caller_of(request: Request) -> Caller | None:
    """Who sends a request: whom its token names, or as whom it came through AgentCore Runtime."""
    through_the_runtime: Caller | None = request.scope.get(THROUGH_RUNTIME)
    if through_the_runtime is not None:
        return through_the_runtime
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    callers: CallerDirectory = request.app.state.service.callers
    return await callers.caller(token.strip()) if scheme.lower() == "bearer" and token.strip() else None


async def perhaps(request: Request, credentials: Annotated[object, Depends(_BEARER)]) -> Caller | None:
    """The caller of a request that anybody may make; None where nobody says who calls."""
    return await caller_of(request)


def needs(role: Role) -> Callable[..., Awaitable[Caller]]:
    """The caller of a request, who has at least this role; 401 and 403 otherwise."""

    async def caller(request: Request, credentials: Annotated[object, Depends(_BEARER)]) -> Caller:
        return demand(request, await caller_of(request), role)

    return caller


def demand(request: Request, caller: Caller | None, role: Role) -> Caller:
    """Raises HTTPException, unless the caller is known and has at least this role."""
    if caller is None:
        message = "Authentication failed. Send the header 'Authorization: Bearer TOKEN' with a valid token."
        raise HTTPException(401, message, {"www-authenticate": "Bearer"})
    if not caller.may(role):
        raise HTTPException(403, f"This takes the role {role}; {caller.name} has the role {caller.role}.")
    request.state.caller = caller.name
    return caller


Viewer = Annotated[Caller, Depends(needs("viewer"))]
Operator = Annotated[Caller, Depends(needs("operator"))]
Approver = Annotated[Caller, Depends(needs("approver"))]
Admin = Annotated[Caller, Depends(needs("admin"))]
Anybody = Annotated[Caller | None, Depends(perhaps)]
