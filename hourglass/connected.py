"""What every part of the client is made of: one stack, its tables and its queue."""

import os
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import boto3

from hourglass.asking import RunAsker
from hourglass.connection import Connection
from hourglass.errors import RefusedError, answered
from hourglass.items import check_target
from hourglass.runs import RunTable
from hourglass.stack import Stack, find_stack
from hourglass.targets import TargetTable
from hourglass.timers import TimerTable
from schedule_model.clock import Clock, SystemClock
from schedule_model.target import Item, Target


class Connected:
    """Finds the stack and makes what reads and writes it, each when it is first asked for."""

    def __init__(
        self,
        session: Any = None,
        *,
        stack: str | Stack | None = None,
        clock: Clock | None = None,
        random: Random | None = None,
    ) -> None:
        made = session or boto3.Session()
        if not isinstance(stack, Stack):
            with answered():
                stack = find_stack(stack, os.environ, Path.cwd(), cloudformation=lambda: made.client("cloudformation"))
        self.stack = stack
        self.clock: Clock = clock or SystemClock()
        self._random = random or SystemRandom()
        self._connection = Connection(made, stack)

    def check(self, target: Item) -> Target:
        """Return the target if this stack's planner will accept it; asks Lambda once where it has a `timeout_seconds`.

        Raises:
            InvalidTargetError: names each field at fault.
        """
        return check_target(target, run_timeout=self._run_timeout if "timeout_seconds" in target else None)

    def delete(self, target_id: str) -> None:
        """Delete a target; its runs stay until their retention ends, and what is queued is dropped.

        Raises:
            NotFoundError: there is none of this id.
        """
        self._targets.delete(target_id)

    @cached_property
    def _run_timeout(self) -> timedelta | None:
        """Return how long a run may take; None for whoever may not ask, since the planner will tell."""
        try:
            return self._connection.settings.run_timeout
        except RefusedError:
            return None

    @cached_property
    def _targets(self) -> TargetTable:
        return TargetTable(self._connection.client("dynamodb"), self.stack.output("TargetsTable"))

    @cached_property
    def _runs(self) -> RunTable:
        return RunTable(self._connection.client("dynamodb"), self.stack.output("RunsTable"))

    @cached_property
    def _timers(self) -> TimerTable:
        shards = self._connection.settings.shards
        return TimerTable(self._connection.client("dynamodb"), self.stack.output("TimersTable"), shards)

    @cached_property
    def _asker(self) -> RunAsker:
        url = self.stack.output("RunQueueUrl")
        return RunAsker(self._connection.client("sqs"), url, self.clock, self._random)
