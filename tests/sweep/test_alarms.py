"""Nothing is called healthy without its alarms, and an alarm about what is in trouble is no trouble of its own."""

from __future__ import annotations

from pathlib import Path

from sre_agent.cli import sweep as verb
from tests.sweep.swept import CALM, SweptLab, lab
from tests.worlds.running import Ground


def fire(calm: SweptLab, name: str, **dimensions: str) -> None:
    """An alarm of CloudWatch that is on."""
    client = calm.aws("cloudwatch")
    client.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=600,
        TreatMissingData="breaching",
        ComparisonOperator="GreaterThanThreshold",
    )
    client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="the oldest message is 912 s old")
    client.close()


def test_an_alarm_about_a_failing_workload_is_a_symptom_of_its_cause(standing: Ground, tmp_path: Path) -> None:
    with lab(standing, "toll-gate", tmp_path) as toll:
        (trouble,) = toll.sweep().wrong
    assert (trouble.verdict, trouble.failure_class, trouble.severity) == ("cause", "crash_loop", "SEV2")
    assert "firing Alarm/tolling-pricing-errors" in trouble.symptoms


def test_a_cluster_whose_workloads_are_well_is_not_healthy_while_an_alarm_fires(
    standing: Ground, tmp_path: Path
) -> None:
    with lab(standing, CALM, tmp_path) as calm:
        well = calm.sweep()
        fire(calm, "berths-queue-age", QueueName="berths-orders")
        sweep = calm.sweep(before=well)
        elsewhere = calm.sweep("quay")
    assert (well.healthy, well.gaps, verb.of(well)) == (True, [], 0)
    (trouble,) = sweep.wrong
    assert (trouble.verdict, trouble.new, trouble.watches) == ("alarm", True, ["Queue/berths-orders"])
    assert "berths-queue-age is firing" in sweep.statement and verb.of(sweep) == 3
    assert (elsewhere.wrong, verb.of(elsewhere)) == ([], 5), "whether it is about this namespace is not known"


def test_without_any_source_of_alarms_the_verdict_is_healthy_as_far_as_it_could_be_checked(
    standing: Ground, tmp_path: Path
) -> None:
    away = {"cloudwatch": "CloudWatch was not read: there are no credentials."}
    with lab(standing, CALM, tmp_path, left_out=away, prometheus_url="") as calm:
        sweep = calm.sweep()
    assert "healthy as far as could be checked" in sweep.statement and "Alarms: none could be read" in sweep.statement
    assert "there are no credentials" in "".join(sweep.gaps) and verb.of(sweep) == 5


def test_a_service_whose_workload_was_scaled_to_zero_is_a_symptom_of_that(standing: Ground, tmp_path: Path) -> None:
    with lab(standing, "school-lunch", tmp_path) as meals:
        (trouble,) = meals.sweep().wrong
    assert trouble.failure_class == "scaled_to_zero"
    assert {"service.no_endpoints Service/meals/menu-api", "firing Alarm/menu-errors"} <= {*trouble.symptoms}
