"""The processes that live seeds end with the one that started them."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

PARENT = """
import os, time
from tests.simulation.workers import workers
pool = workers(2)
print(pool.apply(os.getpid), flush=True)
pool.map_async(time.sleep, [3600, 3600])
time.sleep(3600)
"""


def test_they_end_with_a_parent_that_was_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as parent:
        assert parent.stdout is not None
        assert int(parent.stdout.readline()) != parent.pid
        try:
            parent.kill()

            # Its workers hold the other end of the pipe, which closes with the last of them.
            rest, _ = parent.communicate(timeout=60)
            assert rest == ""
        finally:
            with suppress(ProcessLookupError):
                os.killpg(parent.pid, signal.SIGKILL)
