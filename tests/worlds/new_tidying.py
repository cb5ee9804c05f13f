"""The last touch to a world of the new round: addresses, zones, and the slices that such Services and pods have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.worlds import objects
from tests.worlds.new_scenes import is_ready
from tests.worlds.objects import Obj
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told


def _port_of(port: Obj, pods: list[Obj]) -> Iterator[Obj]:
    target = port.get("targetPort", port["port"])
    named_ones = [p["containerPort"] for one in pods for c in one["spec"]["containers"] for p in c.get("ports", [])
             if p.get("name") == target]  # fmt: skip
    if isinstance(target, int) or named_ones:
        number = target if isinstance(target, int) else named_ones[0]
        yield {"name": port.get("name", ""), "port": number, "protocol": port.get("protocol", "TCP")}


def told(draw: Draw, trigger: Obj, expect: Expect) -> Told:
    """The world with an address for every pod, zones for the nodes, and the slices that such Services and pods have."""
    pods, seen_names = [one for one in draw.objects if one["kind"] == "Pod"], 0
    for pod in pods:
        if pod["status"].get("podIP") == "10.2.3.4":
            seen_names += 1
            pod["status"]["podIP"] = f"10.0.{4 + seen_names // 200}.{20 + seen_names % 200}"
    for one in draw.objects:
        if one["kind"] == "Node":
            zone = {"topology.kubernetes.io/zone": "eu-central-1a", "topology.kubernetes.io/region": "eu-central-1"}
            one["metadata"]["labels"] = {**zone, "node.kubernetes.io/instance-type": "m6i.xlarge",
                                         "kubernetes.io/arch": "amd64", **one["metadata"]["labels"]}  # fmt: skip
    draw.objects[:] = [one for one in draw.objects if one["kind"] != "EndpointSlice"]
    for service in [one for one in draw.objects if one["kind"] == "Service" and one["spec"].get("selector")]:
        chosen_one = [
            pod for pod in pods
            if pod["metadata"]["namespace"] == service["metadata"]["namespace"] and pod["status"].get("podIP")
            and service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
            and pod["status"]["phase"] not in ("Succeeded", "Failed")
        ]  # fmt: skip
        new = objects.endpoint_slice(service, chosen_one)
        new["metadata"]["name"] = f"{service['metadata']['name']}-{draw.suffix()}"
        new["ports"] = [one for port in service["spec"]["ports"] for one in _port_of(port, chosen_one)]
        for endpoint, pod in zip(new["endpoints"], chosen_one, strict=True):
            endpoint["addresses"] = [pod["status"]["podIP"]]
            ready = is_ready(pod)
            endpoint["conditions"] = {"ready": ready, "serving": ready, "terminating": False}
        draw.objects.append(new)
    for pattern in (*expect.says, *expect.never, *expect.steps):
        re.compile(pattern)
    return Told(draw.world(), trigger, expect)
