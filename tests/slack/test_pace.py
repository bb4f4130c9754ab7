from bot.slack.pace import Bucket


def test_a_burst_goes_at_once_and_the_rest_at_the_rate() -> None:
    bucket = Bucket(per_second=2, burst=3)

    waits = [bucket.take(100.0) for _ in range(5)]

    assert waits == [0, 0, 0, 0.5, 1.0]


def test_time_that_passed_fills_the_bucket_up_to_its_burst() -> None:
    bucket = Bucket(per_second=2, burst=3)
    for _ in range(3):
        bucket.take(100.0)

    assert [bucket.take(200.0) for _ in range(4)] == [0, 0, 0, 0.5]


def test_after_a_refusal_nothing_goes_for_as_long_as_slack_said() -> None:
    bucket = Bucket(per_second=2, burst=3)
    bucket.take(100.0)

    bucket.pause(10, 100.0)

    assert bucket.take(100.0) >= 10
