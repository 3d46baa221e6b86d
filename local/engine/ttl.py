"""TTL, emulated: expired items go after a lag of our choosing, with the stream record that AWS writes.

The engine's own reaper looks once a minute and writes no stream record, so it is kept from starting.
"""

# ruff: noqa: SLF001 - what this changes is private to the engine; `module` checks that it is there.

import logging
import threading
import time
from typing import Any

from local.engine.original import EngineChangedError, module, on_loop

REAPER_THREAD = "dynamodb-ttl-reaper"
SERVICE_IDENTITY = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
PERIOD_SECONDS = 0.25
REST_SECONDS_MAX = 30
LOGGER = logging.getLogger("hourglass.ttl")


def import_without_reaper() -> Any:
    """Import the engine's DynamoDB, which starts its reaper as it is imported, without letting that start.

    Raises:
        EngineChangedError: there was no such thread to hold back.
    """
    held_back: list[threading.Thread] = []
    start = threading.Thread.start

    def start_unless_reaper(thread: threading.Thread) -> None:
        held_back.append(thread) if thread.name == REAPER_THREAD else start(thread)

    threading.Thread.start = start_unless_reaper  # type: ignore[method-assign, assignment]
    try:
        needed = ("_ttl_settings", "_tables", "_remove_item", "_emit_stream_event", "_build_change_record")
        partiql = ("_set_item", "_partiql_insert", "_partiql_update", "_partiql_delete")
        dynamodb = module("services.dynamodb", *needed, *partiql, "_next_stream_seq")
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]
    if len(held_back) != 1:
        raise EngineChangedError("the engine's TTL reaper was not found, so two reapers would run")
    return dynamodb


class Reaper:
    """Removes expired items `lag_seconds` after their TTL attribute has passed."""

    def __init__(self, dynamodb: Any, *, lag_seconds: float) -> None:
        self._dynamodb = dynamodb
        self._lag_seconds = lag_seconds
        self._is_reaping = False
        self._stamp_records()

    def start(self) -> None:
        """Reap for ever, in the background."""
        threading.Thread(target=self._run, daemon=True, name="hourglass-ttl").start()

    def _run(self) -> None:
        while True:
            started = time.monotonic()
            self.turn()
            # A large table must not keep the engine busy, so a slow pass is followed by a longer rest.
            time.sleep(min(REST_SECONDS_MAX, max(PERIOD_SECONDS, 10 * (time.monotonic() - started))))

    def turn(self) -> None:
        """Remove what is expired; the reaper outlives whatever that raises, and the next pass finds the rest."""
        try:
            self._reap_all()
        except Exception:
            LOGGER.exception("a pass of TTL failed")

    def _reap_all(self) -> None:
        responses = module("core.responses", "_request_account_id", "_request_region")
        for (account, region, table), setting in list(self._dynamodb._ttl_settings.all_items()):
            if setting.get("TimeToLiveStatus") != "ENABLED":
                continue
            responses._request_account_id.set(account)
            responses._request_region.set(region)
            on_loop(self._reap, table, setting["AttributeName"])

    def _reap(self, table_name: str, attribute: str) -> None:
        table = self._dynamodb._tables.get(table_name)
        if table is None:
            return
        expired_before = time.time() - self._lag_seconds
        rows = [(pk, sk, item) for pk, found in table["items"].items() for sk, item in found.items()]
        for pk, sk, item in rows:
            if _expires_at(item.get(attribute)) <= expired_before:
                self._remove(table_name, table, pk, sk)

    def _remove(self, table_name: str, table: dict[str, Any], pk: str, sk: str) -> None:
        removed = self._dynamodb._remove_item(table, pk, sk)
        self._is_reaping = True
        try:
            self._dynamodb._emit_stream_event(table_name, "REMOVE", removed, None)
        finally:
            self._is_reaping = False
        LOGGER.info("expired %s / %s of %s", pk, sk, table_name)

    def _stamp_records(self) -> None:
        """Have each record that is built while we reap carry the identity of the TTL service.

        All this happens on the event loop, so no user's delete can be stamped by mistake.
        """
        build = self._dynamodb._build_change_record

        def build_and_stamp(*args: Any) -> dict[str, Any]:
            record: dict[str, Any] = build(*args)
            if self._is_reaping:
                record["userIdentity"] = SERVICE_IDENTITY
            return record

        self._dynamodb._build_change_record = build_and_stamp


def _expires_at(value: dict[str, str] | None) -> float:
    """Return a TTL attribute's instant; infinity where AWS ignores it: missing, or not a Number."""
    return float(value["N"]) if value and "N" in value else float("inf")
