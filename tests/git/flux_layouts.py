"""Repositories that Flux applies: values from elsewhere, substitution, patches and images of a cluster."""

from __future__ import annotations

from typing import Any

from tests.git.layouts import chart, kustomization, target, values
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


def release(name: str, namespace: str, of_chart: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "spec": {"interval": "10m", "chart": {"spec": of_chart}, **spec},
    }


LOCAL = {"chart": "./charts/app", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}
REMOTE = {"chart": "app", "version": "1.x", "sourceRef": {"kind": "HelmRepository", "name": "apps"}}


def flux_kustomization(name: str, path: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": name, "namespace": "flux-system"},
        "spec": {
            "interval": "10m",
            "path": path,
            "prune": True,
            "sourceRef": {"kind": "GitRepository", "name": "flux-system"},
            **spec,
        },
    }


@publish
def values_from_a_config_map(one: Deployment) -> Published:
    """Given in order, the release's own values last."""
    full = values(one)
    own = {"replicaCount": one.replicas}
    common = {"metadata": {"name": "common", "namespace": one.namespace}, "data": {"values.yaml": blocks(full)}}
    later = {"metadata": {"name": "prod", "namespace": one.namespace}, "data": {"v": blocks({"image": full["image"]})}}
    head = {"apiVersion": "v1", "kind": "ConfigMap"}
    manifest = release(
        one.name, one.namespace, LOCAL, values=own,
        valuesFrom=[{"kind": "ConfigMap", "name": "common"}, {"kind": "ConfigMap", "name": "prod", "valuesKey": "v"}],
    )  # fmt: skip
    files = chart(one, "charts/app", full)
    files["apps/common.yaml"] = blocks({**head, **common})
    files["apps/prod.yaml"] = blocks({**head, **later})
    files["apps/release.yaml"] = blocks(manifest)
    inside = in_values(one, "").keys
    right = Place("apps/common.yaml", ("data", "values.yaml"), of_values(one), inside=inside)
    if one.change_kind == "tag":
        right = Place("apps/prod.yaml", ("data", "v"), of_values(one), inside=inside)
    if one.change_kind == "replicas":
        right = in_values(one, "apps/release.yaml", "spec", "values")
    return Published(files, target(one, release=one.name), [right])


@publish
def values_from_a_generated_config_map(one: Deployment) -> Published:
    files = chart(one, "charts/app", {**values(one), "image": {"repository": one.repository, "tag": "0"}})
    for place, namespace, own in (("prod", one.namespace, values(one)), ("dev", "dev", other_values(one))):
        generator = [{"name": f"{one.name}-values", "files": ["values.yaml"]}]
        files[f"apps/{place}/kustomization.yaml"] = kustomization(
            one, namespace=namespace, resources=["release.yaml"], configMapGenerator=generator,
            configurations=["names.yaml"],
        )  # fmt: skip
        files[f"apps/{place}/names.yaml"] = "nameReference:\n- kind: ConfigMap\n  version: v1\n"
        files[f"apps/{place}/values.yaml"] = write(own, one.chance)
        manifest = release(one.name, "", LOCAL, valuesFrom=[{"kind": "ConfigMap", "name": f"{one.name}-values"}])
        files[f"apps/{place}/release.yaml"] = write(manifest, one.chance)
    return Published(files, target(one, release=one.name), [in_values(one, "apps/prod/values.yaml")])


@publish
def release_with_a_patch_of_the_environment(one: Deployment) -> Published:
    """The base of all environments, and values that one of them puts over it."""
    full = values(one)
    over = {"image": {"tag": one.tag}, "replicaCount": one.replicas}
    files = chart(one, "charts/app", {**full, "replicaCount": 1})
    base = {**full, **({} if one.number % 2 else {"image": {"repository": one.repository, "tag": "0"}})}
    files["apps/base/app/release.yaml"] = write(release(one.name, one.namespace, LOCAL, values=base), one.chance)
    files["apps/base/app/kustomization.yaml"] = kustomization(one, resources=["release.yaml"])
    for place in ("production", "staging"):
        namespace = one.namespace if place == "production" else f"{one.namespace}-stg"
        files[f"apps/{place}/kustomization.yaml"] = kustomization(
            one, namespace=namespace, resources=["../base/app"],
            patches=[{"path": "values.yaml", "target": {"kind": "HelmRelease", "name": one.name}}],
        )  # fmt: skip
        patch = release(one.name, "", {}, values=over if place == "production" else other_values(one))
        del patch["spec"]["chart"], patch["spec"]["interval"]
        files[f"apps/{place}/values.yaml"] = write(patch, one.chance)
        files[f"clusters/{place}/apps.yaml"] = write(flux_kustomization("apps", f"./apps/{place}"), one.chance)
    right = in_values(one, "apps/production/values.yaml", "spec", "values")
    if one.change_kind not in ("tag", "replicas"):
        right = Place("apps/production/values.yaml")  # one more value of this environment's
        return Published(files, target(one, release=one.name), [right], may_stay_open=True)
    return Published(files, target(one, release=one.name), [right])


@publish
def variables_that_the_cluster_substitutes(one: Deployment) -> Published:
    manifest = one.manifest(namespace=one.namespace)
    manifest["spec"]["replicas"] = "REPLICAS"
    text = blocks(manifest).replace(one.image, f"{one.repository}:${{app_tag}}")
    text = text.replace("REPLICAS", f"${{replicas:={one.replicas}}}")
    files = {"apps/app/deployment.yaml": text}
    for place in ("prod", "dev")[: 2 - one.number % 2]:
        substitute = {"app_tag": one.tag, "cluster": place}
        files[f"clusters/{place}/apps.yaml"] = write(
            flux_kustomization("apps", "./apps/app", postBuild={"substitute": substitute}), one.chance
        )
    right = [in_manifest(one, "apps/app/deployment.yaml")] if one.number % 2 else []
    if one.change_kind in ("tag", "replicas"):
        right = []
        if one.change_kind == "tag" and one.number % 2:
            right = [Place("clusters/prod/apps.yaml", ("spec", "postBuild", "substitute", "app_tag"), f"{one.tag}.1")]
        return Published(files, target(one), right, may_stay_open=True)
    return Published(files, target(one), right)


@publish
def patches_and_images_of_the_cluster(one: Deployment) -> Published:
    """Flux lays patches and images over a folder that several clusters apply."""
    patch = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": one.name}}
    files = {
        "apps/app/deployment.yaml": write(one.manifest(), one.chance),
        "apps/app/kustomization.yaml": kustomization(one, resources=["deployment.yaml"]),
    }
    for place, namespace in (("prod", one.namespace), ("dev", f"{one.namespace}-dev")):
        entry = {"patch": blocks({**patch, "spec": {"replicas": one.replicas}}), "target": {"kind": "Deployment"}}
        spec = {"images": [{"name": one.repository, "newTag": one.tag}], "patches": [entry]}
        files[f"clusters/{place}/apps.yaml"] = blocks(
            flux_kustomization("apps", "./apps/app", targetNamespace=namespace, **spec)
        )
    right: list[Place] = []
    if one.change_kind == "tag":
        right = [Place("clusters/prod/apps.yaml", ("spec", "images", 0, "newTag"), f"{one.tag}.1")]
    if one.change_kind == "replicas":
        keys = ("spec", "patches", 0, "patch")
        right = [Place("clusters/prod/apps.yaml", keys, one.replicas + 2, inside=("spec", "replicas"))]
    return Published(files, target(one), right, may_stay_open=one.change_kind == "replicas")


@publish
def vendored_chart_that_nobody_installs(one: Deployment) -> Published:
    """The release takes the chart from a registry; the copy in Git is another thing."""
    files = chart(one, f"vendor/{one.name}", values(one))
    manifest = release(one.name, one.namespace, {**REMOTE, "chart": one.name}, values=values(one))
    files["releases/app.yaml"] = write(manifest, one.chance)
    right = [in_values(one, "releases/app.yaml", "spec", "values")]
    return Published(files, target(one, release=one.name), right, may_stay_open=True)


@publish
def clusters_with_the_same_tenant(one: Deployment) -> Published:
    """Nothing of the object says which cluster it is in."""
    files = {}
    for place in ("eu-west-1", "us-east-2"):
        own = one if place.startswith("eu") or one.number % 2 else Deployment(one.number + 9000)
        own.name = one.name
        manifest = own.manifest(namespace=one.namespace)
        files[f"clusters/{place}/tenants/{one.namespace}/{one.name}.yaml"] = write(manifest, one.chance)
    path = f"clusters/eu-west-1/tenants/{one.namespace}/{one.name}.yaml"
    right = [] if one.number % 2 else [in_manifest(one, path)]
    return Published(files, target(one), right, may_stay_open=True)
