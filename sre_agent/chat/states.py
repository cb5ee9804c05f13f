"""The states of things as people and kubectl say them, and the columns that tell each. Words are in lower case."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class State:
    """A state as people say it: `word` for the answer, the column that tells it, and the values that mean it.

    `good` states are those one asks about when one doubts them; their opposite leaves out what is rightly over.
    `printed` ones are words of kubectl: who writes one speaks of a pod and not of what its log says.
    """

    word: str
    column: str
    values: tuple[str, ...] = ()
    over: int | None = None
    good: bool = False
    over_is_fine: tuple[str, ...] = ()
    printed: bool = False

    def condition(self, negated: bool) -> dict[str, Any]:
        if self.over is not None:
            return {"column": self.column, "under": self.over + 1} if negated else {
                "column": self.column, "over": self.over}  # fmt: skip
        values = list(self.values)
        return {"column": self.column, "is_not": [*values, *self.over_is_fine]} if negated else {
            "column": self.column, "is": values}  # fmt: skip


_OVER = ("Succeeded", "Completed", "Complete", "Bound", "Active", "ScaledToZero")
_STATES: Final[dict[str, State]] = {
    "running,up,alive": State("running", "state", ("Running", "Ready"), good=True, over_is_fine=_OVER),
    "ready,healthy,available,ok,okay,fine,well,serving,accessible,reachable,working": State(
        "ready", "states", ("Ready",), good=True, over_is_fine=_OVER
    ),
    "pending,waiting": State("pending", "states", ("Pending",)),
    "failed,in error,error state,status error,in error state": State(
        "failed", "states", ("Failed", "Error", "ContainerCannotRun")
    ),
    "crashing,crashed,crashes,crash,crash looping,crashlooping,crashloop,crash loop,in a crash loop": State(
        "crash-looping", "states", ("CrashLoopBackOff",)
    ),
    "crashloopbackoff": State("crash-looping", "states", ("CrashLoopBackOff",), printed=True),
    "oom killed,oom,ooms,oom kill,oom kills,killed for memory,out of memory": State(
        "OOMKilled", "words", ("OOMKilled",)
    ),
    "oomkilled": State("OOMKilled", "words", ("OOMKilled",), printed=True),
    "evicted": State("evicted", "states", ("Evicted",), printed=True),
    "preempted,preempting": State("preempted", "states", ("Preempted", "Preempting"), printed=True),
    "completed,complete,finished,succeeded,done": State("completed", "states", ("Completed", "Succeeded", "Complete")),
    "terminating": State("terminating", "states", ("Terminating",), printed=True),
    "being deleted": State("terminating", "states", ("Terminating",)),
    "unschedulable,unscheduled,not scheduled": State("unschedulable", "states", ("Unschedulable",)),
    "image pull,pulling": State(
        "waiting for their image", "states", ("ImagePullBackOff", "ErrImagePull", "InvalidImageName")
    ),
    "imagepullbackoff,errimagepull,invalidimagename,errimageneverpull": State(
        "waiting for their image",
        "states",
        ("ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull"),
        printed=True,
    ),
    "creating": State("being created", "states", ("ContainerCreating",)),
    "containercreating,container creating": State("being created", "states", ("ContainerCreating",), printed=True),
    "podinitializing,pod initializing,initializing,initialising": State(
        "initializing", "states", ("Initializing",), printed=True
    ),
    "createcontainerconfigerror": State(
        "short of configuration", "states", ("CreateContainerConfigError",), printed=True
    ),
    "runcontainererror,createcontainererror,containercannotrun,starterror": State(
        "refused by their runtime",
        "states",
        ("RunContainerError", "CreateContainerError", "ContainerCannotRun", "StartError"),
        printed=True,
    ),
    "containerstatusunknown": State(
        "in a state that nobody knows", "states", ("ContainerStatusUnknown", "Unknown"), printed=True
    ),
    "schedulinggated": State("held back from scheduling", "states", ("SchedulingGated",), printed=True),
    "cordoned,closed,drained,unschedulable nodes": State("cordoned", "states", ("SchedulingDisabled",)),
    "suspended,paused": State("suspended", "states", ("Suspended",)),
    "scaled to zero,scaled down": State("scaled to zero", "states", ("ScaledToZero",)),
    "endpoints,endpoint,ready endpoints": State("backed by ready pods", "endpoints", over=0),
    "bound": State("bound", "states", ("Bound",), good=True),
    "lost": State("lost", "states", ("Lost",)),
    "active": State("active", "states", ("Active",)),
    "restarted,restarting,restarts itself": State("restarted", "restarts", over=0),
}
STATES: Final = {word: state for words, state in _STATES.items() for word in words.split(",")}
_INIT: Final = re.compile(r"init:(?:(\d+/\d+)|([a-z]+(?::\d+)?))$")


_NONE_READY: Final = re.compile(r"0/[1-9]\d?$")


def state(word: str) -> State | None:
    """The state that a word in lower case stands for, also as kubectl prints it: `init:0/2` of an init container, `0/1`
    of what is ready."""
    if (known := STATES.get(word)) is not None:
        return known
    if _NONE_READY.match(word):
        return State("not ready", "states", ("NotReady",), printed=True)
    if (init := _INIT.match(word)) is None:
        return None
    if init[1]:
        return STATES["initializing"]
    of = STATES.get(init[2])
    values = of.values if of is not None else (init[2].capitalize(),)
    return State("failing in an init container", "states", tuple(f"Init:{value}" for value in values), printed=True)
