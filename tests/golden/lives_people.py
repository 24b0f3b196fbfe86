"""Lives of people: commands as the desk took them, decided by the rule book of people."""

from collections.abc import Callable
from datetime import timedelta
from functools import reduce
from typing import Any

import msgspec

from events import people as p
from events.catalogue import BY_STRUCT
from events.codec import encode
from events.lifecycle import Refusal
from tests.samples import AT


class PersonsLife:
    """A person while they are written down; each command happens a minute after the one before."""

    def __init__(self) -> None:
        self.person, self.at, self.lines = p.Person(), AT, list[dict[str, Any]]()

    def do(self, *commands: p.Command) -> "PersonsLife":
        """Let the desk say something that the rules allow."""
        for command in commands:
            self.at += timedelta(minutes=1)
            facts = p.decide(command, self.person)
            assert not isinstance(facts, Refusal), (command, facts)
            for fact in facts:
                self.person = reduce(p.evolve, [fact], self.person)
                kind = BY_STRUCT[type(fact)]
                line = {"type": kind.subject, "schema": kind.version, "time": self.at.isoformat(), "actor": "desk"}
                body = msgspec.json.decode(encode(fact))
                self.lines.append(line | {"event": body, "then": str(self.person.standing)})
        return self


def let_in() -> PersonsLife:
    return PersonsLife().do(p.Knock("Ravi", 1002, 1002), p.Approve("local"))


def owner_who_paired() -> PersonsLife:
    return PersonsLife().do(p.Pair("Asha", 1001, 1001))


def stranger_who_waits() -> PersonsLife:
    return PersonsLife().do(p.Knock("Ravi", 1002, 1002))


def friend_who_was_let_in_and_removed() -> PersonsLife:
    return let_in().do(p.Remove("local"))


def friend_with_cards_in_another_order() -> PersonsLife:
    life = let_in().do(p.AddCard("c1", "0001", "birthday"), p.AddCard("c2", "0002", ""), p.OrderCards(("c2", "c1")))
    return life.do(p.RemoveCard("c2"), p.AddCard("c3", "0003", ""))


def friend_who_named_a_card() -> PersonsLife:
    return let_in().do(p.AddCard("c1", "0001", ""), p.LabelCard("c1", "from my aunt"))


def friend_who_set_up_everything() -> PersonsLife:
    life = let_in().do(p.SetContact("r•••@example.com", "••••••3210"))
    life.do(p.ChangeSettings({"lang": "hi", "quiet": "22:00-08:00"}))
    return life.do(p.ChangeSettings({"quiet": "", "city": "Hyderabad"}))


def friend_who_was_forgotten() -> PersonsLife:
    return friend_with_cards_in_another_order().do(p.Forget())


PEOPLE: tuple[Callable[[], PersonsLife], ...] = (
    owner_who_paired,
    stranger_who_waits,
    friend_who_was_let_in_and_removed,
    friend_with_cards_in_another_order,
    friend_who_named_a_card,
    friend_who_set_up_everything,
    friend_who_was_forgotten,
)
