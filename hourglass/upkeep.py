"""What the owner of a stack does with it: look after it, and change it as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from functions.aws.regions import region_of
from hourglass import redriving, stats, stream_failures
from hourglass.asking import PER_BATCH
from hourglass.connected import Connected
from hourglass.doctor import Doctor
from hourglass.errors import NotFoundError
from hourglass.findings import Finding
from hourglass.items import Change, Written
from hourglass.redriving import LetterTools, Redriven
from hourglass.stream_failures import RecordTools
from hourglass.targets import not_found
from hourglass.timers import Progress, no_progress
from hourglass.whole_set import Step, compare, refuse_repeated
from schedule_model.backfilling import backfill
from schedule_model.filters import EVERY_TARGET
from schedule_model.found import Found, fields_of
from schedule_model.reading_targets import parse_target
from schedule_model.run_request import RunRequest
from schedule_model.target import Item


class Upkeep(Connected):
    """The part of the client that is for owners."""

    def backfill(
        self,
        target_id: str,
        start: datetime,
        end: datetime,
        *,
        limit: int = 1_000,
        name: str = "",
        dry_run: bool = False,
        progress: Progress = no_progress,
    ) -> Sequence[RunRequest]:
        """Ask for a run of every occurrence from `start` to `end`, both included; return what was asked for.

        Each names the same run at every asking, so that repeating it, or going on after an interruption, runs nothing
        twice; another `name` runs everything anew.

        Raises:
            NotFoundError, InvalidTargetError: there is no such target, or none that can be planned.
            InvalidBackfillError: the range is wrong, empty, or names more than `limit`.
        """
        found = self._targets.find(target_id)
        if found is None:
            raise not_found(target_id)
        target, now = parse_target(found.fields), self.clock.now()
        requests = list(backfill(target, found.plan, start, end, now=now, limit=limit, name=name))
        for first in range(0, 0 if dry_run else len(requests), PER_BATCH):
            self._asker.send(requests[first : first + PER_BATCH])
            progress(min(first + PER_BATCH, len(requests)), len(requests))
        return requests

    def redrive(
        self, *, queue_url: str | None = None, limit: int = 1000, dry_run: bool = False, force: bool = False
    ) -> Iterator[Redriven]:
        """Put runs that were given up back on the run queue, each as a new manual run, and yield what became of each.

        Args:
            queue_url: a target's own dead-letter queue; None for the stack's.
            limit: the most letters to look at.
            dry_run: whether to change nothing.
            force: whether to put letters that cannot be read back as they are.
        """
        letters_url = queue_url or self.stack.output("RunDeadLetterQueueUrl")
        tools = LetterTools(
            sqs=self._connection.client("sqs", region_of(letters_url)),
            run_sqs=self._connection.client("sqs"),
            queue_url=letters_url,
            run_queue_url=self.stack.output("RunQueueUrl"),
            find_run=self._runs.find,
            find_target=self._targets.find,
            send=self._asker.send,
            clock=self.clock,
        )
        return redriving.redrive_letters(tools, limit=limit, dry_run=dry_run, force=force)

    def redrive_streams(self, *, limit: int = 1000, dry_run: bool = False) -> Iterator[Redriven]:
        """Hand stream records that were given up to their function again, and yield what became of each batch."""
        tools = RecordTools(
            s3=self._connection.client("s3"),
            lambda_=self._connection.client("lambda"),
            bucket=self.stack.output("StreamFailureBucket"),
            functions=frozenset(self.stack.output(name) for name in ("PlannerFunction", "DispatcherFunction")),
        )
        return stream_failures.redrive_records(tools, limit=limit, dry_run=dry_run)

    def compare(self, targets: Sequence[Item], *, prune: bool = False) -> Sequence[Step]:
        """Return what would make the stack's targets these; `prune` deletes the others, and reads the whole table.

        Raises:
            InvalidTargetError: one of them is invalid, or an id comes twice.
        """
        wanted = [fields_of(item) for item in targets]
        for fields in wanted:
            self.check(fields)
        refuse_repeated(wanted)
        current = self._all() if prune else self._targets.find_all([str(fields["id"]) for fields in wanted])
        return compare(wanted, current, prune=prune)

    def apply(self, step: Step, fields: Item | None = None) -> Written:
        """Carry out one step of `compare`; `fields` are the target's, None for one that is deleted.

        One that is to be deleted and is gone by now, as by its `on_complete`, is deleted.
        """
        if step.change is Change.DELETED:
            with suppress(NotFoundError):
                self.delete(step.target_id)
        elif step.change is not Change.UNCHANGED and fields is not None:
            return self._targets.put(fields_of(fields))
        return step.written

    def stats(self, since: datetime, *, progress: Progress = no_progress) -> stats.Stats:
        """Return counts and percentiles of the runs since then; reads the Targets and Runs tables as a whole."""
        now = self.clock.now()
        timers = self._timers.due_between(now, now + self._connection.settings.lead, progress)
        return stats.stats_of(self._targets.pages(EVERY_TARGET), self._runs.all_since(since), timers, now=now)

    def doctor(self) -> Iterator[Finding]:
        """Yield what is found at each part of the stack; changes nothing."""
        return Doctor(self._connection, self.clock).examine()

    def _all(self) -> Mapping[str, Found]:
        return {found.target_id: found for found in self._targets.pages(EVERY_TARGET)}
