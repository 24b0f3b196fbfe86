"""The wizard's message for a draft. Pure."""

from __future__ import annotations

from typing import Any

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Bold, Italic, Text

from bot import words
from bot.drawing import Row, button, in_rows, keyboard, lines, sheet
from bot.keyboards import Menu, Step
from bot.texts import Texts
from bot.view import View
from bot.wizard import choices
from bot.wizard.calendar import calendar
from bot.wizard.draft import STEPS, Class, Draft, Known, Problem
from bot.wizard.summary import summary, summary_rows
from bot.wizard.times import SLOTS


def render(draft: Draft, known: Known, t: Texts, problem: Problem | None = None, typed: str = "") -> View:
    """What the person sees of a draft, with what was typed last and the reason why it was not taken."""
    number = STEPS.index(draft.step) + 1
    title = t("wizard.title_change") if draft.job else t("wizard.title")
    place = t("wizard.place", step=number, of=len(STEPS))
    asked = Bold(t(f"wizard.ask_{draft.part or draft.step}"))
    hint = t(f"wizard.hint_{draft.part or draft.step}")
    if known.group:
        hint = f"{hint}\n{t('wizard.hint_group')}".strip()
    quoted = f"“{words.foreign(typed, 80)}”: " if typed else ""
    wrong = Text("⚠️ ", quoted, words.short(said(problem, t), 600)) if problem else ""
    unclear = Text("🤔 ", t("wizard.unclear", typed=words.foreign(draft.typed, 60))) if draft.typed else ""
    body = (summary(draft, known, t), lines(asked, Italic(hint) if hint else ""), lines(unclear, wrong))
    rows = _ROWS[draft.step](draft, known, t)
    drawn = "▰" * number + "▱" * (len(STEPS) - number)
    text = sheet(f"{title} · {place}\n{drawn}", *body)
    return View(text, keyboard(*rows, *_feet(draft, t)), loud=False)


def said(problem: Problem, t: Texts) -> str:
    """A problem in words."""
    values: dict[str, Any] = dict(problem.values)
    if "today" in values:
        values["today"] = words.on(values["today"], t)
    return t(f"problem.{problem.key}", **values)


def press(draft: Draft, label: str, act: str, arg: str = "") -> InlineKeyboardButton:
    """A button of this drawing."""
    return button(label, Step(rev=draft.rev, act=act, arg=arg))


def _feet(draft: Draft, t: Texts) -> list[Row]:
    """Back, on, cancel: the same in every step."""
    row: list[InlineKeyboardButton] = []
    if draft.step != "film" or draft.part or (draft.summary and draft.film and draft.city):
        row.append(press(draft, t("wizard.back"), "back"))
    row.append(button(t("wizard.cancel"), Menu(to="cancel")))
    may_go_on = {"film": bool(draft.film), "city": bool(draft.city), "confirm": bool(draft.part)}
    if may_go_on.get(draft.step, True):
        row.append(press(draft, t("wizard.next"), "next"))
    return [row]


def _offers(draft: Draft, labels: list[str], wide: int = 1) -> list[Row]:
    """This page of the options, and the arrows between pages."""
    start = draft.page * choices.PAGE
    shown = range(start, min(start + choices.PAGE, len(labels)))
    rows = in_rows((press(draft, labels[place], "pick", str(place)) for place in shown), wide)
    last = (len(labels) - 1) // choices.PAGE
    if last > 0:
        before, after = (draft.page - 1) % (last + 1), (draft.page + 1) % (last + 1)
        rows.append(
            [
                press(draft, "◀", "page", str(before)),
                press(draft, f"{draft.page + 1}/{last + 1}", "still"),
                press(draft, "▶", "page", str(after)),
            ]
        )
    return rows


def _film(draft: Draft, known: Known, t: Texts) -> list[Row]:
    sale = {film.title: film.open for film in known.films}
    labels = [("🎟 " if sale.get(title) else "🕒 ") + title for title in draft.options]
    rows = _offers(draft, labels)
    if draft.typed:
        rows.append([press(draft, t("wizard.as_typed", typed=words.short(draft.typed, 24)), "pick", "typed")])
    elif known.last is not None and not draft.job:
        rows.append([press(draft, t("wizard.same", film=words.short(known.last.film, 22)), "same")])
    return rows


def _city(draft: Draft, known: Known, t: Texts) -> list[Row]:
    labels = [("⭐ " if name == known.city else "") + name for name in draft.options]
    return _offers(draft, labels, 2)


def _cinemas(draft: Draft, known: Known, t: Texts) -> list[Row]:
    def label(name: str) -> str:
        star = "⭐ " if name in known.favourites else ""
        return f"{draft.cinemas.index(name) + 1}. {name}" if name in draft.cinemas else star + name

    rows = _offers(draft, [label(name) for name in draft.options])
    if draft.typed:
        rows.append([press(draft, t("wizard.as_typed", typed=words.short(draft.typed, 24)), "pick", "typed")])
    more = [press(draft, t("wizard.any_cinema"), "any")]
    if known.favourites:
        more.append(press(draft, t("wizard.favourites"), "favs"))
    return [*rows, more]


def _dates(draft: Draft, known: Known, t: Texts) -> list[Row]:
    return calendar(draft, known, t, lambda label, act, arg="": press(draft, label, act, arg))


def _times(draft: Draft, known: Known, t: Texts) -> list[Row]:
    def label(slot: str) -> str:
        span = SLOTS[slot]
        mark = "✓ " if span in draft.times else ""
        return f"{mark}{t(f'wizard.slot_{slot}')} {span.start:%H:%M}–{span.until:%H:%M}"

    rows = in_rows((press(draft, label(slot), "slot", slot) for slot in SLOTS), 1)
    return [*rows, [press(draft, t("wizard.any_time"), "any")]]


def _version(draft: Draft, known: Known, t: Texts) -> list[Row]:
    chosen = {"l": draft.languages, "f": draft.formats, "s": draft.screens}
    icons = {"l": "🗣", "f": "🎞", "s": "📽"}
    rows: list[Row] = []
    for kind in "lfs":
        places = [place for place, option in enumerate(draft.options) if option[0] == kind][:9]
        made = []
        for place in places:
            name = draft.options[place][2:]
            mark = "✓" if name in chosen[kind] else icons[kind]
            made.append(press(draft, f"{mark} {name}", "pick", str(place)))
        rows += in_rows(made, 3)
    return [*rows, [press(draft, t("wizard.any_version"), "any")]]


def _price(offer: Class) -> str:
    lowest, highest = words.money(offer.lowest), words.money(offer.highest)
    return lowest if lowest == highest else f"{lowest}–{highest}"


def _seats(draft: Draft, known: Known, t: Texts) -> list[Row]:
    if draft.part == "class":
        prices = {offer.name: _price(offer) for offer in known.offers.classes}
        labels = [f"{name} · {prices[name]}" if name in prices else name for name in draft.options[:12]]
        made = [press(draft, label, "class", str(place)) for place, label in enumerate(labels)]
        return [*in_rows(made, 2), [press(draft, t("wizard.any_class"), "class", "any")]]
    if draft.part == "cap":
        made = [press(draft, f"₹{rupees:,}", "cap", str(rupees)) for rupees in choices.CAPS]
        return [*in_rows(made, 3), [press(draft, t("wizard.no_cap"), "cap", "any")]]
    seats = draft.seats
    counts = (press(draft, f"·{n}·" if n == seats.count else str(n), "count", str(n)) for n in range(1, 11))
    together = t("wizard.together" if seats.together else "wizard.apart")
    category = words.short(seats.category or t("wizard.any"), 20)
    cap = words.money(draft.cap) if draft.cap is not None else t("wizard.none")
    return [
        *in_rows(counts, 5),
        [
            press(draft, together, "together"),
            press(draft, t("wizard.rows", rows=seats.avoid_rows), "rows"),
        ],
        [
            press(draft, t("wizard.class", category=category), "part", "class"),
            press(draft, t("wizard.cap", cap=cap), "part", "cap"),
        ],
    ]


def _confirm(draft: Draft, known: Known, t: Texts) -> list[Row]:
    return summary_rows(draft, known, t, lambda label, act, arg="": press(draft, label, act, arg))


_ROWS = dict(zip(STEPS, (_film, _city, _cinemas, _dates, _times, _version, _seats, _confirm), strict=True))
