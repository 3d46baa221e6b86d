"""Several conditional writes in one call, each of which succeeds or fails by itself.

DynamoDB's BatchWriteItem takes no conditions and its transactions cost twice as much. PartiQL in a batch does and does
not: an INSERT fails where the key exists, an UPDATE where its WHERE does not hold.

Source: DynamoDB, BatchExecuteStatement (25 statements, all of them writes; `Error.Code` for each), and the developer
guide, "PartiQL insert statements" and "update statements".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from functions.aws.concurrently import concurrently
from functions.aws.failures import code_of, named_failures
from functions.aws.items import TypedItem
from functions.ports import UnavailableError

STATEMENTS_MAX = 25
Names = tuple[str, ...]
Given = TypeVar("Given")
Answer = TypeVar("Answer")


class Outcome(Enum):
    """How a statement of a batch ended, where DynamoDB showed no item for it."""

    DONE = auto()
    TAKEN = auto()
    ALONE = auto()
    """Nothing is known but that it must be asked for again, by itself: a call of its own says more and waits longer."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The condition did not hold for this item."""

    item: TypedItem


StatementAnswer = Outcome | Refused | UnavailableError


@dataclass(frozen=True, slots=True)
class Statement:
    """A write, and the key of the item that it is about; two of one item never go into one batch."""

    key: tuple[str, ...]
    text: str
    parameters: Sequence[TypedItem]


def insert(table: str, key_names: Sequence[str], item: TypedItem) -> Statement:
    """Return the statement that writes the item unless its key exists."""
    return Statement(_key(key_names, item), _insert_text(table, tuple(item)), list(item.values()))


def update(table: str, key: TypedItem, changed: TypedItem, removed: Sequence[str], *, same: TypedItem) -> Statement:
    """Return the statement that changes an item, if it is still as it was in some attributes.

    Args:
        table: its name.
        key: the item's, in typed JSON.
        changed: what is written, in typed JSON.
        removed: the names of what goes; one that is not there goes all the same.
        same: the attributes that must not have changed, in typed JSON.
    """
    text = _update_text(table, tuple(changed), tuple(removed), (*key, *same))
    return Statement(_key(tuple(key), key), text, [*changed.values(), *key.values(), *same.values()])


# The runs of a stack begin and end in a few ways, and each way has one text.
@lru_cache(maxsize=256)
def _update_text(table: str, changed: Names, removed: Names, expected: Names) -> str:
    sets = " ".join([f'SET "{name}"=?' for name in changed])
    removes = " ".join([f'REMOVE "{name}"' for name in removed])
    where = " AND ".join([f'"{name}"=?' for name in expected])
    return f'UPDATE "{table}" {sets} {removes} WHERE {where}'


@lru_cache(maxsize=256)
def _insert_text(table: str, names: Names) -> str:
    fields = ", ".join([f"'{name}': ?" for name in names])
    return f'INSERT INTO "{table}" VALUE {{{fields}}}'


def write_together(client: Any, statements: Sequence[Statement]) -> list[StatementAnswer]:
    """Carry out the statements, up to 25 a call, and answer for each in order."""
    answers: list[StatementAnswer] = [Outcome.ALONE] * len(statements)
    first_of = {statement.key: place for place, statement in reversed(list(enumerate(statements)))}
    places = list(first_of.values())[::-1]
    for start in range(0, len(places), STATEMENTS_MAX):
        part = places[start : start + STATEMENTS_MAX]
        for place, answer in zip(part, _one_call(client, [statements[place] for place in part]), strict=True):
            answers[place] = answer
    return answers


def settle(
    given: Sequence[Given],
    answers: Sequence[StatementAnswer],
    *,
    done: Answer,
    otherwise: Callable[[Given, StatementAnswer], Answer],
) -> list[Answer]:
    """Return `done` for each statement that was carried out, and what `otherwise` makes of the others, all at once."""
    rest = [pair for pair in zip(given, answers, strict=True) if pair[1] is not Outcome.DONE]
    made = iter(concurrently(lambda pair: otherwise(*pair), rest))
    return [done if answer is Outcome.DONE else next(made) for answer in answers]


def _one_call(client: Any, part: Sequence[Statement]) -> list[StatementAnswer]:
    request = [
        {"Statement": one.text, "Parameters": one.parameters, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        for one in part
    ]
    try:
        with named_failures():
            answer = client.batch_execute_statement(Statements=request)
    except UnavailableError as error:
        return [error] * len(part)
    except ClientError as error:
        if code_of(error) != "ValidationException":
            raise
        return [Outcome.ALONE] * len(part)
    return [_answer(response.get("Error")) for response in answer["Responses"]]


def _answer(error: Mapping[str, Any] | None) -> StatementAnswer:
    match error:
        case None:
            return Outcome.DONE
        case {"Code": "DuplicateItem"}:
            return Outcome.TAKEN
        case {"Code": "ConditionalCheckFailed", "Item": item} if item:
            return Refused(item)
    return Outcome.ALONE


def _key(names: Sequence[str], item: TypedItem) -> tuple[str, ...]:
    return tuple([item[name]["S"] for name in names])
