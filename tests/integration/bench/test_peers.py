"""What bench.peers tells, where its environment has been made: tests install nothing."""

import pytest

from local import environments


@pytest.mark.skipif(not environments.is_made(environments.BENCH), reason="make bench makes the peers' environment")
def test_every_peer_is_asked_for_next_runs_and_for_pending_schedules(bench):
    peers = bench("peers")["peers"]

    assert set(peers["pending"]) == {"hourglass", "apscheduler", "celery_beat"}
    for engines in peers["next_runs"]["medians"].values():
        assert all(engines.values())
