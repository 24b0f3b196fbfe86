"""The wish in the making, line by line, and the buttons of the last step. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Bold, Text

from bot import words
from bot.drawing import Row, in_rows, lines
from bot.texts import Texts
from bot.wizard.choices import PAYMENTS, WATCH_DAYS
from bot.wizard.draft import STEPS, Draft, Known
from events.wish import CITY_ZONE

Press = Callable[..., InlineKeyboardButton]
UNSEEN_DAYS = timedelta(days=3)  # how long the desk watches a wish without dates


def summary(draft: Draft, known: Known, t: Texts) -> Text:
    """What stands so far: in the last step every line, before it those that were answered."""
    whole = draft.step == "confirm"
    said = {
        "film": words.foreign(draft.film, 200),
        "city": words.foreign(draft.city, 60),
        "cinemas": _cinemas(draft),
        "dates": words.days(draft.dates, t),
        "times": words.spans(draft.times, t),
        "version": words.names((*draft.languages, *draft.formats, *draft.screens), 160),
        "seats": seats(draft, t) if whole or draft.step == "seats" or draft.summary else "",
    }
    rows = [
        Text(t(f"wizard.line_{step}"), " ", Bold(value or t("wizard.any")))
        for step, value in said.items()
        if value or whole
    ]
    return lines(*rows, *(_window(draft, known, t) if whole else ()))


def _cinemas(draft: Draft) -> str:
    if len(draft.cinemas) < 2:
        return words.names(draft.cinemas)
    return "".join(f"\n     {place}. {words.foreign(cinema, 60)}" for place, cinema in enumerate(draft.cinemas, 1))


def seats(draft: Draft, t: Texts) -> str:
    """`2 together · GOLD · not the first 3 rows · at most ₹1,500`."""
    wish = draft.seats
    parts = [
        t.counted("wizard.seats_together" if wish.together else "wizard.seats_apart", wish.count, count=wish.count)
    ]
    if wish.category:
        parts.append(words.foreign(wish.category, 40))
    if wish.avoid_rows:
        parts.append(t.counted("wizard.seats_rows", wish.avoid_rows, rows=wish.avoid_rows))
    if draft.cap is not None:
        parts.append(t("wizard.seats_cap", cap=words.money(draft.cap)))
    return " · ".join(parts)


def watched_until(draft: Draft, known: Known) -> datetime:
    """When the desk will stop watching for this draft."""
    if draft.watch_until is not None:
        return draft.watch_until
    if draft.dates:
        return datetime.combine(draft.dates[-1], time(23, 59), CITY_ZONE)
    return max(known.now, draft.watch_from or known.now) + UNSEEN_DAYS


def _window(draft: Draft, known: Known, t: Texts) -> list[Text]:
    start = words.at(draft.watch_from, t) if draft.watch_from else t("wizard.now")
    window = t("wizard.window", start=start, end=words.at(watched_until(draft, known), t))
    payment = "cards_none" if draft.payment == "cards" and known.no_cards else draft.payment
    rows = [
        Text(t("wizard.line_pay"), " ", Bold(t(f"wizard.pay_{payment}"))),
        Text(t("wizard.line_window"), " ", Bold(window)),
    ]
    if draft.voters:
        named = dict(known.people)
        who = words.names((named.get(user, user) for user in draft.voters), 100)
        rows.append(Text(t("wizard.line_people"), " ", Bold(t("wizard.votes", votes=draft.votes, who=who))))
    if draft.dry_run:
        rows.append(Text(t("wizard.line_dry")))
    return rows


def summary_rows(draft: Draft, known: Known, t: Texts, press: Press) -> list[Row]:
    """The buttons of the last step, or of its parts."""
    if draft.part == "window":
        return _window_rows(draft, t, press)
    if draft.part == "people":
        return _people_rows(draft, known, t, press)
    edits = [press(t(f"wizard.edit_{step}"), "goto", step) for step in STEPS[:-1]]
    payment = PAYMENTS[(PAYMENTS.index(draft.payment) + 1) % len(PAYMENTS)]
    more = [press(t("wizard.edit_window"), "part", "window")]
    if known.people:
        more.append(press(t("wizard.edit_people"), "part", "people"))
    return [
        [press(t("wizard.save" if draft.job else "wizard.create"), "create")],
        *in_rows(edits, 3),
        [press(t("wizard.edit_pay"), "pay", payment), *more],
        [press(t("wizard.dry_on" if draft.dry_run else "wizard.dry_off"), "dry")],
    ]


def _window_rows(draft: Draft, t: Texts, press: Press) -> list[Row]:
    started = draft.watch_from is not None
    starts = [("now", not started), ("tomorrow", started)]
    marks = {True: "✓ ", False: ""}
    ends = [("auto", draft.watch_until is None), *((str(days), False) for days in WATCH_DAYS)]

    def label(arg: str, chosen: bool) -> str:
        text = t("wizard.until_auto") if arg == "auto" else t("wizard.until_days", days=arg)
        return marks[chosen] + text

    return [
        [press(marks[chosen] + t(f"wizard.from_{arg}"), "from", arg) for arg, chosen in starts],
        *in_rows((press(label(arg, chosen), "until", arg) for arg, chosen in ends), 2),
    ]


def _people_rows(draft: Draft, known: Known, t: Texts, press: Press) -> list[Row]:
    named = dict(known.people)
    made = [
        press(("✓ " if user in draft.voters else "") + named.get(user, user), "voter", str(place))
        for place, user in enumerate(draft.options[:20])
    ]
    rows = in_rows(made, 2)
    if draft.voters:
        rows.append([press(t("wizard.votes_needed", votes=draft.votes, of=len(draft.voters) + 1), "votes")])
    return rows
