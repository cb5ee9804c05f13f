"""Claims beside the volumes that are there: size, class, mode, labels, and whose they are."""

from __future__ import annotations

from tests.worlds import objects, triggers, waiting
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import claim_volume

UNBOUND = "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims."


def _claim(draw: Draw, app: App, volumes: list[Obj], **spec: object) -> str:
    """A claim that none of the volumes suits, of pods that wait for it."""
    name = claim_volume(draw, app, phase="Pending")
    claim = next(o for o in draw.objects if o["kind"] == "PersistentVolumeClaim" and o["metadata"]["name"] == name)
    claim["spec"].update({"storageClassName": draw.pick("", "manual", "local"), **spec})
    for one in volumes:
        one["spec"].setdefault("storageClassName", "")
        if one["spec"]["storageClassName"] == "same":
            one["spec"]["storageClassName"] = claim["spec"]["storageClassName"]
    draw.objects += volumes
    if claim["spec"]["storageClassName"] and draw.pick(True, False):
        draw.objects.append(
            {
                "kind": "StorageClass",
                "metadata": {"name": claim["spec"]["storageClassName"]},
                "provisioner": "kubernetes.io/no-provisioner",
            }
        )
    message = "no persistent volumes available for this claim and no storage class is set"
    if claim["spec"]["storageClassName"]:
        message = f'storageclass.storage.k8s.io "{claim["spec"]["storageClassName"]}" not found'
        classes = [o["metadata"]["name"] for o in draw.objects if o["kind"] == "StorageClass"]
        message = "" if claim["spec"]["storageClassName"] in classes else message
    if message:
        reason = "ProvisioningFailed" if claim["spec"]["storageClassName"] else "FailedBinding"
        draw.objects.append(objects.event(claim, reason, message))
    waiting.leave_without_node(draw, app, UNBOUND)
    return name


def _asks(draw: Draw, app: App, claim: str) -> Obj:
    where = {"namespace": app.namespace, "persistentvolumeclaim": claim}
    ways: list[Obj] = [
        waiting.complaint(draw, app),
        triggers.alertmanager("KubePersistentVolumeClaimPending", where, {"summary": f"claim {claim} is pending"}),
    ]
    return ways[draw.number(0, 1)]


@situation("fit")
def claim_larger_than_the_volumes(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    claim = _claim(draw, app, [waiting.volume(f"vol-{draw.suffix()}", "5Gi", storage_class="same")])
    return Told(
        draw.world(),
        _asks(draw, app, claim),
        Expect(("cause",), ("volume_unprovisioned",), says=(claim, "10Gi", "5Gi")),
    )


@situation("fit")
def claim_of_another_class_than_the_volume(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    free = waiting.volume(f"vol-{draw.suffix()}", "20Gi", storage_class=draw.pick("standard", "slow"))
    claim = _claim(draw, app, [free])
    return Told(
        draw.world(),
        _asks(draw, app, claim),
        Expect(
            ("cause",),
            ("volume_unprovisioned",),
            says=(claim, free["metadata"]["name"], free["spec"]["storageClassName"]),
        ),
    )


@situation("fit")
def claim_of_another_mode_than_the_volume(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    free = waiting.volume(f"vol-{draw.suffix()}", "20Gi", storage_class="same")
    claim = _claim(draw, app, [free], accessModes=["ReadWriteMany"])
    return Told(
        draw.world(),
        _asks(draw, app, claim),
        Expect(("cause",), ("volume_unprovisioned",), says=(claim, "ReadWriteMany", "ReadWriteOnce")),
    )


@situation("fit")
def claim_that_selects_no_volume(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    tier = draw.name()
    free = waiting.volume(f"vol-{draw.suffix()}", "20Gi", storage_class="same", labels={"tier": draw.name()})
    claim = _claim(draw, app, [free], selector={"matchLabels": {"tier": tier}})
    return Told(
        draw.world(),
        _asks(draw, app, claim),
        Expect(("cause",), ("volume_unprovisioned",), says=(claim, tier)),
    )


@situation("fit")
def volume_that_an_earlier_claim_holds(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    before = {"kind": "PersistentVolumeClaim", "name": f"old-{draw.name()}", "namespace": app.namespace, "uid": "gone"}
    bound = waiting.volume(f"vol-{draw.suffix()}", "20Gi", storage_class="same", claimRef=before)
    claim = _claim(draw, app, [bound])
    return Told(
        draw.world(),
        _asks(draw, app, claim),
        Expect(("cause",), ("volume_unprovisioned",), says=(claim, str(before["name"]))),
    )


@situation("fit")
def claim_that_waits_for_its_first_pod(draw: Draw) -> Told:
    """As its class wants it: nobody uses the claim yet, and nothing is wrong."""
    app = draw.app()
    draw.chatter(app)
    name = f"later-{app.name}"
    draw.objects += [
        {
            "kind": "StorageClass",
            "metadata": {"name": "gp3-late"},
            "provisioner": "ebs.csi.aws.com",
            "volumeBindingMode": "WaitForFirstConsumer",
        },
        {
            "kind": "PersistentVolumeClaim",
            "metadata": objects.meta(name, app.namespace, draw.number(20, 400), {}),
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "10Gi"}},
                "storageClassName": "gp3-late",
            },
            "status": {"phase": "Pending"},
        },
    ]
    waits = "waiting for first consumer to be created before binding"
    draw.objects.append(objects.event(draw.objects[-1], "WaitForFirstConsumer", waits, kind="Normal"))
    where = {"namespace": app.namespace, "persistentvolumeclaim": name}
    trigger = triggers.alertmanager("KubePersistentVolumeClaimPending", where, {"summary": f"{name} is pending"})
    return Told(draw.world(), trigger, Expect(("open", "well"), says=(name,)))
