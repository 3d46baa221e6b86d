from io import StringIO

import pytest
from rich.console import Console
from rich.live import Live

from local.board import LiveBoard, PlainBoard
from local.feed import Feed, clock_time
from local.stack import Stack

REFUSED = {"id": "mine", "plan": {"status": "INVALID", "reason": "schedule: is missing"}}


def feed_of(*targets: dict[str, object]) -> Feed:
    return Feed(Stack("http://127.0.0.1:1", {}), targets=list(targets))


def drawn(feed: Feed, *changed: dict[str, object]) -> str:
    screen = StringIO()
    live = Live(console=Console(file=screen, width=200), auto_refresh=False)
    LiveBoard(live).show(feed, list(changed))
    live.console.print(live.renderable)
    return screen.getvalue()


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


@pytest.mark.parametrize("written", ["a[/b]", "job[red]", "cron(0 12 [/5] * ? *)", ":bell:"])
@pytest.mark.parametrize("field", ["id", "type", "schedule"])
def test_the_table_shows_what_a_user_wrote_as_it_stands(field: str, written: str) -> None:
    target = {"id": "mine", "plan": {"status": "INVALID", "reason": f"{field}: {written!r} is wrong"}, field: written}

    assert drawn(feed_of(target)).count(written) == 2


def test_the_table_shows_the_id_of_a_runs_target_as_it_stands() -> None:
    run = {"target_id": "job[red]", "scheduled_at": "2026-11-20T12:00:00+00:00", "status": "FAILED", "error": "a[/b]"}
    feed = feed_of()
    feed.runs["job[red]", "2026-11-20T12:00:00+00:00"] = run

    shown = drawn(feed, run)

    assert "job[red]" in shown
    assert "a[/b]" in shown


@pytest.mark.parametrize("plan", ["mine", ["mine"], 5, None, {"next_run_at": 5}, {"next_run_at": "soon"}])
def test_what_a_user_wrote_as_plan_is_waited_over(plan: object, capsys: pytest.CaptureFixture[str]) -> None:
    feed = feed_of({"id": "mine", "plan": plan})

    feed._remember_next()
    PlainBoard().show(feed, [])

    assert capsys.readouterr().out == ""
    assert feed.next_due == {}
    assert "mine" in drawn(feed)


def test_an_instant_at_the_end_of_the_calendar_ends_nothing() -> None:
    assert clock_time("9999-12-31T23:59:59-23:00") == "-"


def test_what_would_command_the_terminal_is_shown_as_its_escape(capsys: pytest.CaptureFixture[str]) -> None:
    wiping = "a\x1b[2Jb"
    run = {"target_id": wiping, "scheduled_at": "2026-11-20T12:00:00+00:00", "status": "FAILED", "error": wiping}
    feed = feed_of({"id": wiping, "plan": {"status": "INVALID", "reason": f"id: {wiping} is wrong"}})
    feed.runs[wiping, "2026-11-20T12:00:00+00:00"] = run

    PlainBoard().show(feed, [run])
    shown = drawn(feed, run) + capsys.readouterr().out

    assert "\x1b" not in shown
    assert shown.count(r"a\x1b[2Jb") == 7
