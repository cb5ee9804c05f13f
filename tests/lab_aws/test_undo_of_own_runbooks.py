"""Apply and undo give the state back, for every runbook of ours whose tag names an undo, whatever it starts with."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import pytest
import yaml

from mcp_servers.ssm.runbooks.undo import undo
from tests.lab_aws.conftest import Aws
from tests.lab_aws.test_own_runbooks import FOLDER, database, end_of, run

Parameters = dict[str, str]
UNDO: Final = "sre-agent:undo"
REMEDIES: Final[dict[str, Any]] = yaml.safe_load((FOLDER / "remedies.yaml").read_text("utf-8"))
ROUNDS: Final = 3


class TableCapacity:
    """A table's capacity, of which a call gives one or both."""

    def __init__(self, aws: Aws) -> None:
        self._tables = aws.client("dynamodb")

    def draw(self, dice: random.Random) -> Parameters:
        units = {"ReadCapacityUnits": str(dice.randint(6, 200)), "WriteCapacityUnits": str(dice.randint(6, 200))}
        fields = dice.sample(sorted(units), dice.randint(1, 2))
        return {"TableName": "orders", **{name: units[name] for name in fields}}

    def state(self) -> object:
        capacity = self._tables.describe_table(TableName="orders")["Table"]["ProvisionedThroughput"]
        return capacity["ReadCapacityUnits"], capacity["WriteCapacityUnits"]


class AliasVersion:
    """Which of four versions an alias leads to."""

    def __init__(self, aws: Aws) -> None:
        self._functions = functions = aws.client("lambda")
        role = aws.client("iam").create_role(RoleName="runs", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        first = {"Runtime": "python3.13", "Role": role, "Handler": "a.b", "Code": {"ZipFile": b"1"}}
        functions.create_function(FunctionName="pay", Publish=True, **first)
        for code in (b"2", b"3", b"4"):
            functions.update_function_code(FunctionName="pay", ZipFile=code, Publish=True)
        functions.create_alias(FunctionName="pay", Name="live", FunctionVersion="4")

    def draw(self, dice: random.Random) -> Parameters:
        return {"FunctionName": "pay", "AliasName": "live", "ToVersion": dice.choice(["1", "2", "3"])}

    def state(self) -> object:
        return self._functions.get_alias(FunctionName="pay", Name="live")["FunctionVersion"]


class DatabaseZone:
    """The zone of a database's writer."""

    def __init__(self, aws: Aws) -> None:
        self._name = database(aws, multi_az=True)
        self._databases = aws.client("rds")

    def draw(self, dice: random.Random) -> Parameters:
        return {"DBInstanceIdentifier": self._name}

    def state(self) -> object:
        return self._databases.describe_db_instances()["DBInstances"][0]["AvailabilityZone"]


RESOURCES: Final[dict[str, Callable[[Aws], TableCapacity | AliasVersion | DatabaseZone]]] = {
    "set-table-capacity": TableCapacity,
    "roll-back-alias": AliasVersion,
    "fail-over-database": DatabaseZone,
}


def test_every_runbook_with_an_undo_is_drawn_here() -> None:
    assert {name for name, remedy in REMEDIES.items() if UNDO in remedy["tags"]} == RESOURCES.keys()


@pytest.mark.parametrize("remedy", RESOURCES)
def test_a_runbook_and_its_undo_give_the_state_back(remedy: str, aws: Aws) -> None:
    dice, resource = random.Random(remedy), RESOURCES[remedy](aws)
    document, tag = REMEDIES[remedy]["document"], REMEDIES[remedy]["tags"][UNDO]
    for _ in range(ROUNDS):
        parameters, before = resource.draw(dice), resource.state()
        change = run(aws, document, 60, **parameters)
        assert end_of(change) == ("Success", "") and resource.state() != before
        call, unknown = undo(tag, {name: [value] for name, value in parameters.items()}, change["Outputs"])
        assert call is not None and not unknown
        back = call["arguments"]
        back_again = {name: str(values[0]) for name, values in back["parameters"].items()}
        taken_back = run(aws, back["document"], 60, **back_again)
        assert end_of(taken_back) == ("Success", "") and resource.state() == before, back
