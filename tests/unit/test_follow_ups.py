"""The ids of targets that a runner's answer creates."""

import pytest

from schedule_model.follow_ups import follow_up_id, is_follow_up
from schedule_model.run_request import RunRequest
from tests.unit.examples import NOON, request

BY_HAND = RunRequest.by_hand("team/homepage", now=NOON.replace(microsecond=250_000), drawn="0f1e2d3c4b5a6978")


@pytest.mark.parametrize(
    ("asked", "place", "target_id"),
    [
        (request(), 0, "homepage.2026-11-20T12:00:00Z.0"),
        (request(), 12, "homepage.2026-11-20T12:00:00Z.12"),
        (request(suffix="backfill-a.b_c"), 1, "homepage.2026-11-20T12:00:00Z.backfill-a.b_c.1"),
        (BY_HAND, 0, "team.homepage.2026-11-20T12:00:00.250Z.manual-0f1e2d3c4b5a6978.0"),
        (
            request(target_id="homepage.2026-11-20T11:55:00Z.0"),
            0,
            "homepage.2026-11-20T11:55:00Z.0.2026-11-20T12:00:00Z.0",
        ),
        (request(target_id="a@b:c=d+e-1"), 3, "a@b:c=d+e-1.2026-11-20T12:00:00Z.3"),
    ],
    ids=["the first", "the thirteenth", "of a backfill", "of a run by hand", "of a follow-up", "every character"],
)
def test_a_follow_up_has_an_id_of_its_run_by_which_it_is_known(asked: RunRequest, place: int, target_id: str) -> None:
    made = follow_up_id(asked.idempotency_key, place)

    assert made == target_id
    assert is_follow_up(made)


@pytest.mark.parametrize(
    "target_id",
    [
        "homepage",
        "homepage.0",
        "homepage.2026-11-20.0",
        "homepage.2026-11-20T12:05.0",
        "homepage.2026-11-20T12:05:00Z",
        "homepage.2026-11-20T12:05:00Z.",
        "homepage.2026-11-20T12:05:00Z.last",
        "homepage.2026-11-20T12:05:00Z.00",
        "homepage.2026-11-20T12:05:00Z.-1",
        "homepage.2026-11-20T12:05:00Z.1.",
        "homepage.2026-11-20T12:05:00+00:00.0",
        "homepage.2026-11-20t12:05:00z.0",
        "homepage.2026-11-20T12:05:00.000Z.0",
        "homepage.2026-11-20T12:05:00.25Z.0",
        "homepage.2026-13-20T12:05:00Z.0",
        "homepage.2026-02-29T12:05:00Z.0",
        "homepage.2026-11-20T24:00:00Z.0",
        "homepage.2026-11-20T12:05:60Z.0",
        "homepage.0000-11-20T12:05:00Z.0",
        "homepage.٢٠٢٦-11-20T12:05:00Z.0",
        "homepage.2026-11-20T12:05:00Z.a:b.0",
        f"homepage.2026-11-20T12:05:00Z.{'x' * 65}.0",
        "homepage/2026-11-20T12:05:00Z.0",
        "team/homepage.2026-11-20T12:05:00Z.0",
        ".2026-11-20T12:05:00Z.0",
        "2026-11-20T12:05:00Z.0",
        "homepage2026-11-20T12:05:00Z.0",
        "homepage.2026-11-20T12:05:00Z.0\n",
        "",
    ],
)
def test_any_other_id_is_a_users_own(target_id: str) -> None:
    assert not is_follow_up(target_id)
