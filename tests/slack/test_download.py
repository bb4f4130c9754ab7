import pytest

from bot.slack.download import may_send_token

SLACK = "https://slack.com/api/"
LOCAL = "http://127.0.0.1:8765/api/"


@pytest.mark.parametrize(
    ("url", "api", "may"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.csv", SLACK, True),
        ("https://files.slack-gov.com/files-pri/T1-F1/a.csv", SLACK, True),
        ("http://files.slack.com/files-pri/T1-F1/a.csv", SLACK, False),
        ("https://files.slack.com.evil.example/a.csv", SLACK, False),
        ("https://evil.example/files.slack.com", SLACK, False),
        ("https://notslack.com/a.csv", SLACK, False),
        ("http://127.0.0.1:8765/files/a.csv", SLACK, False),
        ("http://127.0.0.1:8765/files/a.csv", LOCAL, True),
        ("http://127.0.0.1:9999/files/a.csv", LOCAL, False),
        ("http://10.0.0.7:8765/files/a.csv", "http://10.0.0.7:8765/api/", False),
        ("https://slack.internal.example/f/a.csv", "https://slack.internal.example/api/", True),
    ],
)
def test_the_token_goes_to_slack_or_to_the_stand_in_and_nowhere_else(url: str, api: str, may: bool) -> None:
    assert may_send_token(url, api) is may
