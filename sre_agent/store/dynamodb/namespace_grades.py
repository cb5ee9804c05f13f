"""How namespaces stood in sweeps: an item for each change of a grade."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sre_agent.domain.namespace_grade import NamespaceGrade
from sre_agent.store.contract.bodies import sortable
from sre_agent.store.dynamodb.attributes import Value, pack, put
from sre_agent.store.dynamodb.parts import BODY, Part, bodies, in_a_thread

GRADES: Final = "namespace_grade"


class NamespaceGradeItems(Part):
    @in_a_thread
    def keep_namespace_grades(self, grades: Sequence[NamespaceGrade]) -> None:
        for one in grades:  # each is whole by itself
            key = f"{one.cluster}#{one.namespace}#{sortable(one.at)}"
            fields = {"cluster": one.cluster, "namespace": one.namespace, BODY: pack(one.model_dump_json())}
            place = f"{sortable(one.at)}#{one.cluster}#{one.namespace}"
            self.items.write(put({"pk": f"{GRADES}#{key}", "sk": BODY, **fields, "list": GRADES, "place": place}))

    @in_a_thread
    def namespace_grades(
        self, *, cluster: str = "", namespace: str | None = None, limit: int = 50
    ) -> list[NamespaceGrade]:
        values: dict[str, Value] = {"cluster": cluster}
        values |= {} if namespace is None else {"namespace": namespace}
        only = " AND ".join(f"#{name} = :{name}" for name in values)
        rows = self.items.in_list(GRADES, newest_first=True, most=limit, only=only, values=values)
        return bodies(NamespaceGrade, rows)
