"""Seeds that once broke a promise, each with what was wrong; what can be told as a scenario stands in test_promises."""

from dataclasses import replace

import pytest

from tests.simulation.day import SHORT, WHOLE
from tests.simulation.report import judge

FOUND = {
    0: "a target's later edit was planned although its earlier one had failed",
    1: "catching up passed over an occurrence within its grace",
    3: "a user wrote back a plan that was completed",
    7: "a retry was dropped because a later run had completed the schedule",
    16: "closing the row of a deleted target was refused, and its message gone",
    46: "a run that was released for want of its next timer was missed in the end, and its chain with it",
    119: "a chain whose message was buried waited for reconcile, and an edit came first",
    121: "a runner's own choice came before the schedule's next occurrence",
    2001: "reconcile planned anew a target whose plan a put-item had just wiped",
    2072: "an old copy of an item was written over its second life, plan and all",
    2151: "reconcile's guess stood where the planner was to restore the plan",
    5000018: "the checker asked for a grid whose only record was given up",
    5000165: "a plan that could not know its grid stood for ten milliseconds",
    5000337: "an old copy, written into a target's second life before it was planned, brought the first one's grid",
}


@pytest.mark.parametrize("seed", FOUND)
def test_a_seed_that_broke_a_promise_keeps_it_now(seed: int) -> None:
    replay = f"replay: python -m tests.simulation --short --no-losses --seed {seed}"

    assert judge(seed, replace(SHORT, has_losses=False)).violations == (), f"{FOUND[seed]}; {replay}"


FOUND_IN_WHOLE_DAYS = {
    3000478: "an old copy, put back before a resumed schedule was planned, took away the run that was due in between",
    7000172: "a sweep with hours to catch up on ended at its first refusal, and never came to reconcile",
    7000935: "the same, after a brownout and a stop",
    7300439: "the checker took the timer of reconcile's guess for that of the plan which the record brought back",
    7300730: "the checker took the end of a former life, brought back for two milliseconds, for that of the new one",
    8101094: "the planner took the grid that reconcile had guessed for that of an edit whose record it had not come to",
    8207329: "an edit beside reconcile's guess, whose record had been given up, was planned anew",
    8208104: "a plan wiped before the edit that mended a mistake was planned took the grid with it",
    8204073: "the checker missed the next run of one that was claimed in the day's last millisecond",
    8303435: "what reconcile was refused to act on waited for the next pass, and was refused there as well",
    8305017: "what reconcile was refused to look at waited for the next pass, and was refused there as well",
    8305770: "the checker missed a run that catching up had passed over for one beyond its period",
    8701794: "a plan wiped and put back at once was planned anew, and the run that was due was left out",
    8703136: "the same, after a stop",
    8905146: "the checker took an end that was put back as it had been for its user's own",
    7100500: "reconcile was a moment before the planner with a schedule just resumed, and laid a new grid",
}


@pytest.mark.parametrize("seed", FOUND_IN_WHOLE_DAYS)
def test_a_whole_day_that_broke_a_promise_keeps_it_now(seed: int) -> None:
    replay = f"replay: python -m tests.simulation --no-losses --seed {seed}"

    assert judge(seed, replace(WHOLE, has_losses=False)).violations == (), f"{FOUND_IN_WHOLE_DAYS[seed]}; {replay}"


FOUND_WITH_LOSSES = {
    10001770: "a rate that was over when it was found ran within its window, beside its grid",
    10001804: "the checker took a plan that its user had put back for the planner's",
    10002012: "the checker lost a period that reconcile had taken for over by the runs of a former life",
    10002523: "the checker knew nothing of a runner that chose an instant after the end",
    10002833: "the checker asked for a grid that an edit without a record had wiped",
    10003678: "the checker missed a run that had been redriven under a name of its own",
    11001831: "a chain without its next run waited for nine abandoned runs, each of which took a pass of reconcile",
    11011173: "a run whose message was given up on its way was redriven before it was due, and began then",
}


@pytest.mark.parametrize("seed", FOUND_WITH_LOSSES)
def test_a_whole_day_with_losses_that_broke_a_promise_keeps_it_now(seed: int) -> None:
    replay = f"replay: python -m tests.simulation --no-updates --seed {seed}"

    assert judge(seed, replace(WHOLE, has_updates=False)).violations == (), f"{FOUND_WITH_LOSSES[seed]}; {replay}"


FOUND_IN_SHORT_DAYS_WITH_LOSSES = {
    149956: "a record that came again, once the next edit had wiped its plan, laid another grid",
    15000001: "a run that was cut off passed over what followed it when it came again, and no row told so",
}


@pytest.mark.parametrize("seed", FOUND_IN_SHORT_DAYS_WITH_LOSSES)
def test_a_short_day_with_losses_that_broke_a_promise_keeps_it_now(seed: int) -> None:
    replay = f"replay: python -m tests.simulation --short --no-updates --seed {seed}"

    assert judge(seed, replace(SHORT, has_updates=False)).violations == (), (
        f"{FOUND_IN_SHORT_DAYS_WITH_LOSSES[seed]}; {replay}"
    )


FOUND_WITH_UPDATES = {
    17100037: "notes after there and back laid the grid at the last of them",
    20000428: "the checker knew no letter of a run that was missed and could not be recorded so",
    21000195: "a plan that was wiped before the pause after its edit was planned took the grid with it",
    21001352: "the same, where the edit after it mended a mistake",
    21000431: "a letter redriven hours later started what a runner had put aside since",
    21002002: "the checker did not excuse the loss of a message that a misfire after it hid",
    24001662: "the checker allowed no second pass for what was lost again when it had been found",
    25008799: "a misfire whose row was refused was not recorded once what came instead had ended the schedule",
    25009555: "the checker did not excuse the loss of a message that another misfire had led past",
    25005710: "the checker knew no plan that goes on where an edit was taken back and nobody had heard of it",
    25005752: "the checker ended a schedule with a run of the one before, to whose edit the planner came later",
    27001167: "the checker took a plan from before a pause for the grid that an edit in the pause had laid anew",
    27005882: "the same, where notes after the pause wiped the plan once more",
    27008316: "the checker knew no edit whose plan goes on after a mistake, of which nobody heard, was mended",
    25003868: "the checker did not excuse the loss of a message whose run a misfire, cut off, had led past",
    20000382: "the checker did not excuse the loss of a message that a chosen run hid",
    19000245: "the checker asked an executor to obey an edit that was taken back before it read the target",
}


@pytest.mark.parametrize("seed", FOUND_WITH_UPDATES)
def test_a_whole_day_with_updates_that_broke_a_promise_keeps_it_now(seed: int) -> None:
    assert judge(seed).violations == (), f"{FOUND_WITH_UPDATES[seed]}; replay: python -m tests.simulation --seed {seed}"


OVERLAPPED = {
    0: "a run that was taken over looked at earlier runs only",
    3: "a message came late and looked at earlier runs only",
    4: "a run of one attempt was taken for lost",
    7: "a retry was dropped because a later run had completed the schedule",
    13: "a retry that had been taken for lost came back while a later run was in progress",
    30: "a second delivery, early by a moment, started a waiting run that had not looked",
}


@pytest.mark.parametrize("seed", OVERLAPPED)
def test_runs_that_may_not_overlap_keep_apart(seed: int) -> None:
    replay = f"replay: python -m tests.simulation --short --overlap --no-losses --seed {seed}"

    assert judge(seed, replace(SHORT, has_overlap=True, has_losses=False)).violations == (), (
        f"{OVERLAPPED[seed]}; {replay}"
    )
