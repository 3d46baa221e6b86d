from datetime import timedelta

import pytest

from hourglass import findings
from hourglass.findings import Level
from schedule_model.reconcile_pass import ReconcilePass
from schedule_model.settings import LoopSettings
from tests.unit.examples import NOON

NEAR = '{"eventName": ["INSERT", "MODIFY"], "dynamodb": {"NewImage": {"near": {"BOOL": [true]}}}}'
EXPIRED = '{"eventName": ["REMOVE"], "userIdentity": {"principalId": ["dynamodb.amazonaws.com"]}}'


def mapping(*patterns, state="Enabled", **changes):
    return {"State": state, "FilterCriteria": {"Filters": [{"Pattern": one} for one in patterns]}} | changes


@pytest.mark.parametrize(
    ("specification", "level"),
    [
        ({"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}, Level.OK),
        ({"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}, Level.BAD),
        ({"StreamEnabled": False}, Level.BAD),
        (None, Level.BAD),
    ],
)
def test_a_stream_must_carry_both_images(specification, level):
    assert findings.stream("s", {"StreamSpecification": specification}).level is level


def test_ttl_must_be_on_for_the_right_attribute():
    right = {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}

    assert findings.ttl("t", right, "expires_at").level is Level.OK
    assert findings.ttl("t", right, "delete_at").level is Level.BAD
    assert findings.ttl("t", {"TimeToLiveStatus": "DISABLED"}, "expires_at").level is Level.BAD


def test_the_dispatchers_source_must_have_both_filters():
    assert findings.source("d", [mapping(NEAR, EXPIRED)], is_filtered=True).level is Level.OK
    found = findings.source("d", [mapping(NEAR)], is_filtered=True)
    assert (found.level, found.fact) == (Level.BAD, "filters lack expired timers")


FAILING = mapping(LastProcessingResult="PROBLEM: Function call failed")


@pytest.mark.parametrize("mappings", [[], [mapping(state="Disabled")], [FAILING]])
def test_a_source_must_be_there_enabled_and_without_problems(mappings):
    assert findings.source("p", mappings, is_filtered=False).level is Level.BAD


def test_a_sweeper_whose_watermark_stands_is_bad():
    assert findings.sweeping(NOON - timedelta(minutes=2), now=NOON).level is Level.OK
    assert findings.sweeping(NOON - timedelta(minutes=5), now=NOON).level is Level.BAD
    assert findings.sweeping(None, now=NOON).level is Level.WARNING


def test_a_reconcile_pass_that_is_due_and_does_not_begin_is_bad():
    settings = LoopSettings(reconcile_period=timedelta(minutes=15))

    def level(age, after):
        last = ReconcilePass(NOON - timedelta(minutes=age), after)
        return findings.reconciling(last, now=NOON, settings=settings).level

    assert [level(10, None), level(30, None), level(30, "m"), level(18, None)] == [
        Level.OK,
        Level.BAD,
        Level.OK,
        Level.OK,
    ]


def test_a_backlog_is_a_warning():
    assert findings.backlog(3, timedelta(seconds=4)).level is Level.OK
    assert findings.backlog(3, timedelta(minutes=9)).level is Level.WARNING
    assert findings.backlog(5_000, None).level is Level.WARNING


def test_what_was_given_up_names_its_command():
    assert findings.given_up("dead letters", 0).level is Level.OK
    assert "hourglass redrive" in findings.given_up("dead letters", 1).advice


@pytest.mark.parametrize(("ahead", "level"), [(0, Level.OK), (1.9, Level.OK), (3, Level.WARNING), (-2, Level.WARNING)])
def test_a_clock_that_is_off_by_seconds_is_found(ahead, level):
    assert findings.clock_skew(NOON + timedelta(seconds=ahead), NOON).level is level
