"""The client: everything that can be asked of a stack, typed."""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from datetime import timedelta

from hourglass.errors import answered
from hourglass.items import Written
from hourglass.runs import run_not_found
from hourglass.targets import not_found
from hourglass.timers import Progress, counted, no_progress
from hourglass.upkeep import Upkeep
from schedule_model import previews, upcoming
from schedule_model.errors import InvalidTargetError
from schedule_model.filters import EVERY_RUN, EVERY_TARGET, RunFilter, TargetFilter, Window
from schedule_model.found import Fields, Found, fields_of
from schedule_model.previews import Preview
from schedule_model.reading_targets import parse_target
from schedule_model.run import Run
from schedule_model.run_request import RunRequest
from schedule_model.target import NOTE_MAX, Item, Target
from schedule_model.upcoming import Upcoming


class Hourglass(Upkeep):
    """One stack, for Python users. Makes no call before the first method does; safe to share between threads.

        hourglass = Hourglass()  # the stack of HOURGLASS_STACK, else of `make run`
        hourglass.put({"id": "tick", "type": "echo", "schedule": "rate(20 seconds)"})

    What each method costs is in docs/cli.md. Every one may raise NoAnswerError and RefusedError.

    Args:
        session: boto3's Session; None for one of the environment.
        stack: its name, or itself; None to find it, as `find_stack` does.
        clock: the machine's own, unless a test says otherwise.
        random: sets apart runs that are asked for at one instant.

    Raises:
        NoStackError: there is no such stack, or none was named and none is up on this machine.
    """

    def put(self, target: Item | Target, *, if_match: str | None = None, only_new: bool = False) -> Written:
        """Write a target as a whole, if the planner will accept it; its plan stays, so that params can be edited.

        Args:
            target: all of its fields; those left out get their defaults.
            if_match: the etag that it must still have.
            only_new: whether to refuse one that exists.

        Raises:
            InvalidTargetError: names each field at fault; nothing was written.
            ConflictError: the target is not as it was expected.
        """
        given = (
            target.model_dump(mode="json", by_alias=True, exclude_unset=True) if isinstance(target, Target) else target
        )
        fields = fields_of(given)
        self.check(fields)
        return self._targets.put(fields, if_match=if_match, only_new=only_new)

    def edit(self, target_id: str, change: Callable[[Fields], Item], *, if_match: str | None = None) -> Written:
        """Make a target what `change` makes of its fields, so that nothing that others write meanwhile is undone.

        Args:
            target_id: which.
            change: returns all fields that the target shall have, from those that it has. Called again when somebody
                else was faster; what it raises ends the edit.
            if_match: the etag that it must still have.

        Raises:
            NotFoundError: there is none of this id.
            InvalidTargetError: names each field at fault; nothing was written.
            ConflictError: the target is not as it was expected, or somebody else was faster five times.
        """

        def checked(found: Fields) -> Fields:
            # A copy, since an edit is known by what differs from what was found.
            fields = fields_of(change(deepcopy(found)))
            if fields.get("id") != target_id:
                raise InvalidTargetError("id: names the target and cannot be changed; put another one instead")
            self.check(fields)
            return fields

        return self._targets.edit(target_id, checked, if_match=if_match)

    def get(self, target_id: str) -> Found:
        """Return a target with its plan.

        Raises:
            NotFoundError: there is none of this id.
        """
        found = self._targets.find(target_id)
        if found is None:
            raise not_found(target_id)
        return found

    def list(self, keep: TargetFilter = EVERY_TARGET) -> Iterator[Found]:
        """Yield the targets that the filter keeps, in no order; reads the whole table."""
        return self._targets.pages(keep)

    def pause(self, target_id: str, note: str | None = None) -> None:
        """Set `active` to false, and `note` where one is given.

        Raises:
            NotFoundError: there is none of this id.
            InvalidTargetError: the note is too long.
        """
        _refuse_long(note)
        self._targets.set_fields(target_id, {"active": False} | ({} if note is None else {"note": note}))

    def resume(self, target_id: str, note: str | None = None) -> None:
        """Set `active` to true, and `note` where one is given; an empty one removes it.

        Raises:
            NotFoundError: there is none of this id.
            InvalidTargetError: the note is too long.
        """
        _refuse_long(note)
        self._targets.set_fields(target_id, {"active": True} | ({} if note is None else {"note": note or None}))

    def run_now(self, target_id: str, *, wait: timedelta | None = None) -> tuple[RunRequest, Run | None]:
        """Ask for a run of a target now, beside its schedule; return what was asked for, and its run if it was awaited.

        Args:
            target_id: whose.
            wait: how long to wait for its end; None not to.

        Raises:
            NotFoundError: there is none of this id.
        """
        self.get(target_id)
        request = self._asker.manual(target_id)
        self._asker.send([request])
        return request, None if wait is None else self.wait_for(request, wait)

    def wait_for(self, request: RunRequest, length: timedelta) -> Run | None:
        """Return a run that was asked for once it has ended, or as it stands after `length`; None if it has no row."""
        return self._asker.wait(request, self._runs.find, until=self.clock.now() + length)

    def next(self, target_id: str, *, count: int = 10) -> Sequence[Preview]:
        """Return a target's next runs, whether or not it is active.

        Raises:
            NotFoundError, InvalidTargetError: there is none of this id, or none that can be planned.
        """
        found = self.get(target_id)
        return previews.next_of_target(parse_target(found.fields), found.plan, after=self.clock.now(), count=count)

    def runs(self, target_id: str, keep: RunFilter = EVERY_RUN, *, page: int = 100) -> Iterator[Run]:
        """Yield a target's runs, latest first; reading stops where the caller does."""
        return self._runs.history(target_id, keep, page=page)

    def run(self, target_id: str, run_id: str) -> Run:
        """Return one run.

        Raises:
            NotFoundError: there is none of this name.
        """
        found = self._runs.find(target_id, run_id)
        if found is None:
            raise run_not_found(target_id, run_id)
        return found

    def upcoming(
        self, within: timedelta, *, complete: bool = True, progress: Progress = no_progress
    ) -> Sequence[Upcoming]:
        """Return the runs due from now to `within`, across targets, by due instant.

        Args:
            within: how far to look ahead.
            complete: whether to compute them from all targets, which reads the whole Targets table. If not, they come
                from the timers, which do not know of the runs that are on the queue already.
            progress: is told how far the reading is.
        """
        now = self.clock.now()
        window = Window(now, now + within)
        if complete:
            return upcoming.from_targets(counted(self.list(), progress), window)
        timers = list(self._timers.due_between(window.start, window.end, progress))
        return upcoming.from_timers(timers, self._targets.find_all([one.target_id for one in timers]), window)

    def queued(self) -> int:
        """Return about how many runs wait on the queue for their second; SQS tells how many, not which."""
        name = "ApproximateNumberOfMessagesDelayed"
        url = self.stack.output("RunQueueUrl")
        with answered():
            answer = self._connection.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return int(answer["Attributes"][name])


def _refuse_long(note: str | None) -> None:
    if note is not None and len(note) > NOTE_MAX:
        raise InvalidTargetError(f"note: must have at most {NOTE_MAX} characters")
