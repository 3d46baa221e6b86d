"""How Hypothesis goes about it: a slow or busy machine is no fault of ours.

On CI the examples are the same each time, so that a merge never fails by luck; everywhere else they are new ones.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "steady", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("steady")
