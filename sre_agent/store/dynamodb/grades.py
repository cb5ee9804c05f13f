"""What people said of verdicts afterwards, in partitions of their own: that of an incident is forgotten with it."""

from __future__ import annotations

from typing import Final

from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident_grade import IncidentGrade
from sre_agent.store.contract.bodies import sortable
from sre_agent.store.dynamodb.attributes import pack, put
from sre_agent.store.dynamodb.parts import BODY, Part, bodies, body_of, in_a_thread

GRADES: Final = "grade"


class GradeItems(Part):
    @in_a_thread
    def keep_grade(self, grade: IncidentGrade) -> None:
        place = f"{sortable(grade.at)}#{grade.incident}"
        item = {"pk": _of(grade.incident), "sk": BODY, BODY: pack(grade.model_dump_json())}
        self.items.write(put({**item, "list": GRADES, "place": place}))

    @in_a_thread
    def grade(self, incident: IncidentId) -> IncidentGrade | None:
        return body_of(IncidentGrade, self.items.get(_of(incident), BODY))

    @in_a_thread
    def grades(self, *, limit: int = 200, before: str = "") -> list[IncidentGrade]:
        last = self.items.get(_of(before), BODY) if before else None
        if before and last is None:
            return []
        place = "" if last is None else str(last["place"])
        return bodies(IncidentGrade, self.items.in_list(GRADES, before=place, newest_first=True, most=limit))


def _of(incident: str) -> str:
    return f"grade#{incident}"
