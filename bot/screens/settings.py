"""Settings: contact for the site, city, favourites, quiet hours, language, zone, what rings, digest, pictures."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import msgspec
from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardButton, Message
from aiogram.utils.formatting import Bold, Text

from bot import words
from bot.drawing import Row, button, in_rows, keyboard, lines, sheet
from bot.keyboards import Menu, Setting
from bot.refusals import told
from bot.requests import Refused
from bot.talk import Talk
from bot.texts import LANGUAGES, Texts
from bot.view import View
from bot.wizard import names
from bot.wizard.times import find_times
from events.errors import BadInput
from events.spending import LIMITS, limits_of
from events.wish import parse_time_range, slug

TYPED = ("contact", "city", "favourites", "quiet", "zone", "digest", "limits")  # what is asked for by a message
CHOSEN = {"lang", "level", "theme", "quiet", "digest", "zone"}  # what a button can set
PRESETS = {
    "quiet": ("", "22:00-08:00", "23:00-07:00"),
    "digest": ("", "08:00", "20:00"),
    "zone": ("Asia/Kolkata", "Europe/London", "Asia/Dubai", "America/New_York"),
}
MOST_FAVOURITES = 8
_EMAIL = re.compile(r"[^\s@,;]+@[^\s@,;]+\.[^\s@,;]+")
_PHONE = re.compile(r"\+?\d[\d ()-]{6,18}\d")


async def on_settings(message: Message, talk: Talk) -> None:
    await draw(talk)


async def on_settings_pressed(query: CallbackQuery, talk: Talk) -> None:
    await draw(talk)


async def draw(talk: Talk) -> None:
    """All settings; they are a private matter."""
    if not talk.private:
        await talk.say(talk.t("common.private_only"), alert=True)
        return
    talk.go("settings")
    await talk.show(overview(talk))


def overview(talk: Talk) -> View:
    """What is set, each with its button."""
    t, who = talk.t, talk.who
    said = who.settings
    none, limits = t("settings.none"), msgspec.structs.astuple(limits_of(said))
    rows = {
        "contact": ", ".join(filter(None, (who.email, who.phone))) or none,
        "city": words.foreign(said.get("city", ""), 60) or none,
        "favourites": words.names(who.favourites) or none,
        "quiet": said.get("quiet") or none,
        "digest": said.get("digest") or t("settings.off"),
        "level": t(f"settings.level_{said.get('level') or 'all'}"),
        "lang": LANGUAGES[t.language],
        "zone": said.get("zone") or "Asia/Kolkata",
        "limits": " · ".join("–" if most is None else words.money(most) for most in limits) if any(limits) else none,
        "theme": t(f"settings.theme_{who.theme}"),
    }
    told = lines(*(Text(t(f"settings.line_{key}"), " ", Bold(value)) for key, value in rows.items()))

    def to(key: str) -> InlineKeyboardButton:
        return button(t(f"settings.to_{key}"), Setting(act="open", arg=key))

    other = "outcomes" if (said.get("level") or "all") == "all" else "all"
    theme = "light" if who.theme == "dark" else "dark"
    look = button(t(f"settings.make_{theme}"), Setting(act="theme", arg=theme))
    level = button(t(f"settings.make_{other}"), Setting(act="level", arg=other))
    spoken = [
        button(("✓ " if code == t.language else "") + name, Setting(act="lang", arg=code))
        for code, name in LANGUAGES.items()
    ]
    feet = [button(t("settings.forget"), Menu(to="forget")), button(t("common.home"), Menu(to="home"))]
    rows_ = [*in_rows(map(to, TYPED), 2), [level], [look], spoken, feet]
    return View(sheet(t("settings.title"), told, t("settings.hint")), keyboard(*rows_), loud=False)


async def on_forget(query: CallbackQuery, talk: Talk) -> None:
    from bot.screens import forget

    await (forget.draw(talk) if talk.private else talk.say(talk.t("common.private_only"), alert=True))


async def on_open(query: CallbackQuery, callback_data: Setting, talk: Talk) -> None:
    """Ask for one setting: by a message, or by one of the buttons."""
    if not talk.private:
        await talk.say(talk.t("common.private_only"), alert=True)
        return
    if callback_data.arg not in TYPED:
        await talk.say(talk.t("problem.stale"), alert=True)
        await draw(talk)
        return
    await ask(talk, callback_data.arg)


async def ask(talk: Talk, key: str, wrong: str = "") -> None:
    """The question for one setting, with the reason why the last answer was not taken."""
    talk.go("setting", key, awaiting=key)
    cinemas: list[str] = []
    if key == "favourites" and (city := talk.who.settings.get("city")):
        cinemas = await talk.ask.listed("cinemas", city)
    await talk.show(question(talk, key, cinemas, wrong))


def question(talk: Talk, key: str, cinemas: list[str], wrong: str = "") -> View:
    """The question, its usual answers as buttons."""
    t = talk.t
    rows: list[Row] = []
    if key in PRESETS:
        rows = in_rows((_preset(talk, key, value) for value in PRESETS[key]), 2)
    if key == "favourites":
        every = dict.fromkeys((*talk.who.favourites, *cinemas))
        marked = (("⭐ " if name in talk.who.favourites else "") + name for name in every)
        made = [
            button(label, Setting(act="fav", arg=slug(name)[:40])) for label, name in zip(marked, every, strict=True)
        ]
        rows = in_rows(made[:20], 1)
    back = [button(t("common.back"), Menu(to="settings"))]
    problem = Text("⚠️ ", words.short(wrong, 400)) if wrong else ""
    title = t(f"settings.ask_{key}")
    return View(sheet(title, t(f"settings.how_{key}"), problem), keyboard(*rows, back), loud=False)


def _preset(talk: Talk, key: str, value: str) -> InlineKeyboardButton:
    chosen = (talk.who.settings.get(key) or ("Asia/Kolkata" if key == "zone" else "")) == value
    label = value or talk.t("settings.off")
    packed = value.replace(":", "")  # a colon separates a button's fields
    return button(("✓ " if chosen else "") + label, Setting(act=key, arg=packed))


async def on_set(query: CallbackQuery, callback_data: Setting, talk: Talk) -> None:
    """One of the usual answers. Setting it twice sets it once."""
    value = re.sub(r"(?<!\d)(\d\d)(\d\d)(?!\d)", r"\1:\2", callback_data.arg)
    await put(talk, callback_data.act, value)


async def on_favourite(query: CallbackQuery, callback_data: Setting, talk: Talk) -> None:
    """Add a cinema to the favourites, or take it out."""
    city = talk.who.settings.get("city")
    cinemas = await talk.ask.listed("cinemas", city) if city else []
    named = {slug(name)[:40]: name for name in (*cinemas, *talk.who.favourites)}
    name = named.get(callback_data.arg)
    if name is None:
        await talk.say(talk.t("problem.stale"), alert=True)
        await ask(talk, "favourites")
        return
    kept = [other for other in talk.who.favourites if other != name]
    chosen = kept if name in talk.who.favourites else [*kept, name][-MOST_FAVOURITES:]
    await put(talk, "favourites", "|".join(chosen), stay=True)


async def put(talk: Talk, key: str, value: str, stay: bool = False) -> None:
    """Give one setting to the desk and draw what stands then."""
    if not talk.private:
        await talk.say(talk.t("common.private_only"), alert=True)
        return
    try:
        await talk.ask.about("settings", user=talk.who.user, settings={key: value})
    except Refused as refused:
        why = told(refused, talk.t)
        await (ask(talk, key, why) if key in TYPED else talk.say(why, alert=True))
        return
    talk.who = msgspec.structs.replace(talk.who, settings=talk.who.settings | {key: value})
    talk.t = Texts(talk.who.settings.get("lang") or talk.t.language)
    await talk.answer(talk.t("settings.saved"))
    await (ask(talk, key) if stay else draw(talk))


async def on_text(talk: Talk, key: str, text: str) -> None:
    """A typed answer to the question for `key`."""
    await _ANSWERS[key](talk, text)


async def _contact(talk: Talk, text: str) -> None:
    """E-mail and phone; the message is deleted, they are shown masked from then on."""
    gone = await talk.swallow()
    if not gone:
        await talk.say(talk.t("settings.not_deleted"))
    email = _EMAIL.search(text)
    phone = _PHONE.search(text.replace(email[0], " ") if email else text)
    try:
        if email is None or phone is None:
            raise BadInput("contact", talk.t("settings.contact_unread"), "asha@example.com 98765 43210")
        plain = re.sub(r"[^\d+]", "", phone[0])
        done = await talk.ask.about("contact", user=talk.who.user, email=email[0], phone=plain)
    except (Refused, BadInput) as refused:
        await ask(talk, "contact", told(refused, talk.t))
        return
    talk.who = msgspec.structs.replace(talk.who, email=done.get("email", ""), phone=done.get("phone", ""))
    await draw(talk)


async def _city(talk: Talk, text: str) -> None:
    cities = await talk.ask.listed("cities")
    meant = names.city(text, cities)
    if meant is None and cities:
        near = ", ".join(names.nearest(text, cities)) or ", ".join(cities[:5])
        await ask(talk, "city", talk.t("settings.city_unknown", typed=words.foreign(text, 40), near=near))
        return
    await put(talk, "city", meant or words.short(text, 60))


async def _favourites(talk: Talk, text: str) -> None:
    city = talk.who.settings.get("city")
    cinemas = await talk.ask.listed("cinemas", city) if city else []
    said = [part.strip().replace("|", " ") for part in re.split(r"[,;\n]", text) if part.strip(" -")]
    chosen = dict.fromkeys((*talk.who.favourites, *(names.cinema(part, cinemas) or part[:60] for part in said)))
    await put(talk, "favourites", "|".join(list(chosen)[:MOST_FAVOURITES]) if said else "")


async def _quiet(talk: Talk, text: str) -> None:
    if text.strip().lower() in {"off", "none", "no", "-"}:
        await put(talk, "quiet", "")
        return
    try:
        span = parse_time_range(text)
    except BadInput as wrong:
        found, _ = find_times(text)
        if not found:
            await ask(talk, "quiet", told(wrong, talk.t))
            return
        span = found[0]
    await put(talk, "quiet", str(span))


async def _digest(talk: Talk, text: str) -> None:
    said = text.strip().lower()
    match = re.fullmatch(r"(\d{1,2})(?:[:.](\d\d))?\s*(am|pm)?", said)
    if said in {"off", "none", "no", "-"}:
        await put(talk, "digest", "")
    elif match:
        hour = int(match[1]) % 12 + (12 if match[3] == "pm" else 0) if match[3] else int(match[1])
        await put(talk, "digest", f"{hour:02}:{match[2] or '00'}")
    else:
        await put(talk, "digest", said[:20])


async def _limits(talk: Talk, text: str) -> None:
    """Up to three amounts: for an order, for a day, in all; a dash leaves one out."""
    said = [part if re.search(r"\d", part) else "" for part in re.findall(r"[\d.,]+|-|–|off|none", text.lower())]
    amounts = [part.replace(",", "").strip(".") for part in said] or [text[:20]]
    if len(amounts) > len(LIMITS):
        await ask(talk, "limits", talk.t("settings.how_limits"))
        return
    settings = dict.fromkeys(LIMITS, "") | dict(zip(LIMITS, amounts, strict=False))
    try:
        await talk.ask.about("settings", user=talk.who.user, settings=settings)
    except Refused as refused:
        await ask(talk, "limits", told(refused, talk.t))
        return
    talk.who = msgspec.structs.replace(talk.who, settings=talk.who.settings | settings)
    await draw(talk)


async def _zone(talk: Talk, text: str) -> None:
    await put(talk, "zone", text.strip().replace(" ", "_")[:60])


_ANSWERS: dict[str, Callable[[Talk, str], Awaitable[None]]] = {
    "contact": _contact,
    "city": _city,
    "favourites": _favourites,
    "quiet": _quiet,
    "digest": _digest,
    "zone": _zone,
    "limits": _limits,
}


def add_to(router: Router) -> None:
    """Which messages and presses come here."""
    router.message.register(on_settings, Command("settings"))
    router.callback_query.register(on_settings_pressed, Menu.filter(F.to == "settings"))
    router.callback_query.register(on_forget, Menu.filter(F.to == "forget"))
    router.callback_query.register(on_open, Setting.filter(F.act == "open"))
    router.callback_query.register(on_set, Setting.filter(F.act.in_(CHOSEN)))
    router.callback_query.register(on_favourite, Setting.filter(F.act == "fav"))
