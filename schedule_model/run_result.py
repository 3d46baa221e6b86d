"""What a runner may answer."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue


class RunResult(BaseModel):
    """The outcome of one run, as its runner tells it.

    Attributes:
        output: recorded in the Runs row; truncated with a mark when it would not fit.
        completed: True ends the schedule: no further occurrence runs.
        new_params: merged over the target's `params` for the following runs.
        next_run_at: overrides the next occurrence, once; aware, any timezone.
        follow_ups: targets to create, each in the form a user would write.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    output: JsonValue = None
    completed: bool = False
    new_params: dict[str, JsonValue] | None = None
    next_run_at: AwareDatetime | None = None
    follow_ups: tuple[dict[str, Any], ...] = ()
