"""One port for all of AWS: what the lab answers itself, and moto for the rest, over one wire.

CloudWatch, CloudWatch Logs, SSM Automation, X-Ray, EKS, databases of RDS and the cluster's instances are answered from
the world, because moto answers them wrongly without saying so, as it does the control plane of AgentCore; so are
Bedrock's Runtime, its batch jobs, AgentCore Runtime and Memory, redrives of queues and the event history of CloudTrail,
which moto does not have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sre_lab.aws import (
    agentcore,
    agentcore_control,
    agentcore_memory,
    bedrock,
    cloudwatch,
    databases,
    eks,
    logs,
    machines,
    message_moves,
    ssm,
    tables,
    trail,
    wire,
    xray,
)
from sre_lab.aws.calls import AwsCaller
from sre_lab.aws.errors import AwsError
from sre_lab.aws.moto import Moto
from sre_lab.aws.ssm import machine_commands
from sre_lab.aws.ssm.identifiers import new_id
from sre_lab.aws.wire import HttpRequest, HttpResponse, RequestTarget
from sre_lab.date_header import DateHeader
from sre_lab.world import World

Operation = Callable[[World, dict[str, Any]], dict[str, Any]]
OWN: dict[str, dict[str, Operation]] = {
    "monitoring": cloudwatch.OPERATIONS,
    "logs": logs.OPERATIONS,
    "ssm": ssm.OPERATIONS,
    "xray": xray.OPERATIONS,
    "eks": eks.OPERATIONS,
    "bedrock": bedrock.OPERATIONS,
    "agentcore": {**agentcore_control.OPERATIONS, **agentcore_memory.CONTROL_OPERATIONS},
    "agentcore-memory": agentcore_memory.OPERATIONS,
    "sqs": message_moves.OPERATIONS,
    "rds": databases.OPERATIONS,
    "ec2": machines.OPERATIONS,
    "cloudtrail": trail.OPERATIONS,
}
NAMES = {
    "monitoring": "CloudWatch",
    "logs": "CloudWatch Logs",
    "ssm": "Systems Manager",
    "xray": "X-Ray",
    "eks": "EKS",
    "bedrock": "Bedrock",
    "agentcore": "AgentCore",
    "agentcore-memory": "AgentCore Memory",
    "sqs": "SQS",
    "rds": "RDS",
    "ec2": "EC2",
    "cloudtrail": "CloudTrail",
}
SHARED = ("sqs", "rds", "ec2", "cloudtrail")  # with moto, which answers every other operation of theirs
PROTOCOLS = {"monitoring": ("query", "cbor"), "rds": ("query",), "ec2": ("query",)}  # beside awsJson and rest-json
MOTO_THREADS = 24  # long polls of a queue each hold one


def app(world: World) -> ASGIApp:
    """The endpoint that SDKs and the AWS CLI are pointed at; any credentials are good.

    Serve it without the HTTP server's own Date header: answers carry the world's time. Automations of this world make
    their AWS calls through the same dispatch.
    """
    return DateHeader(AwsEndpoint(world), world.clock)


class AwsEndpoint:
    """Reads a request whole, then answers it here or hands it to moto's threads."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._moto = Moto(world)
        self._threads = WSGIMiddleware(cast(Any, self._moto), workers=MOTO_THREADS)
        caller = AwsCaller(world, self.answer)
        ssm.connect(world, caller)
        bedrock.connect(world, caller)
        agentcore_control.connect(world, caller)
        tables.connect(world)
        eks.connect(world, self._moto.answer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = await _read(scope, receive)
        trail.note(self._world, request)
        if bedrock.understands(request):
            await bedrock.serve(self._world, request, receive, send)
            return
        if agentcore.understands(request):
            await agentcore.serve(self._world, request, receive, send)
            return
        own = self.own(request)
        if own is None:
            await self._threads(cast(Any, scope), cast(Any, _replay(request.body)), cast(Any, send))
        else:
            await _write(own, send)

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The whole of AWS without a socket; runs on the calling thread."""
        return self.own(request) or self._moto.answer(request)

    def own(self, request: HttpRequest) -> HttpResponse | None:
        """The answer of a service that the lab answers itself, None if the request is for moto."""
        what = wire.request_target(request)
        if what.service not in OWN or _is_for_moto(what):
            return None
        request_id = new_id(self._world)
        try:
            _refuse_other_protocols(what)
            params = wire.parameters(request, what)
            if what.service == "ssm" and not ssm.answers(what.operation, params):
                if what.operation == "SendCommand":
                    machine_commands.carry_out(self._world, params)
                return None
            if what.service == "ec2" and not machines.answers(self._world, params):
                return None
            return wire.success(request, what, _operation(what)(self._world, params), request_id)
        except AwsError as error:
            return wire.failure(request, what, error, request_id)


def _is_for_moto(what: RequestTarget) -> bool:
    """Told by the operation alone, and before anything is drawn from the world: queues are polled all the time."""
    return (what.service == "bedrock" and not what.operation) or (
        what.service in SHARED and what.operation not in OWN[what.service]
    )


def _operation(what: RequestTarget) -> Operation:
    operation = OWN[what.service].get(what.operation)
    if operation is None:
        have = ", ".join(sorted(OWN[what.service]))
        message = f"The lab does not implement {NAMES[what.service]} {what.operation or 'without an operation'}."
        code = "InvalidAction" if what.protocol == "query" else "UnknownOperationException"
        raise AwsError(code, f"{message} It implements: {have}.")
    return operation


def _refuse_other_protocols(what: RequestTarget) -> None:
    if what.protocol in PROTOCOLS.get(what.service, ()):
        return
    if what.protocol in ("query", "cbor", "other") and what.service != "ssm":
        raise AwsError(
            "UnsupportedProtocol",
            f"{NAMES[what.service]} {what.operation} was asked over the {what.protocol} protocol; the lab speaks "
            "awsJson here. Use boto3 1.44 or newer, or another SDK that speaks awsJson.",
        )


async def _read(scope: Scope, receive: Receive) -> HttpRequest:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            break
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return HttpRequest(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers, bytes(body))


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _write(response: HttpResponse, send: Send) -> None:
    headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in response.headers.items()]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
