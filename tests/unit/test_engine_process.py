"""How the local engine is stopped."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from local.engine_process import _stop

ENGINE_THAT_TAKES_ITS_TIME = """
import os, signal, sys, time
sys.stdin.read()
os.kill(os.getppid(), signal.SIGINT)
time.sleep(20)
"""


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Have SIGINT interrupt, as at a terminal: what a shell starts in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_a_second_ctrl_c_while_the_engine_stops_leaves_none_of_it_running() -> None:
    command = [sys.executable, "-c", ENGINE_THAT_TAKES_ITS_TIME]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)

    with pytest.raises(KeyboardInterrupt):
        _stop(process)

    assert process.returncode == -signal.SIGKILL
