"""Whatever run asks for a follow-up, its id is known as that of one."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from schedule_model.follow_ups import follow_up_id, is_follow_up
from schedule_model.run_request import DispatchedBy, RunRequest
from schedule_model.target import ID_PATTERN

INSTANTS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))
SUFFIXES = st.from_regex(r"[0-9A-Za-z._-]{0,64}", fullmatch=True)


@given(st.from_regex(ID_PATTERN, fullmatch=True), INSTANTS, SUFFIXES, st.integers(min_value=0, max_value=100_000))
def test_a_follow_up_of_any_run_is_known_by_its_id(
    target_id: str, scheduled_at: datetime, suffix: str, place: int
) -> None:
    asked = RunRequest(
        target_id=target_id,
        scheduled_at=scheduled_at,
        due_at=scheduled_at,
        suffix=suffix,
        dispatched_by=DispatchedBy.NEAR,
    )

    assert is_follow_up(follow_up_id(asked.idempotency_key, place))
