"""DynamoDB streams as a source of events: one reader per event source mapping, failing as AWS does.

The engine's own reader invokes one function after the other on the thread that reads the queues too, ignores
ReportBatchItemFailures and bisecting, and retries a failed batch for ever.
"""

# ruff: noqa: SLF001 - what this changes is private to the engine; `module` checks that it is there.

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from local.engine.discarded import send_away
from local.engine.original import module, on_loop
from local.engine.retrying import Batch, Outcome, Policy, after_failure, first_failure

PERIOD_SECONDS = 0.05
_MILLISECOND_DIGITS = 20
"""How the engine's sequence numbers begin; a count follows."""
LOGGER = logging.getLogger("hourglass.streams")


def install(dynamodb: Any) -> None:
    """Have a later record bear the greater number, as on AWS, though the machine's clock is set back."""
    number = dynamodb._next_stream_seq
    latest = ""

    def never_backwards() -> str:
        nonlocal latest
        made: str = number()
        latest = max(latest, made[:_MILLISECOND_DIGITS])
        return latest + made[_MILLISECOND_DIGITS:]

    dynamodb._next_stream_seq = never_backwards


def start() -> None:
    """Watch for event source mappings of streams and read each on its own thread."""
    threading.Thread(target=_watch, daemon=True, name="hourglass-streams").start()


def _watch() -> None:
    functions = module("services.lambda_svc", "_esms", "_iter_all_esms", "_execute_function", "_apply_filter_criteria")
    readers: set[str] = set()
    while True:
        try:
            for account, region, mapping in list(functions._iter_all_esms()):
                if ":dynamodb:" in mapping["EventSourceArn"] and mapping["UUID"] not in readers:
                    Reader(functions, account, region, mapping).start()
                    readers.add(mapping["UUID"])
        except RuntimeError:
            # A mapping was made while they were gone through; the next look is in a moment.
            LOGGER.debug("the mappings changed", exc_info=True)
        time.sleep(PERIOD_SECONDS)


@dataclass(slots=True)
class Reader:
    """Reads one stream for one function, a batch at a time and in order."""

    functions: Any
    account: str
    region: str
    mapping: dict[str, Any]
    position: int = 0
    waiting: deque[Batch] = field(default_factory=deque)

    def start(self) -> None:
        """Read for ever, in the background."""
        name = f"hourglass-stream-{self.mapping['FunctionName']}"
        threading.Thread(target=self._run, daemon=True, name=name).start()

    def _run(self) -> None:
        responses = module("core.responses", "_request_account_id", "_request_region")
        responses._request_account_id.set(self.account)
        responses._request_region.set(self.region)
        while self.functions._esms.get(self.mapping["UUID"]) is not None:
            self.turn()

    def turn(self) -> None:
        """Read a batch if none waits, and have it carried out; the reader outlives whatever that raises."""
        try:
            if not self.waiting:
                self._fetch()
        except Exception:
            # Nothing is lost: the records are read again from where they were left.
            LOGGER.exception("reading the stream for %s failed", self.mapping["FunctionName"])
        if not self.waiting:
            time.sleep(PERIOD_SECONDS)
            return
        try:
            self._settle(self.waiting.popleft())
        except Exception:
            LOGGER.exception("a batch for %s was lost", self.mapping["FunctionName"])

    def _fetch(self) -> None:
        if not self.mapping.get("Enabled", True):
            return
        records = on_loop(self._records_since_position)
        wanted = self.functions._apply_filter_criteria(records, self.mapping)
        self.position += len(records)
        if wanted:
            self.waiting.append(Batch(wanted))

    def _records_since_position(self) -> list[dict[str, Any]]:
        dynamodb = module("services.dynamodb", "stream_records_since", "stream_start_position")
        table = self.mapping["EventSourceArn"].split("/")[1]
        self.position = max(self.position, dynamodb.stream_start_position(table))
        size = int(self.mapping.get("BatchSize", 100))
        return list(dynamodb.stream_records_since(table, self.position, size))

    def _settle(self, batch: Batch) -> None:
        time.sleep(batch.backoff_seconds)
        function = self.functions._functions.get(self.mapping["FunctionName"])
        result = self.functions._execute_function(function, {"Records": list(batch.records)})
        failed_at = 0 if result.get("error") else first_failure(batch.records, result.get("body"))
        if result.get("log"):
            LOGGER.info("%s\n%s", self.mapping["FunctionName"], result["log"])
        if failed_at is None:
            return
        LOGGER.warning(
            "%s failed from record %d of %d: %s",
            self.mapping["FunctionName"],
            failed_at,
            len(batch.records),
            result.get("body"),
        )
        self._go_on(after_failure(batch, self._policy(), first_failed=failed_at, now=time.time()))

    def _go_on(self, outcome: Outcome) -> None:
        self.waiting.extendleft(reversed(outcome.batches))
        if outcome.given_up:
            LOGGER.error("%d records given up: %s", len(outcome.given_up), outcome.condition)
            send_away(self.mapping, outcome)

    def _policy(self) -> Policy:
        return Policy(
            is_bisecting=bool(self.mapping.get("BisectBatchOnFunctionError")),
            retry_attempts_max=int(self.mapping.get("MaximumRetryAttempts", -1)),
            record_age_seconds_max=int(self.mapping.get("MaximumRecordAgeInSeconds", -1)),
        )
