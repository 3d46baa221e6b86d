"""SQS as a source of events: read without pause, and never losing a message to a race."""

# ruff: noqa: SLF001 - what this changes is private to the engine; `module` checks that it is there.

import logging
import threading
from typing import Any

from local.engine.original import module, on_loop

PERIOD_SECONDS = 0.05
"""How late a delayed message is noticed; the engine's own loop looks once a second."""
DELAY_SECONDS_MAX = 900
LOGGER = logging.getLogger("hourglass.queues")


def install() -> None:
    """Put the queues' API calls and their reader in order, and refuse a delay that AWS refuses."""
    needed = ("_receive_messages_for_esm", "_delete_messages_for_esm", "_act_send_message", "_HANDLERS", "_Err")
    sqs = module("services.sqs", *needed)
    # A receive or delete from another thread rebuilds the list of messages while requests append to it.
    for name in ("_receive_messages_for_esm", "_delete_messages_for_esm"):
        setattr(sqs, name, _on_loop_always(getattr(sqs, name)))
    # SendMessageBatch calls the one by its name, SendMessage is found in the other.
    sqs._act_send_message = _refusing_long_delays(sqs._act_send_message, sqs._Err)
    sqs._HANDLERS["SendMessage"] = sqs._act_send_message
    needed = ("_poll_loop", "_poll_sqs", "_esm_wake", "_ESM_BACKOFF_SECONDS", "_sqs_esm_concurrency")
    functions = module("services.lambda_svc", *needed)
    # After a failed batch only its own messages wait, for their visibility timeout; the source reads on.
    functions._ESM_BACKOFF_SECONDS = 0.0
    functions._sqs_esm_concurrency = _with_numbers(functions._sqs_esm_concurrency)
    functions._poll_loop = lambda: _read_for_ever(functions._poll_sqs, functions._esm_wake)


def _on_loop_always(call: Any) -> Any:
    return lambda *args: on_loop(call, *args)


def _with_numbers(concurrency: Any) -> Any:
    """Read MaximumConcurrency as the number it is: the engine keeps a template's parameter as text."""

    def concurrency_of(mapping: dict[str, Any], *args: Any) -> int:
        if scaling := mapping.get("ScalingConfig"):
            scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
        limit: int = concurrency(mapping, *args)
        return limit

    return concurrency_of


def _refusing_long_delays(send: Any, error: Any) -> Any:
    def send_or_refuse(data: dict[str, Any], queue_url: str) -> dict[str, Any]:
        delay = data.get("DelaySeconds")
        if delay is not None and not 0 <= int(delay) <= DELAY_SECONDS_MAX:
            reason = f"Reason: DelaySeconds must be >= 0 and <= {DELAY_SECONDS_MAX}."
            message = f"Value {delay} for parameter DelaySeconds is invalid. {reason}"
            raise error("InvalidParameterValue", message)
        answer: dict[str, Any] = send(data, queue_url)
        return answer

    return send_or_refuse


def _read_for_ever(poll: Any, wake: threading.Event) -> None:
    while True:
        wake.clear()
        try:
            is_busy = poll()
        except Exception:
            # The one reader of all queues must outlive whatever one source did.
            LOGGER.exception("reading the queues failed")
            is_busy = False
        if not is_busy:
            wake.wait(PERIOD_SECONDS)
