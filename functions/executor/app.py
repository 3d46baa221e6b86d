"""The executor: takes run requests from the queue, carries them out, records them, and sees to the next ones."""

from collections.abc import Mapping

from functions.aws.wiring import serve
from functions.batch import BatchResponse
from functions.executor.admitting import admit_all
from functions.executor.carrying_out import carry_out
from functions.executor.claiming import claim_all
from functions.executor.inbox import Inbox
from functions.ports import Ports


def handle(event: Mapping[str, object], ports: Ports) -> BatchResponse:
    """Carry out the runs that are due: claim each, see to the one after it, run all at once, record each as it ends.

    A message that fails is delivered again; the others are done with.
    """
    inbox = Inbox(event, ports)
    orders = admit_all(inbox, ports)
    attempts = claim_all(orders, inbox, ports)
    carry_out(attempts, inbox, ports)
    return inbox.close()


lambda_handler = serve(handle)
