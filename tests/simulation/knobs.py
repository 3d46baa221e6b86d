"""What goes wrong in one seed, and how often."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random

from schedule_model.settings import LoopSettings
from tests.simulation.latencies import ROUGH, Latencies

HOUR_MS = 3_600_000
SETTINGS = LoopSettings(shards=2, reconcile_period=timedelta(minutes=30))
"""Production's, but for fewer shards and rarer passes of reconcile: more of either costs time and shows no more."""


@dataclass(frozen=True, slots=True)
class Knobs:
    """Each fault as a share of the calls, invocations or messages that it may strike; 0 turns it off.

    Attributes:
        profile: how long TTL takes.
        refused: a call is throttled or answered with a 5xx, without effect.
        answer_lost: a call takes effect, and the caller hears of a failure.
        repeated: a call takes effect, its answer is lost, and the client's own repetition is answered.
        killed: an invocation ends between two of its calls, or right after one.
        record_again: a batch of stream records is delivered again after it was done with.
        message_again: a message is delivered again after it was done with; some of them hours later.
        early_ms: by how much a message may come before its delay is over.
        skew_ms: how far a function's clock may be off.
        sweep_missed: a minute's sweep does not take place.
        sweep_gap_ms: one stretch without any sweep.
        stop_ms: one stretch in which the whole region stands still.
        brownout_ms: one stretch in which half of all calls are refused.
        record_retries: after how many retries a stream record is given up.
        edits: how many times users edit their targets.
        misbehaving: whether runners hang, raise and answer junk.
        deploys: whether the lead changes in mid-flight.
        in_flight_max: how many messages may be received and not done with; 0 for as many as there are.
        stale_ms: how old a read of targets may be that did not ask for the present.
        overlapping: whether there are targets whose runs take longer than their period, and keep apart.
        rarities: whether there are manual runs, backfills, tasks and the rarer forms of a schedule.
        latencies: between events and invocations.
        outage_of: the function that fails for one stretch, whatever it is invoked for.
        outage_ms: how long that stretch is.
        message_lost: a run request is gone from the queue.
        timer_lost: a timer is gone from its table, and no record tells.
        record_lost: a stream record never comes.
        redrives: how often somebody redrives the dead letters.
        slow: a call takes up to 40 s, so that functions come to their timeouts.
    """

    profile: str = "typical"
    refused: float = 0
    answer_lost: float = 0
    repeated: float = 0
    killed: float = 0
    record_again: float = 0
    message_again: float = 0
    early_ms: int = 0
    skew_ms: int = 0
    sweep_missed: float = 0
    sweep_gap_ms: int = 0
    stop_ms: int = 0
    brownout_ms: int = 0
    record_retries: int = 5000
    edits: int = 0
    misbehaving: bool = False
    deploys: bool = False
    in_flight_max: int = 0
    stale_ms: int = 0
    overlapping: bool = False
    rarities: bool = False
    settings: LoopSettings = field(default=SETTINGS)
    latencies: Latencies = ROUGH
    outage_of: str = ""
    outage_ms: int = 0
    message_lost: float = 0
    timer_lost: float = 0
    record_lost: float = 0
    redrives: int = 0
    slow: float = 0

    def calm(self) -> "Knobs":
        """Return the same world without faults; a lag of TTL is none."""
        return replace(CALM, profile=self.profile, settings=self.settings, latencies=self.latencies)


CALM = Knobs()
PROFILES = ("typical", "slow region", "fast", "backlog")


def drawn(random: Random) -> Knobs:
    """Return a bad day: every fault is on in most seeds, and off in some so that others show."""

    def share(most: float) -> float:
        return random.choice((0, most / 10, most / 3, most))

    return Knobs(
        profile=random.choice(PROFILES),
        refused=share(0.05),
        answer_lost=share(0.02),
        repeated=share(0.02),
        killed=share(0.06),
        record_again=share(0.1),
        message_again=share(0.1),
        early_ms=random.choice((0, 0, 400)),
        skew_ms=random.choice((0, 500, 2000)),
        sweep_missed=share(0.2),
        sweep_gap_ms=random.choice((0, 10, 30)) * 60_000,
        stop_ms=random.choice((0, 0, 0, 3)) * HOUR_MS,
        brownout_ms=random.choice((0, 0, 20)) * 60_000,
        record_retries=random.choice((5000, 5000, 5000, 3)),
        edits=random.choice((0, 40, 80)),
        misbehaving=random.random() < 0.8,
        deploys=random.random() < 0.3,
        in_flight_max=random.choice((0, 0, 15)),
        stale_ms=random.choice((0, 1_000)),
        overlapping=random.random() < 0.25,
        rarities=random.random() < 0.25,
        settings=replace(SETTINGS, lead=timedelta(seconds=random.choice((1320, 1320, 600)))),
    )


def worsened(knobs: Knobs, random: Random) -> Knobs:
    """Return a day on which things are lost as well, in two of three seeds, and whole functions stand still."""

    def share(most: float) -> float:
        return random.choice((0, most / 3, most))

    return replace(
        knobs,
        outage_of=random.choice(("planner", "dispatcher", "executor", "sweeper")),
        outage_ms=random.choice((0, 0, 20, 80)) * 60_000,
        message_lost=share(0.01),
        timer_lost=share(0.02),
        record_lost=share(0.02),
        redrives=random.choice((0, 10)),
        slow=share(0.003),
    )
