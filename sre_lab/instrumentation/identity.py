"""As whom a pod uses what is outside of the cluster: its IAM role, and the passwords that it was started with."""

from __future__ import annotations

import base64
import binascii

from sre_lab.behaviour.accounts import account_of
from sre_lab.behaviour.kubelet.process import ContainerProcess, running_processes
from sre_lab.instrumentation.failure import RequestFailure
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.scenario import Dependency
from sre_lab.scenario.services import DependencyPassword
from sre_lab.world import World

ROLE = "eks.amazonaws.com/role-arn"
NODE_ROLE = "eks-node-role"
SERVICES = {"dynamodb": "DynamoDB", "sqs": "SQS", "s3": "S3", "secretsmanager": "Secrets Manager"}
DEFAULT_ACTIONS = {
    "dynamodb": "dynamodb:PutItem",
    "sqs": "sqs:ReceiveMessage",
    "s3": "s3:GetObject",
    "secretsmanager": "secretsmanager:GetSecretValue",
}


class PodRoles:
    """Remembers the role that each pod was created with: the annotation is read once, when the pod is admitted."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_uid: dict[str, str] = {}
        world.objects.subscribe(self._on_change)
        world.memories[PodRoles] = self

    def of(self, pod: Obj) -> str:
        role = self._by_uid.get(pod["metadata"]["uid"])
        return _present_role(self._world, pod) if role is None else role

    def _on_change(self, change: ObjectChange) -> None:
        if change.object["kind"] == "Pod" and change.type == "ADDED":
            self._by_uid[change.object["metadata"]["uid"]] = _present_role(self._world, change.object)
        elif change.object["kind"] == "Pod" and change.type == "DELETED":
            self._by_uid.pop(change.object["metadata"]["uid"], None)


def role_of(world: World, pod: Obj) -> str:
    """The ARN of the role that the pod may take on; empty where it only has its node's."""
    roles: PodRoles | None = world.memories.get(PodRoles)
    return roles.of(pod) if roles is not None else _present_role(world, pod)


def refusal(world: World, pod: Obj, container: Obj, dependency: Dependency) -> RequestFailure | None:
    """Why the dependency turns the pod away; None when it lets it in."""
    about = dependency.address or dependency.name
    if dependency.allowed_roles and (text := _denial(world, pod, dependency)):
        return RequestFailure(1.0, text, about)
    if dependency.password is not None:
        value = _password_in_use(world, pod, container, dependency.password)
        if value != dependency.password.value:
            return RequestFailure(1.0, _wrong_password(dependency, dependency.password), about)
    return None


def _present_role(world: World, pod: Obj) -> str:
    account = world.objects.get("ServiceAccount", pod["metadata"].get("namespace", ""), account_of(pod))
    return str(((account or {"metadata": {}})["metadata"].get("annotations") or {}).get(ROLE, ""))


def _denial(world: World, pod: Obj, dependency: Dependency) -> str:
    role = role_of(world, pod)
    if role in dependency.allowed_roles:
        return ""
    action = dependency.action or DEFAULT_ACTIONS.get(dependency.kind, f"{dependency.kind}:Connect")
    service = SERVICES.get(dependency.kind, dependency.kind)
    name = role.rpartition("/")[2] or NODE_ROLE
    session = pod["metadata"]["name"] if role else f"i-{pod['spec'].get('nodeName', 'node')}"
    account = role.split(":")[4] if role.count(":") >= 5 else world.cluster.account
    user = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
    what = f"User: {user} is not authorized to perform: {action} on resource: {_resource(world, dependency)}"
    return (
        f"operation error {service}: {action.partition(':')[2]}, https response error StatusCode: 403, "
        f"AccessDeniedException: {what} because no identity-based policy allows the {action} action"
    )


def _resource(world: World, dependency: Dependency) -> str:
    where = f"{world.cluster.region}:{world.cluster.account}"
    forms = {
        "dynamodb": f"arn:aws:dynamodb:{where}:table/{dependency.name}",
        "sqs": f"arn:aws:sqs:{where}:{dependency.name}",
        "s3": f"arn:aws:s3:::{dependency.name}/*",
        "secretsmanager": f"arn:aws:secretsmanager:{where}:secret:{dependency.name}",
    }
    return forms.get(dependency.kind, f"arn:aws:{dependency.kind}:{where}:{dependency.name}")


def _password_in_use(world: World, pod: Obj, container: Obj, password: DependencyPassword) -> str | None:
    """The value that the program uses: of its start where it comes as a variable, else the present one."""
    namespace, _, name = password.secret.rpartition("/")
    variable = _variable(container, name, password.key)
    process = _process(pod, container, running_processes(world))
    if variable and process is not None:
        return process.environment.get(variable)
    secret = world.objects.get("Secret", namespace or pod["metadata"]["namespace"], name)
    if secret is None:
        return None
    plain = (secret.get("stringData") or {}).get(password.key)
    return plain if plain is not None else _decode((secret.get("data") or {}).get(password.key, ""))


def _variable(container: Obj, secret: str, key: str) -> str:
    for variable in container.get("env") or []:
        source = (variable.get("valueFrom") or {}).get("secretKeyRef") or {}
        if source.get("name") == secret and source.get("key") == key:
            return str(variable["name"])
    for source in container.get("envFrom") or []:
        if (source.get("secretRef") or {}).get("name") == secret:
            return str(source.get("prefix", "")) + key
    return ""


def _process(
    pod: Obj, container: Obj, processes: dict[tuple[str, str, str], ContainerProcess]
) -> ContainerProcess | None:
    meta = pod["metadata"]
    return processes.get((meta["namespace"], meta["name"], container["name"]))


def _decode(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return value


def _wrong_password(dependency: Dependency, password: DependencyPassword) -> str:
    if dependency.kind == "elasticache":
        return "WRONGPASS invalid username-password pair or user is disabled."
    if dependency.kind == "rds":
        return f'FATAL: password authentication failed for user "{password.user}" (SQLSTATE 28P01)'
    return "401 Unauthorized: invalid credentials"
