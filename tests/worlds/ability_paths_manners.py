"""How a call fails: refused, in vain, too slow, spoken wrongly, denied; and where the address was written down."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, triggers, workloads
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation


def blocks(policy: Obj, *says: str) -> Expect:
    return Expect(("cause",), ("network_policy_blocks",), says=(policy["metadata"]["name"], *says), may_propose=True)


def with_spec(app: App, **fields: object) -> None:
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"] = [{**one["spec"]["containers"][0], **fields}]


def crash(draw: Draw, app: App) -> None:
    workloads.break_app(app)
    for pod in app.pods:
        draw.log(app, ["starting", draw.pick("panic: nil map", "FATAL bad schema")], pod=pod)
    controllers.fresh(draw, app)


@situation("paths")
def policy_by_the_port_of_the_service(draw: Draw) -> Told:
    """Who wrote the rule took the Service's port; policies are about the port of the pods."""
    caller, callee = calling.pair(draw, apart=draw.pick(True, False))
    peer = {"namespaceSelector": {}, "podSelector": {"matchLabels": callee.service["spec"]["selector"]}}
    rules: list[Obj] = [
        {"to": [peer], "ports": [{"port": 80, "protocol": "TCP"}]},
        {"ports": [{"port": 53, "protocol": "UDP"}]},
    ]
    policy = calling.policy(draw, caller, caller.namespace, egress=rules)
    draw.log(caller, calling.timeouts(draw, calling.host_of(draw, callee, caller)))
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), blocks(policy, str(callee.port)))


@situation("paths")
def policy_that_shuts_the_name_server_in(draw: Draw) -> Told:
    """The policy is over the name server's pods and lets in its own namespace alone."""
    dns = calling.name_server(draw)
    caller, callee = calling.pair(draw)
    policy = calling.policy(draw, draw.pick(dns, None), dns.namespace, ingress=[{"from": [{"podSelector": {}}]}])
    draw.log(caller, calling.no_dns_answer(draw, calling.host_of(draw, callee, caller)))
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), blocks(policy, "dns|53"))


@situation("paths")
def name_server_that_runs_out_of_memory(draw: Draw) -> Told:
    dns = calling.name_server(draw)
    workloads.break_app(dns, exit_code=137)
    for pod in dns.pods:
        pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"] = "OOMKilled"
    controllers.fresh(draw, dns)
    caller, callee = calling.pair(draw, apart=True)
    draw.log(caller, calling.no_dns_answer(draw, calling.host_of(draw, callee, caller)))
    expect = Expect(("cause",), ("cluster_dns_broken", "oom_killed"), says=("dns",), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), expect)


@situation("paths")
def run_of_a_job_that_a_policy_keeps_out(draw: Draw) -> Told:
    callee = draw.app()
    draw.bystanders(2)
    policy = calling.policy(draw, callee, callee.namespace, ingress=[calling.from_pods(role=draw.name())])
    host = f"{callee.service['metadata']['name']}.{callee.namespace}"
    lines = calling.timeouts(draw, host)
    subject = controllers.run(draw, callee.namespace, *lines[:4], cron=draw.pick(True, False), env={"TARGET": host})
    kind, _, name = subject.split("/")
    where = {"namespace": callee.namespace, kind.lower(): name}
    trigger = triggers.alertmanager("KubeJobFailed", where, {"summary": f"{name} failed"})
    return Told(draw.world(), trigger, blocks(policy))


@situation("paths")
def callee_named_in_a_mounted_file(draw: Draw) -> Told:
    """The log names nobody; the file that a ConfigMap puts into the container does."""
    caller, callee = calling.pair(draw)
    crash(draw, callee)
    host = calling.host_of(draw, callee, caller)
    name = f"{caller.name}-files"
    file = draw.pick(
        ("application.yaml", f"server:\n  port: 8080\nclients:\n  peer:\n    base-url: http://{host}:80\n"),
        ("app.properties", f"peer.timeout=2s\npeer.url=http://{host}/v1\n"),
        ("nginx.conf", f"location / {{\n  proxy_pass http://{host}:80;\n}}\n"),
    )
    draw.objects.append(
        {"kind": "ConfigMap", "metadata": objects.meta(name, caller.namespace, 900, {}), "data": dict([file])}
    )
    with_spec(caller, volumeMounts=[{"name": "files", "mountPath": "/etc/app"}])
    for one in (caller.deployment["spec"]["template"], caller.replica_set["spec"]["template"], *caller.pods):
        one["spec"]["volumes"] = [{"name": "files", "configMap": {"name": name}}]
    draw.log(caller, [draw.pick("ERROR upstream answered 503", 'level=error msg="bad gateway" status=502')] * 18)
    expect = Expect(("cause",), subjects=(callee.subject,), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, "its backend"), expect)


@situation("paths")
def callee_named_by_one_key_of_a_configuration(draw: Draw) -> Told:
    caller, callee = calling.pair(draw, apart=True)
    crash(draw, callee)
    name, key = f"{caller.name}-endpoints", draw.pick("peer", "backend.url", "TARGET")
    data = {key: f"http://{calling.host_of(draw, callee, caller)}", "other": "x"}
    draw.objects.append({"kind": "ConfigMap", "metadata": objects.meta(name, caller.namespace, 900, {}), "data": data})
    source = {"configMapKeyRef": {"name": name, "key": key}}
    with_spec(caller, env=[{"name": "PEER_URL", "valueFrom": source}])
    draw.log(caller, [draw.pick("ERROR upstream answered 503", "Error: Request failed with status code 502")] * 18)
    expect = Expect(("cause",), subjects=(callee.subject,), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, "its backend"), expect)


@situation("paths")
def plain_port_that_is_spoken_to_in_tls(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    host = calling.host_of(draw, callee, caller)
    line = draw.pick(
        f'ERROR Get "https://{host}:80/v1": http: server gave HTTP response to HTTPS client',
        f"Error: write EPROTO {host}:80 error:0A00010B:SSL routines::wrong version number",
        f"requests.exceptions.SSLError: HTTPSConnectionPool(host='{host}', port=80): SSLError(1, '[SSL: "
        "WRONG_VERSION_NUMBER] wrong version number')",
    )
    draw.log(caller, [line] * draw.number(10, 25))
    draw.chatter(callee)
    expect = Expect(("open", "cause"), says=(callee.name, "https|ssl|tls"), never=("polic",))
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), expect)


@situation("paths")
def mesh_whose_sides_do_not_agree(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    host = calling.host_of(draw, callee, caller)
    why = draw.pick(
        "TLS error: 268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER",
        "TLS error: 268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED",
    )
    line = (
        f"ERROR http://{host}/ 503 upstream connect error or disconnect/reset before headers. reset reason: connection "
        f"failure, transport failure reason: {why}"
    )
    draw.log(caller, [line] * draw.number(10, 25))
    expect = Expect(("open", "cause"), ("mesh_policy_blocks", "certificate_expired"), says=("tls|ssl",))
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), expect)


@situation("paths")
def callee_that_says_itself_why_it_is_slow(draw: Draw) -> Told:
    """The alarm is about the caller; what takes long stands in the callee's log."""
    caller, callee = calling.pair(draw)
    host, n = calling.host_of(draw, callee, caller), draw.pick(4.4, 6.2, 8.3)
    draw.log(caller, [f"INFO GET http://{host}/v1/items 200 in {int(n * 1000) + draw.number(5, 90)} ms"] * 20)
    draw.log(callee, ["INFO request", f"WARN slow query ({n}s): SELECT * FROM ledger WHERE owner = $1"] * 12)
    text = {"summary": draw.pick(f"p95 latency of {caller.name} is {n} s", f"{caller.name} is slow: {n}s")}
    trigger = triggers.alertmanager("HighLatency", workloads.labels(draw, caller), text)
    expect = Expect(("open", "cause"), says=(callee.name, "quer|select|ledger"))
    return Told(draw.world(), trigger, expect)


@situation("paths")
def callee_without_a_free_connection(draw: Draw) -> Told:
    """Nothing is refused by the network: the database in the cluster itself says no."""
    caller, base = calling.pair(draw)
    host = calling.host_of(draw, base, caller)
    line = draw.pick(
        f"FATAL: connection to server at {host} (10.96.3.4), port 5432 failed: FATAL: sorry, too many clients already",
        f"ERROR {host}: Error 1040: Too many connections",
        f"pq: sorry, too many clients already host={host}",
    )
    draw.log(caller, [line] * draw.number(10, 25))
    draw.chatter(base)
    expect = Expect(("open", "cause"), ("pool_exhausted", "database_degraded"), says=("too many",), never=("polic",))
    return Told(draw.world(), calling.complaint(draw, caller, base.name), expect)


@situation("paths")
def refusals_that_ended_with_a_restart_of_the_callee(draw: Draw) -> Told:
    """For a minute nobody answered; since then calls succeed again."""
    caller, callee = calling.pair(draw)
    host = calling.host_of(draw, callee, caller)
    bad = calling.refusals(draw, host)[:8]
    good = [f"INFO GET http://{host}/v1/items 200 in {draw.number(3, 20)} ms" for _ in range(90)]
    draw.log(caller, [*good[:10], *bad, *good[10:]], every=20)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), Expect(("open",)))
