"""What the runbook has somebody type with kubectl and aws is carried out, on the shipped manifests and in an AWS
account that has the names that Terraform gives."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
import yaml
from botocore import xform_name

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.definitions import create_table, tables
from sre_agent.settings import Settings
from tests.infra.iam import INFRA
from tests.infra.test_operators_runbook import ON_THE_LAB, commands, fill_in
from tests.lab_aws.conftest import Aws, aws
from tests.lab_kubernetes.served_cluster import Front, Obj, Served, need_kubectl, pod, replica_set
from tests.slots import moto

__all__ = ["aws"]  # the fixture
KUBERNETES: Final = INFRA / "kubernetes"
NAMESPACE, NAME = "sre-agent", "sre-agent"  # of the namespace, and of Terraform's `name`
REGION, OTHER = "eu-north-1", "eu-south-1"  # which no other test of this process uses
RESTARTED: Final = "kubectl.kubernetes.io/restartedAt"
NOTHING_DONE: Final = ("No resources found", "skipped rollback")  # with exit status 0
BUCKET: Final = "backups-of-the-runbook"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Served]:
    """The overlay `reader` with the component backup, its Deployments rolled out for the second time."""
    need_kubectl()
    front = Front(tmp_path)
    server = front.cluster()
    server.put({"kind": "Namespace", "metadata": {"name": "kube-system"}})
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    paths = {
        "resources": [str(KUBERNETES / "overlays" / "reader")],
        "components": [str(KUBERNETES / "components" / "backup")],
    }
    relative = {kind: [os.path.relpath(path, overlay) for path in some] for kind, some in paths.items()}
    (overlay / "kustomization.yaml").write_text(yaml.safe_dump({"kind": "Kustomization", **relative}), encoding="utf-8")
    secret = ("create", "secret", "generic", "sre-agent-tokens", f"--namespace={NAMESPACE}", "--from-literal=reader=a")
    for arguments in (
        ("apply", "--namespace=", "-f", str(KUBERNETES / "reader.yaml")),
        ("apply", "--namespace=", "-k", str(overlay)),
        secret,
    ):
        status, output = server.kubectl(*arguments)
        assert status == 0, output
    for one in every(server, "Deployment"):
        roll_out(server, one)
    yield server
    front.close()


def every(server: Served, kind: str) -> list[Obj]:
    return server.on_loop(lambda: list(server.world.objects.all(kind, NAMESPACE)))


def roll_out(server: Served, deployment: Obj) -> None:
    """As its controllers leave it, which this cluster has not: two revisions, a pod, and the status."""
    template = deployment["spec"]["template"]
    image, labels = template["spec"]["containers"][0]["image"], template["metadata"]["labels"]
    for revision, suffix in ((1, "aaaa"), (2, "bbbb")):
        one = replica_set(deployment, suffix, image, revision, revision - 1)
        containers = [{**template["spec"]["containers"][0], "image": f"{image}-{revision}"}]
        own = labels | {"pod-template-hash": suffix}
        one["metadata"] |= {"namespace": NAMESPACE, "labels": own}
        of_pods = {"metadata": {"labels": own}, "spec": {**template["spec"], "containers": containers}}
        server.put({**one, "spec": {**one["spec"], "selector": {"matchLabels": own}, "template": of_pods}})
    running = pod(f"{deployment['metadata']['name']}-bbbb-ccccc")
    running["metadata"] |= {"namespace": NAMESPACE, "labels": labels | {"pod-template-hash": "bbbb"}}
    running["spec"]["containers"][0]["name"] = template["spec"]["containers"][0]["name"]
    running["status"]["containerStatuses"][0]["name"] = template["spec"]["containers"][0]["name"]
    server.put(running)
    count = deployment["spec"].get("replicas", 1)
    status = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), count)
    metadata = deployment["metadata"]
    annotations = metadata.get("annotations", {}) | {"deployment.kubernetes.io/revision": "2"}
    server.put(
        {
            **deployment,
            "metadata": {**metadata, "annotations": annotations},
            "status": {**status, "observedGeneration": metadata.get("generation", 1)},
        }
    )


def forget_restarts(server: Served) -> None:
    """Chapters of the page are read days apart: kubectl refuses a second restart in the same second."""
    for deployment in every(server, "Deployment"):
        template = deployment["spec"]["template"]
        annotations = {
            name: text for name, text in template["metadata"].get("annotations", {}).items() if name != RESTARTED
        }
        metadata = {**template["metadata"], "annotations": annotations}
        server.put({**deployment, "spec": {**deployment["spec"], "template": {**template, "metadata": metadata}}})


def test_every_kubectl_command_of_the_runbook_is_carried_out(cluster: Served, tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text("a passphrase for this test\n", encoding="utf-8")
    for words in commands(ON_THE_LAB, "kubectl"):
        if words[1:3] == ["rollout", "status"]:
            for one in every(cluster, "Deployment"):
                roll_out(cluster, one)
        if words[1:3] == ["rollout", "restart"]:
            forget_restarts(cluster)
        line = [fill_in(word, {"=passphrase": f"={tmp_path}/passphrase"}) for word in words[1:]]
        status, output = cluster.kubectl(*line)
        assert status == 0, (words, output)
        assert not any(text in output for text in NOTHING_DONE), (words, output)
    (responder,) = (one for one in every(cluster, "Deployment") if one["metadata"]["name"] == "responder")
    assert responder["spec"]["template"]["spec"]["containers"][0]["image"].endswith("-1"), "rolled back"
    assert {one["metadata"]["name"] for one in every(cluster, "Job")} == {"before-update", "first"}


@pytest.fixture
def account() -> Iterator[dict[str, str]]:
    """What Terraform leaves in an account, by the words in capitals of the runbook."""
    access = Settings(state_endpoint_url=moto.address(), state_region=REGION).state_access
    services = AwsServices(access)
    create_table(services, tables(access)["store"])
    urls = {}
    for word, name in {"DEAD_QUEUE_URL": f"{NAME}-dead.fifo", "UNDELIVERED_QUEUE_URL": f"{NAME}-undelivered"}.items():
        fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        urls[word] = services.ask("sqs", "create_queue", QueueName=name, Attributes=fifo)["QueueUrl"]
    for secret in ("alarm_sources", "scrape_token"):
        services.ask("secretsmanager", "create_secret", Name=f"{NAME}/{secret}")
    services.ask("logs", "create_log_group", logGroupName=f"/sre-agent/{NAME}")
    where = {"LocationConstraint": OTHER}
    services.ask_in(OTHER, "s3", "create_bucket", Bucket=BUCKET, CreateBucketConfiguration=where)
    services.ask("ecs", "create_cluster", clusterName=NAME)
    container = {"name": "responder", "image": "sre-agent:1", "memory": 512}
    services.ask("ecs", "register_task_definition", family=NAME, containerDefinitions=[container])
    services.ask("ecs", "create_service", cluster=NAME, serviceName=NAME, taskDefinition=NAME, desiredCount=2)
    of_service = {"ResourceId": f"service/{NAME}/{NAME}", "ScalableDimension": "ecs:service:DesiredCount"}
    capacity = {"ServiceNamespace": "ecs", "MinCapacity": 2, "MaxCapacity": 6}
    services.ask("application-autoscaling", "register_scalable_target", **of_service, **capacity)
    yield {**urls, "YOUR-BACKUPS": BUCKET, "OTHER_REGION": OTHER, "OLD_REGION": REGION}
    services.close()


def test_every_aws_command_of_the_runbook_is_answered(account: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "new-secret.txt").write_text("made up for this test", encoding="utf-8")
    values = account | {"file://": f"file://{tmp_path}/"}
    for words in commands(ON_THE_LAB, "aws"):
        if words[1] != "cloudtrail":  # whose history only the lab's own AWS has
            call([fill_in(word, values) for word in words[1:]])
    ecs = boto3.client("ecs", REGION, endpoint_url=moto.address())
    (service,) = ecs.describe_services(cluster=NAME, services=[NAME])["services"]
    assert service["desiredCount"] == 0, "the last one closes the old region"


def test_the_command_for_a_leaked_secret_tells_who_read_it(aws: Aws) -> None:
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name=f"{NAME}/alarm_sources", SecretString="made up for this test")
    secrets.get_secret_value(SecretId=f"{NAME}/alarm_sources")
    ((_, *words),) = (one for one in commands(ON_THE_LAB, "aws") if one[1] == "cloudtrail")
    events = call(words, aws.url)["Events"]
    assert [(one["EventName"], one["AccessKeyId"]) for one in events] == [
        ("GetSecretValue", "any"),
        ("CreateSecret", "any"),
    ]


def call(words: list[str], address: str = "") -> Any:
    """As the AWS CLI calls it. What has no answer within the words of the runbook raises."""
    service, operation, *rest = words
    options = options_of(rest)
    region = options.pop("--region", [REGION])[0]
    client = boto3.client("s3" if service == "s3api" else service, region, endpoint_url=address or moto.address())
    if operation == "wait":
        shape = client.meta.service_model.operation_model("DescribeTable").input_shape
        client.get_waiter(xform_name(rest[0].replace("-", "_"))).wait(**parameters(shape, options))
        return None
    names = {xform_name(name, "-"): name for name in client.meta.service_model.operation_names}
    shape = client.meta.service_model.operation_model(names[operation]).input_shape
    return getattr(client, xform_name(names[operation]))(**parameters(shape, options))


def options_of(words: list[str]) -> dict[str, list[str]]:
    options: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            options[word] = []
        elif options:
            options[list(options)[-1]].append(word)
    return options


def parameters(shape: Any, options: dict[str, list[str]]) -> dict[str, Any]:
    members = {f"--{xform_name(name, '-')}": name for name in shape.members}
    return {members[name]: value_of(shape.members[members[name]], words) for name, words in options.items()}


def value_of(shape: Any, words: list[str]) -> Any:
    if shape.type_name == "list" and shape.member.type_name == "structure":
        return [dict(pair.split("=") for pair in one.split(",")) for one in words]
    if shape.type_name == "list":
        return words
    if shape.type_name == "boolean":
        return True
    (text,) = words
    if shape.type_name == "integer":
        return int(text)
    if shape.type_name == "structure":
        pairs = (pair.split("=") for pair in text.split(","))
        return {name: one == "true" if shape.members[name].type_name == "boolean" else one for name, one in pairs}
    return Path(text.removeprefix("file://")).read_text("utf-8") if text.startswith("file://") else text
