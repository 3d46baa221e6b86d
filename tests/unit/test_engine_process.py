import signal
import subprocess
import sys

import pytest

from local.engine_process import _stop

ENGINE_THAT_TAKES_ITS_TIME = """
import os, signal, sys, time
sys.stdin.read()
os.kill(os.getppid(), signal.SIGINT)
time.sleep(20)
"""


def test_a_second_ctrl_c_while_the_engine_stops_leaves_none_of_it_running() -> None:
    command = [sys.executable, "-c", ENGINE_THAT_TAKES_ITS_TIME]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)

    with pytest.raises(KeyboardInterrupt):
        _stop(process)

    assert process.returncode == -signal.SIGKILL
