"""Two families of errors: what may work later, and what will not.

    SreAgentError
    ├── TemporaryError      try again after `retry_after` seconds
    │   ├── ToolsUnavailableError
    │   ├── MemoryUnavailableError    past incidents are remembered elsewhere, and cannot be reached: go on without them
    │   ├── NotifyError    people elsewhere were not told; the message names no address and no token
    │   └── ModelUnavailableError    no chat model answers, or its budget is used up: go on without one
    └── PermanentError      trying again changes nothing
        ├── BadInputError   what came in cannot be meant; the message says what would be
        │   ├── NotNowError     it is understood, but as things stand it cannot be done
        │   ├── NoAlarmError    it is understood and tells of no alarm
        │   └── AbsentError   what is asked for by name is not there
        ├── SettingsError   a setting is wrong or missing; the message names it
        │   ├── StateFolderError    others may write the state folder: nothing in it is believed
        │   └── WrongOptionError    and it was given on the command line
        │       └── NothingStoredError    a state folder that no run has used
        ├── CheckpointError what a run's checkpoint holds was not written by a run: none of it is loaded
        └── LeaseLostError  another worker writes this incident now

An error outside this tree is permanent for a write and temporary for a read.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from mcp_servers.contract.refusals import Code


class SreAgentError(Exception):
    """Every error of ours; its text says what was asked, what went wrong and what to do."""


class TemporaryError(SreAgentError):
    def __init__(self, message: str, *, retry_after: float = 5.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ToolsUnavailableError(TemporaryError):
    """An MCP server cannot be reached or does not answer in time. `code` says how that came about."""

    def __init__(self, message: str, *, code: Code = "", retry_after: float = 5.0) -> None:
        super().__init__(message, retry_after=retry_after)
        self.code = code


class MemoryUnavailableError(TemporaryError):
    """What is remembered of past incidents cannot be reached. Nothing is decided by it, so that an incident goes on."""


class NotifyError(TemporaryError):
    """A channel did not take a notice. `retry_after` is what the other side asks for, 0 where it says nothing."""

    def __init__(self, message: str, *, retry_after: float = 0.0) -> None:
        super().__init__(message, retry_after=retry_after)


class ModelUnavailableError(TemporaryError):
    """No chat model answered. `reason` is `no_model`, `not_opened`, `budget` or how the last call ended; `detail` says
    in sentences what to do, where the reason alone does not."""

    def __init__(self, message: str, *, reason: str, detail: str = "", retry_after: float = 60.0) -> None:
        super().__init__(message, retry_after=retry_after)
        self.reason, self.detail = reason, detail


class PermanentError(SreAgentError):
    pass


class BadInputError(PermanentError):
    pass


class NotNowError(BadInputError):
    pass


class NoAlarmError(BadInputError):
    pass


class AbsentError(BadInputError):
    pass


class SettingsError(PermanentError):
    pass


class StateFolderError(SettingsError):
    pass


class CheckpointError(PermanentError):
    pass


class WrongOptionError(SettingsError):
    pass


class NothingStoredError(WrongOptionError):
    pass


class LeaseLostError(PermanentError):
    pass


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """` Did you mean 'x'?` for the end of a message, where something known is alike; else nothing."""
    near = get_close_matches(name, list(names), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def first_fault(problem: ValidationError) -> str:
    """The first thing that does not fit, as `FIELD: why`, or only why where it is the whole."""
    return _fault(problem.errors()[0])


def all_faults(problem: ValidationError) -> str:
    """Each thing that does not fit, as `first_fault` has it, with `; ` between them."""
    return "; ".join(_fault(error) for error in problem.errors())


def _fault(error: ErrorDetails) -> str:
    where = ".".join(map(str, error["loc"]))
    return f"{where}: {error['msg']}" if where else error["msg"]
