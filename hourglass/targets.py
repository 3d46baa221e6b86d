"""The Targets table as the client has it: what went wrong is told in the client's own errors."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from functions.aws.written_targets import DynamoWrittenTargets
from functions.editing import BusyError, edit
from hourglass.errors import ConflictError, NotFoundError, answered
from hourglass.items import Change, Written
from schedule_model.filters import TargetFilter
from schedule_model.found import Fields, Found, differing

_PAGE = 1_000
"""More items than a page of a scan can have; DynamoDB ends it at 1 MB."""


class TargetTable:
    """Reads and writes targets; the plan on an item is left alone by every write.

    Args:
        client: boto3's DynamoDB client.
        table: the table's name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._targets = DynamoWrittenTargets(client, table)

    def find(self, target_id: str) -> Found | None:
        """Return a target, read consistently: 1 RRU for each 4 KB."""
        with answered():
            return self._targets.find(target_id)

    def find_all(self, target_ids: Sequence[str]) -> Mapping[str, Found]:
        """Return those that exist, by id: 0.5 RRU each for items up to 4 KB, in batches of 100."""
        with answered():
            return self._targets.find_all(target_ids)

    def pages(self, keep: TargetFilter) -> Iterator[Found]:
        """Yield every target that the filter keeps; reads the whole table, 0.5 RRU for each 4 KB of it."""
        after: str | None = None
        while True:
            with answered():
                page, after = self._targets.page(after=after, limit=_PAGE)
            yield from (found for found in page if keep.keeps(found.item()))
            if after is None:
                return

    def put(self, fields: Fields, *, if_match: str | None = None, only_new: bool = False) -> Written:
        """Make a target what the fields say, whatever it was; its plan stays, so a write of equal fields is none.

        Args:
            fields: all of the target's fields; those left out are removed from it.
            if_match: the etag that it must have.
            only_new: whether to refuse a target that exists.

        Raises:
            ConflictError: the target is not as it was expected.
        """
        target_id = str(fields["id"])

        def wanted(found: Found | None) -> Fields:
            _refuse_unexpected(target_id, found, if_match, only_new=only_new)
            return fields

        return self._edit(target_id, wanted)

    def edit(self, target_id: str, change: Callable[[Fields], Fields], *, if_match: str | None = None) -> Written:
        """Make a target what `change` makes of the fields that it has; its plan stays.

        Args:
            target_id: which.
            change: is given the target's fields; again, with those that it has by then, when somebody else was faster.
            if_match: the etag that it must have.

        Raises:
            NotFoundError: there is no such target.
            ConflictError: the target is not as it was expected, or somebody else was faster five times.
        """

        def changed(found: Found | None) -> Fields:
            if found is None:
                raise not_found(target_id)
            _refuse_unexpected(target_id, found, if_match, only_new=False)
            return change(found.fields)

        return self._edit(target_id, changed)

    def _edit(self, target_id: str, change: Callable[[Found | None], Fields]) -> Written:
        try:
            with answered():
                done = edit(self._targets, target_id, change)
        except BusyError as error:
            raise ConflictError(str(error)) from error
        if done.before is None:
            return Written(target_id, Change.CREATED, tuple(sorted(done.after.fields)))
        changed = differing(done.before.fields, done.after.fields)
        return Written(target_id, Change.CHANGED if changed else Change.UNCHANGED, changed)

    def set_fields(self, target_id: str, fields: Mapping[str, JsonValue]) -> None:
        """Set some fields of a target, and remove those given as None: 1 WRU for each KB.

        Raises:
            NotFoundError: there is no such target.
        """
        with answered():
            is_there = self._targets.set_fields(target_id, fields)
        if not is_there:
            raise not_found(target_id)

    def delete(self, target_id: str) -> None:
        """Delete a target: 1 WRU for each KB. What was queued for it is dropped.

        Raises:
            NotFoundError: there is no such target.
        """
        with answered():
            is_deleted = self._targets.remove(target_id)
        if not is_deleted:
            raise not_found(target_id)


def not_found(target_id: str) -> NotFoundError:
    """Return the error for a target that is not there."""
    return NotFoundError(f"there is no target {target_id!r}; `hourglass list` shows those that are there")


def _refuse_unexpected(target_id: str, found: Found | None, if_match: str | None, *, only_new: bool) -> None:
    if only_new and found is not None:
        raise ConflictError(f"{target_id}: exists already; leave out the wish for a new one to change it")
    if if_match is not None and (found is None or found.etag != if_match):
        now = "is gone" if found is None else f"has etag {found.etag} by now"
        raise ConflictError(f"{target_id}: was changed meanwhile and {now}; read it again")
