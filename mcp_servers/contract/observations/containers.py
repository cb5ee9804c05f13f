"""What is seen of containers."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    NEUTRAL,
    PAST_TROUBLE,
    REPORTED,
    TROUBLE,
    ObservationType,
    count,
    names,
    number,
    one_of,
    text,
)

CONTAINERS: Final = (
    ObservationType(
        "container.crash_looping",
        "keeps ending and is restarted with back-off",
        TROUBLE,
        {"container": text(), "restarts": count(), "exit_code": count(), "reason": text()},
        sentences=("container {container} of {on} keeps ending with exit code {exit_code}, {restarts} restarts",),
        shows=("restarts", "replicas"),
    ),
    ObservationType(
        "container.ended_with_error",
        "the last run ended non-zero",
        PAST_TROUBLE,
        {"container": text(), "exit_code": count(), "reason": text(), "ran_seconds": number(), "restarts": count()},
        sentences=("container {container} of {on} ended with exit code {exit_code}",),
    ),
    ObservationType(
        "container.oom_killed",
        "the kernel killed it at its memory limit",
        PAST_TROUBLE,
        {"container": text(), "memory_limit": text(), "restarts": count(), "exit_code": count()},
        sentences=(
            "container {container} of {on} was killed at its memory limit {memory_limit}",
            "container {container} of {on} was killed at its memory limit",
        ),
    ),
    ObservationType(
        "container.image_pull_failed",
        "its image cannot be had",
        TROUBLE,
        {
            "container": text(),
            "image": text(),
            "why": one_of(
                "not_found",
                "unauthorized",
                "hidden",
                "throttled",
                "unreachable",
                "wrong_platform",
                "unknown",
                about="hidden: it is not there, or may not be seen",
            ),
            "known": one_of("yes", "no", about="whether the workload has run it before"),
            "secrets": names("those it is pulled with"),
        },
        sentences=("the image {image} of {on} cannot be pulled",),
        over_once="ready",
    ),
    ObservationType(
        "container.config_missing",
        "a ConfigMap, Secret or key it needs is not there",
        TROUBLE,
        {"container": text(), "missing_kind": text(), "missing_name": text(), "key": text()},
        sentences=(
            "{on} needs {missing_kind} {missing_name} with key {key}, which is not there",
            "{on} needs {missing_kind} {missing_name}, which is not there",
        ),
        over_once="ready",
    ),
    ObservationType(
        "container.start_failed",
        "the runtime could not start it",
        TROUBLE,
        {
            "container": text(),
            "reason": text(),
            "program": text(),
            "why": one_of("not_found", "not_executable", "wrong_format", "no_directory", "unknown"),
        },
        sentences=(
            "the runtime could not start container {container} of {on} ({program}: {why})",
            "the runtime could not start container {container} of {on}",
        ),
        over_once="ready",
    ),
    ObservationType(
        "container.probe_failing",
        "a probe fails now",
        TROUBLE,
        {
            "container": text(),
            "probe": one_of("liveness", "readiness", "startup"),
            "count": count(),
            "reply": one_of("status", "refused", "timeout", "ended", "unknown"),
            "status": text("of the answer"),
            "asks": text("what it asks"),
            "port_declared": one_of("yes", "no", "unknown"),
            "allowed_seconds": number("from a start until it is ended for it"),
            "answered": one_of("never", "before", "unknown", about="whether a run ever gave a good answer"),
        },
        sentences=("the {probe} probe of container {container} of {on} fails",),
        during_rollout=True,
        over_once="ready",
    ),
    ObservationType(
        "container.init_unfinished",
        "an init container has not ended well, so those after it wait",
        TROUBLE,
        {"container": text(), "state": text(), "seconds": number()},
        sentences=("the init container {container} of {on} has not come to its end",),
        during_rollout=True,
    ),
    ObservationType(
        "container.injected",
        "it is in the pod and not in the workload's template",
        NEUTRAL,
        {"container": text(), "image": text()},
    ),
    ObservationType(
        "container.restarted",
        "it was restarted and runs now",
        PAST_TROUBLE,
        {"container": text(), "restarts": count(), "exit_code": count(), "reason": text()},
        sentences=("container {container} of {on} was restarted, {restarts} times in all",),
        shows=("restarts",),
    ),
    ObservationType(
        "container.env_differs",
        "its variables differ from the template's",
        REPORTED,
        {"container": text(), "added": names(), "removed": names(), "changed": names("names")},
        is_change=True,
    ),
    ObservationType(
        "container.resources_differ",
        "its resources differ from the workload's template",
        REPORTED,
        {"container": text(), "declared": text(), "running": text()},
        sentences=("{on} declares {declared} and runs with {running}",),
        is_change=True,
    ),
)
