"""IANA timezones, always from the pinned `tzdata` package: the same answer on every machine."""

from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from schedule_model.errors import InvalidTimezoneError

# "Factory" is the database's own placeholder for a machine whose zone was never set.
_NOT_FOR_SCHEDULES = {"Factory"}


@cache
def timezone_names() -> frozenset[str]:
    """Return every name that a schedule may use: the IANA zones and links of the pinned `tzdata`."""
    listed = files("tzdata").joinpath("zones").read_text(encoding="utf-8")
    return frozenset(listed.split()) - _NOT_FOR_SCHEDULES


@lru_cache(maxsize=1024)
def timezone_named(name: str) -> ZoneInfo:
    """Return the zone of an IANA name such as `Europe/Paris`; names are case-sensitive, as AWS has them.

    Raises:
        InvalidTimezoneError: no such zone; the message offers a near name where there is one.
    """
    if name not in timezone_names():
        raise InvalidTimezoneError(f"There is no timezone {name!r} in the IANA database. {_hint(name)}")
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)


def _hint(name: str) -> str:
    by_lower = {known.lower(): known for known in timezone_names()}
    wanted = name.strip().replace(" ", "_").lower()
    by_city = {lower.rsplit("/", 1)[-1]: known for lower, known in sorted(by_lower.items())}
    if found := by_lower.get(wanted) or by_city.get(wanted):
        return f"Write {found!r}."
    if near := get_close_matches(wanted[:64], by_lower, n=1, cutoff=0.75):
        return f"Did you mean {by_lower[near[0]]!r}?"
    return "Write a name such as 'Europe/Paris' or 'UTC'."
