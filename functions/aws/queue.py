"""The run queue and its dead-letter queues in SQS."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.aws.failures import named_failures
from functions.ports import DeadLetter, UnavailableError
from schedule_model.dispatching import QueueRun

_ENTRIES_PER_BATCH = 10
_REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class SqsRunQueue:
    """Sends run requests, with a delay each, and buries what cannot be carried out.

    Args:
        client: boto3's SQS client.
        queue_url: the run queue.
        dead_letter_queue_url: the stack's own dead-letter queue.
    """

    def __init__(self, client: Any, queue_url: str, dead_letter_queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._dead_letter_queue_url = dead_letter_queue_url

    def send(self, messages: Sequence[QueueRun]) -> Sequence[UnavailableError | None]:
        """Queue each message, in batches of ten."""
        entries = [
            {"MessageBody": message.request.model_dump_json(), "DelaySeconds": message.delay_seconds}
            for message in messages
        ]
        return self._in_batches(self._queue_url, entries)

    def bury(self, letters: Sequence[DeadLetter]) -> Sequence[UnavailableError | None]:
        """Put each letter on its dead-letter queue; the stack's own if the target's cannot be reached."""
        return [self._bury(letter) for letter in letters]

    def _bury(self, letter: DeadLetter) -> UnavailableError | None:
        reason = {"reason": {"DataType": "String", "StringValue": _accepted(letter.reason) or "unknown"}}
        entry = {"MessageBody": letter.body or " ", "MessageAttributes": reason}
        if letter.queue_url is not None:
            try:
                self._client.send_message(QueueUrl=letter.queue_url, **entry)
            except (ClientError, BotoCoreError) as error:
                note = f"{letter.reason} (and the target's own queue refused it: {type(error).__name__})"
                return self._bury(DeadLetter(letter.body, note))
            return None
        return self._in_batches(self._dead_letter_queue_url, [entry])[0]

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
        answers: list[UnavailableError | None] = []
        for start in range(0, len(entries), _ENTRIES_PER_BATCH):
            part = entries[start : start + _ENTRIES_PER_BATCH]
            answers.extend(_one_batch(call, queue_url, part))
        return answers


def _accepted(text: str) -> str:
    """Return the text without the characters for which SQS would refuse the message.

    Source: SQS SendMessage, "valid Unicode characters" (#x9, #xA, #xD, #x20 to #xD7FF, #xE000 to #xFFFD and beyond).
    """
    return _REFUSED.sub("?", text)


def _one_batch(call: Callable[..., Any], queue_url: str, part: list[dict[str, Any]]) -> list[UnavailableError | None]:
    try:
        with named_failures():
            answer = call(QueueUrl=queue_url, Entries=[{"Id": str(place)} | entry for place, entry in enumerate(part)])
    except UnavailableError as error:
        return [error] * len(part)
    failed = {int(entry["Id"]): UnavailableError(entry["Code"]) for entry in answer.get("Failed", ())}
    return [failed.get(place) for place in range(len(part))]
