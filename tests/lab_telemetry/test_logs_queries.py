from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from sre_lab.aws.logs import queries
from sre_lab.telemetry import LogEvent
from tests.lab_telemetry.conftest import START, Lab
from tests.lab_telemetry.logs import answer, begin, rows, write

MANY = 3 * queries.SLICE


def fill(lab: Lab, count: int = MANY) -> None:
    lab.world.logs.create("/app")
    group = lab.world.logs.group("/app")
    for place in range(count):
        at = int(START * 1000) - 600_000 + place
        group.add(at, "pod-a", f"line {place % 10}", at)


def test_a_large_query_runs_on_the_clock_and_shows_the_rows_so_far(lab: Lab) -> None:
    fill(lab)
    query_id = begin(lab, "stats count(*) as n")
    first = lab.client("logs").describe_queries(status="Running")["queries"]
    assert [query["queryId"] for query in first] == [query_id]
    running = answer(lab, query_id)
    assert running["status"] == "Running"
    assert 0 < int(rows(running)[0]["n"]) == running["statistics"]["recordsScanned"] < MANY
    lab.advance(5)
    done = answer(lab, query_id)
    assert (done["status"], rows(done)) == ("Complete", [{"n": str(MANY)}])
    assert done["statistics"]["recordsMatched"] == done["statistics"]["recordsScanned"] == MANY
    assert done["statistics"]["bytesScanned"] == MANY * len("line 0")


def test_a_large_query_ends_where_the_clock_stands_when_it_is_asked_often_enough(lab: Lab) -> None:
    fill(lab)
    query_id = begin(lab, "filter @message like /9$/ | stats count(*) as n")
    looks = 0
    while (result := answer(lab, query_id))["status"] == "Running":
        looks += 1
        assert looks < 60
    assert result["status"] == "Complete"
    assert rows(result) == [{"n": str(sum(place % 10 == 9 for place in range(MANY)))}]


def test_what_is_written_after_a_query_began_does_not_show_in_it(lab: Lab) -> None:
    fill(lab)
    query_id = begin(lab, "stats count(*) as n, count_distinct(@message) as kinds")
    for place in range(20):
        lab.world.logs.append("/app", LogEvent(START - 599 + place, "pod-b", f"late {place}"))
    lab.advance(5)
    assert rows(answer(lab, query_id)) == [{"n": str(MANY), "kinds": "10"}]


def test_a_running_query_is_stopped_once_and_keeps_its_rows(lab: Lab) -> None:
    fill(lab)
    client, query_id = lab.client("logs"), begin(lab, "fields @message | limit 3")
    assert client.stop_query(queryId=query_id)["success"] is True
    lab.advance(5)
    stopped = answer(lab, query_id)
    assert (stopped["status"], len(rows(stopped))) == ("Cancelled", 3)
    assert stopped["statistics"]["recordsScanned"] < MANY
    with pytest.raises(ClientError, match="is not running: it is Cancelled"):
        client.stop_query(queryId=query_id)


def test_more_queries_at_once_than_the_quota_are_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(lab)
    monkeypatch.setattr(queries, "MOST_RUNNING", 2)
    begin(lab, "fields @message")
    begin(lab, "fields @message")
    with pytest.raises(ClientError, match=r"LimitExceededException.*2 queries are running"):
        begin(lab, "fields @message")
    lab.advance(5)
    assert begin(lab, "fields @message")


def test_a_window_holds_both_of_its_ends(lab: Lab) -> None:
    write(lab, ["before", "first", "between", "last", "after"], start=START - 61)
    query_id = begin(lab, "fields @message", startTime=int(START) - 60, endTime=int(START) - 58)
    assert [row["@message"] for row in rows(answer(lab, query_id))] == ["last", "between", "first"]


def test_ten_thousand_rows_are_the_default_and_more_come_in_pages(lab: Lab) -> None:
    fill(lab, 12_000)
    result = answer(lab, begin(lab, "fields @message"))
    assert (len(result["results"]), result["statistics"]["recordsMatched"]) == (10_000, 12_000.0)
    query_id = begin(lab, "fields @message | limit 11000")
    client = lab.client("logs")
    first = client.get_query_results(queryId=query_id)
    second = client.get_query_results(queryId=query_id, nextToken=first["nextToken"])
    assert (len(first["results"]), len(second["results"]), "nextToken" in second) == (10_000, 1_000, False)
    assert first["statistics"]["resultCount"] == 11_000.0


def test_the_pointer_of_a_row_leads_to_the_whole_record(lab: Lab) -> None:
    write(lab, ["same"], start=START - 60)
    write(lab, ['{"level": "warn", "user": {"name": "ann"}}'], start=START - 60)
    write(lab, ["same"], start=START - 60, stream="pod-b")
    client = lab.client("logs")
    result = answer(lab, begin(lab, "filter level = 'warn' | fields level"))
    pointer = next(cell["value"] for cell in result["results"][0] if cell["field"] == "@ptr")
    lab.world.logs.append("/app", LogEvent(START - 60, "pod-a", "later"))
    record = client.get_log_record(logRecordPointer=pointer)["logRecord"]
    assert record["user.name"] == "ann"
    assert (record["@logStream"], record["@timestamp"]) == ("pod-a", str(int(START - 60) * 1000))
    with pytest.raises(client.exceptions.InvalidParameterException, match="logRecordPointer is invalid"):
        client.get_log_record(logRecordPointer="nonsense")
    client.delete_log_group(logGroupName="/app")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_log_record(logRecordPointer=pointer)


def test_the_fields_of_a_group_are_told_with_their_share(lab: Lab) -> None:
    write(lab, ['{"a": 1}', '{"a": 2, "b": {"c": 3}}', "plain", "plain"], start=START - 60)
    log_group_fields = lab.client("logs").get_log_group_fields(logGroupName="/app")["logGroupFields"]
    shares = {row["name"]: row["percent"] for row in log_group_fields}
    assert (shares["@message"], shares["a"], shares["b.c"]) == (100, 50, 25)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"queryString": " "}, "1 to 10000 characters"),
        ({"queryString": "fields @message" + " " * 10_000}, "10000"),
        ({"startTime": int(START)}, "start before end"),
        ({"queryLanguage": "PPL"}, "not PPL"),
        ({"logGroupNames": [f"/g{n}" for n in range(51)]}, "At most 50"),
    ],
)
def test_a_query_that_cannot_be_asked_is_refused(lab: Lab, change: dict[str, object], problem: str) -> None:
    for number in range(51):
        lab.world.logs.create(f"/g{number}")
    lab.world.logs.create("/app")
    request = {"query": "fields @message", "endTime": int(START) - 1, **change}
    query = str(request.pop("queryString", request.pop("query")))
    request.pop("query", None)
    with pytest.raises(Exception, match=problem):
        begin(lab, query, **request)


def test_query_definitions_are_kept_changed_found_and_deleted(lab: Lab) -> None:
    client = lab.client("logs")
    remaining = client.put_query_definition(name="errors/pay", queryString="fields a", logGroupNames=["/app"])
    client.put_query_definition(name="slow", queryString="fields b")
    client.put_query_definition(
        name="errors/pay", queryString="fields c", queryDefinitionId=remaining["queryDefinitionId"]
    )
    (result,) = client.describe_query_definitions(queryDefinitionNamePrefix="errors")["queryDefinitions"]
    assert (result["queryString"], result["logGroupNames"], result["lastModified"]) == (
        "fields c",
        [],
        int(START * 1000),
    )
    assert client.delete_query_definition(queryDefinitionId=remaining["queryDefinitionId"])["success"] is True
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.delete_query_definition(queryDefinitionId=remaining["queryDefinitionId"])
