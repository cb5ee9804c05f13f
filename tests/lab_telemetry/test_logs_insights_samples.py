"""Queries of the kinds that AWS's guides and dashboards ask of each service's logs."""

from __future__ import annotations

import pytest

from tests.lab_telemetry.conftest import START, Lab
from tests.lab_telemetry.logs import ask, refusal, write

REPORT = "REPORT RequestId: 0a1b2c3d-0000-4000-8000-{:012d}\tDuration: {}.5 ms\tBilled Duration: {} ms\t"
MEMORY = "Memory Size: 128 MB\tMax Memory Used: 50 MB"
PAY = "/aws/lambda/pay"
ASKED = {
    "lambda": [
        'filter @type = "REPORT" | stats avg(@duration), max(@duration), min(@duration) by bin(5m)',
        'filter @type = "REPORT" and @duration > 10 | fields @timestamp, @requestId | sort @timestamp desc\n'
        "| dedup @requestId | limit 20",
        'filter @type="REPORT" | stats sum(strcontains(@message, "Init Duration"))/count(*) * 100 as cold, '
        "avg(@duration)\n by bin(5m)",
        'filter @type = "REPORT" | parse @message /Init Duration: (?<init>\\S+)/\n'
        "| stats count() as total, count(init) as cold, avg(@maxMemoryUsed)/1000/1000 as used by bin (1min)",
        'filter @type = "REPORT" | fields @memorySize / 1000000 as size, @billedDuration / 1000 as took '
        "| stats sum(size / 1024 * took) as spent by bin(1h)",
        'fields coalesce(@duration, 0) as d, @duration > 1000 AND @type = "REPORT" as slow | stats count(*) by slow',
    ],
    "vpc": [
        "stats sum(packets) as packetsTransferred by srcAddr, dstAddr | sort packetsTransferred  desc | limit 15",
        'filter isIpv4InSubnet(srcAddr, "192.0.2.0/24") | stats sum(bytes) as sent by dstAddr | sort sent desc',
        "filter protocol=17 | stats count(*) by srcAddr",
        'filter logStatus="SKIPDATA" | stats count(*) by bin(1h) as t | sort t',
        "fields @timestamp, srcAddr, dstAddr, srcPort, dstPort, protocol, bytes | filter logStream = 'flows' and "
        "interfaceId = 'eni-1' | sort @timestamp desc | dedup srcAddr, dstAddr, srcPort, dstPort, protocol | limit 20",
        "parse @message \"* * * * * * * * * * * * * *\" as version, account, eni, src, dst, sport, dport, proto, "
        "packets, bytes, begin, finish, action, status | filter action = 'REJECT' | stats count(*) as n by src, dport",
    ],
    "cloudtrail": [
        "stats count(*) by eventSource, eventName, awsRegion",
        'filter (eventName="StartInstances" or eventName="StopInstances") and awsRegion="us-east-2"',
        'filter eventName="CreateUser" | fields awsRegion, requestParameters.userName, responseElements.user.arn',
        'filter eventName="UpdateTrail" and ispresent(errorCode) | stats count(*) by errorCode, errorMessage',
        'filter tlsDetails.tlsVersion in [ "TLSv1", "TLSv1.1" ]\n| stats count(*) as calls by userIdentity.accountId, '
        "eventSource, tlsDetails.tlsVersion, userAgent | sort eventSource, tlsDetails.tlsVersion",
    ],
    "route53": [
        "stats count(*) by queryType, bin(1h)",
        "stats count(*) as numRequests by resolverIp | sort numRequests desc | limit 10",
        'filter responseCode="SERVFAIL" | stats count(*) by queryName',
    ],
    "appsync": [
        'fields ispresent(graphQLAPIId) as isApi | filter isApi | filter logType = "RequestSummary" '
        "| stats count() as statusCount by statusCode | sort statusCount desc",
        'fields ispresent(resolverArn) as isRes | stats count() as n by resolverArn | filter isRes '
        '| filter logType = "Tracing" | sort n desc | limit 10',
        "fields ispresent(resolverArn) as isRes | stats count() as n by resolverArn, logType | filter isRes and "
        '(logType = "RequestMapping" or logType = "ResponseMapping") and fieldInError | sort n desc | limit 10',
        'fields requestId, latency | filter logType = "RequestSummary" | sort latency desc | limit 10',
    ],
    "nat": [
        "filter (dstAddr like '10.0.0.1' and srcAddr like '203.0.113.') "
        "| stats sum(bytes) as bytesTransferred by srcAddr, dstAddr | sort bytesTransferred desc | limit 10",
        "filter (dstAddr like '10.0.0.1' and srcAddr not like '203.0.113.') | stats sum(bytes) as n by srcAddr",
    ],
    "iot": [
        'fields @timestamp, @message | filter eventType = "Connect" and status != "Success" | sort @timestamp desc',
        'filter eventType="Publish-In" | stats count(*) as n by topicName, clientId | sort by n desc, clientId',
        "filter clientId like /^sensor-\\d+$/ | stats count_distinct(clientId) by logLevel, bin(30s)",
    ],
    "gateway": [
        "fields @timestamp, status, ip, path, httpMethod | filter status>=400 and status<=499 | sort @timestamp desc",
        "filter status=200 | stats avg(integrationLatency), max(integrationLatency) by bin(1m)",
        "stats count(*) as requestCount by path | sort requestCount desc | limit 10",
    ],
    "general": [
        "fields @timestamp, @message | sort @timestamp desc | limit 25",
        "filter @message like /(?i)Exception/ | stats count(*) as n by bin(1h) | sort n desc",
        "fields @message | filter @message not like /Exception/ # nothing of these",
        "fields @timestamp, server, severity | sort @timestamp desc | dedup server, severity",
        "stats count(*) as numberOfEvents by `detail-type` | sort numberOfEvents desc",
        'parse @message "user=*, method:*, latency := *" as @user, @method, @latency\n'
        "| stats avg(@latency) by @method, @user",
        "parse @message /user=(?<user2>.*?), method:(?<method2>.*?), latency := (?<latency2>.*?)$/\n"
        "| stats avg(latency2) by method2, user2",
        'fields @message | parse @message "* [*] *" as t, loggingType, text | filter loggingType IN ["ERROR"]\n'
        '| display text, loggingType = "ERROR" as isError',
        "parse '* - * [*] \"* * *\" * *' as host, identity, at, verb, url, protocol, statusCode, bytes\n"
        "| stats max(bytes) as maxBytes, avg(bytes) by url | sort maxBytes desc",
        'fields trim(@message) as trimmed | parse trimmed "[*] * *" as level, time, rest | display level, time, rest\n'
        '| filter level like "INFO"',
    ],
}  # fmt: skip


@pytest.mark.parametrize("service", ASKED)
def test_the_usual_questions_to_each_service_s_logs_are_understood(lab: Lab, service: str) -> None:
    write(lab, [REPORT.format(1, 12, 13) + MEMORY, '{"eventName": "CreateUser"}'])
    for query in ASKED[service]:
        ask(lab, query)


def test_the_most_expensive_requests_come_first(lab: Lab) -> None:
    write(
        lab, [REPORT.format(n, duration, duration + 1) + MEMORY for n, duration in enumerate((20, 90, 40))], group=PAY
    )
    query = 'filter @type = "REPORT" | fields @requestId, @billedDuration | sort by @billedDuration desc | limit 2'
    assert [row["@billedDuration"] for row in ask(lab, query, logGroupNames=[PAY])] == ["91", "41"]
    memory = (
        'filter @type = "REPORT" | stats max(@memorySize / 1000 / 1000) as provisionedMemoryMB, '
        "max(@maxMemoryUsed / 1000 / 1000) as maxMemoryUsedMB, provisionedMemoryMB - maxMemoryUsedMB as overMB"
    )
    assert ask(lab, memory, logGroupNames=[PAY]) == [
        {"provisionedMemoryMB": "128", "maxMemoryUsedMB": "50", "overMB": "78"}
    ]


def test_source_says_the_groups_and_the_window_of_a_query(lab: Lab) -> None:
    write(lab, ["old"], start=START - 7200)
    write(lab, ["new"], start=START - 60)
    every = 'SOURCE logGroups(namePrefix: [], class: "STANDARD")'
    assert ask(lab, f"{every} START=-3600s END=0s |\nfields @message") == [{"@message": "new"}]
    assert len(ask(lab, f"{every} START=-12h | fields @message")) == 2
    one = 'SOURCE logGroups(namePrefix:["/app"], accountIdentifiers:["111122223333"])'
    day = "START=2025-12-31T21:00:00.000Z END=2025-12-31T23:00:00.000Z"
    assert ask(lab, f"{one} {day} | fields @message") == [{"@message": "old"}]
    assert "moment expected" in refusal(lab, f"{every} START=yesterday | fields @message")
    assert "no span of time" in refusal(lab, f"{every} START=-2mo | fields @message")
