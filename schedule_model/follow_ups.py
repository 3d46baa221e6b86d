"""Follow-ups: targets that a runner's answer creates. One that the answer gives no id has one of its run's."""

import re

from schedule_model.instants import from_text, to_text

# Of what a target's id and a run's key may hold, `/` and `#` alone are missing: a dot stands in their place.
_ID = re.compile(
    r"[0-9A-Za-z._:@=+-]+"
    r"\.([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{3})?Z)"
    r"(?:\.[0-9A-Za-z._-]{1,64})?"
    r"\.(?:0|[1-9][0-9]*)"
)


def follow_up_id(idempotency_key: str, place: int) -> str:
    """Return the id of a follow-up that has none of its own: the same at every attempt of the run that asks for it.

    Args:
        idempotency_key: the run's.
        place: the how-manieth of the answer's follow-ups it is, from 0.
    """
    return f"{idempotency_key.replace('/', '.').replace('#', '.')}.{place}"


def is_follow_up(target_id: str) -> bool:
    """Return whether an id is one that `follow_up_id` gives: `TARGET.INSTANT.PLACE`, with a run's suffix in between."""
    found = _ID.fullmatch(target_id)
    if found is None:
        return False
    try:
        # Only an instant that the calendar has, in the one form in which a run names it.
        return to_text(from_text(found[1])) == found[1]
    except ValueError:
        return False
