"""What consumers say of the part of the work that they were assigned."""

from __future__ import annotations

import pytest

from mcp_servers.contract.facts import Subject
from mcp_servers.signals.logs.assignments import unassigned

POD = Subject(scope="blue", kind="Pod", namespace="shop", name="cart-1")
CLIENT = "[Consumer clientId=consumer-cart-3, groupId=cart]"


@pytest.mark.parametrize(
    "lines",
    [
        [f"INFO {CLIENT} Notifying assignor about the new Assignment(partitions=[])"],
        [f"INFO {CLIENT} Adding newly assigned partitions: "],
        ["INFO o.s.k.l.KafkaMessageListenerContainer - cart: partitions assigned: []"],
        ['{"level":"info","msg":"partitions assigned: []"}'],
        ["consumer joined, 0 partitions assigned"],
        ["worker 7 has no shards assigned"],
        [f"INFO {CLIENT} Adding newly assigned partitions: orders-3", "INFO new assignment: no partitions"],
    ],
)
def test_a_consumer_whose_last_word_is_that_it_has_no_part_is_told(lines: list[str]) -> None:
    (observation,) = unassigned([(None, line) for line in lines], POD)
    assert observation.code == "log.unassigned" and observation.excerpt == lines[-1].strip()


@pytest.mark.parametrize(
    "lines",
    [
        [f"INFO {CLIENT} Notifying assignor about the new Assignment(partitions=[orders-1])"],
        ["INFO partitions assigned: []", f"INFO {CLIENT} Adding newly assigned partitions: orders-3"],
        ["INFO Finished assignment: {a=Assignment(partitions=[orders-0]), b=Assignment(partitions=[])}"],
        [f"INFO {CLIENT} Revoke previously assigned partitions "],
        ["ERROR cannot assign partition 3: no partition of that number"],
        ["INFO the disk has no partitions", "INFO ticket 7 assigned to []"],
    ],
)
def test_a_part_a_list_of_all_members_and_other_words_are_no_lack_of_one(lines: list[str]) -> None:
    assert not list(unassigned([(None, line) for line in lines], POD))
