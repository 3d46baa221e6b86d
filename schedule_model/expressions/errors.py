"""What callers of the expressions may have to handle, beyond a text that cannot be read."""

from schedule_model.errors import InvalidExpressionError, SchedulerError

_SHOWN_CHARACTERS_MAX = 256


class NaiveInstantError(SchedulerError, ValueError):
    """An instant has no timezone; the message says how to give it one."""


class InvalidCountError(SchedulerError, ValueError):
    """A preview was asked for fewer than one occurrence, or for more than it will list."""


class ExclusionsTooManyError(InvalidExpressionError):
    """Exclusions took out so many occurrences in a row that the search stopped: most likely they leave nothing."""


def refusal(expression: str, problem: str, instead: str) -> InvalidExpressionError:
    """Return the error for an expression that cannot be read: AWS's sentence first, then ours.

    Args:
        expression: the whole text as the user wrote it; shortened in the message beyond 256 characters.
        problem: what is wrong and where, as a sentence without its full stop.
        instead: what to write, as a sentence without its full stop.

    Source: EventBridge Scheduler, CreateSchedule, ValidationException `Invalid Schedule Expression <expr>.`
    """
    shown = expression
    if len(expression) > _SHOWN_CHARACTERS_MAX:
        shown = expression[:_SHOWN_CHARACTERS_MAX] + "…"
    return InvalidExpressionError(f"Invalid Schedule Expression {shown}. {problem}. {instead}.")
