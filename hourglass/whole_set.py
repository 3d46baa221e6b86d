"""All targets at once: what a file would change, and doing it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from hourglass.items import Change, Written
from schedule_model.errors import InvalidTargetError
from schedule_model.follow_ups import is_follow_up
from schedule_model.found import Fields, Found, differing
from schedule_model.tasks import is_task


@dataclass(frozen=True, slots=True)
class Step:
    """What an import does to one target.

    Attributes:
        target_id: which.
        change: created, changed, unchanged or deleted.
        fields: each field that differs, with what it was and what it becomes; None for absent.
    """

    target_id: str
    change: Change
    fields: Mapping[str, tuple[JsonValue, JsonValue]]

    @property
    def written(self) -> Written:
        """Return the step as what it will have done."""
        return Written(self.target_id, self.change, tuple(self.fields))


def compare(wanted: Sequence[Fields], current: Mapping[str, Found], *, prune: bool = False) -> list[Step]:
    """Return what makes the current targets the wanted ones, in the order in which they are given.

    Args:
        wanted: what the file has.
        current: what the stack has of these; of all targets when `prune` is asked for.
        prune: whether targets that the file lacks are deleted, if files have such at all.
    """
    steps = [_step(fields, current.get(str(fields["id"]))) for fields in wanted]
    ids = {step.target_id for step in steps}
    gone = sorted(one for one in current if one not in ids and is_in_files(one)) if prune else []
    return steps + [Step(target_id, Change.DELETED, {}) for target_id in gone]


def is_in_files(target_id: str) -> bool:
    """Return whether files of all targets have such ones.

    They have no tasks and no follow-ups: what is to be done once, and what a run has asked for, no file knows of.
    """
    return not (is_task(target_id) or is_follow_up(target_id))


def refuse_repeated(wanted: Iterable[Fields]) -> None:
    """Return if every id comes once.

    Raises:
        InvalidTargetError: names the first that comes again.
    """
    seen: set[object] = set()
    for fields in wanted:
        if fields["id"] in seen:
            raise InvalidTargetError(f"id: {fields['id']!r} comes twice; give each target an id of its own")
        seen.add(fields["id"])


def _step(fields: Fields, found: Found | None) -> Step:
    old: Mapping[str, JsonValue] = found.fields if found else {}
    names = differing(old, fields)
    changes = {name: (old.get(name), fields.get(name)) for name in names}
    if found is None:
        return Step(str(fields["id"]), Change.CREATED, changes)
    return Step(found.target_id, Change.CHANGED if names else Change.UNCHANGED, changes)
