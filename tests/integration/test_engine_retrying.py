"""What the embedded engine does with a stream batch that failed, which is what Lambda documents."""

from local.engine.retrying import Batch, Policy, after_failure, first_failure

BOUNDED = Policy(is_bisecting=False, retry_attempts_max=2, record_age_seconds_max=60)
BISECTING = Policy(is_bisecting=True, retry_attempts_max=2, record_age_seconds_max=60)
NOW = 1_000.0


def records(count, *, created_at=NOW):
    return [
        {"dynamodb": {"SequenceNumber": str(number), "ApproximateCreationDateTime": created_at}}
        for number in range(count)
    ]


def failures(*identifiers):
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]}


def test_an_answer_without_failures_means_that_all_is_done():
    assert [first_failure(records(2), answer) for answer in (None, {}, failures())] == [None, None, None]


def test_the_oldest_failed_record_is_where_the_batch_goes_on():
    assert first_failure(records(4), failures("3", "1")) == 1


def test_an_identifier_that_is_not_in_the_batch_fails_all_of_it():
    assert [first_failure(records(4), failures(*wrong)) for wrong in (("9",), ("",), (None, "2"))] == [0, 0, 0]


def test_what_came_before_the_failure_is_not_processed_again():
    outcome = after_failure(Batch(records(4)), BOUNDED, first_failed=3, now=NOW)

    assert outcome.batches == [Batch(records(4)[3:], attempts=1)]


def test_a_batch_is_given_up_after_its_last_retry():
    outcome = after_failure(Batch(records(1), attempts=2), BOUNDED, first_failed=0, now=NOW)

    assert (outcome.batches, outcome.condition) == ([], "RetryAttemptsExhausted")


def test_progress_renews_the_attempts():
    outcome = after_failure(Batch(records(2), attempts=2), BOUNDED, first_failed=1, now=NOW)

    assert outcome.batches == [Batch(records(2)[1:], attempts=1)]


def test_bisecting_takes_no_attempt():
    outcome = after_failure(Batch(records(4), attempts=2), BISECTING, first_failed=0, now=NOW)

    assert outcome.batches == [Batch(records(4)[:2], attempts=2), Batch(records(4)[2:], attempts=2)]


def test_records_that_are_too_old_are_given_up_and_the_rest_goes_on():
    old, young = records(1, created_at=NOW - 61), records(1)
    outcome = after_failure(Batch([*old, *young]), BOUNDED, first_failed=0, now=NOW)

    assert (outcome.given_up, outcome.condition) == (old, "MaxRecordAgeExceeded")
    assert outcome.batches == [Batch(young)]
