"""Field reports about wiring: ports, hosts in variables, policies, names that nobody answers, rewritten paths."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, past, triggers
from tests.worlds.field_pages import group, page
from tests.worlds.field_scenes import answered, either, link, system, unheard, writes
from tests.worlds.outages import outage, uses
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Told, situation


def _set(app: App, key: str, value: str) -> None:
    """Another value for a variable that its containers have."""
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        container = one["spec"]["containers"][0]
        env = [{**v, "value": value} if v["name"] == key else v for v in container["env"]]
        one["spec"]["containers"][0] = {**container, "env": env}


@situation("field reports")
def port_on_which_nobody_listens(draw: Draw) -> Told:
    """The Service leads to another port than the program's."""
    scene = system(draw)
    front, middle = scene.front(), scene.app(draw.pick("search", "checkout", "travel", "home-timeline"))
    callee = scene.app(draw.pick("user", "rate", "shipping", "basic", "post-storage"))
    first_host, callee_host = link(draw, front, middle), link(draw, middle, callee)
    wrong = callee.port + draw.pick(1, 10, 1000, 2)
    callee.service["spec"]["ports"][0]["targetPort"] = wrong
    callee.service["metadata"]["managedFields"] = [
        {"manager": "kubectl-patch", "operation": "Update", "time": objects.at(18)}
    ]
    controllers.fresh(draw, callee)
    for pod in callee.pods:
        start = draw.pick(f"listening on 0.0.0.0:{callee.port}", f"Tomcat started on port {callee.port} (http)")
        writes(draw, callee, f"INFO {start}", minutes=25, until=24, pods=[pod])
    writes(draw, middle, unheard(draw, callee_host, "refused"))
    writes(draw, front, answered(draw, first_host, 503))
    return outage(
        draw, [front, middle, callee], page(draw, front, "errors"), ends=("cause",),
        classes=("service_misdirected", "config_wrong"), says=(f"{wrong}|{callee.port}|target.?port",),
        innocent=(front.name, middle.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def host_in_a_variable_that_moved(draw: Draw) -> Told:
    """A release of the service in the middle took the name of a host that is not in this cluster."""
    scene = system(draw)
    calling.name_server(draw)
    role = draw.pick("geo", "payment", "seat", "user-timeline")
    front, middle = scene.front(), scene.app(draw.pick("search", "checkout", "preserve", "compose-post"))
    callee = scene.app(role)
    first_host = link(draw, front, middle)
    key = f"{role.upper().replace('-', '_')}_{draw.pick('HOST', 'ADDR', 'SERVICE_ADDR')}"
    uses(middle, **{key: f"{callee.name}:{callee.port}"})
    wrong = draw.pick(f"{callee.name}-v2", f"{callee.name}.staging", f"{role}-internal", f"{callee.name}s")
    minutes = draw.number(17, 20)
    past.rolled_out(draw, middle, minutes)
    past.renew(middle, minutes)
    _set(middle, key, f"{wrong}:{callee.port}")
    writes(draw, middle, unheard(draw, f"{wrong}:{callee.port}", "unresolved"), minutes=minutes, since=minutes - 0.5)
    writes(draw, front, answered(draw, first_host, draw.pick(500, 502)))
    writes(draw, callee)
    return outage(
        draw, [front, middle, callee], page(draw, front, "errors"),
        classes=("env_wrong", "config_wrong", "bad_rollout", "dependency_unreachable", "service_deleted"),
        says=(either(wrong, key),), innocent=(front.name, callee.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def one_edge_closed_by_a_policy(draw: Draw) -> Told:
    """Whoever wrote the policy forgot one of the callers; the other one goes on."""
    scene = system(draw)
    front, middle = scene.front(), scene.app(draw.pick("recommendation", "checkout", "travel-plan"))
    callee, allowed = scene.app(draw.pick("product-catalog", "currency", "route")), scene.app("admin")
    first_host, callee_host = link(draw, front, middle), link(draw, middle, callee)
    link(draw, allowed, callee)
    rule = calling.from_pods(**allowed.service["spec"]["selector"])
    policy = calling.policy(draw, callee, scene.namespace, ingress=[rule], age=draw.number(18, 21))
    writes(draw, middle, unheard(draw, callee_host, "timeout"))
    writes(draw, front, answered(draw, first_host, draw.pick(503, 504)))
    writes(draw, callee)
    writes(draw, allowed)
    name = policy["metadata"]["name"]
    return outage(
        draw, [front, middle, callee], page(draw, front, draw.pick("errors", "latency")), ends=("cause",),
        classes=("network_policy_blocks",), says=(f"{name}|polic",),
        innocent=(front.name, allowed.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def namespace_to_which_no_name_server_answers(draw: Draw) -> Told:
    """Egress of the whole namespace was shut but for its own pods: every look-up of a name times out."""
    scene = system(draw)
    calling.name_server(draw)
    front, one, two = scene.front(), scene.app("cart"), scene.app(draw.pick("profile", "station", "quote"))
    store = scene.store("redis", "cart")
    first, second, third = link(draw, front, one), link(draw, front, two), link(draw, one, store)
    policy = calling.policy(draw, None, scene.namespace, egress=[{"to": [{"podSelector": {}}]}], age=18)
    writes(draw, front, unheard(draw, first, "unanswered"), unheard(draw, second, "unanswered"))
    writes(draw, one, unheard(draw, third, "unanswered"))
    writes(draw, two)
    name = policy["metadata"]["name"]
    return outage(
        draw, [front, one, store], group(draw, front, one), ends=("cause",),
        classes=("network_policy_blocks", "cluster_dns_broken", "dns_policy_wrong"), says=(f"{name}|polic|dns",),
        innocent=(store.name, two.name),
    )  # fmt: skip


@situation("field reports")
def one_name_that_the_name_server_denies(draw: Draw) -> Told:
    """Somebody put a rule for one name into the name server's configuration; all other names are resolved."""
    scene = system(draw)
    dns = calling.name_server(draw)
    front, middle = scene.front(), scene.app(draw.pick("search", "checkout", "preserve"))
    callee = scene.app(draw.pick("rate", "payment", "contacts"))
    first_host, callee_host = link(draw, front, middle), link(draw, middle, callee)
    whole = f"{callee.name}.{scene.namespace}.svc.cluster.local"
    rule = f"    template IN ANY {whole} {{\n        rcode NXDOMAIN\n    }}\n"
    for one in draw.objects:
        if one["kind"] == "ConfigMap" and one["metadata"]["name"] == "coredns":
            one["data"]["Corefile"] = one["data"]["Corefile"].replace("    kubernetes ", f"{rule}    kubernetes ")
            change = {"manager": "kubectl-edit", "operation": "Update", "time": objects.at(19)}
            one["metadata"]["managedFields"] = [change]
    writes(draw, middle, unheard(draw, callee_host, "unresolved"))
    writes(draw, front, answered(draw, first_host))
    writes(draw, callee)
    query = f'10.2.3.9:41{draw.number(100, 999)} - 31212 "A IN {whole}. udp 61 false 512" NXDOMAIN qr,aa,rd 154 0.0001s'
    writes(draw, dns, "[INFO] Reloading", f"[INFO] {query}", minutes=18)
    return outage(
        draw, [front, middle, callee], page(draw, front, "errors"),
        classes=("cluster_dns_broken", "config_wrong", "dependency_unreachable", "dns_policy_wrong", "service_deleted"),
        says=(either(callee.name),), innocent=(front.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def route_that_cuts_off_the_path(draw: Draw) -> Told:
    """The rewriting of a route was changed: whatever is asked for, the program behind is asked for its root."""
    scene = system(draw)
    front, other = scene.front(), scene.app(draw.pick("profile", "catalogue"))
    path = draw.pick("/api", "/shop", "/v1")
    host = f"{draw.pick('www', 'shop', 'book')}.{draw.suffix(5)}.example.org"
    route = objects.ingress(
        f"{front.name}-{draw.pick('ingress', 'edge')}", scene.namespace, host, front.name, front.port
    )
    route["spec"]["rules"][0]["http"]["paths"][0].update(path=path)
    route["metadata"]["annotations"] = {"nginx.ingress.kubernetes.io/rewrite-target": draw.pick("/", "/$2")}
    route["metadata"]["managedFields"] = [{"manager": "helm", "operation": "Update", "time": objects.at(19)}]
    klass = {"kind": "IngressClass", "metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/ingress-nginx"}}
    draw.objects += [route, klass]
    item = draw.pick("items/7", "hotels", "cart")
    edge = draw.app("ingress-nginx", name="ingress-nginx-controller", port=80)
    writes(
        draw, edge,
        f'10.0.4.7 - - [11/Mar/2026:14:12:31 +0000] "GET {path}/{item} HTTP/2.0" 404 19 "-" "Mozilla/5.0" 412 0.003'
        f" [{scene.namespace}-{front.name}-{front.port}] [] 10.2.3.4:{front.port} 19 0.002 404",
    )  # fmt: skip
    lines = (
        '10.2.1.7 - - "GET / HTTP/1.1" 404 19',
        'level=warning msg="no route" method=GET path=/ status=404',
        "<time>  WARN 1 --- [nio-8080-exec-3] o.s.web.servlet.PageNotFound : No mapping for GET /",
        'ActionController::RoutingError (No route matches [GET] "/"):',
    )
    writes(draw, front, draw.pick(*lines))
    text = draw.pick(f"https://{host}{path}/{item} answers 404", f"{host}: synthetic check of {path} fails with 404")
    where = {"namespace": scene.namespace, "ingress": route["metadata"]["name"]}
    trigger = draw.pick(
        triggers.alertmanager("SyntheticCheckFailed", where, {"summary": text}),
        triggers.webhook(text, labels={"namespace": scene.namespace, "service": front.name}),
    )
    return outage(
        draw, [front, other], trigger, classes=("ingress_misrouted", "config_wrong"),
        says=("rewrit|404|no (?:route|mapping)|path",), innocent=(other.name, *scene.others()),
    )  # fmt: skip
