"""Repositories of several layouts around one workload; each says which file the change belongs into, or that none may
be changed because nothing in it says which environment is meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sre_agent.git.sources import ObjectName
from tests.git.workloads import Deployment, write

Layout = Callable[[Deployment], "Repository"]
LAYOUTS: dict[str, Layout] = {}


@dataclass
class Repository:
    """Texts by path, the object, and the path of the right file; empty where none is right."""

    files: dict[str, str]
    wanted: ObjectName
    right: str


def layout(make: Layout) -> Layout:
    LAYOUTS[make.__name__] = make
    return make


def target(one: Deployment, namespace: str = "", name: str = "", release: str = "") -> ObjectName:
    return ObjectName("Deployment", namespace or one.namespace, name or one.name, release)


def _service(one: Deployment) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": one.name},
        "spec": {"selector": {"app": one.name}},
    }


def _many(one: Deployment, *values: Any) -> str:
    return "---\n".join(write(value, one.chance) for value in values)


def kustomization(one: Deployment, **keys: Any) -> str:
    head = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    return write({**head, **keys}, one.chance)


@layout
def one_file_an_object(one: Deployment) -> Repository:
    other = one.bystander()
    return Repository(
        {
            f"k8s/{one.name}/deployment.yaml": write(one.manifest(namespace=one.namespace), one.chance),
            f"k8s/{one.name}/service.yaml": write(_service(one), one.chance),
            f"k8s/{other.name}/deployment.yaml": write(other.manifest(namespace=one.namespace), one.chance),
        },
        target(one),
        f"k8s/{one.name}/deployment.yaml",
    )


@layout
def all_in_one_file(one: Deployment) -> Repository:
    objects = [one.bystander().manifest(), _service(one), one.manifest(), one.bystander(2).manifest()]
    return Repository({"manifests/all.yaml": _many(one, *objects), "README.md": "x"}, target(one), "manifests/all.yaml")


@layout
def folder_an_environment(one: Deployment) -> Repository:
    files = {
        f"{place}/{one.name}.yaml": write(one.manifest(namespace=namespace), one.chance)
        for place, namespace in (("prod", one.namespace), ("staging", f"{one.namespace}-staging"))
    }
    return Repository(files, target(one), f"prod/{one.name}.yaml")


@layout
def environments_that_nothing_tells_apart(one: Deployment) -> Repository:
    files = {f"{place}/{one.name}.yaml": write(one.manifest(), one.chance) for place in ("prod", "staging")}
    return Repository(files, target(one), "")


@layout
def folders_that_flux_applies(one: Deployment) -> Repository:
    files = {f"apps/{place}/{one.name}.yaml": write(one.manifest(), one.chance) for place in ("prod", "staging")}
    for place, namespace in (("prod", one.namespace), ("staging", "staging")):
        files[f"clusters/{place}.yaml"] = write(
            {
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
                "kind": "Kustomization",
                "metadata": {"name": place, "namespace": "flux-system"},
                "spec": {"path": f"./apps/{place}", "targetNamespace": namespace, "prune": True},
            },
            one.chance,
        )
    return Repository(files, target(one), f"apps/prod/{one.name}.yaml")


def overlays(one: Deployment, of_prod: dict[str, Any], more: dict[str, str] | None = None) -> dict[str, str]:
    return {
        "base/deployment.yaml": write(one.manifest(), one.chance),
        "base/service.yaml": write(_service(one), one.chance),
        "base/kustomization.yaml": kustomization(one, resources=["deployment.yaml", "service.yaml"]),
        "overlays/prod/kustomization.yaml": kustomization(
            one, resources=["../../base"], namespace=one.namespace, **of_prod
        ),
        "overlays/staging/kustomization.yaml": kustomization(
            one, resources=["../../base"], namespace=f"{one.namespace}-staging"
        ),
        **(more or {}),
    }


@layout
def base_with_overlays(one: Deployment) -> Repository:
    """The base is everybody's: the change belongs into the overlay."""
    return Repository(overlays(one, {}), target(one), "overlays/prod/kustomization.yaml")


@layout
def overlay_with_images_and_replicas(one: Deployment) -> Repository:
    of_prod = {
        "images": [{"name": "sidecar", "newTag": "9"}, {"name": one.repository, "newTag": one.tag}],
        "replicas": [{"name": one.name, "count": one.replicas}],
    }
    return Repository(overlays(one, of_prod), target(one), "overlays/prod/kustomization.yaml")


def _patch(one: Deployment) -> dict[str, Any]:
    manifest = one.manifest()
    spec = {name: value for name, value in manifest["spec"].items() if name in ("replicas", "template")}
    return {**manifest, "metadata": {"name": one.name}, "spec": spec}


@layout
def overlay_with_a_patch_file(one: Deployment) -> Repository:
    more = {"overlays/prod/resources.yaml": write(_patch(one), one.chance)}
    way = {"patches": [{"path": "resources.yaml"}]} if one.number % 2 else {"patchesStrategicMerge": ["resources.yaml"]}
    return Repository(overlays(one, way, more), target(one), "overlays/prod/resources.yaml")


@layout
def overlay_with_an_inline_patch(one: Deployment) -> Repository:
    selector = {"kind": "Deployment", "name": one.name}
    text = write(_patch(one), one.chance)
    files = overlays(one, {}, {})
    files["overlays/prod/kustomization.yaml"] += (
        "patches:\n- target:\n    kind: Deployment\n    name: " + selector["name"] + "\n  patch: |-\n"
    ) + "".join(f"    {line}\n" if line else "\n" for line in text.rstrip().split("\n"))
    return Repository(files, target(one), "overlays/prod/kustomization.yaml")


@layout
def overlay_with_a_json_patch(one: Deployment) -> Repository:
    change = one.change()
    content: Any = one.manifest()
    pointer = ""
    for step in change.path:
        if step.startswith("["):
            at = next(n for n, item in enumerate(content) if item["name"] == step[1:-1])
            pointer, content = f"{pointer}/{at}", content[at]
        else:
            pointer, content = f"{pointer}/{step}", content[step]
    operations = [
        {"op": "add", "path": "/metadata/labels/tier", "value": "web"},
        {"op": "replace", "path": pointer, "value": change.before},
    ]
    more = {"overlays/prod/patch.yaml": write(operations, one.chance)}
    way = {"patches": [{"path": "patch.yaml", "target": {"kind": "Deployment", "name": one.name}}]}
    return Repository(overlays(one, way, more), target(one), "overlays/prod/patch.yaml")


@layout
def one_overlay_over_a_base(one: Deployment) -> Repository:
    """Nobody else uses the base."""
    files = overlays(one, {"namePrefix": "eu-"})
    del files["overlays/staging/kustomization.yaml"]
    return Repository(files, target(one, name=f"eu-{one.name}"), "base/deployment.yaml")


@layout
def three_layers(one: Deployment) -> Repository:
    files = overlays(one, {"images": [{"name": one.repository, "newTag": one.tag}]})
    files["regions/eu/kustomization.yaml"] = kustomization(one, resources=["../../overlays/prod"], nameSuffix="-eu")
    files["regions/us/kustomization.yaml"] = kustomization(
        one, resources=["../../overlays/prod"], nameSuffix="-us", replicas=[{"name": one.name, "count": one.replicas}]
    )
    return Repository(files, target(one, name=f"{one.name}-us"), "regions/us/kustomization.yaml")


TEMPLATE = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels:
    {{{{- include "chart.labels" . | nindent 4 }}}}
spec:
  {{{{- if not .Values.autoscaling.enabled }}}}
  replicas: {{{{ .Values.replicaCount }}}}
  {{{{- end }}}}
  selector:
    matchLabels:
      {{{{- include "chart.selectorLabels" . | nindent 6 }}}}
  template:
    metadata:
      {{{{- with .Values.podAnnotations }}}}
      annotations:
        {{{{- toYaml . | nindent 8 }}}}
      {{{{- end }}}}
      labels:
        {{{{- include "chart.selectorLabels" . | nindent 8 }}}}
    spec:
      containers:
        - name: {container}
          image: "{{{{ .Values.image.repository }}}}:{{{{ .Values.image.tag | default .Chart.AppVersion }}}}"
          imagePullPolicy: {{{{ .Values.image.pullPolicy }}}}
          command: {{{{- toYaml .Values.command | nindent 12 }}}}
          env:
            - name: LOG_LEVEL
              value: {{{{ .Values.logLevel | quote }}}}
            - name: DB_HOST
              value: {{{{ .Values.database.host | quote }}}}
          readinessProbe:
            httpGet:
              path: {{{{ .Values.probes.path | default "/ready" }}}}
              port: http
          resources:
            {{{{- toYaml .Values.resources | nindent 12 }}}}
      {{{{- with .Values.nodeSelector }}}}
      nodeSelector:
        {{{{- toYaml . | nindent 8 }}}}
      {{{{- end }}}}
"""


def values(one: Deployment) -> dict[str, Any]:
    container = one.manifest()["spec"]["template"]["spec"]["containers"][0]
    return {
        "replicaCount": one.replicas,
        "autoscaling": {"enabled": False},
        "image": {"repository": one.repository, "tag": one.tag, "pullPolicy": "IfNotPresent"},
        "command": container["command"],
        "logLevel": "info",
        "database": {"host": one.host, "port": 5432},
        "probes": {"path": "/ready"},
        "resources": container["resources"],
        "nodeSelector": {"pool": "general"},
    }


def chart(one: Deployment, folder: str, own_values: dict[str, Any], name: str = "") -> dict[str, str]:
    return {
        f"{folder}/Chart.yaml": f'apiVersion: v2\nname: {one.name}\nversion: 0.1.0\nappVersion: "{one.tag}"\n',
        f"{folder}/values.yaml": write(own_values, one.chance),
        f"{folder}/templates/deployment.yaml": TEMPLATE.format(
            name=name or '{{ include "chart.fullname" . }}', container=one.container
        ),
        f"{folder}/templates/service.yaml": "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n",
        f"{folder}/templates/_helpers.tpl": '{{- define "chart.labels" -}}\napp: x\n{{- end }}\n',
    }


@layout
def chart_with_its_own_values(one: Deployment) -> Repository:
    folder = f"charts/{one.name}"
    return Repository(chart(one, folder, values(one)), target(one, release=one.name), f"{folder}/values.yaml")


@layout
def chart_under_argo_with_an_environment(one: Deployment) -> Repository:
    folder, own = "chart", values(one)
    files = chart(one, folder, {**own, "image": {"repository": "x", "tag": "latest"}})
    for place, namespace in (("prod", one.namespace), ("staging", "staging")):
        files[f"chart/values-{place}.yaml"] = write(own, one.chance)
        files[f"argo/{place}.yaml"] = write(
            {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "Application",
                "metadata": {"name": f"{one.name}-{place}", "namespace": "argocd"},
                "spec": {
                    "destination": {"namespace": namespace, "server": "https://kubernetes.default.svc"},
                    "source": {
                        "path": folder,
                        "repoURL": "https://git.example/x",
                        "helm": {"releaseName": one.name, "valueFiles": ["values.yaml", f"values-{place}.yaml"]},
                    },
                },
            },
            one.chance,
        )
    return Repository(files, target(one, release=one.name), "chart/values-prod.yaml")


@layout
def chart_under_flux(one: Deployment) -> Repository:
    own = {"database": {"host": one.host}, "replicaCount": one.replicas, "image": {"tag": one.tag}}
    files = chart(one, "charts/app", {**values(one), "replicaCount": 1})
    for place, namespace in (("prod", one.namespace), ("dev", "dev")):
        files[f"releases/{place}.yaml"] = write(
            {
                "apiVersion": "helm.toolkit.fluxcd.io/v2",
                "kind": "HelmRelease",
                "metadata": {"name": one.name, "namespace": namespace},
                "spec": {"chart": {"spec": {"chart": "./charts/app"}}, "interval": "5m", "values": own},
            },
            one.chance,
        )
    return Repository(files, target(one, release=one.name), "releases/prod.yaml")


@layout
def chart_in_a_helmfile(one: Deployment) -> Repository:
    files = chart(one, "deploy/chart", values(one))
    files["deploy/prod.yaml"] = write({"image": {"tag": one.tag}, "resources": values(one)["resources"]}, one.chance)
    releases = [{"name": one.name, "namespace": one.namespace, "chart": "./chart", "values": ["prod.yaml"]}]
    files["deploy/helmfile.yaml"] = write({"releases": releases}, one.chance)
    right = "deploy/prod.yaml" if one.change_kind in ("tag", "memory") else "deploy/chart/values.yaml"
    return Repository(files, target(one, release=one.name), right)


@layout
def chart_with_two_workloads(one: Deployment) -> Repository:
    fullname = '{{ include "chart.fullname" . }}'
    files = chart(one, "chart", values(one), name=f"{fullname}-web")
    worker = TEMPLATE.format(name=f"{fullname}-worker", container="worker").replace(".Values.", ".Values.worker.")
    files["chart/templates/worker.yaml"] = worker
    return Repository(files, target(one, name=f"{one.name}-web", release=one.name), "chart/values.yaml")


@layout
def chart_that_computes_the_image(one: Deployment) -> Repository:
    """A helper of the chart makes the image's name: nothing is guessed. Other fields are looked up as usual."""
    files = chart(one, "chart", values(one))
    path = "chart/templates/deployment.yaml"
    start, end = files[path].index("image: "), files[path].index("          imagePullPolicy")
    files[path] = files[path][:start] + 'image: {{ include "chart.image" . }}\n' + files[path][end:]
    return Repository(files, target(one, release=one.name), "" if one.change_kind == "tag" else "chart/values.yaml")
