"""The only way to a write: switch, allowlist, permit, version of the target, diff, and the memory of earlier uses.

Every refusal happens here, on the server's side, whatever a client says. A write that got through is recorded before
and after, so that the same permit answers with what happened and never executes twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Final, Protocol

from mcp_servers.contract import calls, permits
from mcp_servers.contract.facts import Answer
from mcp_servers.contract.permit_keys import PermitKeys, PermitKeySet
from mcp_servers.contract.permits import Permit, PermitError, Target
from mcp_servers.serving.errors import TeachingError
from mcp_servers.writing.used_permits import Use, UsedPermits

OFF: Final = "Nothing was changed. This server is read-only: it shows the write and would refuse it."


class NotExecutedError(Exception):
    """The service refused the write for sure (conflict, forbidden, invalid): nothing was changed."""


class Write(Protocol):
    """One write on one target, built from a tool's arguments by the server."""

    @property
    def place(self) -> str:
        """The namespace or document that the allowlist must name."""

    @property
    def repeatable(self) -> bool:
        """Whether a later write under a new permit cannot add to this one, should it have taken effect unseen."""

    def target(self) -> Target:
        """The live target as it is now; TeachingError `not_found` when there is none."""

    def preview(self) -> Answer:
        """What it would do, without doing it. `data` carries `diff` (lines), `diff_digest`, `blast_radius` (sentence),
        `mutating` (true|false), `undo` ({tool, arguments} or None), `target` (Target as a dict), `state`, a digest of
        what it would change as that is now, where there is an undo, and `last_writer` ({incident, at} or None), where
        the target keeps it."""

    def diff_digest(self) -> str:
        """The digest of what it would change, by a dry run made now: the one of a preview as long as nothing moved."""

    def execute(self, permit: Permit) -> Answer:
        """Do it, stamping the permit's id where the live system keeps it. `data` may carry `undo` and more.

        Raises NotExecutedError when the service refused; any other error leaves the write in doubt.
        """

    def traces(self, permit: Permit) -> Answer | None:
        """What the live system shows of an earlier execution under this permit; None when it shows nothing."""


@dataclass
class WriteGuard:
    """`now` is the clock of the service that is written to, `scope` tells the cluster or account/region acted on.

    `allowlist` holds patterns for places. A place that matches `by_name_only` needs its own name there: no pattern
    opens it. One that begins with one of `apart` is of another kind than the others: only a pattern that begins so
    opens it.
    """

    audience: str
    scope: Callable[[], str]
    enabled: bool
    allowlist: tuple[str, ...]
    keys: PermitKeys | None
    used_permits: UsedPermits | None
    now: Callable[[], datetime]
    by_name_only: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    writes: dict[str, Callable[..., Write]] = field(default_factory=dict)

    def preview(self, tool: str, arguments: dict[str, Any]) -> Answer:
        """Dry run of a write tool, which changes nothing; `data.scope` says where we act.

        A server with writes shows what it would do, so not what its allowlist refuses; one without shows any of them,
        and says in `data.executable` that the write itself is switched off.
        """
        write = self._build(tool, arguments)
        if self.enabled:
            self._check(tool, write)
        answer = write.preview()
        text = answer.text if self.enabled else f"{answer.text}\n\n{OFF}"
        more = {"scope": self.scope(), "executable": self.enabled}
        return answer.model_copy(update={"text": text, "data": {**answer.data, **more}})

    def execute(self, tool: str, arguments: dict[str, Any], token: str) -> Answer:
        """The recorded outcome for a used permit, else the write. `data.outcome` is `done`, `failed` or `in_doubt`."""
        write = self._build(tool, arguments)
        self._check(tool, write)
        request = f"{tool} on {write.place}"
        keys = self._trusted_keys(request)
        assert self.used_permits is not None
        now = self.now()
        try:
            permit = permits.verify(
                token,
                keys,
                audience=self.audience,
                scope=self.scope(),
                call=calls.digest(tool, arguments),
                now=now,
                was_used=self._was_used(token),
            )
            if self.used_permits.peek(permit.id) is None:
                permits.check_target(permit, write.target())
                permits.check_diff(permit, write.diff_digest())  # the last look before the write
            earlier = self.used_permits.begin(permit)
        except PermitError as problem:
            raise TeachingError("refused", request, f"({problem.code}) {problem}", code=problem.code) from problem
        if earlier is not None:
            return self._earlier(earlier, permit, write, now)
        return self._first(permit, write)

    def _trusted_keys(self, request: str) -> PermitKeySet:
        """Those of now. An epoch that was once revoked stays so, whatever file is there: it is remembered."""
        if self.keys is None or self.used_permits is None:
            raise TeachingError("refused", request, "this server has no permit key.", "Start it with --permit-key.")
        try:
            keys = self.keys.current()
        except (OSError, ValueError) as problem:
            wrong = f"the permit keys cannot be read: {problem}"
            raise TeachingError("refused", request, wrong, "Mend the file of --permit-keys.") from problem
        return keys.model_copy(update={"least_epoch": self.used_permits.least_epoch(keys.least_epoch)})

    def _first(self, permit: Permit, write: Write) -> Answer:
        assert self.used_permits is not None
        try:
            answer = _stamp(write.execute(permit), permit, outcome="done")
        except NotExecutedError as problem:
            answer = _stamp(Answer(text=str(problem), as_of=self.now()), permit, outcome="failed")
        self.used_permits.end(permit.id, answer.model_dump(mode="json"))
        return answer

    def _earlier(self, earlier: Use, permit: Permit, write: Write, now: datetime) -> Answer:
        assert self.used_permits is not None
        if earlier.outcome is not None:
            stored_answer = Answer.model_validate(earlier.outcome)
            return stored_answer.model_copy(update={"data": {**stored_answer.data, "recorded": True}})
        traces = write.traces(permit)
        if traces is not None:
            answer = _stamp(traces, permit, outcome="done")
            self.used_permits.end(permit.id, answer.model_dump(mode="json"))
            return answer.model_copy(update={"data": {**answer.data, "recorded": True}})
        text = (
            "A write with this permit was started; its outcome is unknown, and the live system shows no trace of it."
            " It is not repeated."
        )
        doubtful = Answer(text=text, as_of=now, data={"repeatable": write.repeatable})
        return _stamp(doubtful, permit, outcome="in_doubt")

    def _build(self, tool: str, arguments: dict[str, Any]) -> Write:
        if tool not in self.writes:
            raise TeachingError(
                "bad_request", tool, f"is not a write tool. Write tools: {', '.join(sorted(self.writes))}."
            )
        if not calls.is_writable(arguments):
            wrong = "an argument is not a finite number (NaN or infinity) or not valid text (a lone surrogate)."
            raise TeachingError("bad_request", tool, wrong, "Use valid Unicode text and finite numbers.")
        try:
            write = self.writes[tool](**{k: v for k, v in arguments.items() if v is not None})
        except TypeError as problem:
            raise TeachingError("bad_request", tool, f"the arguments are not valid: {problem}") from problem
        return write

    def _check(self, tool: str, write: Write) -> None:
        """Raises TeachingError `refused` where this server does not write at all, or not there."""
        if not self.enabled:
            raise TeachingError(
                "refused",
                f"{tool} on {write.place}",
                "this server is read-only.",
                "Start it with --writes to allow writes.",
            )
        if not self._allows(write.place):
            raise TeachingError(
                "refused",
                f"{tool} on {write.place}",
                f"{write.place!r} is not on this server's allowlist ({', '.join(self.allowlist) or 'empty'}).",
                "Start it with --allow to add it"
                + (" by its full name; no pattern matches it." if self._is_guarded(write.place) else "."),
            )

    def _allows(self, place: str) -> bool:
        if self._is_guarded(place):
            return place in self.allowlist
        kind = next((prefix for prefix in self.apart if place.startswith(prefix)), "")
        return any(fnmatchcase(place, pattern) for pattern in self.allowlist if pattern.startswith(kind))

    def _is_guarded(self, place: str) -> bool:
        return any(fnmatchcase(place, pattern) for pattern in self.by_name_only)

    def _was_used(self, token: str) -> bool:
        permit_id = permits.peek_id(token)
        return bool(permit_id and self.used_permits is not None and self.used_permits.peek(permit_id) is not None)


def _stamp(answer: Answer, permit: Permit, *, outcome: str) -> Answer:
    return answer.model_copy(update={"data": {**answer.data, "permit": permit.id, "outcome": outcome}})
