"""The report of each incident, written by its present writer alone."""

from __future__ import annotations

from sre_agent.aws_services.conditions import ConditionFailedError
from sre_agent.domain.base import IncidentId
from sre_agent.domain.report import Report
from sre_agent.errors import LeaseLostError
from sre_agent.store.dynamodb.attributes import ABSENT, check, pack, put
from sre_agent.store.dynamodb.parts import BODY, Part, body_of, in_a_thread, of_incident

REPORT = "report"


class ReportItems(Part):
    @in_a_thread
    def keep_report(self, report: Report, epoch: int) -> None:
        pk = of_incident(report.incident)
        is_writer = check(pk, BODY, f"{ABSENT} OR #epoch = :epoch", values={"epoch": epoch})
        try:
            self.items.write(is_writer, put({"pk": pk, "sk": REPORT, BODY: pack(report.model_dump_json())}))
        except ConditionFailedError as problem:
            raise LeaseLostError(
                f"Incident {report.incident} has been taken over by another worker; this report is not saved."
            ) from problem

    @in_a_thread
    def report(self, incident: IncidentId) -> Report | None:
        return body_of(Report, self.items.get(of_incident(incident), REPORT))
