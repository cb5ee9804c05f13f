"""Layouts in which several ways of setting a value meet: what wins is where it is changed."""

from __future__ import annotations

from typing import Any

from tests.git.argo_layouts import application, application_set, source
from tests.git.flux_layouts import LOCAL, flux_kustomization, release
from tests.git.layouts import chart, kustomization, overlays, target, values
from tests.git.published import (
    Place,
    Published,
    blocks,
    in_manifest,
    in_values,
    of_values,
    other_values,
    publish,
)
from tests.git.workloads import Deployment, write


@publish
def values_of_an_environment_with_aliases(one: Deployment) -> Published:
    """What a name stands for is used in several places."""
    own = values(one)
    text = blocks({"common": {"tag": "TAG", "memory": "MEM"}, **own, "jobs": {"image": {"tag": "ALIAS"}}})
    text = text.replace("tag: TAG", f'tag: &version "{one.tag}"').replace("tag: ALIAS", "tag: *version")
    text = text.replace(f"tag: '{one.tag}'", "tag: *version").replace("memory: MEM", f"memory: &size {one.memory}")
    text = text.replace(f"    memory: {one.memory}\n", "    memory: *size\n")
    files = chart(one, "deploy", {**own, "image": {"repository": one.repository, "tag": "0"}})
    files["deploy/prod.yaml"] = text
    helm = {"releaseName": one.name, "valueFiles": ["prod.yaml"]}
    files["argo.yaml"] = blocks(application(one.name, one.namespace, source=source("deploy", helm=helm)))
    is_named = one.change_kind in ("tag", "memory")
    return Published(files, target(one, release=one.name), [] if is_named else [in_values(one, "deploy/prod.yaml")])


@publish
def parameters_over_an_object_of_values(one: Deployment) -> Published:
    own = values(one)
    parameters = [
        {"name": "replicaCount", "value": str(one.replicas)},
        {"name": "image.tag", "value": one.tag, "forceString": True},
        {"name": "nodeSelector.pool", "value": "general"},
    ]
    helm = {"releaseName": one.name, "valuesObject": {**own, "image": {**own["image"], "tag": "1"}}}
    manifest = application(one.name, one.namespace, sources=[source("c", helm={**helm, "parameters": parameters})])
    files = {**chart(one, "c", own), "a/x.yaml": write(manifest, one.chance)}
    under = ("spec", "sources", 0, "helm")
    places = {"replicas": 0, "tag": 1, "selector": 2}
    right = in_values(one, "a/x.yaml", *under, "valuesObject")
    if one.change_kind in places:
        keys = (*under, "parameters", places[one.change_kind], "value")
        right = Place("a/x.yaml", keys, str(of_values(one)))
    return Published(files, target(one, release=one.name), [right])


@publish
def image_of_another_name_at_the_cluster(one: Deployment) -> Published:
    """The manifest has a short name, the cluster the registry's."""
    manifest = one.manifest()
    manifest["spec"]["template"]["spec"]["containers"][0]["image"] = one.name
    operations = [{"op": "replace", "path": "/spec/replicas", "value": one.replicas}]
    files = {"app/d.yaml": write({**manifest, "spec": {**manifest["spec"], "replicas": 1}}, one.chance)}
    spec: dict[str, Any] = {
        "images": [{"name": one.name, "newName": one.repository, "newTag": one.tag}],
        "patches": [{"patch": blocks(operations), "target": {"kind": "Deployment", "name": one.name}}],
    }
    files["flux/prod.yaml"] = blocks(flux_kustomization("prod", "app", targetNamespace=one.namespace, **spec))
    right = in_manifest(one, "app/d.yaml")
    if one.change_kind == "tag":
        right = Place("flux/prod.yaml", ("spec", "images", 0, "newTag"), f"{one.tag}.1")
    if one.change_kind == "replicas":
        keys = ("spec", "patches", 0, "patch")
        right = Place("flux/prod.yaml", keys, one.replicas + 2, inside=(0, "value"))
    return Published(files, target(one), [right])


@publish
def short_form_of_images_with_a_new_name(one: Deployment) -> Published:
    settings = {"images": ["sidecar:9", f"{one.name}={one.repository}:{one.tag}"], "namePrefix": "eu-"}
    manifest = one.manifest()
    manifest["spec"]["template"]["spec"]["containers"][0]["image"] = f"{one.name}:dev"
    files = {
        "k/d.yaml": write(manifest, one.chance),
        "k/kustomization.yaml": kustomization(one, resources=["d.yaml"]),
        "argo.yaml": write(application("x", one.namespace, source=source("k", kustomize=settings)), one.chance),
    }
    right = in_manifest(one, "k/d.yaml")
    if one.change_kind == "tag":
        keys = ("spec", "source", "kustomize", "images", 1)
        right = Place("argo.yaml", keys, f"{one.name}={one.repository}:{one.tag}.1")
    return Published(files, target(one, name=f"eu-{one.name}"), [right])


@publish
def chart_of_a_kustomization_with_more_files(one: Deployment) -> Published:
    own = values(one)
    entry = {"name": "web", "releaseName": one.name, "valuesFile": "a.yaml", "additionalValuesFiles": ["b.yaml"]}
    files = chart(one, "prod/charts/web", own)
    files["prod/kustomization.yaml"] = kustomization(one, namespace=one.namespace, helmCharts=[entry])
    files["prod/a.yaml"] = write(own, one.chance)
    files["prod/b.yaml"] = write({"image": {"tag": one.tag}, "replicaCount": one.replicas}, one.chance)
    place = "prod/b.yaml" if one.change_kind in ("tag", "replicas") else "prod/a.yaml"
    return Published(files, target(one, release=one.name), [in_values(one, place)])


@publish
def config_map_of_values_within_a_kustomization(one: Deployment) -> Published:
    manifest = release(one.name, "", LOCAL, valuesFrom=[{"kind": "ConfigMap", "name": "v", "valuesKey": "prod"}])
    files = chart(one, "charts/app", {**values(one), "replicaCount": 1})
    for place, namespace in (("prod", one.namespace), ("dev", "dev")):
        own = values(one) if place == "prod" else other_values(one)
        config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "v"}, "data": {"prod": blocks(own)}}
        files[f"{place}/all.yaml"] = blocks(config, manifest)
        files[f"{place}/kustomization.yaml"] = kustomization(one, namespace=namespace, resources=["all.yaml"])
    right = Place("prod/all.yaml", ("data", "prod"), of_values(one), inside=in_values(one, "").keys)
    return Published(files, target(one, release=one.name), [right])


@publish
def children_of_a_chart_of_applications(one: Deployment) -> Published:
    """The Applications are templates, but only one overlay is there."""
    files = overlays(one, {})
    files["overlays/prod/kustomization.yaml"] = kustomization(one, resources=["../../base"])
    files["overlays/staging/kustomization.yaml"] = kustomization(one, resources=["../../base"])
    manifest = application("{{ .name }}", "{{ .namespace }}", source=source("overlays/{{ .env }}"))
    files["apps/templates/apps.yaml"] = "{{- range .Values.apps }}\n---\n" + blocks(manifest) + "{{- end }}\n"
    files["apps/Chart.yaml"] = "apiVersion: v2\nname: apps\nversion: 1.0.0\n"
    apps = [{"name": "a", "namespace": one.namespace, "env": "staging"}]
    files["apps/values.yaml"] = write({"apps": apps}, one.chance)
    del files["overlays/prod/kustomization.yaml" if one.number % 2 else "overlays/staging/kustomization.yaml"]
    return Published(files, target(one), [in_manifest(one, "base/deployment.yaml")], may_stay_open=True)


@publish
def canary_under_argo(one: Deployment) -> Published:
    files = overlays(one, {"images": [{"name": one.repository, "newTag": one.tag}]})
    files["overlays/canary/kustomization.yaml"] = kustomization(
        one, nameSuffix="-canary", resources=["../prod"], replicas=[{"name": one.name, "count": one.replicas}]
    )
    for place in ("prod", "canary"):
        manifest = application(f"{one.name}-{place}", one.namespace, source=source(f"overlays/{place}"))
        files[f"argo/{place}.yaml"] = write(manifest, one.chance)
    path = "overlays/canary/kustomization.yaml"
    right = Place(path)
    if one.change_kind == "replicas":
        right = Place(path, ("replicas", 0, "count"), one.replicas + 2)
    return Published(files, target(one, name=f"{one.name}-canary"), [right])


@publish
def value_that_stands_in_for_another(one: Deployment) -> Published:
    """The first that is set is taken: where none is, the other one is changed."""
    files = chart(one, "chart", {**values(one), "overrides": {"replicas": None}})
    text = files["chart/templates/deployment.yaml"]
    text = text.replace("{{ .Values.replicaCount }}", "{{ .Values.overrides.replicas | default .Values.replicaCount }}")
    way = "{{ .Values.overrides.host | default .Values.database.host | quote }}"
    files["chart/templates/deployment.yaml"] = text.replace("{{ .Values.database.host | quote }}", way)
    return Published(files, target(one, release=one.name), [in_values(one, "chart/values.yaml")])


@publish
def wrapper_of_a_chart_of_a_registry(one: Deployment) -> Published:
    """The values stand under the chart's name; how it uses them is not in Git. An old manifest lies about."""
    dependencies = [{"name": one.name, "version": "6.x", "repository": "https://charts.example"}]
    head = {"apiVersion": "v2", "name": "wrapper", "version": "0.1.0", "dependencies": dependencies}
    files = {"apps/web/Chart.yaml": write(head, one.chance)}
    files["apps/web/values.yaml"] = write({one.name: values(one)}, one.chance)
    files["old/web.yaml"] = write(one.manifest(), one.chance)
    manifest = application(one.name, one.namespace, source=source("apps/web"))
    files["argo/web.yaml"] = write(manifest, one.chance)
    right = [in_values(one, "apps/web/values.yaml", one.name)]
    return Published(files, target(one, release=one.name), right, may_stay_open=True)


@publish
def chart_at_the_top_beside_manifests(one: Deployment) -> Published:
    """The chart is the repository, and a folder of it is applied elsewhere."""
    files = {path.removeprefix("top/"): text for path, text in chart(one, "top", values(one)).items()}
    files[f"k8s/{one.name}.yaml"] = write(one.manifest(namespace=one.namespace), one.chance)
    right = [in_manifest(one, f"k8s/{one.name}.yaml")]
    return Published(files, target(one), right, may_stay_open=True)


@publish
def settings_of_a_set_for_all_that_it_makes(one: Deployment) -> Published:
    """The images stand in the set's template: a change there would be everybody's, one below would have no effect."""
    settings = {"images": [f"{one.repository}:{one.tag}"]}
    places = [{"env": "prod", "ns": one.namespace}, {"env": "staging", "ns": f"{one.namespace}-staging"}]
    way = source("overlays/{{env}}", kustomize=settings)
    manifest = application_set([{"list": {"elements": places}}], f"{one.name}-{{{{env}}}}", "{{ns}}", way)
    files = {**overlays(one, {}), "set.yaml": write(manifest, one.chance)}
    right = [] if one.change_kind == "tag" else [Place("overlays/prod/kustomization.yaml")]
    return Published(files, target(one), right)


@publish
def parameter_that_a_set_fills_in(one: Deployment) -> Published:
    """The value stands in the set's list, not where the parameter is given."""
    parameters = [{"name": "image.tag", "value": "{{version}}"}]
    helm = {"releaseName": one.name, "parameters": parameters}
    elements = [{"version": one.tag, "ns": one.namespace}]
    way = source("chart", helm=helm)
    manifest = application_set([{"list": {"elements": elements}}], one.name, "{{ns}}", way)
    files = {**chart(one, "chart", values(one)), "set.yaml": write(manifest, one.chance)}
    if one.change_kind == "tag":
        keys = ("spec", "generators", 0, "list", "elements", 0, "version")
        return Published(files, target(one, release=one.name), [Place("set.yaml", keys, f"{one.tag}.1")], True)
    return Published(files, target(one, release=one.name), [in_values(one, "chart/values.yaml")])
