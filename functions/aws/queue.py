"""The run queue and its dead-letter queues in SQS."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.aws.failures import named_failures
from functions.ports import DeadLetter, UnavailableError
from schedule_model.dispatching import QueueRun

_ENTRIES_PER_BATCH = 10
# SQS takes 1 MiB in one call; a character has up to 4 bytes, and a reason up to 4 KB.
_BATCH_SIZE_MAX = 1024 * 1024
_ENTRY_SIZE = 5 * 1024


class SqsRunQueue:
    """Sends run requests, with a delay each, and buries what cannot be carried out.

    Args:
        client: boto3's SQS client.
        queue_url: the run queue.
        dead_letter_queue_url: the stack's own dead-letter queue.
        client_in: returns a client of another region, for targets' own dead-letter queues there; None where nothing is
            buried.
    """

    def __init__(
        self,
        client: Any,
        queue_url: str,
        dead_letter_queue_url: str,
        *,
        client_in: Callable[[str], Any] | None = None,
    ) -> None:
        self._client = client
        self._client_in = client_in
        self._queue_url = queue_url
        self._dead_letter_queue_url = dead_letter_queue_url

    def send(self, messages: Sequence[QueueRun]) -> Sequence[UnavailableError | None]:
        """Queue each message, in batches of ten."""
        entries = [
            {"MessageBody": _escaped(message.request.model_dump_json()), "DelaySeconds": message.delay_seconds}
            for message in messages
        ]
        return self._in_batches(self._queue_url, entries)

    def bury(self, letters: Sequence[DeadLetter]) -> Sequence[UnavailableError | None]:
        """Put each letter on its dead-letter queue; the stack's own if the target's cannot be reached."""
        answers: list[UnavailableError | None] = [None] * len(letters)
        ours: dict[int, dict[str, Any]] = {}
        for place, letter in enumerate(letters):
            if (reason := self._own_queues_refusal(letter)) is not None:
                ours[place] = _entry(letter.body, reason)
        for place, answer in zip(ours, self._in_batches(self._dead_letter_queue_url, list(ours.values())), strict=True):
            answers[place] = answer
        return answers

    def _own_queues_refusal(self, letter: DeadLetter) -> str | None:
        """Put a letter on its target's own queue; return the reason with which it goes to the stack's, None if done."""
        if letter.queue_url is None:
            return letter.reason
        try:
            client = self._client_of(letter.queue_url)
            client.send_message(QueueUrl=letter.queue_url, **_entry(letter.body, letter.reason))
        except (ClientError, BotoCoreError) as error:
            return f"{letter.reason} (and the target's own queue refused it: {type(error).__name__})"
        return None

    def _client_of(self, queue_url: str) -> Any:
        """Return the client of a queue's region: our own, unless its URL names another."""
        # As long as no target has a queue of its own, no start pays for reading its URL.
        from functions.aws.regions import region_of  # noqa: PLC0415

        region = region_of(queue_url)
        if region is None or self._client_in is None or region == self._client.meta.region_name:
            return self._client
        return self._client_in(region)

    def postpone(self, receipts: Sequence[str], seconds: int) -> None:
        """Make messages visible again after a while; what fails comes back after the queue's own timeout."""
        entries = [{"ReceiptHandle": receipt, "VisibilityTimeout": seconds} for receipt in receipts if receipt]
        try:
            self._answers(self._client.change_message_visibility_batch, self._queue_url, entries)
        except (UnavailableError, ClientError, BotoCoreError):
            return

    def _in_batches(self, queue_url: str, entries: list[dict[str, Any]]) -> list[UnavailableError | None]:
        return self._answers(self._client.send_message_batch, queue_url, entries)

    def _answers(
        self, call: Callable[..., Any], queue_url: str, entries: list[dict[str, Any]]
    ) -> list[UnavailableError | None]:
        return [answer for part in _parts(entries) for answer in _one_batch(call, queue_url, part)]


def _parts(entries: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield the entries in order, as many together as SQS takes in one call."""
    part: list[dict[str, Any]] = []
    size = 0
    for entry in entries:
        own = 4 * len(entry.get("MessageBody", "")) + _ENTRY_SIZE
        if part and (len(part) == _ENTRIES_PER_BATCH or size + own > _BATCH_SIZE_MAX):
            yield part
            part, size = [], 0
        part.append(entry)
        size += own
    if part:
        yield part


def _entry(body: str, reason: str) -> dict[str, Any]:
    attributes = {"reason": {"DataType": "String", "StringValue": _accepted(reason) or "unknown"}}
    return {"MessageBody": _escaped(body) or " ", "MessageAttributes": attributes}


def _escaped(body: str) -> str:
    """Return a body of JSON with the two characters written out that a text of JSON may hold and SQS refuses."""
    return body if body.isascii() else body.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def _accepted(text: str) -> str:
    """Return the text without the characters for which SQS would refuse the message.

    Source: SQS SendMessage, "valid Unicode characters" (#x9, #xA, #xD, #x20 to #xD7FF, #xE000 to #xFFFD and beyond).
    """
    return _refused().sub("?", text)


@cache
def _refused() -> re.Pattern[str]:
    # Made when a letter is buried: as long as everything goes well, no start pays for so large a set of characters.
    return re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _one_batch(call: Callable[..., Any], queue_url: str, part: list[dict[str, Any]]) -> list[UnavailableError | None]:
    try:
        with named_failures():
            answer = call(QueueUrl=queue_url, Entries=[{"Id": str(place)} | entry for place, entry in enumerate(part)])
    except UnavailableError as error:
        return [error] * len(part)
    failed = {int(entry["Id"]): UnavailableError(entry["Code"]) for entry in answer.get("Failed", ())}
    return [failed.get(place) for place in range(len(part))]
