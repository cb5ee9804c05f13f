"""The variables of a container: what it is told of itself, and references between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sre_lab.behaviour.kubelet.process import running_processes
from sre_lab.containers.environment import ContainerEnvironments

Labs = Callable[..., Any]


def variables(it: Any) -> dict[str, str]:
    environment: dict[str, str] = running_processes(it.world)["shop", "app-1", "app"].environment
    return environment


def of_field(name: str, path: str) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}


def of_resource(name: str, resource: str, **more: str) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"resourceFieldRef": {"resource": resource, **more}}}


def test_a_container_is_told_where_it_runs_and_what_it_may_take(lab: Labs) -> None:
    it = lab({})
    env = [
        of_field("POD", "metadata.name"),
        of_field("NODE", "spec.nodeName"),
        of_field("IP", "status.podIP"),
        of_resource("MEMORY", "limits.memory", divisor="1Mi"),
        of_resource("CPU", "requests.cpu", divisor="1m"),
    ]
    it.run(env=env, resources={"limits": {"memory": "128Mi"}, "requests": {"cpu": "250m"}})
    it.to(10)
    values = {"POD": "app-1", "NODE": "worker-1", "IP": it.pod()["status"]["podIP"], "MEMORY": "128", "CPU": "250"}
    assert variables(it) == values


def test_a_variable_may_refer_to_those_before_it(lab: Labs) -> None:
    it = lab({})
    env = [
        {"name": "HOST", "value": "db.test"},
        {"name": "URL", "value": "pg://$(HOST):5432/$(NAME)?price=$$(HOST)"},
    ]
    it.run(env=env)
    it.to(10)
    assert variables(it)["URL"] == "pg://db.test:5432/$(NAME)?price=$(HOST)"


def test_a_command_in_the_container_sees_the_variables_of_its_start_and_the_files_of_now(lab: Labs) -> None:
    it = lab({})
    it.create("ConfigMap", "settings", {"mode": "slow"})
    volume = {"name": "settings", "configMap": {"name": "settings"}}
    mode = {"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "mode"}}}
    mount = {"name": "settings", "mountPath": "/etc/settings"}
    it.run(pod={"volumes": [volume]}, env=[mode], volumeMounts=[mount])
    it.to(10)
    it.world.objects.edit("ConfigMap", "shop", "settings", lambda new: new.update(data={"mode": "fast"}))
    it.to(100)
    box = ContainerEnvironments(it.world).open(it.pod(), it.pod()["spec"]["containers"][0], 0)
    assert (box.env["MODE"], box.files["/etc/settings/mode"]) == ("slow", b"fast")
