"""What a log says, and where it goes."""

import pytest
import structlog

from usher.logs import set_up_logs


@pytest.mark.parametrize("as_json", [False, True])
def test_a_log_in_a_file_is_plain_text_without_secrets(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    set_up_logs(as_json)
    try:
        structlog.get_logger().warning("card.refused", pin="123456", why="8000000000000001 is blocked", job_id="01m8")
    finally:
        structlog.configure(**before)
    told = capsys.readouterr().err
    assert "\x1b" not in told
    assert "card.refused" in told
    assert "01m8" in told
    assert "123456" not in told
    assert "8000000000000001" not in told
