"""Which containers are known to run well, as they are asked for: nothing else is claimed of a program.

A container is compared by everything that its process can see: image, command, variables, limits, probes, volumes,
security. What only the scheduler sees does not count. One that was seen well and, elsewhere, unwell is not known.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Final

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.revisions import COMPLETED
from sre_agent.rehearsal.capture import NamespaceCopy, Obj

OF_THE_POD: Final = (
    *("securityContext", "serviceAccountName", "hostNetwork", "hostPID", "hostIPC", "dnsPolicy", "dnsConfig"),
    *("hostAliases", "runtimeClassName", "shareProcessNamespace"),
)
USUAL: Final = {"serviceAccountName": "default"}  # which the API server fills in when it makes a pod
UNSEEN: Final = ("name", "imagePullPolicy", "terminationMessagePath", "terminationMessagePolicy", "resources")
TOKEN: Final = "kube-api-access-"  # noqa: S105 - the name of a volume that the API server adds
LONGEST_START: Final = 600.0


class KnownPrograms:
    """What the copied objects show; of `healthy_revisions` of Deployments it is known that their pods ran well."""

    def __init__(self, copy: NamespaceCopy, healthy_revisions: Collection[tuple[str, int]] = ()) -> None:
        self._configured_at = copy.configured_at
        self._well: set[str] = set()
        self._ran_well: set[str] = set()  # by a rollout or a revision of before
        self._unwell: set[str] = set()
        self.start_seconds: dict[str, float] = {}  # from a container's start until its pod was ready, by image
        objects = [obj for obj in copy.objects if o.meta(obj).get("namespace") == copy.namespace]
        for obj in objects:
            if obj["kind"] == "Pod":
                self._learn_from_pod(obj)
            elif obj["kind"] == "Deployment":
                self._learn_from_rollout(obj)
            elif obj["kind"] == "ReplicaSet" and (o.owner(obj)[1], o.revision(obj)) in healthy_revisions:
                newer = [o.created_at(other) for other in objects if _is_later(other, obj)]
                self._learn_from_template(obj, min((at for at in newer if at), default=copy.as_of))

    def unknown(self, pod_or_template: Obj) -> list[str]:
        """The names of its containers that are not known to run well."""
        return [
            str(container["name"])
            for _, container in o.containers(pod_or_template)
            if (form := _form(o.spec(pod_or_template), container)) in self._unwell
            or form not in self._well | self._ran_well
        ]

    def are_known_from_before(self, pod: Obj) -> bool:
        """Whether one of its containers was seen to run well before, and nowhere does now: what it needs outside of the
        namespace may have changed since."""
        return any(_form(o.spec(pod), container) not in self._well for _, container in o.containers(pod))

    def images_known(self, template: Obj) -> Iterator[str]:
        """The images of those containers of a template that are."""
        unknown = self.unknown(template)
        return (str(c.get("image", "")) for _, c in o.containers(template) if c["name"] not in unknown)

    def _learn_from_pod(self, pod: Obj) -> None:
        by_name = {s["name"]: s for s in statuses(pod)}
        for field, container in o.containers(pod):
            status = by_name.get(container["name"]) or {}
            state = status.get("state") or {}
            began = o.instant((state.get("running") or {}).get("startedAt"))
            form = _form(o.spec(pod), container)
            if field == "initContainers":
                if (state.get("terminated") or {}).get("exitCode") == 0:
                    self._well.add(form)
            elif status.get("ready") and began is not None and not self._has_new_configuration(pod, container, began):
                self._well.add(form)
                self._time_start(pod, str(container.get("image", "")), began, int(status.get("restartCount") or 0))
            elif fails_by_itself(status):
                self._unwell.add(form)

    def _time_start(self, pod: Obj, image: str, began: datetime, restarts: int) -> None:
        ready_at = o.instant(o.condition(pod, "Ready").get("lastTransitionTime"))
        if ready_at is not None and ready_at >= began and not restarts:
            seconds = min((ready_at - began).total_seconds(), self.start_seconds.get(image, LONGEST_START))
            self.start_seconds[image] = seconds

    def _learn_from_rollout(self, deployment: Obj) -> None:
        """A rollout that was completed says that the pods of the present template were ready once."""
        condition = o.condition(deployment, "Progressing")
        is_present = o.status(deployment).get("observedGeneration") == o.meta(deployment).get("generation")
        at = o.instant(condition.get("lastUpdateTime"))
        if condition.get("reason") == COMPLETED and is_present and at is not None:
            self._learn_from_template(deployment, at)

    def _learn_from_template(self, workload: Obj, at: datetime) -> None:
        template = o.template(workload)
        for _, container in o.containers(template):
            if not self._has_new_configuration(template, container, at):
                self._ran_well.add(_form(o.spec(template), container))

    def _has_new_configuration(self, pod: Obj, container: Obj, since: datetime) -> bool:
        """Whether what it is configured by was written since then: a new start reads something else."""
        return any(
            (at := self._configured_at.get(reference)) is not None and at > since
            for reference in _references(o.spec(pod), container)
        )


def fails_by_itself(status: Obj) -> bool:
    """Whether the process was started and is not well: it ended, waits to be started again, or is not ready."""
    state = status.get("state") or {}
    if "running" in state:
        return not status.get("ready")
    termination = state.get("terminated") or (status.get("lastState") or {}).get("terminated")
    return bool(termination) and ("terminated" in state or "waiting" in state)


def statuses(pod: Obj) -> list[Obj]:
    return [*(o.status(pod).get("initContainerStatuses") or []), *(o.status(pod).get("containerStatuses") or [])]


def _is_later(other: Obj, replica_set: Obj) -> bool:
    same = other["kind"] == "ReplicaSet" and o.owner(other)[:2] == o.owner(replica_set)[:2]
    return same and o.revision(other) > o.revision(replica_set)


def _form(spec: Obj, container: Obj) -> str:
    """Everything that the process can see, as one text."""
    mounts = [m for m in container.get("volumeMounts") or [] if not str(m["name"]).startswith(TOKEN)]
    volumes = {v["name"]: v for v in spec.get("volumes") or []}
    own: dict[str, Any] = {key: value for key, value in container.items() if key not in UNSEEN}
    own |= {
        "limits": (container.get("resources") or {}).get("limits") or {},
        "volumeMounts": mounts,
        "volumes": [volumes.get(mount["name"]) for mount in mounts],
        "pod": {key: spec[key] for key in OF_THE_POD if spec.get(key) and spec[key] != USUAL.get(key)},
    }
    return json.dumps(own, sort_keys=True)


def _references(spec: Obj, container: Obj) -> Iterator[tuple[str, str]]:
    """(kind, name) of the ConfigMaps and Secrets that it is given."""
    for source in container.get("envFrom") or []:
        yield "ConfigMap", str((source.get("configMapRef") or {}).get("name", ""))
        yield "Secret", str((source.get("secretRef") or {}).get("name", ""))
    for variable in container.get("env") or []:
        origin = variable.get("valueFrom") or {}
        yield "ConfigMap", str((origin.get("configMapKeyRef") or {}).get("name", ""))
        yield "Secret", str((origin.get("secretKeyRef") or {}).get("name", ""))
    mount_names = {mount["name"] for mount in container.get("volumeMounts") or []}
    for volume in spec.get("volumes") or []:
        if volume["name"] in mount_names:
            yield "ConfigMap", str((volume.get("configMap") or {}).get("name", ""))
            yield "Secret", str((volume.get("secret") or {}).get("secretName", ""))
