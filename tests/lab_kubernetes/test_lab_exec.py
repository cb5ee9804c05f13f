"""Commands inside of containers: what they print follows from the container's facts; clients learn how they end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import kubernetes
import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from sre_lab.scenario import ImageProfile
from tests.lab_kubernetes.served_cluster import Served, need_kubectl, stamp

Obj = dict[str, Any]
IMAGE = "registry.example.com/shop/web:1.0"
POD = "web-6d4f-aaaaa"


@pytest.fixture(autouse=True)
def kubectl_is_there() -> None:
    need_kubectl()


def execute(server: Served, *words: str, stdin: str = "", pod: str = POD) -> tuple[int, str]:
    options = ["-i"] if stdin else []
    return server.kubectl("exec", *options, pod, "--", *words, stdin=stdin)


@contextmanager
def session(
    server: Served, *words: str, protocol: str = "v5.channel.k8s.io", stdin: bool = False
) -> Iterator[ClientConnection]:
    query = urlencode([("command", w) for w in words] + [("stdout", "1"), ("stderr", "1"), ("stdin", str(stdin))])
    url = f"{server.url}/api/v1/namespaces/shop/pods/{POD}/exec?{query}".replace("http:", "ws:")
    with connect(url, subprotocols=[Subprotocol(protocol)], proxy=None) as socket:
        yield socket


def end(socket: ClientConnection) -> tuple[str, Obj]:
    """(output and errors as they came, the Status)"""
    output, status = b"", {}
    for frame in socket:
        assert isinstance(frame, bytes)
        if frame[0] == 3:
            status = json.loads(frame[1:])
        else:
            output += frame[1:]
    return output.decode(), status


def run(server: Served, *words: str) -> str:
    with session(server, *words) as socket:
        return end(socket)[0]


def exit_code(status: Obj) -> int:
    return 0 if status["status"] == "Success" else int(status["details"]["causes"][0]["message"])


def image(server: Served, **facts: Any) -> None:
    server.on_loop(lambda: server.world.images.update({IMAGE: ImageProfile(**facts)}))


def endpoints(server: Served, *pods: str) -> None:
    addresses = [{"ip": "10.244.1.5", "targetRef": {"kind": "Pod", "name": pod}} for pod in pods]
    subsets = [{"addresses": addresses, "ports": [{"name": "http", "port": 8080}]}] if pods else []
    server.put({"kind": "Endpoints", "metadata": {"name": "web", "namespace": "shop"}, "subsets": subsets})


def test_files_of_the_image_and_of_mounts_are_there_to_read(server: Served) -> None:
    image(server, files={"/app/version": "1.0\n"})
    server.put({"kind": "ConfigMap", "metadata": {"name": "cfg", "namespace": "shop"}, "data": {"mode": "safe"}})
    pod = server.get("Pod", POD)
    mount = {"name": "cfg", "mountPath": "/etc/cfg"}
    spec = {
        **pod["spec"],
        "volumes": [{"name": "cfg", "configMap": {"name": "cfg"}}],
        "containers": [{**pod["spec"]["containers"][0], "volumeMounts": [mount]}],
    }
    server.put({**pod, "spec": spec})
    assert execute(server, "ls", "/") == (0, "app\nbin\ndev\netc\nproc\nsys\ntmp\nvar\n")
    assert execute(server, "cat", "/app/version", "/etc/cfg/mode") == (0, "1.0\nsafe")
    code, out = execute(server, "cat", "/etc/cfg/other")
    assert code == 1 and "cat: can't open '/etc/cfg/other': No such file or directory" in out


def test_an_exit_status_reaches_the_client(server: Served) -> None:
    code, out = execute(server, "sh", "-c", "echo out; echo err >&2; exit 3")
    assert code == 3
    assert out.splitlines()[:2] == ["out", "err"] and "command terminated with exit code 3" in out


def test_a_program_that_the_image_does_not_contain_is_refused_in_the_words_of_the_runtime(server: Served) -> None:
    image(server, without=["*"])
    code, out = execute(server, "sh", "-c", "ls")
    assert code == 1
    assert "Internal error occurred: error executing command in container: failed to exec in container" in out
    assert 'unable to start container process: exec: "sh": executable file not found in $PATH: unknown' in out


def test_input_is_passed_on_and_files_are_copied_both_ways(server: Served, tmp_path: Any) -> None:
    assert execute(server, "cat", stdin="one\ntwo\n") == (0, "one\ntwo\n")
    (tmp_path / "note").write_text("kept")
    assert server.kubectl("cp", str(tmp_path / "note"), f"{POD}:/tmp/note")[0] == 0
    assert execute(server, "cat", "/tmp/note") == (0, "kept")
    assert server.kubectl("cp", f"{POD}:/tmp/note", str(tmp_path / "back"))[0] == 0
    assert (tmp_path / "back").read_text() == "kept"


def test_a_container_that_does_not_run_cannot_be_entered(server: Served) -> None:
    code, out = execute(server, "ls", pod="web-6d4f-bbbbb")
    assert code == 1 and 'unable to upgrade connection: container not found ("web")' in out
    code, out = server.kubectl("attach", "web-6d4f-bbbbb")
    assert code == 1 and "container web not found in pod web-6d4f-bbbbb_shop" in out
    assert 'pods "nope" not found' in execute(server, "ls", pod="nope")[1]


def test_a_service_answers_from_inside_as_its_endpoints_and_images_are(server: Served) -> None:
    endpoints(server, POD)
    assert run(server, "wget", "-qO-", "http://web/") == "OK\n"
    assert run(server, "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "http://web.shop.svc/") == "200"
    image(server, probes={"/ready": [{"at": "0s", "status": 503}]})
    assert "server returned error: HTTP/1.1 503 Service Unavailable" in run(server, "wget", "web/ready")
    image(server, serves=False)
    assert "Connection refused" in run(server, "wget", "-qO-", "http://web/")
    image(server)
    endpoints(server)
    assert "can't connect to remote host" in run(server, "wget", "-qO-", "http://web/")
    assert "curl: (6) Could not resolve host: nowhere" in run(server, "curl", "http://nowhere/")


def test_curl_tells_what_it_does_when_it_is_asked_to(server: Served) -> None:
    address = server.get("Service", "web")["spec"]["clusterIP"]
    endpoints(server, POD)
    result = run(server, "curl", "-v", "http://web/ready")
    assert f"*   Trying {address}:80...\n* Connected to web ({address}) port 80\n> GET /ready HTTP/1.1\n" in result
    assert "< HTTP/1.1 200 OK\n" in result
    endpoints(server)
    result = run(server, "curl", "-sv", "http://web/")
    assert f"* connect to {address} port 80 failed: Connection refused\n" in result


def test_a_network_policy_leaves_a_client_waiting(server: Served) -> None:
    other = server.get("Pod", "web-6d4f-bbbbb") or {}
    endpoints(server, "web-6d4f-bbbbb")
    status = {**other["status"], "podIP": "10.244.1.6"}
    status["containerStatuses"] = [{"name": "web", "ready": True, "state": {"running": {"startedAt": stamp(60)}}}]
    server.put({**other, "status": status})
    assert run(server, "wget", "-qO-", "-T", "5", "http://web/") == "OK\n"
    closed = {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]}
    server.put({"kind": "NetworkPolicy", "metadata": {"name": "closed", "namespace": "shop"}, "spec": closed})
    with session(server, "sh", "-c", "echo asking; wget -qO- -T 5 http://web/") as socket:
        assert socket.recv(timeout=60) == b"\x01asking\n"
        server.on_loop(lambda: server.world.clock.advance(5))
        assert end(socket)[0] == "wget: download timed out\n"


def test_names_are_resolved_by_the_search_domains_of_the_pod(server: Served) -> None:
    result = run(server, "nslookup", "web")
    address = server.get("Service", "web")["spec"]["clusterIP"]
    assert f"Name:\tweb.shop.svc.cluster.local\nAddress: {address}\n" in result
    assert "can't find web.other: NXDOMAIN" in run(server, "nslookup", "web.other")
    assert run(server, "getent", "hosts", "web").split() == [address, "web.shop.svc.cluster.local"]
    assert execute(server, "getent", "hosts", "web.other")[0] == 2
    assert run(server, "dig", "+short", "web.shop.svc.cluster.local") == f"{address}\n"
    assert run(server, "dig", "+short", "web") == ""  # dig leaves the search list alone
    assert run(server, "dig", "+search", "+short", "web") == f"{address}\n"
    assert "status: NXDOMAIN" in run(server, "dig", "web")


def test_services_that_were_there_first_are_variables(server: Served) -> None:
    result = dict(line.split("=", 1) for line in run(server, "env").splitlines())
    address = server.get("Service", "web")["spec"]["clusterIP"]
    assert (result["KUBERNETES_SERVICE_HOST"], result["KUBERNETES_SERVICE_PORT"]) == ("10.96.0.1", "443")
    assert (result["WEB_SERVICE_HOST"], result["WEB_SERVICE_PORT"]) == (address, "80")
    assert result["WEB_PORT_80_TCP_ADDR"] == address
    pod = server.get("Pod", POD)
    server.put({**pod, "spec": {**pod["spec"], "enableServiceLinks": False}})
    assert "WEB_SERVICE_HOST" not in run(server, "env")


def test_disks_are_as_large_as_the_machine_and_the_claims_are(server: Served) -> None:
    bound = {"phase": "Bound", "capacity": {"storage": "5Gi"}}
    claim = {"kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "shop"}, "status": bound}
    server.put({**claim, "spec": {"volumeName": "pv-1"}})
    pod = server.get("Pod", POD)
    mount = {"name": "data", "mountPath": "/data"}
    containers = [{**pod["spec"]["containers"][0], "volumeMounts": [mount]}]
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    server.put({**pod, "spec": {**pod["spec"], "containers": containers, "volumes": volumes, "nodeName": "worker-1"}})
    rows = [line.split() for line in run(server, "df", "-h").splitlines()]
    assert rows[1] == ["overlay", "100.0G", "12.0G", "88.0G", "12%", "/"]
    assert rows[2] == ["/dev/disk/pv-1", "5.0G", "-", "-", "-", "/data"]


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("A=1; echo $A ${B:-two} '$A' \"<$A>\"", "1 two $A <1>\n"),
        ("false || echo no && echo yes", "no\nyes\n"),
        ("env | grep -c ^HOSTNAME=", "1\n"),
        ("echo kept > /tmp/f; cat < /tmp/f | wc -l", "1\n"),
        ("echo it is $(hostname)", f"it is {POD}\n"),
        ("nope 2>/dev/null; echo $?", "127\n"),
        ("printf x", "sh: printf: not found\n"),
        ("for x in 1; do echo; done", "sh: syntax error: the lab's shell has no 'for', only plain commands\n"),
    ],
)
def test_the_shell_knows_lines_as_people_type_them(server: Served, line: str, output: str) -> None:
    assert run(server, "sh", "-c", line) == output


def test_a_command_sees_the_environment_the_user_and_the_time_of_its_container(server: Served) -> None:
    out = run(server, "sh", "-c", "hostname; hostname -i; id -u; date -u +%s; ps | tail -n 2 | head -n 1")
    assert out.splitlines()[:4] == [POD, "10.244.1.5", "0", "1790000000"]
    assert out.splitlines()[4].split() == ["1", "root", "0:00", "/web"]


def test_a_waiting_command_ends_with_its_container(server: Served) -> None:
    with session(server, "sh", "-c", "echo here; sleep 1000") as socket:
        assert socket.recv(timeout=60) == b"\x01here\n"
        pod = server.get("Pod", POD)
        finished = {"name": "web", "restartCount": 0, "state": {"terminated": {"exitCode": 0, "finishedAt": stamp(0)}}}
        server.put({**pod, "status": {**pod["status"], "containerStatuses": [finished]}})
        assert exit_code(end(socket)[1]) == 137


def test_waiting_takes_the_time_of_the_lab_and_not_of_the_wall(server: Served) -> None:
    with session(server, "sh", "-c", "echo here; sleep 1h; date -u +%s") as socket:
        assert socket.recv(timeout=60) == b"\x01here\n"
        server.on_loop(lambda: server.world.clock.advance(3600))
        assert end(socket) == ("1790003600\n", {"metadata": {}, "status": "Success"})


def test_the_older_protocol_without_a_close_of_the_input_is_spoken_too(server: Served) -> None:
    with session(server, "sh", "-c", "exit 4", protocol="v4.channel.k8s.io") as socket:
        assert socket.subprotocol == "v4.channel.k8s.io"
        assert exit_code(end(socket)[1]) == 4


def test_the_end_of_the_input_is_a_frame_of_its_own(server: Served) -> None:
    with session(server, "sort", stdin=True) as socket:
        socket.send(b"\x00b\na\n")
        socket.send(b"\xff\x00")
        assert end(socket)[0] == "a\nb\n"


def test_the_python_client_reads_the_output_of_a_command(server: Served) -> None:
    with server.client() as client:
        core = kubernetes.client.CoreV1Api(client)
        session = kubernetes.stream.stream(
            core.connect_get_namespaced_pod_exec, POD, "shop", command=["hostname"], stdout=True, _preload_content=False
        )
        session.run_forever(timeout=60)
        assert (session.read_stdout(), session.returncode) == (f"{POD}\n", 0)
        session.sock.shutdown()  # the client leaves it open when the server closed first
