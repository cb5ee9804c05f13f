"""Certificates of the responder's load balancer that end soon: ACM renews its own, and nobody renews imported ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sre_agent.aws_services.conditions import code_of
from sre_agent.errors import SreAgentError
from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.checks.installed import on_aws
from sre_agent.ops.installation import InstallationView

NO_BALANCER: Final = "LoadBalancerNotFound"
SOON: Final = timedelta(days=30)  # ACM renews 60 days before the end
URGENT: Final = timedelta(days=7)


@on_aws
async def look(installation: InstallationView) -> OpsFinding:
    name, now = installation.name, installation.clock.now()
    try:
        balancers = await installation.pages("elbv2", "describe_load_balancers", "LoadBalancers", Names=[name])
    except SreAgentError as problem:
        if code_of(problem) == NO_BALANCER:
            return OpsFinding.not_set_up(f"There is no load balancer {name}.")
        raise
    arns: set[str] = set()
    for balancer in balancers:
        arn = balancer["LoadBalancerArn"]
        for listener in await installation.pages("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=arn):
            arns |= {one["CertificateArn"] for one in listener.get("Certificates", [])}
    faults: list[tuple[OpsState, str]] = []
    days: list[float] = []
    for arn in sorted(arns):
        certificate = (await installation.ask("acm", "describe_certificate", CertificateArn=arn))["Certificate"]
        if (end := certificate.get("NotAfter")) is None:
            faults.append(("problem", f"The certificate of {certificate['DomainName']} was never issued."))
            continue
        days.append((end - now) / timedelta(days=1))
        if end - now < SOON:
            text = f"The certificate of {certificate['DomainName']} ends at {end:%Y-%m-%d}."
            faults.append(("problem" if end - now < URGENT else "warning", text))
    return OpsFinding.worst(
        faults,
        f"Certificates: {len(arns)}, valid for more than {SOON.days} days.",
        figures={"certificates": len(arns), **({"least_days": round(min(days), 1)} if days else {})},
        remedy="One that was imported has to be imported again; of others, check the DNS record that ACM validates.",
    )


CHECK: Final = OpsCheck(
    "certificates",
    "weekly",
    "certificates of the load balancer",
    look,
    ("elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeListeners", "acm:DescribeCertificate"),
)
