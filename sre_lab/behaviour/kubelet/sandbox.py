"""What keeps a pod from getting its sandbox: the network of the node, as its CNI plugin answers."""

from __future__ import annotations

from sre_lab.behaviour.kubelet.node_status import NETWORK_PROBLEM
from sre_lab.behaviour.kubelet.pod_state import PodState
from sre_lab.behaviour.kubelet.sync_loop import Steps

NETWORK_RETRY_SECONDS = 2.0
SANDBOX_RETRY_SECONDS = 12.0


def await_network(worker: PodState) -> Steps:
    """Without a plugin no pod starts but one that uses the host's own network."""
    while worker.node.facts.network == "uninitialised" and not _uses_host(worker):
        worker.event("Warning", "NetworkNotReady", f"network is not ready: {NETWORK_PROBLEM}")
        yield NETWORK_RETRY_SECONDS
    return True


def await_address(worker: PodState) -> Steps:
    """With no address left the plugin refuses each sandbox."""
    while worker.node.facts.network == "exhausted" and not _uses_host(worker):
        sandbox = f"{worker.world.random.getrandbits(256):064x}"
        text = (
            f"Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "
            f'"{sandbox}": plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address '
            "to container"
        )
        worker.event("Warning", "FailedCreatePodSandBox", text)
        yield SANDBOX_RETRY_SECONDS
    return True


def _uses_host(worker: PodState) -> bool:
    return bool(worker.pod()["spec"].get("hostNetwork"))
