"""The local engine's own threads: what they meet does not end them, and what they number does not go backwards."""

from types import SimpleNamespace
from typing import Any

import pytest

from local.engine import streams
from local.engine.ttl import Reaper
from local.engine.workers import REST_SECONDS_MAX, Rest


class Broken:
    """Stands in for a part of the engine that raises whatever it is asked for."""

    def __getattr__(self, name: str) -> Any:
        raise TimeoutError(name)


def test_a_stream_reader_outlives_an_engine_that_does_not_answer(caplog: pytest.LogCaptureFixture) -> None:
    mapping = {"UUID": "u", "FunctionName": "planner", "EventSourceArn": "arn:aws:dynamodb:::table/T/stream/1"}
    reader = streams.Reader(Broken(), "123456789012", "us-east-1", mapping)

    reader.turn()

    assert "reading the stream for planner failed" in caplog.text


def test_ttl_outlives_an_engine_that_does_not_answer(caplog: pytest.LogCaptureFixture) -> None:
    dynamodb = SimpleNamespace(_build_change_record=dict, _ttl_settings=Broken())

    Reaper(dynamodb, lag_seconds=1).turn()

    assert "a pass of TTL failed" in caplog.text


def test_records_are_numbered_upwards_though_the_clock_is_set_back() -> None:
    made = iter([f"{millisecond:020d}{count:010d}" for count, millisecond in enumerate([1000, 2000, 1500, 3000])])
    dynamodb = SimpleNamespace(_next_stream_seq=lambda: next(made))

    streams.install(dynamodb)
    numbers = [dynamodb._next_stream_seq() for _ in range(4)]

    assert numbers == sorted(numbers)
    assert len(set(numbers)) == 4
    assert [int(number[:20]) for number in numbers] == [1000, 2000, 2000, 3000]


def test_a_function_that_does_not_start_is_tried_ever_more_seldom_and_at_once_when_it_does() -> None:
    rest, waits = Rest(), []
    for _ in range(8):
        rest.after(is_well=False, now=0)
        waits.append(rest.until)

    assert waits == [2, 4, 8, 16, 32, 60, 60, REST_SECONDS_MAX]
    assert not rest.is_over(59)
    rest.after(is_well=True, now=60)
    assert rest.is_over(60)
