"""Manifests, kustomizations and packages of other tools, as they are published."""

from __future__ import annotations

from mcp_servers.contract.field_changes import FieldChange
from sre_agent.git.sources import ObjectName
from tests.git.layouts import kustomization, overlays, target
from tests.git.published import Place, Published, blocks, in_manifest, publish
from tests.git.workloads import Deployment, write


@publish
def config_map_made_of_files(one: Deployment) -> Published:
    """The object's name carries a hash of its content."""
    files = {"base/deployment.yaml": write(one.manifest(), one.chance)}
    files["base/kustomization.yaml"] = kustomization(one, resources=["deployment.yaml"])
    for place in ("prod", "dev"):
        namespace = one.namespace if place == "prod" else f"{one.namespace}-dev"
        files[f"{place}/kustomization.yaml"] = kustomization(
            one, namespace=namespace, resources=["../base"],
            configMapGenerator=[{"name": f"{one.name}-config", "envs": ["app.env"]}],
        )  # fmt: skip
        files[f"{place}/app.env"] = f"LOG_LEVEL=info\nDB_HOST={one.host}\n"
    name = f"{one.name}-config-7g2bt4h9mk"
    change = FieldChange(path=("data", "DB_HOST"), before=one.host, after=f"{one.host}-primary")
    right = [Place("prod/app.env", value=f"DB_HOST={one.host}-primary")]
    return Published(files, ObjectName("ConfigMap", one.namespace, name, ""), right, True, change)


@publish
def old_form_of_json_patches(one: Deployment) -> Published:
    place = in_manifest(one, "")
    pointer = "/" + "/".join(str(key) for key in place.keys)
    entry = {"target": {"group": "apps", "version": "v1", "kind": "Deployment", "name": one.name}, "path": "p.yaml"}
    files = overlays(one, {"patchesJson6902": [entry]})
    operations = [
        {"op": "replace", "path": pointer, "value": one.change().before},
        {"op": "add", "path": "/metadata/annotations", "value": {"a": "b"}},
    ]
    files["overlays/prod/p.yaml"] = write(operations, one.chance)
    right = [Place("overlays/prod/p.yaml", (0, "value"), one.change().after)]
    if one.change_kind in ("tag", "replicas"):  # these are set after the patches
        right.append(Place("overlays/prod/kustomization.yaml"))
    return Published(files, target(one), right)


@publish
def images_over_a_patch(one: Deployment) -> Published:
    """The images of a kustomization are set after its patches."""
    container = {"name": one.container, "image": one.image}
    patch = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": one.name},
        "spec": {"replicas": one.replicas, "template": {"spec": {"containers": [container]}}},
    }
    in_container = Place("overlays/prod/patch.yaml")
    images = [{"name": one.repository, "newTag": one.tag}]
    files = overlays(one, {"images": images, "patches": [{"path": "patch.yaml"}]})
    files["overlays/prod/patch.yaml"] = write(patch, one.chance)
    right = [Place("overlays/prod/kustomization.yaml"), in_container]
    if one.change_kind == "tag":
        right = [Place("overlays/prod/kustomization.yaml", ("images", 0, "newTag"), f"{one.tag}.1")]
    if one.change_kind == "replicas":
        right = [Place("overlays/prod/patch.yaml", ("spec", "replicas"), one.replicas + 2)]
    return Published(files, target(one), right)


@publish
def component_of_one_environment(one: Deployment) -> Published:
    files = overlays(one, {"components": ["../../components/pinned"]})
    head = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
    content = {**head, "images": [{"name": one.repository, "newTag": one.tag}]}
    files["components/pinned/kustomization.yaml"] = write(content, one.chance)
    place = "components/pinned/kustomization.yaml"
    right = [Place("overlays/prod/kustomization.yaml")]
    if one.change_kind == "tag":
        right = [Place(place, ("images", 0, "newTag"), f"{one.tag}.1")]
    return Published(files, target(one), right)


@publish
def canary_beside_the_stable_one(one: Deployment) -> Published:
    files = overlays(one, {"namePrefix": "acme-", "images": [{"name": one.repository, "newTag": one.tag}]})
    files["overlays/canary/kustomization.yaml"] = kustomization(
        one, namespace=one.namespace, namePrefix="acme-", nameSuffix="-canary", resources=["../../base"],
        images=[{"name": one.repository, "newTag": one.tag}], replicas=[{"name": one.name, "count": one.replicas}],
    )  # fmt: skip
    path = "overlays/canary/kustomization.yaml"
    right = [Place(path)]
    if one.change_kind == "tag":
        right = [Place(path, ("images", 0, "newTag"), f"{one.tag}.1")]
    if one.change_kind == "replicas":
        right = [Place(path, ("replicas", 0, "count"), one.replicas + 2)]
    return Published(files, target(one, name=f"acme-{one.name}-canary"), right)


@publish
def documents_with_anchors(one: Deployment) -> Published:
    """Two containers share one part: it cannot be changed for one of them."""
    manifest = one.manifest(namespace=one.namespace)
    containers = manifest["spec"]["template"]["spec"]["containers"]
    containers.append({"name": "proxy", "image": "proxy:1", "resources": "*sizes"})
    text = blocks({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": one.namespace}}, manifest)
    text = text.replace("resources:\n", "resources: &sizes\n", 1).replace("'*sizes'", "*sizes")
    right = [] if one.change_kind == "memory" else [in_manifest(one, "all.yaml", 1)]
    return Published({"all.yaml": text}, target(one), right)


@publish
def package_with_setters(one: Deployment) -> Published:
    """kpt writes the fields that carry a setter; the setter's value is what people change."""
    text = blocks(one.manifest(namespace=one.namespace))
    text = text.replace(f"image: {one.image}", f"image: {one.image} # kpt-set: {one.repository}:${{tag}}")
    text = text.replace(f"replicas: {one.replicas}", f"replicas: {one.replicas} # kpt-set: ${{replicas}}")
    functions = [{"image": "gcr.io/kpt-fn/apply-setters:v0.2", "configPath": "setters.yaml"}]
    head = {"apiVersion": "kpt.dev/v1", "kind": "Kptfile", "metadata": {"name": one.name}}
    setters = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "setters"}}
    data = {"tag": one.tag, "replicas": str(one.replicas)}
    files = {
        "pkg/deployment.yaml": text,
        "pkg/Kptfile": blocks({**head, "pipeline": {"mutators": functions}}),
        "pkg/setters.yaml": blocks({**setters, "data": data}),
    }
    if one.change_kind == "tag":
        return Published(files, target(one), [Place("pkg/setters.yaml", ("data", "tag"), f"{one.tag}.1")], True)
    if one.change_kind == "replicas":
        right = [Place("pkg/setters.yaml", ("data", "replicas"), str(one.replicas + 2))]
        return Published(files, target(one), right, True)
    return Published(files, target(one), [in_manifest(one, "pkg/deployment.yaml")])


@publish
def written_in_a_language(one: Deployment) -> Published:
    """Timoni and Tanka: the objects are made by a program."""
    files = {
        "bundles/prod.cue": (
            f'bundle: {{\n  apiVersion: "v1alpha1"\n  instances: "{one.name}": {{\n    namespace: "{one.namespace}"\n'
            f'    values: {{image: tag: "{one.tag}", replicas: {one.replicas}}}\n  }}\n}}\n'
        ),
        "environments/prod/main.jsonnet": f'{{_config+:: {{name: "{one.name}", tag: "{one.tag}"}}}}\n',
        "environments/prod/spec.json": '{"apiVersion": "tanka.dev/v1alpha1", "kind": "Environment"}\n',
        f"argo/{one.name}.yaml": write({"apiVersion": "v1", "kind": "Service"}, one.chance),
    }
    return Published(files, target(one))
