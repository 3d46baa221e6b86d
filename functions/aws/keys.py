"""Reading many items by their keys."""

from collections.abc import Iterator, Sequence
from typing import Any

from functions.aws.failures import named_failures
from functions.ports import UnavailableError

_KEYS_PER_BATCH = 100
_ATTEMPTS_MAX = 5


def batches(
    client: Any, table: str, keys: Sequence[dict[str, Any]], *, consistent: bool = False
) -> Iterator[Sequence[dict[str, Any]]]:
    """Yield the items that exist, in typed JSON, page by page.

    Raises:
        UnavailableError: DynamoDB keeps leaving keys unprocessed.

    Source: DynamoDB, BatchGetItem (100 keys, 16 MB, `UnprocessedKeys`).
    """
    for start in range(0, len(keys), _KEYS_PER_BATCH):
        request = {table: {"Keys": list(keys[start : start + _KEYS_PER_BATCH]), "ConsistentRead": consistent}}
        for _ in range(_ATTEMPTS_MAX):
            with named_failures():
                answer = client.batch_get_item(RequestItems=request)
            yield answer["Responses"].get(table, ())
            request = answer.get("UnprocessedKeys") or {}
            if not request:
                break
        else:
            raise UnavailableError("keys were left unprocessed")
