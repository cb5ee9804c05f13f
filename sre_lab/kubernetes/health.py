"""What the API server says about itself: its health checks by name, and a few metrics."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from sre_lab.kubernetes.requests import is_true
from sre_lab.world import World

PATHS = ("/healthz", "/livez", "/readyz")
_HOOKS = """
start-apiserver-admission-initializer generic-apiserver-start-informers priority-and-fairness-config-consumer
priority-and-fairness-filter storage-object-count-tracker-hook start-apiextensions-informers
start-apiextensions-controllers crd-informer-synced start-system-namespaces-controller
start-cluster-authentication-info-controller start-kube-apiserver-identity-lease-controller
start-kube-apiserver-identity-lease-garbage-collector start-legacy-token-tracking-controller
start-service-ip-repair-controllers rbac/bootstrap-roles scheduling/bootstrap-system-priority-classes
priority-and-fairness-config-producer bootstrap-controller aggregator-reload-proxy-client-cert
start-kube-aggregator-informers apiservice-status-local-available-controller
apiservice-status-remote-available-controller apiservice-registration-controller apiservice-discovery-controller
kube-apiserver-autoregistration
"""
_LAST = ("autoregister-completion", "poststarthook/apiservice-openapi-controller", "shutdown")


def checks(path: str, query: dict[str, str]) -> Response:
    """`ok`, or with `verbose` every check; the lab's API server is up whenever it answers."""
    if not (is_true(query["verbose"]) if query.get("verbose") else "verbose" in query):
        return PlainTextResponse("ok")
    name = path.strip("/")
    first = ["ping", "log"] + (["informer-sync"] if name == "readyz" else [])
    check_names = [*first, *(f"poststarthook/{hook}" for hook in _HOOKS.split()), *_LAST]
    lines = [f"[+]{check} ok\n" for check in check_names if check != "shutdown" or name == "readyz"]
    return PlainTextResponse("".join(lines) + f"{name} check passed\n")


def metrics(world: World) -> Response:
    """Counts of the store and of the aggregated APIs, in the text format of Prometheus."""
    lines = _metric(
        "aggregator_discovery_aggregation_count_total",
        "counter",
        "[ALPHA] Counter of number of times discovery was aggregated",
        {"": 2},
    )
    lines += _metric(
        "aggregator_unavailable_apiservice",
        "gauge",
        "[ALPHA] Gauge of APIServices which are marked as unavailable broken down by APIService name.",
        {f'name="{s["metadata"]["name"]}"': int(not _available(s)) for s in world.objects.all("APIService")},
    )
    lines += _metric(
        "apiserver_storage_objects",
        "gauge",
        "[STABLE] Number of stored objects at the time of last check split by kind.",
        {f'resource="{kind}"': len(world.objects.all(kind)) for kind in sorted(world.objects.kinds())},
    )
    return PlainTextResponse("".join(lines), media_type="text/plain; version=0.0.4")


def _available(service: dict[str, object]) -> bool:
    status = service.get("status")
    conditions = status.get("conditions") or [] if isinstance(status, dict) else []
    return any(c.get("type") == "Available" and c.get("status") == "True" for c in conditions)


def _metric(name: str, type_: str, text: str, values: dict[str, int]) -> list[str]:
    head = [f"# HELP {name} {text}\n", f"# TYPE {name} {type_}\n"]
    return head + [
        f"{name}{{{labels}}} {value}\n" if labels else f"{name} {value}\n" for labels, value in values.items()
    ]
