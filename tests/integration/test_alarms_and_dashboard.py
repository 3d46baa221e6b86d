"""What somebody on call looks at: the alarms, each with its part of the runbook, and the dashboard."""

import json

import pytest

from functions.telemetry import Count, Measure
from local.paths import ROOT
from local.template_check import transformed

RESOURCES = transformed()["Resources"]
ALARMS = {name: one["Properties"] for name, one in RESOURCES.items() if one["Type"] == "AWS::CloudWatch::Alarm"}
RUNBOOK = (ROOT / "docs" / "operations.md").read_text()


def queue_named(name):
    return {"QueueName": {"Fn::GetAtt": [name, "QueueName"]}}


def anchors(text):
    return {line.lstrip("# ").lower().replace(" ", "-") for line in text.splitlines() if line.startswith("###")}


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_tells_the_topic_when_it_begins_and_when_it_is_over(name):
    told = {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}

    assert (ALARMS[name]["AlarmActions"], ALARMS[name]["OKActions"]) == (told, told)


def test_every_alarm_has_its_part_of_the_runbook_and_every_part_its_alarm():
    asked_for = RUNBOOK.partition("\n## What each alarm asks for\n")[2].partition("\n## ")[0]
    named = [alarm["AlarmDescription"].rpartition("Runbook: docs/operations.md#")[2] for alarm in ALARMS.values()]

    assert sorted(named) == sorted(anchors(asked_for))


def watched(alarm):
    """Yield each metric that an alarm looks at: name, dimensions and statistic."""
    parts = [alarm] if "MetricName" in alarm else [one["MetricStat"] for one in alarm["Metrics"] if "MetricStat" in one]
    for part in parts:
        metric = part.get("Metric", part)
        dimensions = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
        statistic = part.get("Statistic") or part.get("ExtendedStatistic") or part["Stat"]
        yield metric["Namespace"], metric["MetricName"], dimensions, statistic


ALL_OURS = {str(metric) for metric in [*Count, *Measure]}
OURS = {"service": "hourglass"}
WATCHED = [
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", queue_named("RunDeadLetterQueue"), "Maximum"),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", queue_named("RunQueue"), "Maximum"),
    ("AWS/Lambda", "IteratorAge", {"FunctionName": {"Ref": "PlannerFunction"}}, "Maximum"),
    ("AWS/Lambda", "IteratorAge", {"FunctionName": {"Ref": "DispatcherFunction"}}, "Maximum"),
    ("AWS/Lambda", "Errors", {"FunctionName": {"Ref": "SweeperFunction"}}, "Sum"),
    ("AWS/Lambda", "Invocations", {"FunctionName": {"Ref": "SweeperFunction"}}, "Sum"),
    ("Hourglass", "RunLateness", OURS, "p99"),
    ("Hourglass", "Reconciled", OURS, "Sum"),
    ("Hourglass", "RunsFailed", OURS, "Sum"),
    ("Hourglass", "RunsSucceeded", OURS, "Sum"),
]


def test_the_alarms_watch_what_somebody_on_call_must_hear_of_and_nothing_that_there_is_not():
    found = [metric for alarm in ALARMS.values() for metric in watched(alarm)]

    assert sorted(found, key=str) == sorted(WATCHED, key=str)
    assert {name for namespace, name, *_ in found if namespace == "Hourglass"} <= ALL_OURS


def test_a_sweeper_that_is_not_invoked_is_an_alarm_and_letters_of_days_ago_still_are():
    sweeps = ALARMS["NoSweepsAlarm"]

    assert (sweeps["ComparisonOperator"], sweeps["Threshold"]) == ("LessThanThreshold", 1)
    assert sweeps["TreatMissingData"] == "breaching"
    assert ALARMS["RunDeadLetterAlarm"]["TreatMissingData"] == "ignore"


DASHBOARD = json.loads(RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])
# Namespace, name and dimension of each metric, and the statistic in which it is shown.
SHOWN = [
    (*metric[:4], (metric[4:] or [{}])[0].get("stat", widget["properties"]["stat"]))
    for widget in DASHBOARD["widgets"]
    for metric in widget["properties"]["metrics"]
]
LOOP = ("Planner", "Dispatcher", "Sweeper", "Executor")


def of_each_function(name, statistic="Sum"):
    return {("AWS/Lambda", name, "FunctionName", f"${{{step}Function}}", statistic) for step in LOOP}


def of_each_table(name):
    return {("AWS/DynamoDB", name, "TableName", f"${{{table}Table}}", "Sum") for table in ("Targets", "Timers", "Runs")}


def of_ours(*names, statistic="Sum"):
    return {("Hourglass", name, "service", "hourglass", statistic) for name in names}


def of_queue(queue, name, statistic="Maximum"):
    return {("AWS/SQS", name, "QueueName", f"${{{queue}.QueueName}}", statistic)}


MUST_SHOW = {
    "runs": of_ours("RunsSucceeded", "RunsRetried", "RunsSkipped", "RunsMisfired"),
    "failures": of_ours("RunsFailed") | of_each_function("Errors"),
    "lateness": {metric for share in ("p50", "p90", "p99") for metric in of_ours("RunLateness", statistic=share)},
    "TTL's lag": {metric for share in ("p50", "p99") for metric in of_ours("TimerLateness", statistic=share)},
    "share by path, and the sweeper's rescues": of_ours("DispatchedByTtl", "DispatchedNear", "DispatchedBySweep"),
    "what was found again": of_ours("Reconciled", "DuplicateDeliveries"),
    "queue age": of_queue("RunQueue", "ApproximateAgeOfOldestMessage"),
    "dead letters": of_queue("RunDeadLetterQueue", "ApproximateNumberOfMessagesVisible"),
    "throttles": of_each_function("Throttles"),
    "cost: writes": of_each_table("ConsumedWriteCapacityUnits"),
    "cost: reads": of_each_table("ConsumedReadCapacityUnits"),
    "cost: queue": of_queue("RunQueue", "NumberOfMessagesSent", "Sum")
    | of_queue("RunQueue", "NumberOfEmptyReceives", "Sum"),
    "cost: invocations": of_each_function("Invocations"),
    "cost: time": of_each_function("Duration"),
    "cost: logs": {("AWS/Logs", "IncomingBytes", "LogGroupName", f"${{{step}Log}}", "Sum") for step in LOOP},
}


@pytest.mark.parametrize("what", MUST_SHOW)
def test_the_dashboard_shows(what):
    assert sorted(MUST_SHOW[what] - set(SHOWN)) == []


def test_the_dashboard_shows_no_metric_of_ours_that_there_is_not_and_is_free_of_charge():
    ours = [metric for metric in SHOWN if metric[0] == "Hourglass"]

    assert {name for _, name, *_ in ours} <= ALL_OURS
    assert {metric[2:4] for metric in ours} == {("service", "hourglass")}
    # Source: CloudWatch pricing, free tier: three dashboards of up to 50 metrics.
    assert len(SHOWN) <= 50
