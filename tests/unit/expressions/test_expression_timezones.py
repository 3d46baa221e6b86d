import zoneinfo

import pytest

from schedule_model.errors import InvalidTimezoneError
from schedule_model.expressions import parse, timezone_named, timezone_names


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Paris", "Write 'Europe/Paris'"),
        ("utc", "Write 'UTC'"),
        ("america/new_york", "Write 'America/New_York'"),
        ("America/New York", "Write 'America/New_York'"),
        ("Amerika/New_York", "Did you mean 'America/New_York'?"),
        ("../../etc/passwd", "Write a name such as"),
        ("Factory", "Write a name such as"),
        ("", "Write a name such as"),
    ],
)
def test_an_unknown_timezone_is_refused_with_a_near_name(name: str, hint: str) -> None:
    with pytest.raises(InvalidTimezoneError, match="no timezone") as refused:
        parse("rate(1 day)", name)

    assert hint in str(refused.value)


def test_timezones_need_no_database_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoneinfo, "TZPATH", ())
    timezone_named.cache_clear()

    assert timezone_named("Europe/London").key == "Europe/London"


def test_every_listed_timezone_can_be_loaded() -> None:
    assert all(timezone_named(name).key == name for name in timezone_names())
