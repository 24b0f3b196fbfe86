"""The rules of people: given what happened, when a command comes, then this follows."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import user as u
from events.errors import BadInput, UsherError
from events.lifecycle import Refusal
from events.people import (
    AddCard,
    Approve,
    ChangeSettings,
    Command,
    Forget,
    Knock,
    OrderCards,
    Pair,
    Person,
    Remove,
    RemoveCard,
    SetContact,
    Standing,
    check_settings,
    decide,
    evolve,
)

ASHA = u.Registered("Asha", 1001, 1001)
PAIRED = (ASHA, u.Approved("pairing code"))


def after(*events: u.UserEvent) -> Person:
    return reduce(evolve, events, Person())


def test_the_code_makes_an_owner_at_once() -> None:
    assert decide(Pair("Asha", 1001, 1001), after()) == [ASHA, u.Approved("pairing code")]


def test_pairing_again_with_the_same_account_changes_nothing() -> None:
    assert decide(Pair("Asha", 1001, 1001), after(*PAIRED)) == []


def test_a_second_owner_is_refused() -> None:
    assert isinstance(decide(Pair("Ravi", 1002, 1002), after(*PAIRED)), Refusal)


def test_a_stranger_waits_and_knocking_again_says_nothing_new() -> None:
    knocked = decide(Knock("Ravi", 1002, 1002), after())
    assert knocked == [u.Registered("Ravi", 1002, 1002)]
    waiting = after(u.Registered("Ravi", 1002, 1002))
    assert waiting.standing is Standing.WAITING
    assert decide(Knock("Ravi", 1002, 1002), waiting) == []


def test_a_removed_person_may_not_knock_themselves_in_again() -> None:
    removed = after(u.Registered("Ravi", 1002, 1002), u.Approved("local"), u.Removed("local"))
    assert decide(Knock("Ravi", 1002, 1002), removed) == []
    assert decide(Approve("local"), removed) == [u.Approved("local")]


def test_nobody_is_approved_unasked() -> None:
    assert isinstance(decide(Approve("local"), after()), Refusal)
    assert isinstance(decide(Remove("local"), after()), Refusal)


def test_an_order_of_cards_names_every_card_once() -> None:
    cards = after(u.CardAdded("a", "0001"), u.CardAdded("b", "0002"))
    assert decide(OrderCards(("b", "a")), cards) == [u.CardsOrdered(("b", "a"))]
    assert decide(OrderCards(("a", "b")), cards) == []
    for wrong in ((), ("a",), ("a", "a"), ("a", "b", "c")):
        assert isinstance(decide(OrderCards(wrong), cards), Refusal)


def test_only_what_changed_is_said() -> None:
    known = after(u.SettingsChanged({"city": "Hyderabad"}))
    assert decide(ChangeSettings({"city": "Hyderabad", "lang": "hi"}), known) == [u.SettingsChanged({"lang": "hi"})]
    assert decide(ChangeSettings({"city": "Hyderabad", "zone": ""}), known) == []


def test_who_is_forgotten_is_nobody() -> None:
    assert after(*PAIRED, u.CardAdded("a", "0001"), u.Forgotten()) == Person()


@pytest.mark.parametrize(
    ("name", "text"),
    [("mood", "good"), ("lang", "fr"), ("quiet", "night"), ("digest", "9"), ("zone", "Mars/Olympus"), ("zone", "../x")],
)
def test_a_setting_that_cannot_be_taken_names_itself(name: str, text: str) -> None:
    with pytest.raises(UsherError, match="Allowed") as refused:
        check_settings({name: text})
    assert isinstance(refused.value, BadInput)


def test_settings_of_every_kind_are_taken() -> None:
    settings = {"lang": "hi", "quiet": "22:00-08:00", "digest": "09:00", "zone": "Asia/Kolkata", "level": "outcomes"}
    assert check_settings(settings) == settings
    assert check_settings(dict.fromkeys(settings, "")) == dict.fromkeys(settings, "")


names = st.sampled_from(["a", "b", "c"])
commands = st.one_of(
    st.builds(Pair, names, st.integers(1, 3), st.integers(1, 3)),
    st.builds(Knock, names, st.integers(1, 3), st.integers(1, 3)),
    st.builds(Approve, names),
    st.builds(Remove, names),
    st.builds(SetContact, names, names),
    st.builds(AddCard, names, names, names),
    st.builds(RemoveCard, names),
    st.builds(OrderCards, st.lists(names, max_size=3).map(tuple)),
    st.builds(ChangeSettings, st.dictionaries(st.sampled_from(["lang", "city"]), names)),
    st.just(Forget()),
)


@given(st.lists(commands))
def test_no_order_of_commands_gives_a_paired_usher_another_owner(orders: list[Command]) -> None:
    person = Person()
    for order in orders:
        outcome = decide(order, person)
        before = person
        person = person if isinstance(outcome, Refusal) else reduce(evolve, outcome, person)
        assert len(set(person.cards)) == len(person.cards)
        if before.standing is Standing.APPROVED and before.telegram and isinstance(order, Pair | Knock):
            assert person.telegram == before.telegram
