"""What quotas and limit ranges refuse, also to objects that are gone."""

from __future__ import annotations

from tests.worlds import objects, triggers, waiting
from tests.worlds.objects import Obj
from tests.worlds.parts import Draw
from tests.worlds.situation import End, Expect, Told, situation

ASKED: tuple[End, ...] = ("answered", "open", "cause")


def _quota(draw: Draw, namespace: str, *, full: bool = True) -> Obj:
    most = draw.number(2, 8)
    quota = {
        "kind": "ResourceQuota",
        "metadata": objects.meta(draw.pick("quota", "team-quota", "limits"), namespace, 9000, {}),
        "spec": {"hard": {"requests.cpu": str(most), "pods": "30"}},
        "status": {
            "hard": {"requests.cpu": str(most), "pods": "30"},
            "used": {"requests.cpu": str(most) if full else "300m", "pods": "4"},
        },
    }
    draw.objects.append(quota)
    return quota


def _refusal(draw: Draw, quota: Obj, name: str) -> str:
    hard = quota["status"]["hard"]["requests.cpu"]
    return (
        f'Error creating: pods "{name}-{draw.suffix()}" is forbidden: exceeded quota: {quota["metadata"]["name"]},'
        f" requested: requests.cpu=500m, used: requests.cpu={hard}, limited: requests.cpu={hard}"
    )


@situation("fit")
def quota_that_refuses_a_deployment(draw: Draw) -> Told:
    app = draw.app(replicas=3)
    draw.bystanders(2)
    quota = _quota(draw, app.namespace)
    lost_pods = app.pods[1:]
    draw.objects = [o for o in draw.objects if not any(o is p for p in lost_pods)]
    app.deployment["status"].update(replicas=1, readyReplicas=1, availableReplicas=1, unavailableReplicas=2)
    app.replica_set["status"].update(replicas=1, readyReplicas=1, availableReplicas=1)
    message = _refusal(draw, quota, app.replica_set["metadata"]["name"])
    draw.objects.append(objects.event(app.replica_set, "FailedCreate", message))
    return Told(
        draw.world(),
        waiting.complaint(draw, app),
        Expect(("cause",), ("quota_exceeded",), (app.subject,), (quota["metadata"]["name"], "cpu"), may_propose=True),
    )


@situation("fit")
def quota_that_refused_what_is_gone(draw: Draw) -> Told:
    """Of what was refused only the event is left: the Job or ReplicaSet was removed since."""
    app = draw.app()
    draw.chatter(app)
    quota = _quota(draw, app.namespace)
    name = draw.name()
    owner = {"kind": draw.pick("Job", "ReplicaSet"), "metadata": {"name": name, "namespace": app.namespace}}
    message = _refusal(draw, quota, name)
    draw.objects.append(objects.event(owner, "FailedCreate", message))
    where = {"namespace": app.namespace, "resourcequota": quota["metadata"]["name"]}
    name_of = draw.pick("KubeQuotaFullyUsed", "QuotaExhausted", "NamespaceQuotaReached")
    trigger = triggers.alertmanager(name_of, where, {"summary": f"quota of {app.namespace} is used up"})
    return Told(
        draw.world(),
        trigger,
        Expect(("open", "cause"), ("quota_exceeded",), says=(name, quota["metadata"]["name"], "cpu")),
    )


@situation("fit")
def quota_with_room(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    quota = _quota(draw, app.namespace, full=False)
    where = {"namespace": app.namespace, "resourcequota": quota["metadata"]["name"]}
    trigger = triggers.alertmanager("KubeQuotaAlmostFull", where, {"summary": "quota is almost used up"})
    return Told(draw.world(), trigger, Expect(("open", "well"), never=("refuses",)))


@situation("fit")
def namespace_asked_about_where_a_quota_refuses(draw: Draw) -> Told:
    app = draw.app(replicas=2)
    quota = _quota(draw, app.namespace)
    draw.objects = [o for o in draw.objects if not any(o is p for p in app.pods)]
    app.deployment["status"] = {"observedGeneration": 1, "unavailableReplicas": 2}
    app.replica_set["status"] = {"replicas": 0}
    message = _refusal(draw, quota, app.replica_set["metadata"]["name"])
    draw.objects.append(objects.event(app.replica_set, "FailedCreate", message))
    draw.objects = [o for o in draw.objects if o["metadata"]["name"] != app.slice["metadata"]["name"]]
    text = f"Why are there no pods of {app.name} in namespace {app.namespace}?"
    return Told(
        draw.world(),
        triggers.question(text),
        Expect(ASKED, says=("quota", quota["metadata"]["name"]), may_propose=True),
    )


@situation("fit")
def limit_range_that_refuses(draw: Draw) -> Told:
    app = draw.app(replicas=2)
    draw.objects = [o for o in draw.objects if not any(o is p for p in app.pods)]
    app.deployment["status"] = {"observedGeneration": 1, "unavailableReplicas": 2}
    app.replica_set["status"] = {"replicas": 0}
    most = draw.pick("128Mi", "200Mi")
    draw.objects.append(
        {
            "kind": "LimitRange",
            "metadata": objects.meta("bounds", app.namespace, 9000, {}),
            "spec": {"limits": [{"type": "Container", "max": {"memory": most}}]},
        }
    )
    message = (
        f'Error creating: pods "{app.pods[0]["metadata"]["name"]}" is forbidden: maximum memory usage per Container is'
        f" {most}, but limit is 256Mi"
    )
    draw.objects.append(objects.event(app.replica_set, "FailedCreate", message))
    draw.objects = [o for o in draw.objects if o["metadata"]["name"] != app.slice["metadata"]["name"]]
    return Told(
        draw.world(),
        waiting.complaint(draw, app),
        Expect(("cause",), ("quota_exceeded",), (app.subject,), (most,), may_propose=True),
    )
