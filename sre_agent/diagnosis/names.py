"""What a class file's templates may name, and how strictly.

subject         the Subject of the hypothesis                observed['code']   the strongest Fact of that code;
pods            names of the affected pods, own first                           false when there is none
pods_text       the same in words                            affected           workloads that need the subject
last_error      the application's own words                  runbook            the runbook of a remedy
everywhere['c'] all facts of a code, wherever they are
callers         the same workloads as `namespace/name`
start, end      the window, RFC 3339                         leads              no other hypothesis is stronger
brief, doubled, enough, known, number   functions below
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis.scene import Seen
from sre_agent.diagnosis.view import View, affected, last_error, pods
from sre_agent.failures.model import Condition

LOOK_BACK = timedelta(hours=1)
HEADROOM = 1.25  # over the demand that was seen: enough not to throttle at once again
_QUANTITY = re.compile(r"^(\d+(?:\.\d+)?)([A-Za-z]*)$")


class Fact:
    """An observation in a template: its attributes by name, `on`, `at`, `excerpt`.

    An attribute that this observation lacks is empty; one that its code does not know is an error.
    """

    def __init__(self, code: str, seen: Seen | None) -> None:
        self._code = code
        self._seen = seen

    def __bool__(self) -> bool:
        return self._seen is not None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        observation: Observation | None = self._seen.observation if self._seen else None
        if name in ("excerpt", "at"):
            return getattr(observation, name) if observation else ""
        if name == "on":
            return observation.subject if observation else ""
        if name == "as_of":
            return self._seen.as_of if self._seen else ""
        if observation is not None and name in observation.attributes:
            return observation.attributes[name]
        if name in OBSERVATIONS[self._code].attributes:
            return ""
        raise AttributeError(f"{self._code} has no attribute {name!r}")


class Everywhere:
    """`everywhere['workload.holds_most']`: all facts of that code wherever they are seen, the strongest first."""

    def __init__(self, view: View) -> None:
        self._view = view

    def __getitem__(self, code: str) -> list[Fact]:
        if code not in OBSERVATIONS:
            raise KeyError(code)
        return [Fact(code, seen) for seen in self._view.matching(Condition(observation=code, on="any"))]


class Observed:
    """`observed['container.oom_killed']`; a code that is not in the table is an error."""

    def __init__(self, view: View) -> None:
        self._view = view

    def __getitem__(self, code: str) -> Fact:
        if code not in OBSERVATIONS:
            raise KeyError(code)
        return Fact(code, self._view.strongest(code))


class First:
    """`first('container.probe_failing', probe='readiness')`: the strongest Fact of a code with these attributes; a list
    means any of them."""

    def __init__(self, view: View) -> None:
        self._view = view

    def __call__(self, code: str, **where: Any) -> Fact:
        if code not in OBSERVATIONS:
            raise KeyError(code)
        found = self._view.matching(Condition(observation=code, where=where))
        return Fact(code, found[0] if found else None)


def names(
    view: View, supporting: Sequence[Seen], *, started_at: datetime | None = None, leads: bool = False
) -> dict[str, Any]:
    """Everything that templates of a class may name, for a hypothesis with these supporting facts."""
    affected_pods = pods(view, supporting)
    until = view.scene.now
    since = min(started_at or until, until) - LOOK_BACK
    return {
        "subject": view.subject,
        "observed": Observed(view),
        "everywhere": Everywhere(view),
        "pods": affected_pods,
        "pods_text": in_words(affected_pods),
        "callers": [f"{key.namespace}/{key.name}" for key in view.callers if key.namespace],
        "affected": ", ".join(affected(view)[:3]),
        "last_error": last_error(view),
        "leads": leads,
        "start": rfc3339(since),
        "end": rfc3339(until),
        "first": First(view),
        "brief": brief,
        "doubled": doubled,
        "enough": enough,
        "known": known,
        "number": plain_number,
    }


def in_words(pod_names: Sequence[str]) -> str:
    """`pod a`, `pods a and b`, `pods a, b and 3 more`; empty without any."""
    if not pod_names:
        return ""
    if len(pod_names) == 1:
        return f"pod {pod_names[0]}"
    if len(pod_names) == 2:
        return f"pods {pod_names[0]} and {pod_names[1]}"
    return f"pods {pod_names[0]}, {pod_names[1]} and {len(pod_names) - 2} more"


def brief(text: str, limit: int) -> str:
    """One line within `limit` characters, without a full stop at its end; the end is kept, where causes stand."""
    flat = " ".join(str(text).split()).rstrip(". ")
    if len(flat) <= limit:
        return flat
    tail = limit * 3 // 5
    head = excerpt(flat, limit - tail)
    return f"{head} {flat[-tail:].split(' ', 1)[-1]}"


def doubled(quantity: str) -> str:
    """Twice a Kubernetes quantity, in its own unit. Raises ValueError for what is none."""
    match = _QUANTITY.match(str(quantity).strip())
    if match is None:
        raise ValueError(f"{quantity!r} is no Kubernetes quantity")
    return f"{plain_number(float(match[1]) * 2)}{match[2]}"


def enough(throttled: Fact) -> int:
    """Capacity units that carry what was asked for at the worst, with some headroom; at least twice as many as are
    provisioned. Where the demand is not known: what was consumed and refused, a refused request as one unit."""
    provisioned = float(throttled.provisioned or 0)
    asked = float(throttled.demand or 0) or float(throttled.consumed or 0) + float(throttled.refused or 0)
    return max(1, math.ceil(2 * provisioned), math.ceil(HEADROOM * asked))


def known(value: Any) -> Any:
    """The value itself. Raises ValueError for an empty one, so that nothing is done with it."""
    if value in ("", None):
        raise ValueError("nothing that was seen says which value is meant")
    return value


def plain_number(value: Any) -> str:
    """A number as people write it: no trailing zeros. One that is not known is a question mark."""
    if value in ("", None):
        return "?"
    number = float(value)
    return str(int(number)) if number == int(number) else f"{number:.2f}".rstrip("0")


def rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def sentence(text: str) -> str:
    """A rendered template as one line of prose."""
    return re.sub(r" ([.,;])(?= |$)", r"\1", " ".join(text.split()))
