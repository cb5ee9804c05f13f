"""Layouts that were written when the search for files was finished, and measured before it was changed for them: of 72
repositories 40 were right, and in 32 the wrong file was named. Now they are samples like the others."""

from __future__ import annotations

import json
from typing import Any

from tests.git.layouts import TEMPLATE, Layout, Repository, chart, kustomization, overlays, target, values
from tests.git.workloads import Deployment, write

FRESH: dict[str, Layout] = {}


def layout(make: Layout) -> Layout:
    FRESH[make.__name__] = make
    return make


def _patch(one: Deployment) -> dict[str, Any]:
    spec = {name: value for name, value in one.manifest()["spec"].items() if name in ("replicas", "template")}
    return {**one.manifest(), "metadata": {"name": one.name}, "spec": spec}


@layout
def component_that_several_overlays_take(one: Deployment) -> Repository:
    """A change of the component would be everybody's."""
    files = overlays(one, {"components": ["../../components/size"]})
    files["overlays/staging/kustomization.yaml"] = kustomization(
        one, resources=["../../base"], namespace="staging", components=["../../components/size"]
    )
    files["components/size/kustomization.yaml"] = write(
        {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component", "patches": [{"path": "size.yaml"}]},
        one.chance,
    )
    files["components/size/size.yaml"] = write(_patch(one), one.chance)
    return Repository(files, target(one), "overlays/prod/kustomization.yaml")


@layout
def patch_for_all_that_a_label_selects(one: Deployment) -> Repository:
    files = overlays(one, {"patches": [{"path": "all.yaml", "target": {"labelSelector": "tier=web"}}]})
    files["overlays/prod/all.yaml"] = write(_patch(one), one.chance)
    return Repository(files, target(one), "")


@layout
def patch_for_an_expression_of_names(one: Deployment) -> Repository:
    files = overlays(one, {"patches": [{"path": "all.yaml", "target": {"kind": "Deployment", "name": "(a|b)+.*"}}]})
    files["overlays/prod/all.yaml"] = write(_patch(one), one.chance)
    return Repository(files, target(one), "")


@layout
def tag_that_a_pipeline_fills_in(one: Deployment) -> Repository:
    text = write(one.manifest(namespace=one.namespace), one.chance).replace(one.image, f"{one.repository}:${{TAG}}")
    return Repository({"k8s/app.yaml": text}, target(one), "" if one.change_kind == "tag" else "k8s/app.yaml")


@layout
def list_of_objects(one: Deployment) -> Repository:
    """One document that holds several objects: no document of its own, so nothing is changed."""
    items = [one.bystander().manifest(), one.manifest(namespace=one.namespace)]
    return Repository(
        {"all.yaml": write({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": items}, one.chance)},
        target(one),
        "",
    )


@layout
def manifest_in_json(one: Deployment) -> Repository:
    text = json.dumps(one.manifest(namespace=one.namespace), indent=2)
    return Repository({"app.yaml": text}, target(one), "app.yaml")


@layout
def chart_of_charts(one: Deployment) -> Repository:
    """The values of a chart within a chart stand under its name in the outer one's."""
    files = chart(one, f"platform/charts/{one.name}", values(one))
    files["platform/Chart.yaml"] = "apiVersion: v2\nname: platform\nversion: 1.0.0\n"
    files["platform/values.yaml"] = write({one.name: {"image": {"tag": one.tag}}}, one.chance)
    right = "platform/values.yaml" if one.change_kind == "tag" else f"platform/charts/{one.name}/values.yaml"
    return Repository(files, target(one, release="platform"), right)


@layout
def variables_by_a_loop(one: Deployment) -> Repository:
    files = chart(one, "chart", {**values(one), "env": {"LOG_LEVEL": "info", "DB_HOST": one.host}})
    start, end = TEMPLATE.index("            - name: LOG_LEVEL"), TEMPLATE.index("          readinessProbe:")
    loop = (
        "            {{{{- range $name, $value := .Values.env }}}}\n            - name: {{{{ $name }}}}\n"
        "              value: {{{{ $value | quote }}}}\n            {{{{- end }}}}\n"
    )
    files["chart/templates/deployment.yaml"] = (TEMPLATE[:start] + loop + TEMPLATE[end:]).format(
        name='{{ include "chart.fullname" . }}', container=one.container
    )
    right = "" if one.change_kind == "variable" else "chart/values.yaml"
    return Repository(files, target(one, release=one.name), right)


@layout
def fields_that_a_replacement_fills_in(one: Deployment) -> Repository:
    files = overlays(one, {"replacements": [{"path": "replacement.yaml"}]})
    files["overlays/prod/replacement.yaml"] = write({"source": {"kind": "ConfigMap"}, "targets": []}, one.chance)
    return Repository(files, target(one), "")
