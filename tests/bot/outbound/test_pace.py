"""Telegram's limits, kept by ourselves: with a clock that the test holds."""

from bot.pace import BURST, GROUP_MINUTE, KEPT_BACK, OVERALL, Pace

PRIVATE, GROUP = 1001, -1001


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def spend_when_allowed(pace: Pace, clock: Clock, chat: int, calm: bool, seconds: float) -> int:
    """How many messages go in that time."""
    end, sent = clock.now + seconds, 0
    while clock.now < end:
        wait = pace.wait(chat, calm)
        if wait > 0:
            clock.now += wait + 1e-6
            continue
        pace.spend(chat)
        sent += 1
    return sent


def test_edits_of_a_card_go_once_a_second() -> None:
    clock = Clock()
    assert spend_when_allowed(Pace(clock), clock, PRIVATE, True, 10) <= 11


def test_urgent_messages_may_burst_and_then_keep_the_pace() -> None:
    clock = Clock()
    assert spend_when_allowed(Pace(clock), clock, PRIVATE, False, 10) <= 10 + BURST


def test_a_group_takes_twenty_a_minute_and_edits_leave_room_for_questions() -> None:
    clock = Clock()
    pace = Pace(clock)
    calm = spend_when_allowed(pace, clock, GROUP, True, 59)
    assert calm <= GROUP_MINUTE - KEPT_BACK
    assert calm + spend_when_allowed(pace, clock, GROUP, False, 1) <= GROUP_MINUTE


def test_a_pause_holds_for_its_chat_alone() -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.pause(PRIVATE, 30)
    assert pace.wait(PRIVATE, False) == 30
    assert pace.wait(1002, True) == 0


def test_all_chats_together_stay_below_thirty_a_second() -> None:
    clock = Clock()
    pace = Pace(clock)
    sent = 0
    for chat in range(1, 100):
        if pace.wait(chat, False) == 0:
            pace.spend(chat)
            sent += 1
    assert sent == OVERALL
