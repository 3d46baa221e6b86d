"""Which region a queue is in, as its URL tells."""

import re

_REGION = r"[a-z]{2,4}(?:-[a-z]+)+-\d"
_AWS = re.compile(
    rf"""
    https?://
    (?: (?:vpce-[^./]+\.)? sqs(?:-fips)? \. (?P<region>{_REGION}) (?:\.vpce)?
    |   (?P<former>{_REGION}) \. queue
    )
    \. (?: amazonaws\.com(?:\.cn)? | amazonaws\.eu | api\.aws )
    (?: :\d+ )? (?: / | $ )
    """,
    re.VERBOSE | re.IGNORECASE,
)


def region_of(queue_url: str) -> str | None:
    """Return the region that a queue's URL names; None where it names none, as that of an engine on this machine.

    boto3 sends what is for a queue to its client's region, whatever the URL says. The former name of us-east-1's,
    `queue.amazonaws.com`, tells none, so that a `region` beside it holds.

    Source: AWS General Reference, "Amazon SQS endpoints and quotas"; botocore's endpoints.json for the former names,
    `<region>.queue.amazonaws.com`; AWS PrivateLink for `vpce-`.
    """
    found = _AWS.match(queue_url)
    return None if found is None else str(found["region"] or found["former"]).lower()
