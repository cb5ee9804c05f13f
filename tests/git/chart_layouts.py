"""Charts as they are published: in charts, by loops and helpers, from helmfile, kustomize and Terraform."""

from __future__ import annotations

from typing import Any

from tests.git.argo_layouts import application, source
from tests.git.layouts import TEMPLATE, chart, kustomization, target, values
from tests.git.published import Place, Published, blocks, in_values, of_values, other_values, publish
from tests.git.workloads import Deployment, write

FULLNAME = '{{ include "chart.fullname" . }}'


@publish
def umbrella_with_an_alias(one: Deployment) -> Published:
    """A part of the outer chart's values, under the alias, is what the inner chart gets."""
    files = chart(one, "charts/web", {**values(one), "replicaCount": 1})
    dependencies = [
        {"name": "web", "alias": "front", "version": "0.1.0", "repository": "file://../charts/web"},
        {"name": "postgresql", "version": "12.x", "repository": "https://charts.example"},
    ]
    head = {"apiVersion": "v2", "name": "umbrella", "version": "1.0.0", "dependencies": dependencies}
    files["charts/web/Chart.yaml"] = "apiVersion: v2\nname: web\nversion: 0.1.0\n"
    files["umbrella/Chart.yaml"] = write(head, one.chance)
    own = {"front": {**values(one), "fullnameOverride": one.name}, "postgresql": {"image": {"tag": one.tag}}}
    files["umbrella/values.yaml"] = write({"front": {"image": {"tag": "0"}}}, one.chance)
    files["umbrella/values-prod.yaml"] = write(own, one.chance)
    helm = {"releaseName": "shop-all", "valueFiles": ["values.yaml", "values-prod.yaml"]}
    manifest = application("all", one.namespace, source=source("umbrella", helm=helm))
    files["argo/all.yaml"] = write(manifest, one.chance)
    right = [in_values(one, "umbrella/values-prod.yaml", "front")]
    return Published(files, target(one, release="shop-all"), right, may_stay_open=True)


@publish
def helmfile_with_environments(one: Deployment) -> Published:
    """Which environment was deployed is said on the command line."""
    files = chart(one, "charts/app", values(one))
    head = "environments:\n  prod: {}\n  staging: {}\n---\nreleases:\n"
    lines = (
        f"- name: {one.name}\n  namespace: {one.namespace}\n  chart: ./charts/app\n  values:\n"
        "  - values/common.yaml\n  - values/{{ .Environment.Name }}.yaml\n"
    )
    files["helmfile.yaml" if one.number % 2 else "helmfile.yaml.gotmpl"] = head + lines
    files["values/common.yaml"] = write({"logLevel": "info"}, one.chance)
    files["values/prod.yaml"] = write(values(one), one.chance)
    files["values/staging.yaml"] = write(other_values(one), one.chance)
    return Published(files, target(one, release=one.name))


@publish
def helmfile_with_values_in_place(one: Deployment) -> Published:
    """Values of the release itself, and single ones that win over them."""
    own = values(one)
    entry = {
        "name": one.name,
        "namespace": one.namespace,
        "chart": "./charts/app",
        "values": ["values/app.yaml", {"image": own["image"], "resources": own["resources"]}],
        "set": [{"name": "replicaCount", "value": one.replicas}],
    }
    other = {"name": f"{one.name}-two", "namespace": one.namespace, "chart": "./charts/app"}
    files = chart(one, "charts/app", own)
    files["helmfile.yaml"] = write({"releases": [other, entry]}, one.chance)
    files["values/app.yaml"] = write({**own, "image": {"tag": "0"}}, one.chance)
    right = in_values(one, "values/app.yaml")
    if one.change_kind in ("tag", "memory"):
        right = in_values(one, "helmfile.yaml", "releases", 1, "values", 1)
    if one.change_kind == "replicas":
        right = Place("helmfile.yaml", ("releases", 1, "set", 0, "value"), one.replicas + 2)
    return Published(files, target(one, release=one.name), [right])


@publish
def terraform_that_sets_values(one: Deployment) -> Published:
    """What Terraform sets wins over the chart, and Terraform is not read."""
    name = {"tag": "image.tag", "replicas": "replicaCount", "memory": "resources.limits.memory"}.get(one.change_kind)
    own = values(one)
    text = (
        f'resource "helm_release" "{one.name}" {{\n  name      = "{one.name}"\n  namespace = "{one.namespace}"\n'
        f'  chart     = "${{path.module}}/../charts/app"\n  values    = [file("${{path.module}}/prod.yaml")]\n'
        f'  set {{\n    name  = "{name or "logLevel"}"\n    value = "{own["image"]["tag"]}"\n  }}\n}}\n'
    )
    files = chart(one, "charts/app", own)
    files["terraform/apps.tf"] = text
    files["terraform/prod.yaml"] = write({**own, "replicaCount": one.replicas}, one.chance)
    right = [] if name else [in_values(one, "terraform/prod.yaml")]
    return Published(files, target(one, release=one.name), right, may_stay_open=True)


@publish
def charts_that_kustomize_inflates(one: Deployment) -> Published:
    files = chart(one, f"charts/{one.name}", {**values(one), "image": {"repository": one.repository, "tag": "0"}})
    for place, namespace in (("prod", one.namespace), ("dev", f"{one.namespace}-dev")):
        entry: dict[str, Any] = {"name": one.name, "releaseName": one.name, "namespace": namespace}
        entry |= {"valuesFile": "values.yaml", "valuesInline": {"replicaCount": one.replicas}}
        files[f"envs/{place}/kustomization.yaml"] = kustomization(
            one, namespace=namespace, helmGlobals={"chartHome": "../../charts"}, helmCharts=[entry]
        )
        own = values(one) if place == "prod" else other_values(one)
        files[f"envs/{place}/values.yaml"] = write(own, one.chance)
    right = in_values(one, "envs/prod/values.yaml")
    if one.change_kind == "replicas":
        right = in_values(one, "envs/prod/kustomization.yaml", "helmCharts", 0, "valuesInline")
    return Published(files, target(one, release=one.name), [right])


@publish
def values_with_an_anchor(one: Deployment) -> Published:
    """The tag is named once for two images: it cannot be changed for one of them."""
    text = blocks({"shared": {"tag": "THE-TAG"}, **values(one), "migrate": {"tag": "THE-ALIAS"}})
    text = text.replace("tag: THE-TAG", f"tag: &tag '{one.tag}'").replace("THE-ALIAS", "*tag")
    text = text.replace(f"  tag: '{one.tag}'\n  pullPolicy", "  tag: *tag\n  pullPolicy")
    files = chart(one, "chart", values(one))
    files["chart/values.yaml"] = text
    right = [] if one.change_kind == "tag" else [in_values(one, "chart/values.yaml")]
    return Published(files, target(one, release=one.name), right)


@publish
def fields_within_a_scope(one: Deployment) -> Published:
    """`with` makes a part of the values the template's dot; `$` stays the whole."""
    text = TEMPLATE.replace("{{{{ .Values.replicaCount }}}}", "{{{{ .Values.web.replicaCount }}}}")
    start, end = text.index("      containers:"), text.index("      {{{{- with .Values.nodeSelector")
    inner = text[start:end].replace(".Values.", ".").replace(".Chart.", "$.Chart.")
    inner = inner.replace(".logLevel", "$.Values.logLevel")
    text = text[:start] + "      {{{{- with .Values.web }}}}\n" + inner + "      {{{{- end }}}}\n" + text[end:]
    files = chart(one, "chart", {**values(one), "web": values(one), "image": {"tag": one.tag}})
    files["chart/templates/deployment.yaml"] = text.format(name=FULLNAME, container=one.container)
    under = () if one.change_kind == "selector" else ("web",)
    return Published(files, target(one, release=one.name), [in_values(one, "chart/values.yaml", *under)])


@publish
def one_template_for_many(one: Deployment) -> Published:
    text = TEMPLATE.format(name="{{ $name }}", container=one.container).replace(".Values.", "$app.")
    text = text.replace(" . |", " $ |").replace(".Chart", "$.Chart")
    text = "{{- range $name, $app := .Values.apps }}\n---\n" + text + "{{- end }}\n"
    own = values(one)
    files = chart(one, "chart", {})
    files["chart/values.yaml"] = write(
        {"apps": {"gate": values(one), one.name: own, "cron": other_values(one)}}, one.chance
    )
    files["chart/templates/deployment.yaml"] = text
    right = [in_values(one, "chart/values.yaml", "apps", one.name)]
    return Published(files, target(one, release="all"), right, may_stay_open=True)


@publish
def fields_by_environment_in_the_template(one: Deployment) -> Published:
    way = (
        '{{{{- if eq .Values.env "prod" }}}}\n  replicas: {{{{ .Values.prod.replicaCount }}}}\n  {{{{- else }}}}\n'
        "  replicas: {{{{ .Values.replicaCount }}}}\n  {{{{- end }}}}\n"
    )
    start, end = TEMPLATE.index("{{{{- if not .Values.auto"), TEMPLATE.index("  selector:")
    files = chart(one, "chart", {**values(one), "env": "prod", "prod": {"replicaCount": one.replicas}})
    text = TEMPLATE[:start] + way + TEMPLATE[end:]
    files["chart/templates/deployment.yaml"] = text.format(name=FULLNAME, container=one.container)
    right = in_values(one, "chart/values.yaml")
    if one.change_kind == "replicas":
        right = Place("chart/values.yaml", ("prod", "replicaCount"), of_values(one))
    return Published(files, target(one, release=one.name), [right], may_stay_open=one.change_kind == "replicas")


@publish
def library_chart(one: Deployment) -> Published:
    """The workload is defined by a helper of another chart."""
    files = chart(one, "app", values(one))
    body = TEMPLATE.format(name=FULLNAME, container=one.container)
    files["app/templates/deployment.yaml"] = '{{- include "common.deployment" . }}\n'
    files["app/charts/common/Chart.yaml"] = "apiVersion: v2\nname: common\nversion: 1.0.0\ntype: library\n"
    files["app/charts/common/templates/_deployment.tpl"] = (
        '{{- define "common.deployment" -}}\n' + body + "{{- end }}\n"
    )
    right = [in_values(one, "app/values.yaml")]
    return Published(files, target(one, release=one.name), right, may_stay_open=True)
