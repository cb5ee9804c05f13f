"""What could be done about the causes of an investigation that only looks: nothing is previewed, asked or permitted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sre_agent.diagnosis import remedies
from sre_agent.domain.action import SkippedRemedy
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence
from sre_agent.domain.report import Offer
from sre_agent.domain.run import RemediationPlan
from sre_agent.failures import Catalogue
from sre_agent.graph.actions import as_if_previewed
from sre_agent.policy import Policy
from sre_agent.policy.facts import Circumstances


def offers(
    diagnosis: Diagnosis,
    evidence: Sequence[Evidence],
    catalogue: Catalogue,
    policy: Policy,
    *,
    severity: str,
    now: datetime,
) -> RemediationPlan:
    """The remedies of each believed cause with the policy's decision as far as it is known before a dry run, and a
    sentence for each remedy that does not fit."""
    offers: list[Offer] = []
    skipped: list[SkippedRemedy] = []
    for cause in diagnosis.causes:
        options, reasons = remedies.options(catalogue, cause, evidence)
        skipped += reasons
        for option in options:
            policy_decision = policy.decide(
                as_if_previewed(option), severity=severity, circumstances=Circumstances(now=now)
            )
            call = option.call
            offers.append(
                Offer(purpose=option.purpose, server=call.server, tool=call.tool, verdict=policy_decision.verdict)
            )
    return RemediationPlan(skipped=skipped, offers=offers)
