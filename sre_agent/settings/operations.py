"""How the responder itself is run: the installation that its checks look at, and what it promises."""

from __future__ import annotations

from pydantic import Field

from sre_agent.settings.area import Area


class OperationsSettings(Area):
    installation: str = Field(
        "",
        description="name of this responder's own installation on AWS, as Terraform's `name`: checks of roles, alarms,"
        " logs, images and secrets look for it; empty: it is not on AWS",
    )
    cost_explorer: bool = Field(
        False, description="let `ops daily` ask Cost Explorer what AWS bills; off, because AWS charges $0.01 a request"
    )
    backup_max_age_hours: float = Field(
        2.0,
        gt=0,
        description="age of the last backup from which `ops daily` reports it; one is made each half hour (RPO 1 h)",
    )
    secret_max_age_days: float = Field(
        180.0, gt=0, description="age of a secret that nothing rotates, from which `ops weekly` reports it"
    )
    slo_days: float = Field(28.0, gt=0, description="window of the SLOs; four weeks have four of each weekday")
    slo_accepted_alarms: float = Field(
        0.999, gt=0, lt=1, description="objective: share of alarms that are taken in; one in 1,000 may be turned away"
    )
    slo_diagnosis_seconds: float = Field(
        600.0, gt=0, description="an incident is in time when its first diagnosis is there after at most this long"
    )
    slo_diagnosis_in_time: float = Field(0.95, gt=0, lt=1, description="objective: share of incidents in time")
    slo_right_verdicts: float = Field(
        0.9, gt=0, lt=1, description="objective: share of graded verdicts that people called right"
    )
