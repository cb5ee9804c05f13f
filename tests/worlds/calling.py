"""Workloads that call others: what they are configured with, what they log of it, and what stands in between."""

from __future__ import annotations

from collections.abc import Sequence

from tests.worlds import objects, triggers
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.workloads import labels

DNS = ("kube-system", "kube-dns")
COREFILE = """.:53 {{
    errors
    health
    ready
    kubernetes {zone} in-addr.arpa ip6.arpa {{
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }}
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
}}
"""


def name_server(draw: Draw, *, zone: str = "cluster.local") -> App:
    """CoreDNS as clusters run it."""
    app = draw.app(DNS[0], name="coredns", replicas=2, service=DNS[1], port=53)
    app.service["spec"].update(clusterIP="10.96.0.10")
    app.service["spec"]["ports"] = [
        {"name": "dns", "port": 53, "targetPort": 53, "protocol": "UDP"},
        {"name": "dns-tcp", "port": 53, "targetPort": 53, "protocol": "TCP"},
    ]
    for template in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        template["spec"]["containers"][0]["ports"] = [
            {"name": "dns", "containerPort": 53, "protocol": "UDP"},
            {"name": "dns-tcp", "containerPort": 53, "protocol": "TCP"},
        ]
    draw.objects.append(
        {
            "kind": "ConfigMap",
            "metadata": objects.meta("coredns", DNS[0], 9000, {}),
            "data": {"Corefile": COREFILE.format(zone=zone)},
        }
    )
    return app


def told_of(draw: Draw, caller: App, key: str, value: str, *ways: str) -> None:
    """The caller's template names the other: in a variable, a ConfigMap that becomes variables, or an argument."""
    way = draw.pick(*(ways or ("env", "config", "args")))
    templates = [caller.deployment["spec"]["template"], caller.replica_set["spec"]["template"], *caller.pods]
    if way == "config":
        name = f"{caller.name}-{draw.pick('config', 'settings', 'env')}"
        draw.objects.append(
            {
                "kind": "ConfigMap",
                "metadata": objects.meta(name, caller.namespace, caller.age, {}),
                "data": {key: value, "LOG_LEVEL": "info"},
            }
        )
    for template in templates:
        container = template["spec"]["containers"][0]
        if way == "env":
            container["env"] = [{"name": "LOG_LEVEL", "value": "info"}, {"name": key, "value": value}]
        elif way == "config":
            container["envFrom"] = [{"configMapRef": {"name": name}}]
        else:
            container["args"] = ["--listen=:8080", f"--{key.lower().replace('_', '-')}={value}"]


def pair(draw: Draw, *, apart: bool = False) -> tuple[App, App]:
    """(caller, callee), in one namespace or in two, among others."""
    callee = draw.app()
    caller = draw.app(draw.place() if apart else callee.namespace)
    draw.bystanders(2)
    return caller, callee


def host_of(draw: Draw, callee: App, caller: App) -> str:
    """The Service's name in one of the forms that programs are given."""
    name, place = callee.service["metadata"]["name"], callee.namespace
    forms = [f"{name}.{place}", f"{name}.{place}.svc", f"{name}.{place}.svc.cluster.local"]
    return str(draw.pick(*forms, *([name] * 3 if place == caller.namespace else [])))


def timeouts(draw: Draw, host: str, port: int = 80) -> list[str]:
    """A client that waits in vain: one way of saying it, with other lines between."""
    ways = (
        f'ERROR request failed: Get "http://{host}:{port}/v1/items": dial tcp {host}:{port}: i/o timeout',
        f"Error: connect ETIMEDOUT {host}:{port}",
        f"requests.exceptions.ConnectTimeout: HTTPConnectionPool(host='{host}', port={port}): Max retries exceeded"
        f" (Caused by ConnectTimeoutError: Connection to {host} timed out)",
        f'level=error msg="upstream call failed" err="context deadline exceeded" url=http://{host}:{port}/',
        f"curl: (28) Failed to connect to {host} port {port} after 5002 ms: Connection timed out",
        f"java.net.SocketTimeoutException: connect timed out: {host}:{port}",
    )
    return [draw.pick(*ways)] * draw.number(8, 25)


def refusals(draw: Draw, host: str, port: int = 80) -> list[str]:
    ways = (
        f"ERROR dial tcp {host}:{port}: connect: connection refused",
        f"Error: connect ECONNREFUSED {host}:{port}",
        f"curl: (7) Failed to connect to {host} port {port} after 2 ms: Connection refused",
        f'level=error msg="call failed" url=http://{host}:{port}/ err="connection refused"',
    )
    return [draw.pick(*ways)] * draw.number(8, 25)


def unknown_host(draw: Draw, host: str, server: str = "10.96.0.10") -> list[str]:
    ways = (
        f"ERROR dial tcp: lookup {host} on {server}:53: no such host",
        f"Error: getaddrinfo ENOTFOUND {host}",
        f"curl: (6) Could not resolve host: {host}",
        f"java.net.UnknownHostException: {host}: Name or service not known",
        f"socket.gaierror: [Errno -2] Name or service not known: could not resolve host {host}",
    )
    return [draw.pick(*ways)] * draw.number(8, 25)


def no_dns_answer(draw: Draw, host: str, server: str = "10.96.0.10") -> list[str]:
    """The name server itself does not answer."""
    ways = (
        f"ERROR dial tcp: lookup {host} on {server}:53: read udp 10.2.3.9:41000->{server}:53: i/o timeout",
        f"Error: getaddrinfo EAI_AGAIN {host}",
        f"curl: (6) Could not resolve host: {host}",
        f"socket.gaierror: [Errno -3] Temporary failure in name resolution: {host}",
    )
    return [draw.pick(*ways)] * draw.number(8, 25)


def policy(
    draw: Draw,
    about: App | None,
    namespace: str,
    *,
    ingress: Sequence[Obj] | None = None,
    egress: Sequence[Obj] | None = None,
    age: float = 0,
) -> Obj:
    """A NetworkPolicy over the pods of `about`, or over all of the namespace; put into the world."""
    types = [kind for kind, rules in (("Ingress", ingress), ("Egress", egress)) if rules is not None]
    selector: Obj = {} if about is None else {"matchLabels": about.service["spec"]["selector"]}
    network_policy: Obj = {
        "kind": "NetworkPolicy",
        "metadata": objects.meta(f"{draw.name()}-{draw.pick('rules', 'policy', 'net')}", namespace, age or 25, {}),
        "spec": {"podSelector": selector, "policyTypes": types},
    }
    if ingress is not None:
        network_policy["spec"]["ingress"] = list(ingress)
    if egress is not None:
        network_policy["spec"]["egress"] = list(egress)
    draw.objects.append(network_policy)
    return network_policy


def from_pods(**pod_labels: str) -> Obj:
    return {"from": [{"podSelector": {"matchLabels": pod_labels}}]}


def complaint(draw: Draw, caller: App, callee: str) -> Obj:
    """An alarm or a question about the caller, which says what people notice."""
    share = draw.number(15, 95)
    name = draw.pick("HighErrorRate", "RequestsFailing", "UpstreamErrors", "Http5xx")
    text = draw.pick(
        f"{share}% of requests to {caller.name} fail",
        f"Error rate of {caller.name} is {share} %",
        f"{caller.name} answers with 5xx ({share}%)",
        f"{caller.name} cannot reach {callee}",
    )
    return triggers.alertmanager(name, labels(draw, caller), {"summary": text})


def ask_why(draw: Draw, caller: App, callee: str) -> Obj:
    return triggers.question(
        str(
            draw.pick(
                f"Why is {caller.name} getting timeouts connecting to {callee} in {caller.namespace}?",
                f"Why does {caller.name} in namespace {caller.namespace} fail?",
                f"What is wrong with {caller.name} in namespace {caller.namespace}?",
            )
        )
    )
