"""One input → the next draft, or why it was not taken. Pure and total: no input raises, none loses anything."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import msgspec

from bot.wizard import choices, gather, names
from bot.wizard.draft import MOST_NAME, STEPS, Draft, Known, Press, Problem, Said, Typed
from bot.wizard.options import options

Outcome = Draft | Problem


def step(draft: Draft, said: Said, known: Known) -> Outcome:
    """Take a press or a message. An accepted one gives a draft with a higher `rev` and fresh `options`."""
    if isinstance(said, Press):
        if said.rev != draft.rev:
            return Problem("stale")
        outcome = _pressed(draft, said, known)
    else:
        outcome = _typed(draft, said, known)
    if isinstance(outcome, Problem):
        return outcome
    return settled(msgspec.structs.replace(outcome, rev=draft.rev + 1), known)


def settled(draft: Draft, known: Known) -> Draft:
    """The draft as it is drawn. Where the site turns out to show titles like the film's, the person says which it is:
    a wish for "Dune" never finds "Dune: Part Three".
    """
    titles = [film.title for film in known.films]
    open_question = draft.film and draft.city and not draft.sure and draft.step != "film"
    if open_question and names.film(draft.film, titles) is None and names.nearest(draft.film, titles):
        draft = msgspec.structs.replace(draft, step="film", part="", page=0, typed=draft.film)
    return offered(draft, known)


def offered(draft: Draft, known: Known) -> Draft:
    """The draft with the names that its drawing offers by number."""
    found = options(draft, known)
    last = max(0, (len(found) - 1) // choices.PAGE)
    return msgspec.structs.replace(draft, options=found, page=min(draft.page, last))


def _typed(draft: Draft, said: Typed, known: Known) -> Outcome:
    text = " ".join(said.text.split())
    if not text or any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text):
        return Problem("not_understood")
    if len(text) > 1000:
        return Problem("too_long", {"most": MOST_NAME})
    return gather.TYPED[draft.step](draft, text, known)


def _pressed(draft: Draft, said: Press, known: Known) -> Outcome:
    handler = _ANYWHERE.get(said.act) or choices.PRESSED.get((draft.step, said.act))
    if handler is None:
        return Problem("stale")
    return handler(draft, said.arg, known)


def _next(draft: Draft, _: str, known: Known) -> Outcome:
    missing = {"film": draft.film, "city": draft.city}
    if draft.part:
        return msgspec.structs.replace(draft, part="", page=0, typed="")
    if draft.step in missing and not missing[draft.step]:
        return Problem(f"{draft.step}_missing")
    return choices.onward(draft, known)


def _back(draft: Draft, _: str, known: Known) -> Outcome:
    plain = msgspec.structs.replace(draft, part="", page=0, typed="", ranging=False, range_from=None)
    if draft.part:
        return plain
    if draft.summary and draft.step != "confirm" and draft.film and draft.city:
        return msgspec.structs.replace(plain, step="confirm")
    place = STEPS.index(draft.step)
    return msgspec.structs.replace(plain, step=STEPS[max(0, place - 1)], summary=False)


def _goto(draft: Draft, arg: str, known: Known) -> Outcome:
    if arg not in STEPS or not (draft.film and draft.city):
        return Problem("stale")
    return msgspec.structs.replace(draft, step=arg, part="", page=0, typed="", ranging=False, range_from=None)


def _page(draft: Draft, arg: str, known: Known) -> Outcome:
    if not arg.isascii() or not arg.isdigit():
        return Problem("stale")
    return msgspec.structs.replace(draft, page=int(arg[:3]))


def _part(draft: Draft, arg: str, known: Known) -> Outcome:
    if (draft.step, arg) not in choices.PARTS:
        return Problem("stale")
    return msgspec.structs.replace(draft, part=arg, page=0)


def _still(draft: Draft, arg: str, known: Known) -> Outcome:
    """A button that only shows something, or asks to look once more at what the site offers."""
    return draft


_ANYWHERE: dict[str, Callable[[Draft, str, Known], Outcome]] = {
    "next": _next,
    "back": _back,
    "goto": _goto,
    "page": _page,
    "part": _part,
    "still": _still,
}
