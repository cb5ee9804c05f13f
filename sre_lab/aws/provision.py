"""What is in the lab's AWS account before a scenario begins: tables, alarms, their queue, runbooks, OpsItems."""

from __future__ import annotations

import json

from sre_lab.aws import moto, tables
from sre_lab.aws.cloudwatch import alarms
from sre_lab.aws.ssm import documents, managed_instances, ops_items
from sre_lab.scenario import RunbookSpec, Scenario
from sre_lab.world import World

ALARM_QUEUE = "sre-agent-alarms"
ALARM_RULE = "sre-agent-alarm-state-changes"
ALARM_EVENTS = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}


def provision(world: World, scenario: Scenario) -> None:
    """Make the account of this scenario, in an emptied moto. Takes tens of milliseconds, no HTTP."""
    provision_queue(world)
    tables.connect(world)
    for table in scenario.tables:
        tables.create(world, table)
    for runbook in scenario.runbooks:
        _add_runbook(world, runbook)
    for item in scenario.ops_items:
        ops_items.file(world, item)
    managed_instances.start(world)
    for alarm in sorted(scenario.alarms, key=lambda alarm: bool(alarm.rule)):  # what a rule names comes before it
        alarms.create_alarm(world, alarm)


def provision_queue(world: World) -> None:
    """Empty moto, and make the queue that every alarm's state changes arrive in."""
    moto.reset()
    queue = moto.backend(world, "sqs").create_queue(ALARM_QUEUE)
    events = moto.backend(world, "events")
    events.put_rule(name=ALARM_RULE, event_pattern=json.dumps(ALARM_EVENTS))
    events.put_targets(ALARM_RULE, None, [{"Id": ALARM_QUEUE, "Arn": queue.queue_arn}])


def _add_runbook(world: World, runbook: RunbookSpec) -> None:
    request = {
        "Name": runbook.name,
        "Content": json.dumps(runbook.content),
        "DocumentType": "Automation",
        "DocumentFormat": "JSON",
        "Tags": [{"Key": key, "Value": value} for key, value in runbook.tags.items()],
    }
    documents.create_document(world, request)
