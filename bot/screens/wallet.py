"""The wallet: gift cards, masked. A message that holds a number is deleted before anything else happens."""

from __future__ import annotations

import re

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Bold, Code, Text

from bot import words
from bot.drawing import Row, button, keyboard, lines, sheet
from bot.keyboards import Menu, Wallet
from bot.refusals import told
from bot.requests import Refused
from bot.requests import Row as Card
from bot.talk import Talk
from bot.view import View

MOST_SHOWN = 15
_CARD = re.compile(r"(?<!\d)(?P<n>\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4})(?!\d)|(?<!\w)(?P<s>8[A-Z0-9]{9})(?!\w)", re.I)
_CODE = re.compile(
    r"(?<!\w)(?=[A-Z]*\d)[A-Z0-9]{10,20}(?!\w)", re.I
)  # what a number may look like, where one was asked for
_PIN = re.compile(r"(?<!\d)\d{3,12}(?!\d)")


async def on_wallet(message: Message, talk: Talk) -> None:
    await draw(talk)


async def on_wallet_pressed(query: CallbackQuery, talk: Talk) -> None:
    await draw(talk)


async def draw(talk: Talk) -> None:
    """The wallet; money is a private matter."""
    if not talk.private:
        await talk.say(talk.t("common.private_only"), alert=True)
        return
    talk.go("wallet")
    await talk.show(wallet(talk, await talk.ask.cards(talk.who.user)))


def wallet(talk: Talk, cards: list[Card]) -> View:
    """The cards in their order of use."""
    t = talk.t
    told = [_line(talk, place, card) for place, card in enumerate(cards[:MOST_SHOWN], 1)]
    if len(cards) > MOST_SHOWN:
        told.append(Text(t("wallet.more", count=len(cards) - MOST_SHOWN)))
    rows: list[Row] = []
    for place, card in enumerate(cards[:MOST_SHOWN]):
        row = [
            button(t("wallet.label", last4=card["last4"]), Wallet(act="label", card=card["card_id"])),
            button(t("wallet.remove", last4=card["last4"]), Wallet(act="remove", card=card["card_id"])),
        ]
        if place:
            row.insert(0, button(t("wallet.first", last4=card["last4"]), Wallet(act="first", card=card["card_id"])))
        rows.append(row)
    body = lines(*told) if told else t("wallet.none")
    feet = [button(t("wallet.add"), Wallet(act="add")), button(t("common.home"), Menu(to="home"))]
    order = t("wallet.order") if len(cards) > 1 else ""
    return View(sheet(t("wallet.title"), body, order, t("wallet.safe")), keyboard(*rows, feet), loud=False)


def _line(talk: Talk, place: int, card: Card) -> Text:
    """One card: the site tells no balance, but what was paid with it is known, and whether an order emptied it."""
    t, label = talk.t, words.foreign(card["label"], 60)
    used = t("wallet.spent", amount=words.money(card["spent"])) if card["spent"] else ""
    state = t("wallet.empty") if card["empty"] else used
    return Text(f"{place}. ", Code(f"•••• {card['last4']}"), *(f"  {part}" for part in (label, state) if part))


async def on_press(query: CallbackQuery, callback_data: Wallet, talk: Talk) -> None:
    """Add, remove (asks first), name, or use first."""
    if not talk.private:
        await talk.say(talk.t("common.private_only"), alert=True)
        return
    act, card_id, user = callback_data.act, callback_data.card, talk.who.user
    if act == "add":
        talk.go("wallet", awaiting="card")
        back = keyboard([button(talk.t("common.back"), Menu(to="wallet"))])
        how = Code(talk.t("wallet.example"))
        await talk.show(View(sheet(talk.t("wallet.add_title"), talk.t("wallet.add_how"), how), back, loud=False))
        return
    cards = await talk.ask.cards(user)
    card = next((card for card in cards if card["card_id"] == card_id), None)
    if card is None:
        await talk.say(talk.t("wallet.gone"), alert=True)
    elif act == "remove":
        await talk.show(sure(talk, card))
        return
    elif act == "label":
        await _ask_label(talk, card)
        return
    elif act == "remove2":
        await _do(talk, "card.remove", talk.t("wallet.removed", last4=card["last4"]), card=card_id)
    elif act == "first":
        order = [card_id, *(other["card_id"] for other in cards if other["card_id"] != card_id)]
        await _do(talk, "card.order", talk.t("wallet.ordered", last4=card["last4"]), cards=order)
    else:
        await talk.say(talk.t("problem.stale"), alert=True)
    await draw(talk)


def sure(talk: Talk, card: Card) -> View:
    """Removing destroys number and PIN: asked once more."""
    t = talk.t
    keep = [button(t("wallet.keep"), Menu(to="wallet"))]
    remove = [button(t("wallet.remove2"), Wallet(act="remove2", card=card["card_id"]))]
    title = t("wallet.sure", last4=card["last4"])
    return View(sheet(title, t("wallet.sure_more")), keyboard(keep, remove), loud=False)


async def _ask_label(talk: Talk, card: Card, wrong: str = "") -> None:
    t = talk.t
    talk.go("wallet", card["card_id"], awaiting="label")
    problem = Text("⚠️ ", words.short(wrong, 300)) if wrong else ""
    back = keyboard([button(t("common.back"), Menu(to="wallet"))])
    title = t("wallet.label_title", last4=card["last4"])
    await talk.show(View(sheet(title, t("wallet.label_how"), problem), back, loud=False))


async def on_label(talk: Talk, text: str) -> None:
    """The typed name of a card; `-` takes it away."""
    await talk.swallow()
    card_id, label = talk.dialogue.arg, "" if text.strip() == "-" else text
    card = next((card for card in await talk.ask.cards(talk.who.user) if card["card_id"] == card_id), None)
    if card is None:
        await talk.say(talk.t("wallet.gone"), alert=True)
    else:
        try:
            await talk.ask.about("card.label", user=talk.who.user, card=card_id, label=label)
        except Refused as refused:
            await _ask_label(talk, card, told(refused, talk.t))
            return
    await draw(talk)


async def _do(talk: Talk, what: str, done: str, **body: object) -> None:
    try:
        await talk.ask.about(what, user=talk.who.user, **body)
        await talk.say(done)
    except Refused as refused:
        await talk.say(told(refused, talk.t), alert=True)


def holds_card(text: str) -> bool:
    """Whether a message seems to hold a gift card's number."""
    match = _CARD.search(text)
    return bool(match and (match["n"] or any(c.isdigit() for c in match["s"][1:])))


async def on_text(talk: Talk, text: str) -> None:
    """A message with number, PIN and maybe a label: deleted at once, wherever and whenever it comes."""
    gone = await talk.swallow()
    if not gone:
        await talk.say(talk.t("wallet.not_deleted"))
    if not talk.private:
        await talk.say(talk.t("common.private_only"))
        await talk.post(View(Text(talk.t("wallet.group"))))
        return
    number, pin, label = read_card(text)
    if not number or not pin:
        talk.dialogue.awaiting = "card"
        back = keyboard([button(talk.t("common.back"), Menu(to="wallet"))])
        how = Code(talk.t("wallet.example"))
        wrong = Bold("⚠️ ", talk.t("wallet.unread"))
        await talk.show(View(sheet(talk.t("wallet.add_title"), wrong, talk.t("wallet.add_how"), how), back, loud=False))
        return
    await _do(talk, "card.add", talk.t("wallet.added", last4=number[-4:]), number=number, pin=pin, label=label)
    await draw(talk)


def read_card(text: str) -> tuple[str, str, str]:
    """Number, PIN and label of a message; empty where it does not hold them."""
    match = _CARD.search(text) or _CODE.search(text)
    if match is None:
        return "", "", ""
    rest = text[: match.start()] + " " + text[match.end() :]
    pin = _PIN.search(rest)
    if pin is None:
        return match[0], "", ""
    label = re.sub(r"(?i)\b(?:pin|number|card|label)\b|[:;,]", " ", rest[: pin.start()] + " " + rest[pin.end() :])
    return re.sub(r"[ -]", "", match[0]), pin[0], words.short(label, 60)


def add_to(router: Router) -> None:
    """Which messages and presses come here."""
    router.message.register(on_wallet, Command("wallet"))
    router.callback_query.register(on_wallet_pressed, Menu.filter(F.to == "wallet"))
    router.callback_query.register(on_press, Wallet.filter())
