"""Which region something is in, as its ARN or, of a queue, its URL tells."""

import re

_REGION = r"[a-z]{2,4}(?:-[a-z]+)+-\d"
_QUEUE = re.compile(
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
_ARN = re.compile(rf"arn:[a-z-]+:[a-z0-9-]+:(?P<region>{_REGION}):")


def region_of(name: str) -> str | None:
    """Return the region that an ARN or a queue's URL names; None where it names none, as that of an engine here.

    AWS answers for what is in the region that is asked: SNS, Lambda, Step Functions and EventBridge refuse an ARN of
    another one, and boto3 sends what is for a queue to its client's region, whatever the URL says. The former name of
    us-east-1's queues, `queue.amazonaws.com`, tells none, so that a `region` beside it holds.

    Source: AWS General Reference, "Amazon Resource Names" and "Amazon SQS endpoints and quotas"; botocore's
    endpoints.json for the former names, `<region>.queue.amazonaws.com`; AWS PrivateLink for `vpce-`.
    """
    if arn := _ARN.match(name):
        return arn["region"]
    found = _QUEUE.match(name)
    return None if found is None else str(found["region"] or found["former"]).lower()
