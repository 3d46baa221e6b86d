"""Asking for runs: messages on the run queue, which the executor carries out as it does those of a schedule."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from functions.aws.queue import SqsRunQueue
from hourglass.errors import NoAnswerError, answered
from schedule_model.clock import Clock
from schedule_model.dispatching import queue_run
from schedule_model.run import Run
from schedule_model.run_request import RunRequest

_POLL = timedelta(seconds=1)
PER_BATCH = 10
"""How many messages one call of SQS takes."""


class RunAsker:
    """Puts run requests on the queue.

    Args:
        sqs: boto3's SQS client.
        queue_url: the run queue.
        clock: tells when a run is asked for, and waits for its end.
        random: sets apart two runs that are asked for at one instant.
    """

    def __init__(self, sqs: Any, queue_url: str, clock: Clock, random: Random) -> None:
        self._queue = SqsRunQueue(sqs, queue_url, dead_letter_queue_url="")
        self._clock = clock
        self._random = random

    def manual(self, target_id: str) -> RunRequest:
        """Return the request for a run of a target now, which no other run shares its name with."""
        return RunRequest.by_hand(target_id, now=self._clock.now(), drawn=f"{self._random.getrandbits(64):016x}")

    def send(self, requests: Iterable[RunRequest]) -> int:
        """Queue requests, ten to a call; return how many. One SQS request for each ten.

        Raises:
            NoAnswerError: the queue did not take one of them; those before it are queued, and sending all of them
                again queues those as duplicates, which the executor drops.
        """
        count = 0
        batch: list[RunRequest] = []
        for request in requests:
            batch.append(request)
            if len(batch) == PER_BATCH:
                count += self._send(batch)
                batch = []
        return count + (self._send(batch) if batch else 0)

    def _send(self, batch: list[RunRequest]) -> int:
        now = self._clock.now()
        with answered():
            answers = self._queue.send([queue_run(request, now=now) for request in batch])
        for request, failure in zip(batch, answers, strict=True):
            if failure is not None:
                raise NoAnswerError(f"{request.idempotency_key}: the run queue did not take it ({failure}); try again")
        return len(batch)

    def wait(self, request: RunRequest, find: Any, *, until: datetime) -> Run | None:
        """Return the run once it has ended, or as it stands at `until`; None if it has no row by then.

        Args:
            request: the one that was sent.
            find: reads a run by target and run id; called once a second.
            until: when to stop waiting, aware UTC.
        """
        while True:
            run: Run | None = find(request.target_id, request.run_id)
            now = self._clock.now()
            if (run is not None and run.status.is_final) or now >= until:
                return run
            self._clock.wait_until(min(now + _POLL, until))
