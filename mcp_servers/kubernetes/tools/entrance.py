"""Tool `kubectl_entrance`: what the ingress controller says about the requests to a workload."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.bounds import untrusted
from mcp_servers.contract.facts import Answer, Coverage, Observation, Relation
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe import entrances as extract_entrances
from mcp_servers.kubernetes.observe import ingress_routes as extract_routes
from mcp_servers.kubernetes.observe import services as extract_services
from mcp_servers.kubernetes.observe import workloads as extract_workloads
from mcp_servers.kubernetes.observe.entrances import Entrance, Line
from mcp_servers.kubernetes.observe.traffic import services_of
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.log_runs import LogRequest
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists, compact, read
from mcp_servers.kubernetes.snapshot.workload_tree import CONTROLLERS, WorkloadTree, by_name, gather, top
from mcp_servers.kubernetes.tools.logs import KubernetesLogs
from mcp_servers.serving.cancellation import at_once
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.registry import read_tool

POD_LIMIT: Final = 3  # pods of the entrance
TAIL: Final = 2_000
BYTES: Final = 2_000_000
WINDOW: Final = 3_600  # seconds


class EntranceOf:
    def __init__(self, api: Api) -> None:
        self._api = api

    @read_tool("Requests at the Ingress")
    def kubectl_entrance(
        self,
        namespace: inputs.Namespace,
        name: inputs.LogNameOrAll = "",
        since_seconds: inputs.SinceSeconds = WINDOW,
        url: inputs.Url = "",
    ) -> Answer:
        """What the ingress controller's pods logged about requests to a workload: how many failed at the Ingress.

        `name` may be an Ingress; without one: all Services of the namespace. Pods may be ready while requests fail
        there. Without an Ingress, or if its controller runs outside the cluster, nothing can be read, and the answer
        says so. With a `url` it also tells if no rule of any Ingress takes that path of the host.
        """
        lists = read(self._api, namespace, (*CONTROLLERS, "Pod", "Service", "Ingress"), required=["Service"])
        assert lists.as_of is not None
        services = self._services(name, lists)
        entrances = extract_entrances.before(services, lists)
        relations = [r for one in entrances for r in self._leads(one, lists)]
        coverage = compact(lists.coverage)
        if not entrances:
            text = f"No Ingress routes to {namespace}/{name or '*'}."
            return Answer(text=text, as_of=lists.as_of, relations=relations, coverage=coverage)
        every = read(self._api, "", ("Pod", "Service", "Ingress", "IngressClass"), beside=True)
        entrances = [extract_entrances.recognizable(one, services, lists, every) for one in entrances]
        pods = extract_entrances.serving(entrances, every, every.by_namespace())
        lines, gaps = self._lines(pods[:POD_LIMIT], since_seconds or WINDOW)
        coverage += gaps or [_unread(entrances)] if not lines else gaps
        state, serving = self._controllers(entrances, pods)
        observations = [x for one in entrances if (x := self._observation(one, lists, lines)) is not None]
        no_route = extract_routes.observe(url, every.of("Ingress"), self._api.name) if every.has("Ingress") else None
        head = (
            f"{len(entrances)} Ingresses route to {namespace}/{name or '*'}; {len(pods)} ingress controller pods "
            "serve them."
        )
        sign_lines = [
            f"- {x.code} {x.attributes.get('count')} of {x.attributes.get('of')}: {untrusted(x.excerpt)}"
            for x in observations
        ]
        if no_route is not None:
            sign_lines.append(f"- No rule of the host takes the path of {untrusted(url)}.")
        return Answer(
            text="\n".join([f"{head} {len(lines)} lines read.", *sign_lines]),
            as_of=lists.as_of,
            data={
                "pods": [f"{o.meta(p).get('namespace', '')}/{o.name(p)}" for p in pods[:POD_LIMIT]],
                "lines": len(lines),
            },
            observations=[*observations, *([no_route] if no_route else []), *state],
            relations=[*relations, *serving],
            coverage=coverage,
        )

    def _controllers(self, entrances: list[Entrance], pods: list[Obj]) -> tuple[list[Observation], list[Relation]]:
        """Whether the workloads that serve the Ingresses serve at all."""
        names = {(str(o.meta(pod).get("namespace", "")), o.name(pod)) for pod in pods}
        trees: dict[str, WorkloadTree] = {}
        for place in sorted({place for place, _ in names}):
            lists = read(self._api, place, (*CONTROLLERS, "Pod"), beside=True)
            for pod in lists.of("Pod"):
                if (place, o.name(pod)) in names and lists.as_of is not None:
                    tree = gather(top(pod, lists), lists, self._api.name, lists.as_of)
                    trees.setdefault(tree.subject.short, tree)
        relations = [
            Relation(kind="served_by", source=o.subject(self._api.name, one.ingress), target=tree.subject)
            for one in entrances
            for tree in trees.values()
        ]
        return [x for tree in trees.values() for x in extract_workloads.observe(tree)], relations

    def _services(self, name: str, lists: Lists) -> list[Obj]:
        """The Service of that name, or those that select the pods of the workload of that name."""
        if not name:
            return lists.of("Service")
        there = lists.by_name("Service", name)
        if there is not None:
            return [there]
        workload = by_name(name, "", lists)
        if workload is None and (ingress := lists.by_name("Ingress", name)) is not None:
            return services_of(ingress, lists)
        if workload is None:
            raise TeachingError("not_found", f"Ingress of {name}", "no workload, pod or Service has that name.")
        assert lists.as_of is not None
        return extract_services.in_front_of(gather(top(workload, lists), lists, self._api.name, lists.as_of))

    def _leads(self, entrance: Entrance, lists: Lists) -> list[Relation]:
        services = [lists.by_name("Service", name) for name in entrance.services]
        source = o.subject(self._api.name, entrance.ingress)
        return [
            Relation(kind="routes_to", source=source, target=o.subject(self._api.name, one)) for one in services if one
        ]

    def _observation(self, entrance: Entrance, lists: Lists, lines: list[Line]) -> Observation | None:
        service = lists.by_name("Service", entrance.services[0])
        assert service is not None
        return extract_entrances.observe(entrance, o.subject(self._api.name, service), lines)

    def _lines(self, pods: list[Obj], since_seconds: int) -> tuple[list[Line], list[Coverage]]:
        query: dict[str, str | int] = {
            "tailLines": TAIL, "limitBytes": BYTES, "timestamps": "true", "sinceSeconds": since_seconds,
        }  # fmt: skip
        reader = KubernetesLogs(self._api)
        runs = [
            (str(o.meta(pod).get("namespace", "")), LogRequest(pod, str(container.get("name", "")), False))
            for pod in pods
            for kind, container in o.containers(pod)
            if kind == "containers"
        ]
        logs = at_once(lambda one: reader.read(one[0], one[1], query, ""), runs, POD_LIMIT)
        return [line for log in logs for line in log.lines], [
            x.coverage for x in logs if x.coverage.state != "complete"
        ]


def _unread(entrances: list[Entrance]) -> Coverage:
    names = ", ".join(o.name(one.ingress) for one in entrances)
    detail = "No ingress controller pod that serves it was found in the cluster, or it logged nothing."
    return Coverage(looked_at=f"the log of the controller of Ingress {names}", state="truncated", detail=detail)
