"""The recorded calls of the official Python client, made against the lab."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import kubernetes
from kubernetes import client, dynamic, watch

from tests.clients.lab import REGISTRY, Lab
from tests.clients.recorded import commands

NAMESPACE = "pyprobe"


@dataclass(frozen=True)
class Returned:
    """`wanted` and `found` are (how it ended, the name of what came back or was raised)."""

    name: str
    wanted: tuple[int, str]
    found: tuple[int, str]

    @property
    def agrees(self) -> bool:
        return self.wanted == self.found


class Calls:
    """One method for each recorded call, by its label."""

    def __init__(self, api: client.ApiClient) -> None:
        self.core, self.apps = client.CoreV1Api(api), client.AppsV1Api(api)
        self._api = api

    def pod(self) -> str:
        return str(self.core.list_namespaced_pod(NAMESPACE).items[0].metadata.name)

    def by_label(self) -> dict[str, Callable[[], Any]]:
        core, apps = self.core, self.apps
        env = {"containers": [{"name": "web", "env": [{"name": "A", "value": "1"}]}]}
        review = {"resourceAttributes": {"verb": "get", "resource": "pods", "namespace": NAMESPACE}}
        access = client.AuthorizationV1Api(self._api)
        return {
            "version": lambda: client.VersionApi(self._api).get_code(),
            "create ns": lambda: core.create_namespace({"metadata": {"name": NAMESPACE}}),
            "create deploy": lambda: apps.create_namespaced_deployment(NAMESPACE, _deployment()),
            "list pods": lambda: core.list_namespaced_pod(NAMESPACE, label_selector="app=web", limit=1),
            "read pod": lambda: core.read_namespaced_pod(self.pod(), NAMESPACE),
            "log": lambda: core.read_namespaced_pod_log(self.pod(), NAMESPACE, tail_lines=3, timestamps=True),
            "log stream": self._log_lines,
            "exec": self._listed,
            "patch strategic": lambda: apps.patch_namespaced_deployment(
                "web", NAMESPACE, {"spec": {"template": {"spec": env}}}
            ),
            "patch json list": lambda: apps.patch_namespaced_deployment(
                "web", NAMESPACE, [{"op": "replace", "path": "/spec/replicas", "value": 3}]
            ),
            "patch scale": lambda: apps.patch_namespaced_deployment_scale("web", NAMESPACE, {"spec": {"replicas": 1}}),
            "read scale": lambda: apps.read_namespaced_deployment_scale("web", NAMESPACE),
            "replace": lambda: apps.replace_namespaced_deployment(
                "web", NAMESPACE, apps.read_namespaced_deployment("web", NAMESPACE)
            ),
            "events": lambda: core.list_namespaced_event(NAMESPACE, field_selector="involvedObject.name=web"),
            "events v1": lambda: client.EventsV1Api(self._api).list_namespaced_event(NAMESPACE),
            "watch": self._watched,
            "evict": lambda: core.create_namespaced_pod_eviction(self.pod(), NAMESPACE, self._eviction()),
            "metrics custom objects": lambda: client.CustomObjectsApi(self._api).list_namespaced_custom_object(
                "metrics.k8s.io", "v1beta1", NAMESPACE, "pods"
            ),
            "self access review": lambda: access.create_self_subject_access_review({"spec": review}),
            "dynamic": self._dynamic,
            "delete pod": lambda: core.delete_namespaced_pod(self.pod(), NAMESPACE),
            "delete deploy": lambda: apps.delete_namespaced_deployment(
                "web", NAMESPACE, propagation_policy="Foreground"
            ),
            "delete collection": lambda: core.delete_collection_namespaced_pod(NAMESPACE),
            "404": lambda: core.read_namespaced_pod("nosuch", NAMESPACE),
            "delete ns": lambda: core.delete_namespace(NAMESPACE),
        }

    def _log_lines(self) -> list[str]:
        answer = self.core.read_namespaced_pod_log(self.pod(), NAMESPACE, follow=False, _preload_content=False)
        return list(str(answer.data, "utf-8").splitlines())

    def _listed(self) -> Any:
        call = self.core.connect_get_namespaced_pod_exec
        session = kubernetes.stream.stream(
            call, self.pod(), NAMESPACE, command=["ls", "/"], stdout=True, stderr=True, _preload_content=False
        )
        session.run_forever(timeout=10)
        output = session.read_all()
        session.sock.shutdown()
        return output

    def _watched(self) -> None:
        for _ in watch.Watch().stream(self.core.list_namespaced_pod, NAMESPACE, timeout_seconds=1):
            time.sleep(0)

    def _eviction(self) -> client.V1Eviction:
        return client.V1Eviction(metadata=client.V1ObjectMeta(name=self.pod()))

    def _dynamic(self) -> Any:
        deployments = dynamic.DynamicClient(self._api).resources.get(api_version="apps/v1", kind="Deployment")
        return deployments.get(name="web", namespace=NAMESPACE)


def replay(lab: Lab) -> list[Returned]:
    """Each recorded call in its order, with what it returned then and now."""
    configuration = client.Configuration(host=lab.url)
    configuration.retries = False
    results = []
    with client.ApiClient(configuration) as api:
        calls = Calls(api).by_label()
        for row in commands("python-client"):
            label = row.command.removeprefix("python ")
            lab.later(3)
            results.append(Returned(label, _outcome_of(row.code, row.output), _outcome(calls[label])))
    return results


def _outcome_of(code: int, output: str) -> tuple[int, str]:
    """`<class 'a.b.V1Pod'>` is V1Pod, `ApiException()` is ApiException."""
    return code, output.strip().removeprefix("<class '").removesuffix("'>").rpartition(".")[2].partition("(")[0]


def _outcome(call: Callable[[], Any]) -> tuple[int, str]:
    try:
        result = call()
        # Older clients put whatever a deletion answers into the type that was declared, newer ones leave it a dict.
        return 0, "V1Status" if isinstance(result, dict) else type(result).__name__
    except client.ApiException:
        return 1, "ApiException"
    except ValueError:  # what the client's models raise about an object that they do not expect
        return 1, "ValueError"


def _deployment() -> dict[str, Any]:
    container = {"name": "web", "image": f"{REGISTRY}/storefront:1.8.0"}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}
