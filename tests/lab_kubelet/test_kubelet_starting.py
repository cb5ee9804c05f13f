"""What keeps a container from starting: its image, its configuration, its volumes, its init containers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sre_lab.scenario import ImageProfile, ProcessExit, seconds

Labs = Callable[..., Any]
IMAGE = "registry.example.com/shop/app:1"


def test_a_missing_image_is_retried_with_growing_pauses(lab: Labs) -> None:
    it = lab({IMAGE: ImageProfile(pull="not_found")})
    it.run(IMAGE)
    it.to(4)
    cause = (
        f'rpc error: code = NotFound desc = failed to pull and unpack image "{IMAGE}": failed to resolve reference '
        f'"{IMAGE}": {IMAGE}: not found'
    )
    assert it.waiting() == ("ErrImagePull", cause)
    assert it.pod()["status"]["phase"] == "Pending"
    it.to(22)
    assert it.waiting() == ("ImagePullBackOff", f'Back-off pulling image "{IMAGE}": ErrImagePull: {cause}')
    it.to(660)
    assert [reason for reason, _ in it.events("Pulling")] == [f'Pulling image "{IMAGE}"']
    assert it.events("Pulling")[0][1] == 5  # the later ones are beyond what a recorder writes about one pod
    assert dict(it.events("Failed")).keys() == {
        f'Failed to pull image "{IMAGE}": {cause}',
        "Error: ErrImagePull",
        "Error: ImagePullBackOff",
    }


def test_the_registry_says_no_in_its_own_words(lab: Labs) -> None:
    it = lab({IMAGE: ImageProfile(pull="unauthorized"), "registry.example.com/x:1": ImageProfile(pull="registry_down")})
    it.run(IMAGE)
    it.run("registry.example.com/x:1", name="app-2")
    it.to(25)
    denied = "pull access denied, repository does not exist or may require authorization: server message: "
    message = f'failed to resolve reference "{IMAGE}": {denied}insufficient_scope: authorization failed'
    assert it.waiting()[1].endswith(message)
    down = it.container(pod="app-2")["state"]["waiting"]["message"]
    assert 'Head "https://registry.example.com/v2/x/manifests/1": dial tcp: lookup registry.example.com on' in down
    assert down.endswith("i/o timeout")


def test_a_pull_that_works_again_starts_the_pod_at_the_next_try(lab: Labs) -> None:
    it = lab({IMAGE: ImageProfile(pull="registry_down")})
    it.run(IMAGE)
    it.to(60)
    it.world.images[IMAGE] = ImageProfile()
    it.to(160)
    assert it.condition("Ready")["status"] == "True"


def test_a_tag_that_nobody_names_does_not_exist_in_a_repository_that_is_known(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile()})
    it.world.references.add("shop/app:1")
    it.run("shop/app:1.0.l", name="app-1")
    it.run("somebody/else:7", name="app-2")
    it.to(10)
    assert it.waiting()[0] == "ErrImagePull"
    assert "not found" in it.waiting()[1]
    assert "running" in it.container(pod="app-2")["state"]


def test_a_name_that_is_no_reference_is_never_pulled(lab: Labs) -> None:
    it = lab({})
    it.run("registry.example.com/shop/Gateway:1")
    it.to(5)
    name = "registry.example.com/shop/Gateway:1"
    why = "invalid reference format: repository name (shop/Gateway) must be lowercase"
    text = f'Failed to apply default image tag "{name}": couldn\'t parse image name "{name}": {why}'
    assert it.waiting() == ("InvalidImageName", text)
    assert [message for message, _ in it.events("InspectFailed")] == [text]
    assert it.events("Pulling") == []


def test_a_node_pulls_one_image_at_a_time(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(pull_takes=5), "shop/other:1": ImageProfile(pull_takes=0.5)})
    it.run("shop/app:1", name="app-1")
    it.world.clock.advance(1.2)
    it.run("shop/other:1", name="app-2")
    it.to(3)
    assert "waiting" in it.container(pod="app-2")["state"]
    it.to(10)
    (message,) = [text for text, _ in it.events("Pulled") if "other" in text]
    duration, whole = (seconds(span.strip("(")) for span in message.split()[5:7])
    assert duration < 1
    assert whole > 3


def test_a_missing_config_map_is_told_at_each_sync_and_heals_when_it_appears(lab: Labs) -> None:
    it = lab()
    it.run(envFrom=[{"configMapRef": {"name": "settings"}}])
    it.to(90)
    assert it.waiting() == ("CreateContainerConfigError", 'configmap "settings" not found')
    assert it.condition("PodReadyToStartContainers")["status"] == "True"
    message, count = it.events("Failed")[0]
    assert message == 'Error: configmap "settings" not found'
    assert 6 <= count <= 9
    it.create("ConfigMap", "settings", {})
    it.to(108)
    assert it.condition("Ready")["status"] == "True"
    assert it.container()["restartCount"] == 0


def test_a_missing_key_names_the_secret_and_an_optional_one_does_not_matter(lab: Labs) -> None:
    it = lab()
    it.create("Secret", "api", {"other": "eA=="})
    reference = {"name": "api", "key": "token"}
    it.run(env=[{"name": "TOKEN", "valueFrom": {"secretKeyRef": reference}}])
    optional = {"secretKeyRef": {**reference, "optional": True}}
    it.run(name="app-2", env=[{"name": "TOKEN", "valueFrom": optional}])
    it.to(10)
    assert it.waiting() == ("CreateContainerConfigError", "couldn't find key token in Secret shop/api")
    assert it.condition("Ready", "app-2")["status"] == "True"


def test_a_missing_volume_keeps_the_pod_creating_until_the_secret_is_there(lab: Labs) -> None:
    it = lab()
    it.run(pod={"volumes": [{"name": "tls", "secret": {"secretName": "shop-tls"}}]})
    it.to(660)
    assert it.waiting() == ("ContainerCreating", "")
    assert it.condition("PodReadyToStartContainers")["status"] == "False"
    message, count = it.events("FailedMount")[0]
    assert message == 'MountVolume.SetUp failed for volume "tls" : secret "shop-tls" not found'
    assert count in (13, 14)
    it.create("Secret", "shop-tls", {})
    it.to(660 + 125)
    assert it.condition("Ready")["status"] == "True"


def test_init_containers_run_one_after_the_other_before_the_rest(lab: Labs) -> None:
    done = ImageProfile(exits=[ProcessExit(after=2, code=0)])
    it = lab({"shop/one:1": done, "shop/two:1": done})
    it.run(pod={"initContainers": [{"name": "one", "image": "shop/one:1"}, {"name": "two", "image": "shop/two:1"}]})
    it.to(3)
    assert "running" in it.container("one")["state"]
    assert it.waiting("two") == it.waiting("app") == ("PodInitializing", "")
    assert it.condition("Initialized")["message"] == "containers with incomplete status: [one two]"
    it.to(15)
    assert it.container("two")["state"]["terminated"]["reason"] == "Completed"
    assert it.container("two")["ready"] is True
    assert it.condition("Ready")["status"] == "True"


def test_a_failing_init_container_crash_loops_and_the_pod_stays_pending(lab: Labs) -> None:
    it = lab({"shop/migrate:1": ImageProfile(exits=[ProcessExit(after=1, code=1)])})
    it.run(pod={"initContainers": [{"name": "migrate", "image": "shop/migrate:1"}]})
    it.to(60)
    assert it.pod()["status"]["phase"] == "Pending"
    assert it.waiting("app") == ("PodInitializing", "")
    assert it.container("migrate")["restartCount"] >= 3
    it.to(75)
    assert it.waiting("migrate")[0] == "CrashLoopBackOff"
    event = next(e for e in it.world.objects.all("Event") if e["reason"] == "BackOff")
    assert event["involvedObject"]["fieldPath"] == "spec.initContainers{migrate}"


def test_a_native_sidecar_runs_beside_the_others_and_ends_with_them(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(exits=[ProcessExit(after=20, code=0)])})
    sidecar = {"name": "proxy", "image": "shop/proxy:1", "restartPolicy": "Always"}
    it.run(pod={"initContainers": [sidecar], "restartPolicy": "Never"})
    it.to(10)
    assert it.container("proxy")["ready"] is True
    assert it.condition("Ready")["status"] == "True"
    it.to(40)
    assert it.pod()["status"]["phase"] == "Succeeded"
    assert "terminated" in it.container("proxy")["state"]
