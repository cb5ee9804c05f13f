"""X-Ray: traces found by filter expressions, the map of services, sampling rules."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import START, Aws

FIRST, SECOND = (f"1-6955b900-00000000000000000000000{digit}" for digit in "12")
WINDOW = {"StartTime": START - 10, "EndTime": START + 100}


def segments() -> list[dict[str, Any]]:
    """A shop that calls pay, a table and a foreign site; in the second trace pay is at fault and its caller copes."""
    documents = []
    for trace, begin, fault in ((FIRST, START, False), (SECOND, START + 20, True)):
        number = trace[-1]
        callee = {"id": f"b{number}" + "0" * 14, "name": "pay", "namespace": "remote", "start_time": begin + 1}
        callee |= {"end_time": begin + 3, "fault": fault, "http": {"response": {"status": 500 if fault else 200}}}
        table = {"id": f"c{number}" + "0" * 14, "name": "DynamoDB", "namespace": "aws", "start_time": begin + 3}
        table |= {"end_time": begin + 4, "aws": {"table_name": "orders"}, "throttle": fault}
        site = {"id": f"e{number}" + "0" * 14, "name": "example.com", "namespace": "remote", "start_time": begin}
        shop = {"name": "shop", "id": f"a{number}" + "0" * 14, "trace_id": trace, "start_time": begin}
        shop |= {"end_time": begin + 5, "subsegments": [callee, table, {**site, "end_time": begin + 1}]}
        shop |= {"origin": "AWS::EKS::Container", "user": f"user-{number}", "annotations": {"tenant": f"t{number}"}}
        request = {"url": f"http://shop/orders/{number}", "method": "POST", "client_ip": "10.0.0.1"}
        shop["http"] = {"request": request, "response": {"status": 201 if number == "1" else 404}}
        shop["error"] = fault
        pay = {"name": "pay", "id": f"d{number}" + "0" * 14, "trace_id": trace, "parent_id": callee["id"]}
        pay |= {"start_time": begin + 1.5, "end_time": begin + (2.5 if fault else 9.0), "fault": fault}
        pay["annotations"] = {"attempts": int(number), "retried": fault}
        if fault:
            pay["cause"] = {"exceptions": [{"id": "f" * 16, "type": "Timeout", "message": "no answer"}]}
        documents += [shop, pay]
    return documents


@pytest.fixture
def xray(aws: Aws) -> Any:
    client = aws.client("xray")
    client.put_trace_segments(TraceSegmentDocuments=[json.dumps(segment) for segment in segments()])
    return client


@pytest.mark.parametrize(
    ("expression", "numbers"),
    [
        ("", "12"),
        ("error", "2"),
        ("!error", "1"),
        ("error = false", "1"),
        ("ok", "1"),
        ("fault", ""),
        ("service() { fault }", "2"),
        ('service("pay")', "12"),
        ('!service("pay")', ""),
        ('service("pay") { fault = true }', "2"),
        ('service("pay") { responsetime > 5 }', "1"),
        ('service("shop") { fault }', ""),
        ('service(id(name: "orders", type: "AWS::DynamoDB::Table")) { throttle }', "2"),
        ('service(id(type: "AWS::EKS::Container"))', "12"),
        ('edge("shop", "pay")', "12"),
        ('edge("pay", "shop")', ""),
        ('edge("shop", "pay") { fault }', "2"),
        ('edge("shop", "example.com") { responsetime <= 1 AND ok }', "12"),
        ("duration >= 9", "1"),
        ("duration >= 5 AND duration < 9", "2"),
        ("responsetime > 5", ""),
        ("http.status = 404 OR http.status = 500", "2"),
        ("http.status != 404", "1"),
        ('http.url BEGINSWITH "http://shop" AND http.url ENDSWITH "/2"', "2"),
        ('http.method = "POST" http.url CONTAINS "orders"', "12"),
        ('http.clientip = "10.0.0.2"', ""),
        ('user = "user-2"', "2"),
        ('annotation.tenant = "t1"', "1"),
        ("annotation[attempts] >= 2", "2"),
        ("annotation.attempts < 2 OR annotation.retried = true", "12"),
        ("annotation.retried != true", "1"),
        ("annotation.nothing", ""),
        ("!annotation.nothing", "12"),
        ('service("pay") { annotation.attempts = 2 }', "2"),
        ('service("shop") { annotation.attempts = 2 }', ""),
        ('(ok OR duration > 100) AND (user = "user-1")', "1"),
        ("partial", ""),
    ],
)
def test_traces_are_found_by_filter_expressions(xray: Any, expression: str, numbers: str) -> None:
    summaries = xray.get_trace_summaries(**WINDOW, FilterExpression=expression)["TraceSummaries"]
    assert "".join(sorted(summary["Id"][-1] for summary in summaries)) == numbers


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("slow", "keyword 'slow' is not known"),
        ("duration >", "ends where a value"),
        ('duration = "long"', "compared with a number"),
        ("fault = 5", "true or false"),
        ("service(pay)", "name of a service in quotes"),
        ('service("pay") { fault', "'}' is expected"),
        ('(user = "a"', r"'\)' is expected"),
        ("fault )", "unexpected"),
        ("#", "cannot be read"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_with_the_place(xray: Any, expression: str, problem: str) -> None:
    with pytest.raises(xray.exceptions.InvalidRequestException, match=problem):
        xray.get_trace_summaries(**WINDOW, FilterExpression=expression)


def test_a_summary_tells_what_the_client_saw_and_where_it_went_wrong(xray: Any) -> None:
    (summary,) = xray.get_trace_summaries(**WINDOW, FilterExpression="error")["TraceSummaries"]
    assert (summary["HasError"], summary["HasFault"], summary["Duration"], summary["ResponseTime"]) == (
        True,
        False,
        5.0,
        5.0,
    )
    assert summary["Http"]["HttpStatus"] == 404
    assert summary["Users"][0]["UserName"] == "user-2"
    assert summary["EntryPoint"]["Name"] == "shop"
    assert summary["Annotations"]["attempts"][0]["ServiceIds"][0]["Name"] == "pay"
    assert {service["Name"] for service in summary["ServiceIds"]} == {"shop", "pay", "orders", "example.com"}
    (cause,) = summary["FaultRootCauses"]
    assert [service["Name"] for service in cause["Services"]] == ["shop", "pay"]
    assert cause["Services"][1]["EntityPath"][0]["Exceptions"] == [{"Name": "Timeout", "Message": "no answer"}]


def test_the_time_range_means_beginnings_work_or_ends(xray: Any) -> None:
    def within(start: float, end: float, kind: str) -> list[str]:
        window = {"StartTime": START + start, "EndTime": START + end}
        return [s["Id"][-1] for s in xray.get_trace_summaries(**window, TimeRangeType=kind)["TraceSummaries"]]

    assert within(6, 8, "TraceId") == []
    assert within(6, 8, "Event") == ["1"]
    assert within(6, 8, "Service") == []
    assert within(8, 21, "Service") == ["1"]
    assert within(8, 21, "TraceId") == ["2"]


def test_a_sample_is_the_same_each_time(xray: Any) -> None:
    def sampled(rate: float) -> list[str]:
        strategy = {"Name": "FixedRate", "Value": rate}
        answer = xray.get_trace_summaries(**WINDOW, Sampling=True, SamplingStrategy=strategy)
        return [summary["Id"] for summary in answer["TraceSummaries"]]

    assert sampled(0.0) == []
    assert sampled(1.0) == [FIRST, SECOND]


def graph_of(services: list[dict[str, Any]]) -> dict[tuple[str, str], list[str]]:
    """Names of callees by (name, type)."""
    names = {service["ReferenceId"]: service["Name"] for service in services}
    return {
        (service["Name"], service.get("Type", "")): sorted(names[edge["ReferenceId"]] for edge in service["Edges"])
        for service in services
    }


def test_the_service_graph_counts_how_calls_went(xray: Any) -> None:
    answer = xray.get_service_graph(**WINDOW)
    services = answer["Services"]
    assert graph_of(services) == {
        ("shop", "client"): ["shop"],
        ("shop", "AWS::EKS::Container"): ["example.com", "orders", "pay"],
        ("pay", ""): [],
        ("orders", "AWS::DynamoDB::Table"): [],
        ("example.com", "remote"): [],
    }
    shop = next(s for s in services if s.get("Type") == "AWS::EKS::Container")
    assert (shop["Root"], shop["SummaryStatistics"]["TotalCount"], shop["SummaryStatistics"]["OkCount"]) == (True, 2, 1)
    assert shop["SummaryStatistics"]["ErrorStatistics"]["TotalCount"] == 1
    pay = next(s for s in services if s["Name"] == "pay")
    assert pay["SummaryStatistics"]["FaultStatistics"]["TotalCount"] == 1
    assert sorted((h["Value"], h["Count"]) for h in pay["ResponseTimeHistogram"]) == [(1.0, 1), (7.5, 1)]
    edge = next(e for e in shop["Edges"] if e["ReferenceId"] == pay["ReferenceId"])
    assert edge["SummaryStatistics"]["TotalResponseTime"] == 4.0
    with pytest.raises(xray.exceptions.InvalidRequestException, match="6 hours"):
        xray.get_service_graph(StartTime=START - 86_400, EndTime=START)


def test_a_trace_graph_is_about_the_traces_that_are_named(xray: Any) -> None:
    services = xray.get_trace_graph(TraceIds=[FIRST, "1-6955b900-" + "f" * 24])["Services"]
    pay = next(s for s in services if s["Name"] == "pay")
    assert (pay["SummaryStatistics"]["TotalCount"], pay["SummaryStatistics"]["OkCount"]) == (1, 1)


def test_an_sdk_reads_its_sampling_rules_and_targets(xray: Any) -> None:
    rule = {"RuleName": "checkout", "Priority": 5, "FixedRate": 0.5, "ReservoirSize": 3, "Version": 1}
    rule |= dict.fromkeys(("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod"), "*")
    xray.create_sampling_rule(SamplingRule={**rule, "URLPath": "/checkout"})
    names = [record["SamplingRule"]["RuleName"] for record in xray.get_sampling_rules()["SamplingRuleRecords"]]
    assert names == ["checkout", "Default"]
    xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": "checkout", "FixedRate": 0.1})
    report = {"ClientID": "a" * 24, "Timestamp": START, "RequestCount": 1, "SampledCount": 1, "BorrowCount": 0}
    answer = xray.get_sampling_targets(
        SamplingStatisticsDocuments=[{**report, "RuleName": name} for name in ("checkout", "gone")]
    )
    (target,) = answer["SamplingTargetDocuments"]
    assert (target["FixedRate"], target["ReservoirQuota"]) == (0.1, 3)
    assert [unknown["RuleName"] for unknown in answer["UnprocessedStatistics"]] == ["gone"]
    xray.delete_sampling_rule(RuleName="checkout")
    with pytest.raises(xray.exceptions.InvalidRequestException, match="default"):
        xray.delete_sampling_rule(RuleName="Default")


def test_subsegments_that_were_streamed_alone_hang_where_they_belong(aws: Aws) -> None:
    xray = aws.client("xray")
    root = {"name": "web", "id": "a" * 16, "trace_id": FIRST, "start_time": START, "end_time": START + 2}
    call: dict[str, Any] = {
        "name": "db",
        "id": "b" * 16,
        "trace_id": FIRST,
        "parent_id": "a" * 16,
        "type": "subsegment",
    }
    call |= {"namespace": "remote", "sql": {"url": "db:5432"}, "start_time": START + 0.5, "end_time": START + 1}
    xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(call), json.dumps(root)])
    services = xray.get_trace_graph(TraceIds=[FIRST])["Services"]
    assert graph_of(services)[("web", "")] == ["db"]
    assert ("db", "Database::SQL") in graph_of(services)
