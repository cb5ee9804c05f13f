"""What an observation says about now: whether it still holds, when it was last seen, and whether it was more than once.

The sets of codes follow from the table of observations.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from mcp_servers.contract.facts import Observation
from mcp_servers.contract.observations import OBSERVATIONS, of_polarity

ABNORMAL: Final = of_polarity("trouble")
PAST: Final = of_polarity("past_trouble")
REPORTS: Final = of_polarity("reported")
CALM: Final = of_polarity("well")
HYGIENE: Final = of_polarity("hygiene")
STATES: Final = frozenset(code for code, entry in OBSERVATIONS.items() if entry.holds_while_seen)
BY_PERIOD: Final = frozenset(code for code, entry in OBSERVATIONS.items() if entry.by_period)
PASSING: Final = frozenset(code for code, entry in OBSERVATIONS.items() if entry.during_rollout)
FROM_LOGS: Final = frozenset(code for code, entry in OBSERVATIONS.items() if entry.from_log)
LASTING_WORDS: Final = STATES & FROM_LOGS  # what was said once, and holds
CHANGES: Final = frozenset(code for code, entry in OBSERVATIONS.items() if entry.is_change)
READY: Final = frozenset(code for code, entry in OBSERVATIONS.items() if "Pod" in entry.proves_well)
NO_DATA: Final = frozenset(code for code, entry in OBSERVATIONS.items() if entry.no_data)
ALARM_FIRING: Final = frozenset(code for code, entry in OBSERVATIONS.items() if entry.alarm_state == "firing")
ALARM_OK: Final = frozenset(code for code, entry in OBSERVATIONS.items() if entry.alarm_state == "ok")
ALARM_SILENT: Final = frozenset(code for code, entry in OBSERVATIONS.items() if entry.alarm_state == "no_data")

RECENT: Final = timedelta(minutes=10)  # back-off lets at most five minutes pass between two crashes
LONGEST_PACE: Final = timedelta(hours=6)  # runs that last longer are told apart, not taken together
FLAPPING: Final = 3  # restarts from which a container that runs at the moment is still in trouble
SILENCE: Final = timedelta(seconds=60)  # the least time without a line that says anything
STATE_TURNS: Final = timedelta(minutes=2)  # between an event and the condition that follows from it
REPEATED: Final = 5  # log lines from which an error is more than a stray one
REPEATED_UNREADY: Final = 2  # the same of a container for which alone its pod is not ready


def instant(value: object) -> datetime | None:
    """A time attribute of an observation, where it can be read."""
    try:
        return datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None


def last_seen(observation: Observation) -> datetime | None:
    """When it last happened, as far as the observation says."""
    return instant(observation.attributes.get("last")) or observation.at


def first_seen(observation: Observation) -> datetime | None:
    return instant(observation.attributes.get("first")) or observation.at


def recent(observation: Observation, now: datetime) -> bool:
    """Within `RECENT` of `now`, or within twice the time that the run lasted which ended then: what fails every half
    hour is not over after ten minutes. What has no time counts as recent, because nothing shows that it is over."""
    when = last_seen(observation)
    pace = min(2 * timedelta(seconds=number(observation.attributes.get("ran_seconds"))), LONGEST_PACE)
    return when is None or now - when <= max(RECENT, pace)


def cuts_off(observation: Observation) -> bool:
    """Whether a Service that keeps to its node leaves callers out; without callers that setting is no trouble."""
    return observation.code == "service.node_local" and observation.attributes.get("cuts_off") is True


def fell_silent(observation: Observation, now: datetime) -> bool:
    """Whether lines that came at a steady pace have stopped coming: nothing for far longer than between two of them."""
    first, last = instant(observation.attributes.get("first")), instant(observation.attributes.get("last"))
    count = number(observation.attributes.get("count"))
    if first is None or last is None or count < REPEATED or last - first < SILENCE:
        return False  # lines of one moment have no pace that could have stopped
    return now - last > max(SILENCE, 5 * (last - first) / (count - 1))


def insists(observation: Observation) -> bool:
    """Whether lines of a log are more than a stray one: by their number, as they repeat in the very container that
    keeps its pod unready, or as what was said once holds until the contrary is said."""
    if observation.code in LASTING_WORDS:
        return True
    is_of_unready = bool(observation.attributes.get("unready_container"))
    return number(observation.attributes.get("count")) >= (REPEATED_UNREADY if is_of_unready else REPEATED)


def number(value: object) -> float:
    """A count of an observation; 0 where it has none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
