"""Layouts that were written when the search resolved values as the tools do, and measured before anything was changed:
of 56 repositories 56 were answered rightly, 33 of them by a file."""

from __future__ import annotations

from tests.git.argo_layouts import REPOSITORY, application, application_set, source
from tests.git.flux_layouts import LOCAL, release
from tests.git.layouts import TEMPLATE, chart, overlays, target, values
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

FULLNAME = '{{ include "chart.fullname" . }}'


@publish
def set_with_a_matrix(one: Deployment) -> Published:
    """Each service in each environment."""
    generators = [
        {"git": {"repoURL": REPOSITORY, "revision": "HEAD", "directories": [{"path": "services/*"}]}},
        {"list": {"elements": [{"env": "prod", "suffix": ""}, {"env": "dev", "suffix": "-dev"}]}},
    ]
    manifest = application_set(
        [{"matrix": {"generators": generators}}], "{{path.basename}}-{{env}}", f"{one.namespace}{{{{suffix}}}}",
        source("{{path}}/overlays/{{env}}"),
    )  # fmt: skip
    files = {"sets/services.yaml": write(manifest, one.chance)}
    for name, each in ((one.name, one), ("idle", one.bystander())):
        for path, text in overlays(each, {}).items():
            place = path.replace("overlays/staging", "overlays/dev")
            files[f"services/{name}/{place}"] = "\n".join(
                line for line in text.split("\n") if not line.startswith("namespace:")
            )
    return Published(files, target(one), [Place(f"services/{one.name}/overlays/prod/kustomization.yaml")])


@publish
def variables_as_a_list_of_values(one: Deployment) -> Published:
    variables = [{"name": "LOG_LEVEL", "value": "info"}, {"name": "DB_HOST", "value": one.host}]
    start, end = TEMPLATE.index("          env:"), TEMPLATE.index("          readinessProbe:")
    text = (
        TEMPLATE[:start] + "          env:\n            {{{{- toYaml .Values.env | nindent 12 }}}}\n" + TEMPLATE[end:]
    )
    files = chart(one, "chart", {**values(one), "env": variables})
    files["chart/templates/deployment.yaml"] = text.format(name=FULLNAME, container=one.container)
    files["chart/values-prod.yaml"] = write({"env": variables, "replicaCount": one.replicas}, one.chance)
    helm = {"releaseName": one.name, "valueFiles": ["values-prod.yaml"]}
    manifest = application(one.name, one.namespace, source=source("chart", helm=helm))
    files["app.yaml"] = write(manifest, one.chance)
    right = in_values(one, "chart/values.yaml")
    if one.change_kind == "variable":
        right = Place("chart/values-prod.yaml", ("env", 1, "value"), of_values(one))
    if one.change_kind == "replicas":
        right = in_values(one, "chart/values-prod.yaml")
    return Published(files, target(one, release=one.name), [right])


@publish
def image_of_three_values(one: Deployment) -> Published:
    """Registry, path and tag; in every other chart put together by `printf`."""
    registry, _, path = one.repository.partition("/")
    way = 'image: "{{{{ .Values.image.registry }}}}/{{{{ .Values.image.path }}}}:{{{{ .Values.image.tag }}}}"\n'
    if one.number % 2:
        way = 'image: {{{{ printf "%s/%s:%s" .Values.image.registry .Values.image.path .Values.image.tag }}}}\n'
    start, end = TEMPLATE.index("image: "), TEMPLATE.index("          imagePullPolicy")
    text = TEMPLATE[:start] + way + TEMPLATE[end:]
    own = {**values(one), "image": {"registry": registry, "path": path, "tag": one.tag}}
    files = chart(one, "chart", own)
    files["chart/templates/deployment.yaml"] = text.format(name=FULLNAME, container=one.container)
    manifest = application(one.name, one.namespace, source=source("chart", helm={"releaseName": one.name}))
    files["app.yaml"] = write(manifest, one.chance)
    is_open = one.number % 2 == 1 and one.change_kind == "tag"
    return Published(files, target(one, release=one.name), [in_values(one, "chart/values.yaml")], is_open)


@publish
def chart_that_a_pipeline_installs(one: Deployment) -> Published:
    """The pipeline says which values, and sets the tag itself."""
    command = f"helm upgrade --install {one.name} ./deploy/chart -f deploy/prod.yaml --set image.tag=$GITHUB_SHA"
    jobs = {"deploy": {"runs-on": "ubuntu-latest", "steps": [{"uses": "actions/checkout@v4"}, {"run": command}]}}
    files = chart(one, "deploy/chart", values(one))
    files["deploy/prod.yaml"] = write({"database": {"host": one.host}}, one.chance)
    files[".github/workflows/deploy.yaml"] = write({"name": "deploy", "on": "push", "jobs": jobs}, one.chance)
    right = [in_values(one, "deploy/prod.yaml" if one.change_kind == "variable" else "deploy/chart/values.yaml")]
    return Published(files, target(one, release=one.name), [] if one.change_kind == "tag" else right, True)


@publish
def folders_that_argo_leaves_out(one: Deployment) -> Published:
    directory = {"recurse": True, "exclude": "{archive/*,*.bak.yaml}"}
    manifest = application("all", one.namespace, source=source("manifests", directory=directory))
    files = {"argo/all.yaml": write(manifest, one.chance)}
    other = Deployment(one.number + 600)
    other.name = one.name
    old = one if one.number % 2 else other
    files[f"manifests/web/{one.name}.yaml"] = write(one.manifest(), one.chance)
    files[f"manifests/archive/{one.name}.yaml"] = write(old.manifest(), one.chance)
    right = [in_manifest(one, f"manifests/web/{one.name}.yaml")]
    return Published(files, target(one), right, may_stay_open=True)


@publish
def releases_in_one_file(one: Deployment) -> Published:
    """Several releases of a chart, one document each, and a value that one of them takes back."""
    own = {**values(one), "annotations": None}
    every = [
        release(f"{one.name}-b", one.namespace, LOCAL, values=other_values(one)),
        release(one.name, f"{one.namespace}-dev", LOCAL, values=values(one)),
        release(one.name, one.namespace, LOCAL, values=own),
    ]
    files = chart(one, "charts/app", {**values(one), "replicaCount": 1})
    files["releases.yaml"] = blocks(*every)
    right = in_values(one, "releases.yaml", "spec", "values")
    right = Place(right.path, right.keys, right.value, document=2)
    return Published(files, target(one, release=one.name), [right])


@publish
def containers_that_a_patch_replaces(one: Deployment) -> Published:
    """The overlay has containers of its own in place of those of the base."""
    manifest = one.manifest()
    pod = manifest["spec"]["template"]["spec"]
    patch = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": one.name},
        "spec": {"template": {"spec": {"containers": [{"$patch": "replace"}, *pod["containers"]]}}},
    }
    files = overlays(one, {"patches": [{"path": "containers.yaml"}]})
    files["overlays/prod/containers.yaml"] = write(patch, one.chance)
    right = Place("overlays/prod/kustomization.yaml")
    if one.change_kind not in ("replicas", "selector"):
        right = Place("overlays/prod/containers.yaml")
    return Published(files, target(one), [right], may_stay_open=True)
