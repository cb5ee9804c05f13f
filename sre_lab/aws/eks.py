"""EKS: where the API server of the lab's cluster is, and, for that server, who signed a request to STS."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

from sre_lab.aws.errors import AwsError
from sre_lab.aws.wire import HttpRequest, HttpResponse
from sre_lab.kubernetes.aws_identity import StsVerifier
from sre_lab.world import World

_ARN: Final = re.compile(r"<Arn>([^<]+)</Arn>")


@dataclass
class ClusterEndpoint:
    """`url` is empty while nothing serves the cluster."""

    url: str = ""


def served_at(world: World, url: str) -> None:
    """Tell where the Kubernetes API of this world listens."""
    world.memory(ClusterEndpoint, ClusterEndpoint).url = url


def connect(world: World, answer: Callable[[HttpRequest], HttpResponse]) -> None:
    """Let the API server ask STS, through `answer`, who signed."""

    def who(query: str) -> str:
        credential = parse_qs(query).get("X-Amz-Credential", [""])[0]
        signed = {"host": "sts.amazonaws.com", "authorization": f"AWS4-HMAC-SHA256 Credential={credential}"}
        match = _ARN.search(answer(HttpRequest("GET", "/", query, signed, b"")).body.decode())
        return match[1] if match else ""

    world.memory(StsVerifier, StsVerifier).who = who


def describe(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The one cluster there is. It is served without TLS, so it has no certificate authority."""
    name, own = params["name"], world.cluster
    if name != own.name:
        raise AwsError("ResourceNotFoundException", f"No cluster found for name: {name}.", status=404)
    url = world.memory(ClusterEndpoint, ClusterEndpoint).url
    arn = f"arn:aws:eks:{own.region}:{own.account}:cluster/{name}"
    description = {"name": name, "arn": arn, "version": "1.32", "status": "ACTIVE" if url else "CREATING"}
    return {"cluster": description | ({"endpoint": url} if url else {})}


def list_(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return {"clusters": [world.cluster.name]}


OPERATIONS: dict[str, Callable[[World, dict[str, Any]], dict[str, Any]]] = {
    "DescribeCluster": describe,
    "ListClusters": list_,
}
