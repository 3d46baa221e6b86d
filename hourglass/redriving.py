"""Putting back what was given up: runs from a dead-letter queue, stream records from the bucket."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hourglass.dead_letters import Discard, Fate, Keep, Letter, RunAgain, fate_of, request_in
from hourglass.errors import HourglassError, answered
from schedule_model.clock import Clock
from schedule_model.found import Found
from schedule_model.reading_targets import shorten
from schedule_model.run import Run
from schedule_model.run_request import RunRequest

HIDDEN_SECONDS = 120
"""How long a letter is out of sight of others while it is dealt with."""
_EMPTY_RECEIVES = 2


@dataclass(frozen=True, slots=True)
class Redriven:
    """What became, or would become, of one letter or record.

    Attributes:
        name: the message's id or the object's key.
        what: the run or records it is about, as far as that can be read.
        outcome: `resent`, `discarded` or `kept`.
        reason: why it was given up, or why it was not resent.
    """

    name: str
    what: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class LetterTools:
    """What redriving letters needs.

    Attributes:
        sqs: boto3's SQS client, in the region of the dead-letter queue.
        run_sqs: that of the stack's region.
        queue_url: the dead-letter queue.
        run_queue_url: where unreadable letters go back to when they are forced.
        find_run: reads one run by target and run id.
        find_target: reads one target.
        send: queues run requests.
        clock: tells when the new runs are due.
    """

    sqs: Any
    run_sqs: Any
    queue_url: str
    run_queue_url: str
    find_run: Callable[[str, str], Run | None]
    find_target: Callable[[str], Found | None]
    send: Callable[[list[RunRequest]], int]
    clock: Clock


def redrive_letters(tools: LetterTools, *, limit: int, dry_run: bool, force: bool) -> Iterator[Redriven]:
    """Deal with up to `limit` letters, one after the other, and yield what became of each.

    One that cannot be dealt with is kept and told, and the others go on; what AWS refuses ends it.

    A letter is deleted only once its run is queued; dying between the two queues that run twice, under one name, and
    the executor drops the second. Costs an SQS request to receive ten, and per letter two SQS requests, a read of the
    run and one of the target.

    Args:
        tools: what it needs.
        limit: the most letters to look at.
        dry_run: whether to change nothing.
        force: whether to put unreadable letters back on the run queue as they are.
    """
    kept: list[Letter] = []
    try:
        for letter in _letters(tools, limit):
            try:
                redriven = _dealt_with(letter, tools, dry_run=dry_run, force=force)
            except HourglassError:
                raise
            except Exception as error:  # noqa: BLE001  one letter is a record of a batch; those behind it are dealt with
                reason = shorten(f"cannot be dealt with: {type(error).__name__}: {error}")
                redriven = Redriven(letter.message_id, letter.body[:80], "kept", reason)
            if dry_run or redriven.outcome == "kept":
                kept.append(letter)
            yield redriven
    finally:
        _show_again(kept, tools)


def _dealt_with(letter: Letter, tools: LetterTools, *, dry_run: bool, force: bool) -> Redriven:
    request = request_in(letter)
    fate = request if isinstance(request, Keep) else _fate(request, tools)
    redriven = _redriven(letter, request, fate, force=force)
    if not dry_run and redriven.outcome != "kept":
        _carry_out(letter, fate, tools)
    return redriven


def _fate(request: RunRequest, tools: LetterTools) -> Fate:
    run = tools.find_run(request.target_id, request.run_id)
    return fate_of(request, run, tools.find_target(request.target_id), now=tools.clock.now())


def _redriven(letter: Letter, request: RunRequest | Keep, fate: Fate, *, force: bool) -> Redriven:
    what = letter.body[:80] if isinstance(request, Keep) else request.idempotency_key
    given_up = letter.reason or "was delivered too often"
    match fate:
        case RunAgain(request=again):
            return Redriven(letter.message_id, what, "resent", f"as {again.idempotency_key}; was given up: {given_up}")
        case Discard(reason=reason):
            return Redriven(letter.message_id, what, "discarded", reason)
        case Keep(reason=reason):
            outcome = "resent" if force and isinstance(request, Keep) else "kept"
            return Redriven(letter.message_id, what, outcome, reason)


def _carry_out(letter: Letter, fate: Fate, tools: LetterTools) -> None:
    match fate:
        case RunAgain(request=again):
            tools.send([again])
        case Keep():
            _put_back(letter, tools)
    with answered():
        tools.sqs.delete_message(QueueUrl=tools.queue_url, ReceiptHandle=letter.receipt)


def _put_back(letter: Letter, tools: LetterTools) -> None:
    attributes = {
        name: {"DataType": "String", "StringValue": text}
        for name, text in letter.attributes.items()
        if name != "reason"
    }
    with answered():
        tools.run_sqs.send_message(QueueUrl=tools.run_queue_url, MessageBody=letter.body, MessageAttributes=attributes)


def _letters(tools: LetterTools, limit: int) -> Iterator[Letter]:
    seen: set[str] = set()
    empty = 0
    while len(seen) < limit and empty < _EMPTY_RECEIVES:
        with answered():
            answer = tools.sqs.receive_message(
                QueueUrl=tools.queue_url,
                MaxNumberOfMessages=min(10, limit - len(seen)),
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=1,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["SentTimestamp"],
            )
        letters = [_letter(message) for message in answer.get("Messages", ()) if message["MessageId"] not in seen]
        empty = 0 if letters else empty + 1
        seen |= {letter.message_id for letter in letters}
        yield from letters


def _letter(message: dict[str, Any]) -> Letter:
    texts = {
        name: attribute["StringValue"]
        for name, attribute in message.get("MessageAttributes", {}).items()
        if "StringValue" in attribute
    }
    sent_ms = int(message.get("Attributes", {}).get("SentTimestamp", 0))
    return Letter(
        message_id=message["MessageId"],
        receipt=message["ReceiptHandle"],
        body=message["Body"],
        reason=texts.get("reason", ""),
        attributes=texts,
        sent_at=datetime.fromtimestamp(sent_ms / 1000, UTC),
    )


def _show_again(kept: list[Letter], tools: LetterTools) -> None:
    """Let others see at once what stays."""
    for letter in kept:
        with answered():
            tools.sqs.change_message_visibility(
                QueueUrl=tools.queue_url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
            )
