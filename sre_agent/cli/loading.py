"""Loads the responder, which takes a second or two, only for the verbs that need it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from sre_agent.clock import Clock
from sre_agent.garbage_collection import without_garbage_collection
from sre_agent.notify.console import SilentNotifier
from sre_agent.settings import Settings

if TYPE_CHECKING:
    from sre_agent.compose import OfflineRuntime, Runtime
    from sre_agent.logs import Sink

MODEL: Final = "chat model: none, bedrock, or provider:model"  # the help of --model


def prepare() -> None:
    """Begins to load the responder, beside whatever is waited for."""
    Thread(target=_compose, daemon=True).start()


def open_runtime(
    settings: Settings, *, clock: Clock | None = None, log_lines: Sink | None = None
) -> AbstractAsyncContextManager[Runtime]:
    """A responder whose turns only the view tells. Raises SettingsError."""
    runtime: AbstractAsyncContextManager[Runtime] = _compose().open_runtime(
        settings, clock=clock, notifier=SilentNotifier(), log_lines=log_lines
    )
    return runtime


def open_offline_runtime(settings: Settings) -> AbstractAsyncContextManager[OfflineRuntime]:
    """What a state folder holds, without the servers and models of any settings. Raises SettingsError."""
    runtime: AbstractAsyncContextManager[OfflineRuntime] = _compose().open_offline_runtime(
        settings, notifier=SilentNotifier()
    )
    return runtime


def _compose() -> Any:
    """The composition root with everything that it opens."""
    with without_garbage_collection():
        compose = import_module("sre_agent.compose")
        compose.load()
        return compose
