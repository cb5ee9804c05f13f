"""Rows of the kinds that own pods: Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs, CronJobs, autoscalers."""

from __future__ import annotations

from typing import Any

from sre_lab.clock import from_rfc3339
from sre_lab.kubernetes.printing.spans import since, span

Obj = dict[str, Any]
_TEMPLATE = "*Containers|*Images"
COLUMNS = {
    "Deployment": f"Name|Ready|Up-to-date|Available|Age|{_TEMPLATE}|*Selector",
    "ReplicaSet": f"Name|Desired:integer|Current:integer|Ready:integer|Age|{_TEMPLATE}|*Selector",
    "ReplicationController": f"Name|Desired:integer|Current:integer|Ready:integer|Age|{_TEMPLATE}|*Selector",
    "StatefulSet": f"Name|Ready|Age|{_TEMPLATE}",
    "DaemonSet": "Name|Desired:integer|Current:integer|Ready:integer|Up-to-date:integer|Available:integer"
    f"|Node Selector|Age|{_TEMPLATE}|*Selector",
    "Job": f"Name|Status|Completions|Duration|Age|{_TEMPLATE}|*Selector",
    "CronJob": f"Name|Schedule|Timezone|Suspend:boolean|Active:integer|Last Schedule|Age|{_TEMPLATE}|*Selector",
    "HorizontalPodAutoscaler": "Name|Reference|Targets|MinPods|MaxPods|Replicas|Age",
    "PodDisruptionBudget": "Name|Min Available|Max Unavailable|Allowed Disruptions:integer|Age",
    "ControllerRevision": "Name|Controller|Revision|Age",
}


def selector_text(selector: Obj | None) -> str:
    """A LabelSelector on one line, `<none>` where it selects everything or nothing is said."""
    if not selector:
        return "<none>"
    parts = [f"{k}={v}" for k, v in sorted((selector.get("matchLabels") or {}).items())]
    for e in selector.get("matchExpressions") or []:
        values = ",".join(e.get("values") or [])
        word = {"In": f"{e['key']} in ({values})", "NotIn": f"{e['key']} notin ({values})", "Exists": e["key"]}
        parts.append(word.get(e["operator"], f"!{e['key']}"))
    return ",".join(parts) or "<none>"


def _age(obj: Obj, now: float) -> str:
    return since(obj["metadata"].get("creationTimestamp"), now)


def _template(spec: Obj) -> list[str]:
    containers = ((spec.get("template") or {}).get("spec") or {}).get("containers") or []
    return [",".join(c.get("name", "") for c in containers), ",".join(c.get("image", "") for c in containers)]


def deployment(obj: Obj, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    return [
        obj["metadata"]["name"],
        f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 1)}",
        str(status.get("updatedReplicas", 0)),
        str(status.get("availableReplicas", 0)),
        _age(obj, now),
        *_template(spec),
        selector_text(spec.get("selector")),
    ]


def replica_set(obj: Obj, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    selector = spec.get("selector")
    if obj["kind"] == "ReplicationController":
        selector = {"matchLabels": selector or {}}
    counts = [spec.get("replicas", 1), status.get("replicas", 0), status.get("readyReplicas", 0)]
    return [obj["metadata"]["name"], *counts, _age(obj, now), *_template(spec), selector_text(selector)]


def stateful_set(obj: Obj, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 1)}"
    return [obj["metadata"]["name"], ready, _age(obj, now), *_template(spec)]


def daemon_set(obj: Obj, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    names = (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberAvailable",
    )
    node_selector = ((spec.get("template") or {}).get("spec") or {}).get("nodeSelector") or {}
    return [
        obj["metadata"]["name"],
        *(status.get(n, 0) for n in names),
        selector_text({"matchLabels": node_selector}),
        _age(obj, now),
        *_template(spec),
        selector_text(spec.get("selector")),
    ]


def job(obj: Obj, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    done = status.get("succeeded", 0)
    if spec.get("completions") is not None:
        completions = f"{done}/{spec['completions']}"
    else:
        parallel = spec.get("parallelism", 1)
        completions = f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"
    start, end = status.get("startTime"), status.get("completionTime")
    duration = span((from_rfc3339(end) if end else now) - from_rfc3339(start)) if start else ""
    return [
        obj["metadata"]["name"],
        _job_status(obj),
        completions,
        duration,
        _age(obj, now),
        *_template(spec),
        selector_text(spec.get("selector")),
    ]


def _job_status(obj: Obj) -> str:
    conditions = {c["type"] for c in (obj.get("status") or {}).get("conditions") or [] if c.get("status") == "True"}
    if "Complete" in conditions or "Failed" in conditions:
        return "Complete" if "Complete" in conditions else "Failed"
    if obj["metadata"].get("deletionTimestamp"):
        return "Terminating"
    return next((c for c in ("Suspended", "FailureTarget", "SuccessCriteriaMet") if c in conditions), "Running")


def cron_job(obj: Obj, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    last = status.get("lastScheduleTime")
    return [
        obj["metadata"]["name"],
        spec.get("schedule", ""),
        spec.get("timeZone") or "<none>",
        "True" if spec.get("suspend") else "False",
        len(status.get("active") or []),
        since(last, now) if last else "<none>",
        _age(obj, now),
        *_template((spec.get("jobTemplate") or {}).get("spec") or {}),
        "<none>",
    ]


def autoscaler(obj: Obj, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    target = spec.get("scaleTargetRef") or {}
    targets = [_target(m, status.get("currentMetrics") or []) for m in spec.get("metrics") or []]
    text = ", ".join(targets[:2]) + (f" + {len(targets) - 2} more..." if len(targets) > 2 else "")
    return [
        obj["metadata"]["name"],
        f"{target.get('kind', '')}/{target.get('name', '')}",
        text or "<none>",
        str(spec.get("minReplicas", "<unset>")),
        str(spec.get("maxReplicas", "")),
        str(status.get("currentReplicas", 0)),
        _age(obj, now),
    ]


def _target(metric: Obj, current: list[Obj]) -> str:
    body = metric.get("resource") or {}
    name, target = body.get("name") or metric.get("type", ""), body.get("target") or {}
    usage = next(
        (c["resource"].get("current") or {} for c in current if (c.get("resource") or {}).get("name") == name), {}
    )
    if "averageUtilization" in target:
        value = usage.get("averageUtilization")
        return f"{name}: {'<unknown>' if value is None else f'{value}%'}/{target['averageUtilization']}%"
    return (
        f"{name}: {usage.get('averageValue', '<unknown>')}/{target.get('averageValue', target.get('value', '<auto>'))}"
    )


def budget(obj: Obj, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    least, most = spec.get("minAvailable", "N/A"), spec.get("maxUnavailable", "N/A")
    return [obj["metadata"]["name"], str(least), str(most), status.get("disruptionsAllowed", 0), _age(obj, now)]


def revision(obj: Obj, now: float) -> list[Any]:
    owner = next((o for o in obj["metadata"].get("ownerReferences") or [] if o.get("controller")), None)
    name = f"{owner['kind'].lower()}.{owner['apiVersion'].split('/')[0]}/{owner['name']}" if owner else "<none>"
    return [obj["metadata"]["name"], name, str(obj.get("revision", "")), _age(obj, now)]


CELLS = {
    "Deployment": deployment,
    "ReplicaSet": replica_set,
    "ReplicationController": replica_set,
    "StatefulSet": stateful_set,
    "DaemonSet": daemon_set,
    "Job": job,
    "CronJob": cron_job,
    "HorizontalPodAutoscaler": autoscaler,
    "PodDisruptionBudget": budget,
    "ControllerRevision": revision,
}
