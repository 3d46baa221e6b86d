"""IANA timezones, always from the pinned `tzdata` package: the same answer on every machine."""

from functools import cache, lru_cache
from io import BytesIO
from pkgutil import get_data
from zoneinfo import ZoneInfo

from schedule_model.errors import InvalidTimezoneError

# "Factory" is the database's own placeholder for a machine whose zone was never set.
_NOT_FOR_SCHEDULES = {"Factory"}


@cache
def timezone_names() -> frozenset[str]:
    """Return every name that a schedule may use: the IANA zones and links of the pinned `tzdata`."""
    return frozenset(_file("zones").decode().split()) - _NOT_FOR_SCHEDULES


@lru_cache(maxsize=1024)
def timezone_named(name: str) -> ZoneInfo:
    """Return the zone of an IANA name such as `Europe/Paris`; names are case-sensitive, as AWS has them.

    Raises:
        InvalidTimezoneError: no such zone; the message offers a near name where there is one.
    """
    if name not in timezone_names():
        raise InvalidTimezoneError(f"There is no timezone {name!r} in the IANA database. {_hint(name)}")
    return ZoneInfo.from_file(BytesIO(_file(f"zoneinfo/{name}")), key=name)


def _file(name: str) -> bytes:
    content = get_data("tzdata", name)
    if content is None:
        raise FileNotFoundError(f"the tzdata package has no {name}")
    return content


def _hint(name: str) -> str:
    # Imported here because only a mistake needs it, and every cold start would pay for it.
    from difflib import get_close_matches  # noqa: PLC0415

    by_lower = {known.lower(): known for known in timezone_names()}
    wanted = name.strip().replace(" ", "_").lower()
    by_city = {lower.rsplit("/", 1)[-1]: known for lower, known in sorted(by_lower.items())}
    if found := by_lower.get(wanted) or by_city.get(wanted):
        return f"Write {found!r}."
    if near := get_close_matches(wanted[:64], by_lower, n=1, cutoff=0.75):
        return f"Did you mean {by_lower[near[0]]!r}?"
    return "Write a name such as 'Europe/Paris' or 'UTC'."
