"""People through the desk's door, with a real log, vault and read model."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from events.settings import Settings
from events.store import EventStore
from services.asking import Refused, ask, newest
from services.buckets import Bucket
from services.desk import Desk
from services.librarian import Librarian
from services.pairing import MOST_TRIES, Pairing
from services.people import People
from services.vault import Vault
from services.vault.master import FileKeys

WISH = {"film": "Dune: Part Three", "city": "Hyderabad"}


class Door:
    """The desk and the read models, as a chat sees them."""

    def __init__(self, nc: Client, pairing: Pairing, vault: Vault, librarian: Librarian) -> None:
        self.nc, self.pairing, self.vault, self.librarian = nc, pairing, vault, librarian

    async def say(self, what: str, **body: Any) -> Any:
        return await ask(self.nc, f"usher.{what}", body)

    async def read(self, what: str, **body: Any) -> Any:
        return await ask(self.nc, f"usher.query.{what}", body | {"after": await newest(self.nc, "JOBS", "USERS")})

    async def pair(self) -> None:
        await self.say("user.pair", telegram=1001, chat=1001, name="Asha", code=await self.pairing.code())


@pytest.fixture
async def door(nc: Client, tmp_path: Path) -> AsyncIterator[Door]:
    settings = Settings(home=tmp_path)

    def now() -> datetime:
        return datetime.now(UTC)

    store = EventStore(nc, "desk")
    vault = Vault(Bucket(nc, "vault", store.reader), FileKeys(tmp_path / "master.key"))
    pairing = Pairing(Bucket(nc, "chat", store.reader))
    people = People(store, vault, pairing, settings)
    desk = Desk(nc, store, people, Bucket(nc, "watchlist", store.reader), settings, now)
    librarian = Librarian(nc, tmp_path / "usher.sqlite3", settings, now)
    await desk.start()
    await librarian.start()
    yield Door(nc, pairing, vault, librarian)
    await desk.stop()
    await librarian.stop()


async def test_the_code_pairs_once(door: Door) -> None:
    code = await door.pairing.code()
    assert await door.say("user.pair", telegram=1001, chat=1001, name="Asha", code=code)
    row = await door.read("person", telegram=1001)
    assert (row["user"], row["status"], row["owner"], row["name"]) == ("local", "approved", 1, "Asha")
    with pytest.raises(Refused, match="not the pairing code"):
        await door.say("user.pair", telegram=1002, chat=1002, name="Ravi", code=code)


async def test_a_code_that_was_guessed_at_is_void(door: Door) -> None:
    code = await door.pairing.code()
    for _ in range(MOST_TRIES):
        with pytest.raises(Refused):
            await door.say("user.pair", telegram=1002, chat=1002, name="Ravi", code="guess")
    with pytest.raises(Refused):
        await door.say("user.pair", telegram=1001, chat=1001, name="Asha", code=code)
    assert await door.pairing.code() != code


async def test_a_stranger_is_served_only_when_the_owner_says_so(door: Door) -> None:
    await door.pair()
    assert (await door.say("user.knock", telegram=1002, chat=1002, name="Ravi"))["status"] == "new"
    assert (await door.say("user.knock", telegram=1002, chat=1002, name="Ravi"))["status"] == "waiting"
    with pytest.raises(Refused, match="does not serve you"):
        await door.say("job.create", user="tg1002", wish=WISH)
    with pytest.raises(Refused, match="owner"):
        await door.say("user.approve", user="tg1002", who="tg1002")
    await door.say("user.approve", user="local", who="tg1002")
    made = await door.say("job.create", user="tg1002", wish=WISH)
    answer = await door.say("user.remove", user="local", who="tg1002")
    assert answer["ended"] == {made["job"]: "CANCELLED"}
    assert (await door.say("user.knock", telegram=1002, chat=1002, name="Ravi"))["status"] == "removed"
    assert [row["status"] for row in await door.read("people")] == ["approved", "removed"]


async def test_contact_is_kept_in_the_vault_and_masked_outside(door: Door) -> None:
    await door.pair()
    said = await door.say("user.contact", user="local", email="asha@example.com", phone="+91 98765 43210")
    assert (said["email"], said["phone"]) == ("a•••@example.com", "••••••3210")
    await door.say("user.contact", user="local", email="", phone="9876543211")
    kept = await door.vault.contact("local")
    assert kept is not None
    assert (kept.email, kept.phone) == ("asha@example.com", "9876543211")
    row = await door.read("person", user="local")
    assert (row["email"], row["phone"]) == ("a•••@example.com", "••••••3211")
    with pytest.raises(Refused) as refused:
        await door.say("user.contact", user="local", email="asha.example", phone="")
    assert refused.value.body["field"] == "email"
    assert "asha.example" not in str(refused.value)


async def test_cards_are_used_in_the_order_that_was_said(door: Door) -> None:
    first = await door.say("user.card.add", user="local", number="8000000000000001", pin="1234", label="gift")
    second = await door.say("user.card.add", user="local", number="8000000000000002", pin="1234")
    order = [second["card"], first["card"]]
    await door.say("user.card.order", user="local", cards=order)
    assert [card.card_id for card in await door.vault.cards("local")] == order
    assert [row["card_id"] for row in await door.read("cards", user="local")] == order
    with pytest.raises(Refused, match="not all your cards"):
        await door.say("user.card.order", user="local", cards=order[:1])


async def test_who_asks_to_be_forgotten_leaves_no_secret_and_no_active_job(door: Door) -> None:
    await door.pair()
    await door.say("user.card.add", user="local", number="8000000000000001", pin="1234")
    made = await door.say("job.create", user="local", wish=WISH)
    answer = await door.say("user.forget", user="local")
    assert answer["ended"] == {made["job"]: "CANCELLED"}
    assert await door.vault.cards("local") == ()
    stored = await ask(door.nc, "$JS.API.STREAM.INFO.KV_vault", {"subjects_filter": ">"})
    assert set(stored["state"]["subjects"].values()) == {1}  # the mark of each place's end, and no older version
    assert await door.read("cards", user="local") == []
    with pytest.raises(Refused, match="nobody of that name"):
        await door.read("person", user="local")


async def test_settings_are_merged_and_checked(door: Door) -> None:
    await door.say("user.settings", user="local", settings={"lang": "hi", "city": "Hyderabad"})
    await door.say("user.settings", user="local", settings={"lang": "en"})
    row = await door.read("person", user="local")
    assert row["settings"] == '{"lang": "en", "city": "Hyderabad"}'
    with pytest.raises(Refused) as refused:
        await door.say("user.settings", user="local", settings={"quiet": "always"})
    assert refused.value.body["kind"] == "bad_input"


async def test_a_card_says_what_stands_and_when_the_next_look_is(door: Door) -> None:
    made = await door.say("job.create", user="local", wish=WISH)
    card = await door.read("card", job_id=made["job"])
    assert (card["status"], card["wish"]["film"], card["sequence"]) == ("PENDING", WISH["film"], made["sequence"])
    assert (card["consent"], card["qr"], card["last_look_at"], card["shows"]) == (None, None, None, [])
    assert (await door.read("budget"))[0]["looks_today"] == 0
    why = await door.read("why", job_id=made["job"])
    assert (why["looks"], why["refused"]) == ([], [])


async def test_a_paused_job_counts_among_the_five(door: Door) -> None:
    for seats in range(1, 6):
        made = await door.say("job.create", user="local", wish=WISH | {"seats": {"count": seats}})
        await door.say("job.pause", user="local", job=made["job"])
    with pytest.raises(Refused, match="5 jobs are active"):
        await door.say("job.create", user="local", wish=WISH | {"seats": {"count": 6}})
    await door.say("job.cancel", user="local", job=made["job"])
    await door.say("job.create", user="local", wish=WISH | {"seats": {"count": 6}})


async def test_while_the_read_model_is_away_the_desk_still_serves(door: Door) -> None:
    await door.librarian.stop()
    assert (await door.say("job.create", user="local", wish=WISH))["status"] == "PENDING"
    await door.librarian.start()
