"""The sweep of a cluster: what it finds of a linter's fixtures, and how long it needs for many pods."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from sre_lab.process import LabProcess, start_lab
from tests.bench.crowd import document
from tests.bench.figures import Figure, peak_megabytes
from tests.bench.suites import document as read
from tests.bench.suites import suite
from tests.server_kubernetes.reading_lab import asked

NODES, WORKLOADS, PODS = 500, 2_000, 10_000
STYLE = {*range(100, 114), *range(206, 209), *range(300, 304), 400, *range(500, 509)}
SICK = (501, 507, 508)  # of the range that is called sizing these are failures
OWN_ERROR = 666  # the linter could not read the object
UNCOVERED = 1204  # that no NetworkPolicy is about a pod: the linter takes an empty pod selector for none
Obj = dict[str, Any]

# Which of our codes says what a linter's code says.
SAME: dict[int, tuple[str, ...]] = {
    200: ("deletion.stuck",), 201: ("deletion.stuck",), 202: ("pod.not_ready", "container."),
    203: ("pod.not_ready", "container."), 204: ("pod.not_ready",), 205: ("container.",), 209: ("budget.overlap",),
    304: ("reference.missing",), 305: ("reference.missing",), 307: ("reference.missing",),
    308: ("hygiene.default_account",), 407: ("reference.missing",), 501: ("workload.unavailable",),
    507: ("reference.missing",), 508: ("selector.takes_nothing",), 600: ("reference.missing",),
    700: ("node.closed",), 701: ("node.condition",), 702: ("node.not_ready",), 704: ("node.pressure",),
    705: ("node.pressure",), 706: ("node.pressure",), 707: ("node.condition",), 711: ("node.closed",),
    800: ("deletion.stuck",), 900: ("selector.takes_nothing",), 1000: ("volume.unused",), 1001: ("volume.unused",),
    1002: ("volume.failed",), 1003: ("volume.claim_pending",), 1004: ("volume.claim_lost",),
    1100: ("service.selects_nothing",), 1105: ("service.no_endpoints",), 1106: ("service.port_mismatch",),
    1109: ("hygiene.single_endpoint",), 1110: ("service.no_endpoints",), 1120: ("workload.unavailable",),
    1200: ("selector.takes_nothing",), 1201: ("hygiene.policy_one_sided",), 1202: ("hygiene.policy_one_sided",),
    1203: ("hygiene.policy_one_sided",), 1204: ("hygiene.no_policy",), 1206: ("hygiene.policy_one_sided",),
    1207: ("hygiene.policy_one_sided",), 1208: ("hygiene.policy_one_sided",), 1300: ("reference.missing",),
    1400: ("ingress.port_error",), 1401: ("reference.missing",), 1402: ("reference.missing",),
    1500: ("hygiene.suspended",), 1502: ("cronjob.never_succeeded",),
}  # fmt: skip
KINDS = {
    "dp": "Deployment", "sts": "StatefulSet", "ds": "DaemonSet", "rs": "ReplicaSet", "pod": "Pod", "svc": "Service",
    "pvc": "PersistentVolumeClaim", "pv": "PersistentVolume", "no": "Node", "node": "Node", "ns": "Namespace",
    "hpa": "HorizontalPodAutoscaler", "pdb": "PodDisruptionBudget", "np": "NetworkPolicy", "ing": "Ingress",
    "sa": "ServiceAccount", "rb": "RoleBinding", "rob": "RoleBinding", "crb": "ClusterRoleBinding", "job": "Job",
    "cj": "CronJob", "cjob": "CronJob", "cm": "ConfigMap", "sec": "Secret", "cr": "ClusterRole", "ro": "Role",
}  # fmt: skip


def figures() -> Iterator[Figure]:
    yield from _findings()
    yield from _fast()


def _findings() -> Iterator[Figure]:
    folder = suite("popeye")
    if folder is None:
        return
    groups: dict[tuple[str, ...], list[Obj]] = defaultdict(list)
    for finding in read(folder / "expected.open.json"):
        if finding["code"] not in STYLE or finding["code"] in SICK:
            groups[tuple(finding["fixtures"])].append(finding)
    hits: list[tuple[bool, bool]] = []  # for each finding: whether triage tells it, whether the linter misread there
    for fixtures, findings in groups.items():
        swept = asyncio.run(_triage([obj for name in fixtures for obj in _objects(folder / name)]))
        hits += [(any(_says(x, finding) for x in swept), _is_misread(finding, folder)) for finding in findings]
    read_well = [hit for hit, misread in hits if not misread]
    what = "of the popeye suite's findings that are neither style nor sizing"
    literal = f"triage: {len(hits)} {what}, with {OWN_ERROR} (it cannot read the object) and {UNCOVERED} as it has them"
    yield Figure(f"{literal}; for information", _percent([hit for hit, _ in hits]), "%", 0, "≥")
    sound = f"triage: {len(read_well)} {what}, without {OWN_ERROR} and without {UNCOVERED} where an empty podSelector"
    yield Figure(f"{sound} takes all pods", _percent(read_well), "%", 85, "≥")


def _percent(hits: list[bool]) -> float:
    return 100 * sum(hits) / len(hits)


def _is_misread(finding: Obj, folder: Path) -> bool:
    """Whether the linter tells of itself, or says that no policy is about a pod though one is about every pod of its
    namespace."""
    if finding["code"] == OWN_ERROR:
        return True
    if finding["code"] != UNCOVERED:
        return False
    namespace = finding["object"].partition("/")[0]
    policies = [
        obj for name in finding["fixtures"] for obj in _objects(folder / name) if obj["kind"] == "NetworkPolicy"
    ]
    return any(p["metadata"]["namespace"] == namespace and not p["spec"]["podSelector"] for p in policies)


def _says(x: Obj, finding: Obj) -> bool:
    subject = f"{KINDS.get(finding['kind'], '')}/{finding['object']}"
    return str(x["subject"]).partition("|")[2] == subject and str(x["code"]).startswith(SAME.get(finding["code"], "?"))


def _objects(path: Path) -> list[Obj]:
    whole = [part for part in yaml.safe_load_all(path.read_text(encoding="utf-8")) if part]
    return [obj for part in whole for obj in part.get("items", [part])]


async def _triage(objects: list[Obj]) -> list[Obj]:
    """Every observation of a triage of a cluster that holds exactly these objects."""
    objects_it_reads = [obj for obj in objects if obj.get("kind") in (*KINDS.values(), "Endpoints")]
    with tempfile.TemporaryDirectory() as folder:
        async with asked(Path(folder), *objects_it_reads) as ask:
            return (await _swept(ask.client, {"hygiene": True}))[0]


def _fast() -> Iterator[Figure]:
    whole = document(nodes=NODES, deployments=WORKLOADS, replicas=PODS // WORKLOADS, history="2m")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "crowd.yaml").write_text(yaml.safe_dump(whole))
        with start_lab(folder / "crowd.yaml", follow_wall=False, folder=folder, patience=300.0) as lab:
            kubeconfig = str(lab.endpoints.kubeconfig)
            seconds, memory, longest = _time_triage(kubeconfig)
            length = asyncio.run(_listing(kubeconfig))
            whole_seconds, whole_memory = _whole_sweep(lab, folder)
    yield Figure(f"triage of {PODS} pods and {WORKLOADS} workloads", seconds, "s", 5)
    yield Figure("of it, the server's memory at the most", memory, "MB", 300)
    yield Figure("its longest answer", longest, "characters", 24_000)
    yield Figure(f"sre-agent sweep of {PODS} pods, all checks, from the command line", whole_seconds, "s", 10)
    yield Figure("of it, the largest process's memory at the most", whole_memory, "MB", 500)
    yield Figure(f"kubectl_get of all {PODS} pods: characters of text", length, "characters", 8_000)


def _whole_sweep(lab: LabProcess, folder: Path) -> tuple[float, float]:
    """(seconds, megabytes of the largest of its processes) of the command line and the servers that it starts."""
    ends = lab.endpoints
    where = ["--kubeconfig", str(ends.kubeconfig), "--aws-endpoint-url", ends.aws, "--aws-region", ends.region]
    command = [sys.executable, "-c", "from sre_agent.cli.entry import run; run()", "sweep", "--json", *where]
    keys = {"AWS_ACCESS_KEY_ID": "lab", "AWS_SECRET_ACCESS_KEY": "lab"}
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, env=os.environ | keys) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3, 5):  # what could not run is no fast sweep
        raise RuntimeError(f"the sweep ended with {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def _time_triage(kubeconfig: str) -> tuple[float, float, int]:
    """(seconds, peak megabytes of the server, characters of the longest answer) over streamable HTTP."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "mcp_servers.kubernetes", "--kubeconfig", kubeconfig]
    with subprocess.Popen([*command, "--transport", "http", "--port", port]) as server:
        try:
            _wait(int(port))
            started = time.perf_counter()
            _, longest = asyncio.run(_over_http(f"http://127.0.0.1:{port}/mcp"))
            seconds = time.perf_counter() - started
            return seconds, peak_megabytes(server.pid), longest
        finally:
            server.terminate()


async def _over_http(url: str) -> tuple[list[Obj], int]:
    async with Client(url) as client:
        return await _swept(client, {})


async def _listing(kubeconfig: str) -> int:
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "mcp_servers.kubernetes", "--kubeconfig", kubeconfig]
    )
    async with Client(server) as client:
        result = await client.call_tool("kubectl_get", {"kind": "Pod"})
        return len(str(getattr(result.content[0], "text", "")))


def _wait(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server did not come up")


async def _swept(client: Client, arguments: Obj) -> tuple[list[Obj], int]:
    """(the observations of all pages, the characters of the longest answer as JSON)."""
    observations: list[Obj] = []
    longest, cursor = 0, ""
    while True:
        result = await client.call_tool("kubectl_triage", {**arguments, "cursor": cursor})
        assert isinstance(result.structured_content, dict) and not result.is_error, result.content
        observations += result.structured_content["observations"]
        longest = max(longest, len(json.dumps(result.structured_content)))
        if not (cursor := result.structured_content["data"]["cursor"]):
            return observations, longest
