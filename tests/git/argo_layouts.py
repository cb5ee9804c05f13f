"""Repositories that Argo CD applies: Applications of every form, ApplicationSets, an app of apps."""

from __future__ import annotations

import json
from typing import Any

from tests.git.layouts import chart, kustomization, overlays, target, values
from tests.git.published import Place, Published, blocks, in_manifest, in_values, of_values, other_values, publish
from tests.git.workloads import Deployment, write

REPOSITORY = "https://git.example/acme/deploy"


def application(name: str, namespace: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {
            "project": "default",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": namespace},
            **spec,
        },
    }


def source(path: str, **more: Any) -> dict[str, Any]:
    return {"repoURL": REPOSITORY, "targetRevision": "HEAD", "path": path, **more}


def application_set(generators: list[dict[str, Any]], name: str, namespace: str, of_template: Any) -> dict[str, Any]:
    template = application(name, namespace, source=of_template)
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": {"name": "apps", "namespace": "argocd"},
        "spec": {"generators": generators, "template": {"metadata": {"name": name}, "spec": template["spec"]}},
    }


@publish
def set_with_a_list_of_environments(one: Deployment) -> Published:
    elements = [{"env": "staging", "ns": f"{one.namespace}-stg"}, {"env": "prod", "ns": one.namespace}]
    way = source("charts/app", helm={"releaseName": one.name, "valueFiles": ["values.yaml", "env/{{env}}.yaml"]})
    files = chart(one, "charts/app", {**values(one), "image": {"repository": one.repository, "tag": "dev"}})
    files["charts/app/env/prod.yaml"] = write(values(one), one.chance)
    files["charts/app/env/staging.yaml"] = write(other_values(one), one.chance)
    manifest = application_set([{"list": {"elements": elements}}], f"{one.name}-{{{{env}}}}", "{{ns}}", way)
    files["argocd/apps.yaml"] = write(manifest, one.chance)
    return Published(files, target(one, release=one.name), [in_values(one, "charts/app/env/prod.yaml")])


@publish
def set_with_folders_of_git(one: Deployment) -> Published:
    manifest = application_set(
        [{"git": {"repoURL": REPOSITORY, "revision": "HEAD", "directories": [{"path": "apps/*"}]}}],
        "{{path.basename}}", "{{path.basename}}", source("{{path}}"),
    )  # fmt: skip
    files = {"bootstrap/set.yaml": write(manifest, one.chance)}
    for place in (one.namespace, "sandbox", "training"):
        files[f"apps/{place}/{one.name}.yaml"] = write(one.manifest(), one.chance)
    return Published(files, target(one), [in_manifest(one, f"apps/{one.namespace}/{one.name}.yaml")])


@publish
def set_with_files_of_git(one: Deployment) -> Published:
    generator = {"git": {"repoURL": REPOSITORY, "revision": "HEAD", "files": [{"path": "clusters/*/config.json"}]}}
    way = source(
        "charts/app",
        helm={"releaseName": one.name, "valueFiles": ["../../clusters/{{ .cluster.name }}/values.yaml"]},
    )
    manifest = application_set([generator], f"{one.name}-{{{{ .cluster.name }}}}", "{{ .cluster.namespace }}", way)
    manifest["spec"]["goTemplate"] = True
    files = chart(one, "charts/app", values(one))
    files["sets/app.yaml"] = write(manifest, one.chance)
    for place, namespace in (("prod-eu", one.namespace), ("dev-eu", f"{one.namespace}-dev")):
        content = {"cluster": {"name": place, "namespace": namespace, "address": "https://1.2.3.4"}}
        files[f"clusters/{place}/config.json"] = json.dumps(content)
    files["clusters/prod-eu/values.yaml"] = write(values(one), one.chance)
    files["clusters/dev-eu/values.yaml"] = write(other_values(one), one.chance)
    return Published(files, target(one, release=one.name), [in_values(one, "clusters/prod-eu/values.yaml")])


@publish
def set_with_the_clusters_that_argo_knows(one: Deployment) -> Published:
    """Which clusters there are stands in Argo CD, not in Git."""
    way = source("charts/app", helm={"releaseName": one.name, "valueFiles": ["values.yaml", "values-{{name}}.yaml"]})
    manifest = application_set(
        [{"clusters": {"selector": {"matchLabels": {"tier": "web"}}}}], "{{name}}-app", one.namespace, way
    )
    files = chart(one, "charts/app", values(one))
    files["set.yaml"] = write(manifest, one.chance)
    files["charts/app/values-eu1.yaml"] = write(values(one), one.chance)
    files["charts/app/values-us1.yaml"] = write(other_values(one), one.chance)
    return Published(files, target(one, release=one.name))


@publish
def app_of_apps_as_a_chart(one: Deployment) -> Published:
    """The Applications are made by templates themselves."""
    files = chart(one, f"services/{one.name}", values(one))
    files[f"services/{one.name}/values-prod.yaml"] = write(values(one), one.chance)
    files[f"services/{one.name}/values-dev.yaml"] = write(other_values(one), one.chance)
    files["root/Chart.yaml"] = "apiVersion: v2\nname: root\nversion: 0.0.1\n"
    files["root/values.yaml"] = write({"env": "dev", "namespace": "x"}, one.chance)
    files["root/values-prod.yaml"] = write({"env": "prod", "namespace": one.namespace}, one.chance)
    manifest = application(
        one.name, "{{ .Values.namespace }}",
        source=source(f"services/{one.name}", helm={"valueFiles": ["values-{{ .Values.env }}.yaml"]}),
    )  # fmt: skip
    files[f"root/templates/{one.name}.yaml"] = blocks(manifest)
    right = [in_values(one, f"services/{one.name}/values-prod.yaml")]
    return Published(files, target(one, release=one.name), right, may_stay_open=True)


@publish
def values_by_region_and_environment(one: Deployment) -> Published:
    """Later files win, and parameters of the Application win over all files."""
    names = ["values.yaml", "region/eu.yaml", "env/prod.yaml", "env/prod-eu.yaml"]
    full = values(one)
    files = chart(one, "app", {**full, "image": {"repository": one.repository, "tag": "0"}})
    files["app/region/eu.yaml"] = write({"database": full["database"], "replicaCount": 1}, one.chance)
    files["app/region/us.yaml"] = write(other_values(one), one.chance)
    files["app/env/prod.yaml"] = write({"image": {"tag": one.tag}, "replicaCount": one.replicas}, one.chance)
    files["app/env/prod-eu.yaml"] = write({"resources": full["resources"], "extra": {"image": 1}}, one.chance)
    files["app/env/prod-us.yaml"] = write(full, one.chance)
    helm: dict[str, Any] = {"releaseName": one.name, "valueFiles": names}
    if one.number % 3 == 0:
        helm["parameters"] = [{"name": "x.y", "value": "1"}, {"name": "image.tag", "value": one.tag}]
    manifest = application(one.name, one.namespace, source=source("app", helm=helm))
    files["argo/app.yaml"] = write(manifest, one.chance)
    where = {"tag": "env/prod.yaml", "replicas": "env/prod.yaml", "memory": "env/prod-eu.yaml"}
    where["variable"] = "region/eu.yaml"
    right = in_values(one, f"app/{where.get(one.change_kind, 'values.yaml')}")
    if one.change_kind == "tag" and "parameters" in helm:
        keys = ("spec", "source", "helm", "parameters", 1, "value")
        right = Place("argo/app.yaml", keys, of_values(one))
    return Published(files, target(one, release=one.name), [right])


@publish
def values_within_the_application(one: Deployment) -> Published:
    """As an object; as text; both forms are used."""
    own = values(one)
    as_text = one.number % 2 == 0
    helm = {"releaseName": one.name, **({"values": blocks(own)} if as_text else {"valuesObject": own})}
    files = chart(one, "chart", {**own, "replicaCount": 1})
    files["apps/prod.yaml"] = blocks(application(one.name, one.namespace, source=source("chart", helm=helm)))
    staging = {"helm": {"releaseName": one.name, "valuesObject": other_values(one)}}
    files["apps/staging.yaml"] = blocks(application(one.name, "staging", source=source("chart", **staging)))
    if not as_text:
        right = in_values(one, "apps/prod.yaml", "spec", "source", "helm", "valuesObject")
    else:
        keys = ("spec", "source", "helm", "values")
        right = Place("apps/prod.yaml", keys, of_values(one), inside=in_values(one, "").keys)
    return Published(files, target(one, release=one.name), [right])


@publish
def several_sources_with_a_reference(one: Deployment) -> Published:
    """The chart of one source, the values of another; in every other repository the chart is not in Git."""
    elsewhere = one.number % 2 == 0
    helm = {"releaseName": one.name, "valueFiles": [f"$values/teams/{one.namespace}/prod/values.yaml"]}
    of_chart: dict[str, Any] = {"repoURL": "https://charts.example", "chart": one.name, "targetRevision": "1.2.3"}
    files: dict[str, str] = {}
    if not elsewhere:
        of_chart = source("platform/chart")
        files = chart(one, "platform/chart", values(one))
    of_values_ = {"repoURL": REPOSITORY, "targetRevision": "main", "ref": "values"}
    manifest = application(one.name, one.namespace, sources=[{**of_chart, "helm": helm}, of_values_])
    files["argo/prod.yaml"] = write(manifest, one.chance)
    path = f"teams/{one.namespace}/prod/values.yaml"
    files[path] = write(values(one), one.chance)
    files[f"teams/{one.namespace}/dev/values.yaml"] = write(other_values(one), one.chance)
    return Published(files, target(one, release=one.name), [in_values(one, path)], may_stay_open=elsewhere)


@publish
def kustomize_settings_of_an_application(one: Deployment) -> Published:
    """What the Application says about images and replicas wins over the folder."""
    settings = {"images": [f"{one.repository}:{one.tag}"], "replicas": [{"name": one.name, "count": one.replicas}]}
    files = overlays(one, {"images": [{"name": one.repository, "newTag": one.tag}]})
    manifest = application(one.name, one.namespace, source=source("overlays/prod", kustomize=settings))
    files["argocd/prod.yaml"] = write(manifest, one.chance)
    right = [Place("overlays/prod/kustomization.yaml")]
    under = ("spec", "source", "kustomize")
    if one.change_kind == "tag":
        right = [Place("argocd/prod.yaml", (*under, "images", 0), f"{one.repository}:{one.tag}.1")]
    if one.change_kind == "replicas":
        right = [Place("argocd/prod.yaml", (*under, "replicas", 0, "count"), one.replicas + 2)]
    return Published(files, target(one), right)


@publish
def one_chart_released_twice(one: Deployment) -> Published:
    files = chart(one, "chart", {**values(one), "image": {"repository": one.repository, "tag": "0"}})
    for release, own in ((one.name, values(one)), (f"{one.name}-batch", other_values(one))):
        files[f"releases/{release}/values.yaml"] = write(own, one.chance)
        helm = {"releaseName": release, "valueFiles": [f"../releases/{release}/values.yaml"]}
        manifest = application(release, one.namespace, source=source("chart", helm=helm))
        files[f"releases/{release}/app.yaml"] = write(manifest, one.chance)
    right = [in_values(one, f"releases/{one.name}/values.yaml")]
    return Published(files, target(one, release=one.name), right)


@publish
def rendered_manifests_beside_their_chart(one: Deployment) -> Published:
    """What is applied was rendered from the chart, and the next rendering writes it anew."""
    files = chart(one, f"charts/{one.name}", values(one))
    files[f"charts/{one.name}/values-prod.yaml"] = write(values(one), one.chance)
    head = f"---\n# Source: {one.name}/templates/deployment.yaml\n"
    files[f"rendered/prod/{one.name}.yaml"] = head + blocks(one.manifest(namespace=one.namespace))
    manifest = application(one.name, one.namespace, source=source("rendered/prod"))
    files["argo/prod.yaml"] = write(manifest, one.chance)
    return Published(files, target(one))


@publish
def tenants_with_the_same_names(one: Deployment) -> Published:
    files = {"tenants/kustomization.yaml": kustomization(one, resources=["blue", one.namespace, "green"])}
    for place in ("blue", one.namespace, "green"):
        own = one if place == one.namespace or one.number % 2 else Deployment(one.number + 9000)
        own.name = one.name
        files[f"tenants/{place}/app.yaml"] = write(own.manifest(), one.chance)
        files[f"tenants/{place}/kustomization.yaml"] = kustomization(one, namespace=place, resources=["app.yaml"])
    files["argo/tenants.yaml"] = write(application("tenants", "default", source=source("tenants")), one.chance)
    return Published(files, target(one), [in_manifest(one, f"tenants/{one.namespace}/app.yaml")])
