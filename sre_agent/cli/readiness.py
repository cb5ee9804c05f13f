"""Says what is missing before anything is opened, in the options of the verb that was called."""

from __future__ import annotations

from collections.abc import Collection

from sre_agent import state_folder
from sre_agent.cli.printing import say
from sre_agent.domain.signal import Signal
from sre_agent.preflight import Need, VerbOptions, check
from sre_agent.settings import Settings

READS: tuple[Need, ...] = ("kubernetes", "aws")


def ensure_ready(
    settings: Settings,
    options: VerbOptions,
    *,
    needs: Collection[Need] = (),
    reads: Collection[Need] = READS,
    in_lab: bool = False,
) -> Settings:
    """The settings with which the run can begin; what it has to do without is said on standard error. Nothing is
    opened or written. Raises SettingsError, StateFolderError."""
    if settings.state.state_dir.exists():  # nothing in a folder that others may write is believed
        state_folder.secure(settings.state.state_dir, is_trusted=settings.state.state_dir_trusted)
    preflight_result = check(settings, options, needs=needs, reads=reads, in_lab=in_lab)
    for note in preflight_result.notes:
        say(f"sre-agent: {note}", err=True)
    return preflight_result.settings


def needed(signals: Collection[Signal]) -> list[Need]:
    """What these signals cannot be investigated without: an alarm of CloudWatch is looked up there."""
    return ["aws"] if any(one.alarm is not None and one.alarm.kept_by == "cloudwatch" for one in signals) else []
