"""Pods whose sandbox does not come about, with the reason that the kubelet gives."""

from __future__ import annotations

from tests.worlds import waiting
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told, situation


@situation("fit")
def sandbox_without_addresses(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    message = (
        "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox"
        ' "ab12": plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to'
        " container"
    )
    waiting.hold(draw, app, "FailedCreatePodSandBox", message)
    return Told(
        draw.world(),
        waiting.complaint(draw, app),
        Expect(("cause",), ("pod_addresses_exhausted",), says=("address",), may_propose=True),
    )


@situation("fit")
def sandbox_with_too_little_memory(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"][0]["resources"] = {"limits": {"memory": draw.pick("4Mi", "1000m", "256k")}}
    message = (
        "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to create containerd task: failed to"
        " create shim task: OCI runtime create failed: runc create failed: unable to start container process:"
        " container init was OOM-killed (memory limit too low?): unknown"
    )
    waiting.hold(draw, app, "FailedCreatePodSandBox", message)
    return Told(
        draw.world(),
        waiting.complaint(draw, app),
        Expect(("cause",), says=("memory", "sandbox|limit"), may_propose=True),
    )


@situation("fit")
def sandbox_of_a_runtime_that_is_not_there(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    handler = draw.pick("gvisor", "kata", "runsc")
    waiting.in_templates(app, runtimeClassName=handler)
    draw.objects.append({"kind": "RuntimeClass", "metadata": {"name": handler}, "handler": handler})
    message = (
        "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for"
        f' "{handler}" is configured'
    )
    waiting.hold(draw, app, "FailedCreatePodSandBox", message)
    return Told(
        draw.world(),
        waiting.complaint(draw, app),
        Expect(("cause",), says=("runtime", handler), may_propose=True),
    )


@situation("fit")
def sandbox_for_which_the_plugin_fails(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    plugin = draw.pick("calico", "cilium-cni", "flannel")
    message = (
        "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox"
        f' "4f2a": plugin type="{plugin}" failed (add): '
        + draw.pick("error getting ClusterInformation: connection is unauthorized", "unable to connect to agent socket")
    )
    waiting.hold(draw, app, "FailedCreatePodSandBox", message)
    return Told(
        draw.world(),
        waiting.complaint(draw, app),
        Expect(("cause",), ("network_plugin_broken",), says=("network", plugin), may_propose=True),
    )
