"""What is reachable from the internet or not encrypted, as far as objects of the cluster say it."""

from __future__ import annotations

from typing import Final

from sre_agent.sweep.checks.contract import CheckOutcome, SweepCheck, SweepScope, outcome
from sre_agent.sweep.checks.risks import Row, objects, subject, together

NAME: Final = "exposure"
INTERNAL: Final = (  # annotations that keep a load balancer of AWS off the internet, with what they say then
    ("service.beta.kubernetes.io/aws-load-balancer-internal", ("true", "0.0.0.0/0")),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", ("internal",)),
)
EBS: Final = ("ebs.csi.aws.com", "kubernetes.io/aws-ebs")


async def _run(scope: SweepScope) -> CheckOutcome:
    columns = ("spec.loadBalancerSourceRanges", *(_path(name) for name, _ in INTERNAL))
    services, at_services = await objects(scope, "Service", columns, column="spec.type", is_="LoadBalancer")
    ingresses, at_ingresses = await objects(scope, "Ingress", ("spec.tls",), column="spec.tls", is_="")
    columns = ("provisioner", "parameters.encrypted")
    classes, at_classes = await objects(scope, "StorageClass", columns, of_cluster=True)
    public = [subject(at_services, "Service", row) for row in services if _is_public(row)]
    plain = [subject(at_ingresses, "Ingress", row) for row in ingresses]
    bare = [subject(at_classes, "StorageClass", row) for row in classes if not _is_encrypted(row)]
    return outcome(
        [
            *together(
                NAME, "SEV4", public, "internet-facing", "Load balancers accept traffic from anywhere", at_services
            ),
            *together(NAME, "SEV4", plain, "without TLS", "Ingresses have no TLS of their own", at_ingresses),
            *together(NAME, "SEV4", bare, "unencrypted", "Storage classes do not encrypt their volumes", at_classes),
        ],
        [at_services, at_ingresses, at_classes],
    )


def _is_public(row: Row) -> bool:
    is_internal = any(str(row.get(_path(name))) in values for name, values in INTERNAL)
    return not is_internal and not row.get("spec.loadBalancerSourceRanges")


def _is_encrypted(row: Row) -> bool:
    """Of what is no volume of EBS nothing is known, and nothing is said."""
    return row.get("provisioner") not in EBS or str(row.get("parameters.encrypted", "")).lower() == "true"


def _path(annotation: str) -> str:
    return f"metadata.annotations.{annotation}"


CHECK: Final = SweepCheck(
    name=NAME,
    title="public load balancers, Ingresses without TLS, volumes without encryption",
    permission="list services, ingresses and storageclasses",
    run=_run,
)
