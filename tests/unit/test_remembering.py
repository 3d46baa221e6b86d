"""What is remembered of small maps, and what is not."""

from decimal import Decimal

import pytest

from schedule_model.remembering import KEY_SIZE_MAX, remembered

Fields = dict[str, object]


class Maker:
    """Makes a tuple of a map's items, and keeps account of how often it was asked to."""

    def __init__(self) -> None:
        self.made: list[Fields] = []
        self.look_up = remembered(self._make)

    def _make(self, fields: Fields) -> tuple[str, ...]:
        self.made.append(fields)
        if "wrong" in fields:
            raise ValueError("wrong")
        return tuple(map(repr, fields.items()))


def test_a_map_with_the_same_content_is_made_once() -> None:
    maker = Maker()

    first, second = maker.look_up({"a": [1, {"b": None}]}), maker.look_up({"a": [1, {"b": None}]})

    assert first is second
    assert len(maker.made) == 1


@pytest.mark.parametrize("other", [{"a": 2}, {"a": True}, {"a": 1.0}, {"a": "1"}, {"b": 1}, {"a": 1, "b": 1}])
def test_a_map_that_differs_in_anything_is_made_anew(other: Fields) -> None:
    maker = Maker()

    maker.look_up({"a": 1})

    assert maker.look_up(other) == tuple(map(repr, other.items()))


def test_a_map_that_was_changed_since_is_made_anew() -> None:
    maker, fields = Maker(), {"a": 1}
    maker.look_up(fields)

    fields["a"] = 2

    assert maker.look_up(fields) == ("('a', 2)",)


def test_an_error_is_not_remembered() -> None:
    maker = Maker()

    for _ in range(2):
        with pytest.raises(ValueError, match="wrong"):
            maker.look_up({"wrong": True})

    assert len(maker.made) == 2


@pytest.mark.parametrize("value", ["x" * KEY_SIZE_MAX, Decimal(1)])
def test_what_is_large_or_no_json_is_made_each_time(value: object) -> None:
    maker = Maker()

    for _ in range(2):
        maker.look_up({"a": value})

    assert len(maker.made) == 2
