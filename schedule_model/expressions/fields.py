"""One field of a cron expression: from its text to a set of numbers, kept as the bits of an integer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from schedule_model.errors import InvalidExpressionError
from schedule_model.expressions.errors import refusal

_ITEM = re.compile(r"(?P<first>\*|[0-9A-Z]+)(-(?P<last>[0-9A-Z]+))?(/(?P<step>[0-9]+))?")


@dataclass(frozen=True, slots=True)
class Field:
    """What one field of a cron expression may say.

    Attributes:
        name: as AWS calls it.
        lowest, highest: the bounds of its numbers.
        names: upper-case words for some of its numbers.
        has_steps: whether `/` may be written.
        wraps: whether a range may run over the end, such as 20-2.
        cycle: after how many numbers the field starts again.
    """

    name: str
    lowest: int
    highest: int
    names: Mapping[str, int] = field(default_factory=dict)
    has_steps: bool = True
    wraps: bool = True
    cycle: int = 0

    def numbers(self, text: str, *, of: str) -> int:
        """Return the numbers that `text` names; bit n stands for the number n.

        Args:
            text: the field, upper-case, such as `0/15` or `MON-FRI,SUN`.
            of: the whole expression, for the message.

        Raises:
            InvalidExpressionError: an item is empty, unknown, out of bounds, or steps by 0 or past the highest number.
        """
        bits = 0
        for position, item in enumerate(text.split(","), start=1):
            bits |= self._item(item, position, of)
        return bits

    def refusal(
        self, of: str, item: str, problem: str, *, position: int = 1, instead: str = ""
    ) -> InvalidExpressionError:
        """Return the error for one item of this field, with its name, its place and what it may be instead."""
        known = f"{self.lowest}-{self.highest}"
        if self.names:
            words = sorted(self.names, key=lambda word: self.names[word])
            known += f" or {words[0]}-{words[-1]}"
        where = f"Field {self.name}, item {position} {item!r}"
        return refusal(of, f"{where}: {problem}", instead or f"Write {known}, a list a,b or a range a-b of these")

    def _item(self, item: str, position: int, of: str) -> int:
        form = _ITEM.fullmatch(item)
        if form is None or (form["first"] == "*" and form["last"]):
            problem = "an empty item" if not item else "not a number, name, range or step"
            raise self.refusal(of, item, problem, position=position)
        try:
            return self._range(form["first"], form["last"], form["step"])
        except _BadItemError as error:
            raise self.refusal(of, item, error.problem, position=position, instead=error.instead) from None

    def _range(self, first: str, last: str | None, step: str | None) -> int:
        start = self.lowest if first == "*" else self._number(first)
        end = self._number(last) if last else start
        if first == "*" or (step and not last):
            end = self.highest
        if end < start:
            end += self._cycle_for_wrap()
        cycle = self.cycle or self.highest - self.lowest + 1
        numbers = range(start, end + 1, self._step(step))
        return sum(1 << number for number in {self.lowest + (each - self.lowest) % cycle for each in numbers})

    def _cycle_for_wrap(self) -> int:
        if not self.wraps:
            raise _BadItemError("the range runs backwards", "Write the lower number first")
        return self.cycle or self.highest - self.lowest + 1

    def _number(self, text: str) -> int:
        if text in self.names:
            return self.names[text]
        if not text.isdecimal():
            raise _BadItemError(f"{text} is not a number or name of this field")
        if not self.lowest <= int(text) <= self.highest:
            raise _BadItemError(f"{text} is outside {self.lowest}-{self.highest}")
        return int(text)

    def _step(self, text: str | None) -> int:
        if text is None:
            return 1
        if not self.has_steps:
            raise _BadItemError("this field takes no step with /", "Write the days as a list, such as MON,WED,FRI")
        if not 1 <= int(text) <= self.highest:
            instead = f"Write a step from 1 to {self.highest}; for a longer interval put the step in the next field"
            raise _BadItemError(f"the step {text} is outside 1-{self.highest}", instead)
        return int(text)


class _BadItemError(ValueError):
    """An item of a field cannot be read; its place is added on the way out."""

    def __init__(self, problem: str, instead: str = "") -> None:
        super().__init__(problem)
        self.problem, self.instead = problem, instead


_MONTHS_IN_ORDER = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
MONTH_NAMES = dict(zip(_MONTHS_IN_ORDER, range(1, 13), strict=True))
MINUTES = Field("minutes", 0, 59)
HOURS = Field("hours", 0, 23)
DAYS_OF_MONTH = Field("day-of-month", 1, 31)
MONTHS = Field("month", 1, 12, MONTH_NAMES)


def fires_through_repeats(minute_text: str, minutes: int, hour_text: str, hours: int) -> bool:
    """Return whether a cron expression runs in both passes of a repeated hour.

    True where its minute or hour field is a wildcard or a step of several values, or names all there are: then the
    user thinks in intervals, and one pass only would leave a hole. False where both are fixed: a time of day.
    """
    return _is_interval(minute_text, minutes, count=60) or _is_interval(hour_text, hours, count=24)


def _is_interval(text: str, numbers: int, *, count: int) -> bool:
    named = numbers.bit_count()
    return named == count or (named > 1 and ("*" in text or "/" in text))
