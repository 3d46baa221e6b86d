import pytest

from local.board import PlainBoard
from local.feed import Feed
from local.stack import Stack

REFUSED = {"id": "mine", "plan": {"status": "INVALID", "reason": "schedule: is missing"}}


def feed_of(*targets: dict[str, object]) -> Feed:
    return Feed(Stack("http://127.0.0.1:1", {}), targets=list(targets))


def test_a_target_that_is_not_accepted_is_told_once_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    board = PlainBoard()

    for _ in range(3):
        board.show(feed_of(REFUSED, {"id": "new"}, {"id": "good", "plan": {"status": "SCHEDULED"}}), [])

    assert capsys.readouterr().out == "mine INVALID schedule: is missing\n"


def test_a_target_that_was_mended_and_broken_again_is_told_again(capsys: pytest.CaptureFixture[str]) -> None:
    board = PlainBoard()

    for feed in (feed_of(REFUSED), feed_of({"id": "mine", "plan": {"status": "SCHEDULED"}}), feed_of(REFUSED)):
        board.show(feed, [])

    assert capsys.readouterr().out == "mine INVALID schedule: is missing\n" * 2
