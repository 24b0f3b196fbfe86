"""The vault: what is sealed where, what is refused, and a new master key while everything runs."""

import asyncio
import secrets
import stat
import sys
import types
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nats.aio.client import Client

from events.errors import BadInput, Conflict, NotFound, Unavailable, UsherError
from services.buckets import Bucket
from services.vault import MasterKeys, Vault, WrongMasterKey, find_master_keys
from services.vault.master import EnvironmentKeys, FileKeys, alone, open_os_keyring, written
from services.vault.records import Records
from services.vault.rotation import Proof, rotate, verify
from services.vault.sealing import DoesNotOpen, unwrap

NUMBER, PIN, EMAIL, PHONE = "8000000000004711", "246813", "asha@example.com", "9876543210"


class Room:
    """A bucket, a file of keys, and as many doors to the vault as there are processes."""

    def __init__(self, nc: Client, home: Path) -> None:
        self.bucket, self.source = Bucket(nc, "vault"), FileKeys(home / "master.key")
        self.path = home / "master.key"

    def vault(self) -> Vault:
        return Vault(self.bucket, FileKeys(self.path))

    def records(self) -> Records:
        return Records(self.bucket, FileKeys(self.path))

    async def raw(self, key: str) -> bytes:
        found = await self.bucket.get(key)
        assert found is not None
        return found[0]


@pytest.fixture
def room(nc: Client, tmp_path: Path) -> Room:
    return Room(nc, tmp_path)


async def filled(room: Room, user: str = "asha") -> Vault:
    vault = room.vault()
    await vault.add_card(user, NUMBER, PIN)
    await vault.set_contact(user, EMAIL, PHONE)
    await vault.set_session(user, "[1]")
    return vault


async def test_what_is_put_in_comes_out_and_nothing_of_it_is_readable_in_the_bucket(room: Room) -> None:
    await filled(room)
    held = await room.vault().read("asha")
    assert (list(held.cards.values()), held.email, held.phone, held.session) == ([(NUMBER, PIN)], EMAIL, PHONE, "[1]")
    everything = b"".join(value or b"" for value, _ in (await room.bucket.entries(">")).values())
    assert not [secret for secret in (NUMBER, PIN, EMAIL, PHONE) if secret.encode() in everything]


async def test_cards_are_added_once_ordered_and_removed(room: Room) -> None:
    vault = room.vault()
    first, last4 = await vault.add_card("asha", NUMBER, PIN)
    second, _ = await vault.add_card("asha", "8000 0000 0000 4712", PIN)
    assert last4 == "4711"
    with pytest.raises(BadInput, match="already there"):
        await vault.add_card("asha", NUMBER, PIN)
    await vault.order_cards("asha", (second, first))
    assert [card.card_id for card in await vault.cards("asha")] == [second, first]
    await vault.remove_card("asha", second)
    with pytest.raises(NotFound):
        await vault.remove_card("asha", second)
    with pytest.raises(BadInput, match="each once"):
        await vault.order_cards("asha", ())


@pytest.mark.parametrize(("source", "target"), [("a.cards", "b.cards"), ("a.cards", "a.contact"), ("a.key", "b.key")])
async def test_a_ciphertext_in_another_place_is_refused(room: Room, source: str, target: str) -> None:
    await filled(room, "a")
    await filled(room, "b")
    await room.bucket.put(target, await room.raw(source))
    with pytest.raises(UsherError, match="changed or swapped"):
        await room.vault().read(target[0])


async def test_a_changed_ciphertext_is_refused(room: Room) -> None:
    await filled(room)
    sealed = bytearray(await room.raw("asha.cards"))
    sealed[-1] ^= 1
    await room.bucket.put("asha.cards", bytes(sealed))
    with pytest.raises(UsherError, match="changed or swapped"):
        await room.vault().read("asha")


async def test_a_wrong_master_key_is_said_at_the_start(room: Room) -> None:
    await filled(room)
    room.source.save(MasterKeys([secrets.token_bytes(32)]))
    with pytest.raises(WrongMasterKey, match="usher key init --from"):
        await room.vault().check()
    room.path.unlink()
    with pytest.raises(WrongMasterKey, match="holds none"):
        await room.vault().check()
    assert not room.path.exists()  # no new key is made beside what only the old one opens


async def test_a_first_start_makes_a_key_that_only_its_owner_can_read(room: Room) -> None:
    await room.vault().check()
    assert stat.S_IMODE(room.path.stat().st_mode) == 0o600
    room.path.chmod(0o640)
    with pytest.raises(UsherError, match="chmod 600"):
        await room.vault().check()


def first_version(key: bytes, user: str) -> bytes:
    """What usher 0.1 wrote."""
    body = {"cards": {"c1": [NUMBER, PIN]}, "email": EMAIL, "phone": PHONE, "session": "[1]"}
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(key).encrypt(nonce, msgspec.json.encode(body), f"usher/vault/1/{user}".encode())


async def test_a_record_of_the_first_version_moves_on_first_read(room: Room) -> None:
    key = room.source.create().current
    await room.bucket.put("asha", first_version(key, "asha"))
    held = await room.vault().read("asha")
    assert (held.cards, held.email, held.session) == ({"c1": (NUMBER, PIN)}, EMAIL, "[1]")
    assert await room.bucket.get("asha") is None
    again = await room.vault().read("asha")
    assert (again.cards, again.phone) == (held.cards, PHONE)


async def test_a_move_that_was_cut_short_keeps_what_is_newer(room: Room) -> None:
    key = room.source.create().current
    vault = room.vault()
    await vault.set_contact("asha", "new@example.com", PHONE)
    await room.bucket.put("asha", first_version(key, "asha"))
    held = await vault.read("asha")
    assert (held.email, held.cards) == ("new@example.com", {"c1": (NUMBER, PIN)})


async def test_forgetting_leaves_nothing_that_any_kept_copy_could_be_opened_with(room: Room) -> None:
    vault = await filled(room)
    await filled(room, "ravi")
    kept = {key: value for key, (value, _) in (await room.bucket.entries(">")).items()}  # somebody's backup
    await vault.forget("asha")
    assert (await vault.read("asha")).cards == {}
    left = room.source.load()
    assert left is not None
    for key in left:
        with pytest.raises(DoesNotOpen):
            unwrap(key, "asha", kept["asha.key"] or b"")
    assert list((await vault.read("ravi")).cards.values()) == [(NUMBER, PIN)]


async def test_who_was_forgotten_may_come_back(room: Room) -> None:
    vault = await filled(room)
    await vault.forget("asha")
    await vault.add_card("asha", NUMBER, PIN)
    assert len(await vault.cards("asha")) == 1


async def test_a_forgetting_that_was_cut_short_can_be_written_over(room: Room) -> None:
    vault = await filled(room)
    await room.bucket.purge("asha.key")
    assert (await vault.read("asha")).cards == {}
    await vault.set_session("asha", "[2]")
    held = await vault.read("asha")
    assert (held.session, held.cards, held.email) == ("[2]", {}, "")


async def test_rotation_under_concurrent_writes_loses_and_locks_out_nothing(room: Room) -> None:
    users = [f"u{number}" for number in range(6)]
    written: dict[str, list[str]] = {user: [] for user in users}
    done = asyncio.Event()

    async def writer(user: str) -> None:
        vault, number = room.vault(), 0
        while not done.is_set() or number < 5:
            number += 1
            card = f"80000000{users.index(user):02}{number:06}"
            await vault.add_card(user, card, PIN)
            written[user].append(card)
            await vault.set_session(user, f"[{number}]")

    async def reader(user: str) -> None:
        vault = room.vault()
        while not done.is_set():
            held = await vault.read(user)
            assert set(written[user][:-1]) <= {number for number, _ in held.cards.values()}

    async def rotations() -> None:
        try:
            for _ in range(8):
                await rotate(room.records())
        finally:
            done.set()

    await asyncio.gather(rotations(), *(writer(user) for user in users), *(reader(user) for user in users))
    for user in users:
        assert [card.number for card in await room.vault().cards(user)] == written[user]
    keys = room.source.load()
    assert keys is not None
    assert len(keys.ids) == 1  # the older ones are dropped
    assert (await verify(room.records())).trouble == ()


class Rotating(Bucket):
    """Rotates as soon as somebody is about to write a data key, if that is allowed then."""

    def __init__(self, room: Room, nc: Client) -> None:
        super().__init__(nc, "vault")
        self._room, self.shut_out = room, 0

    async def put(self, key: str, value: bytes, expected: int | None = None) -> int:
        if key.endswith(".key"):
            assert self._room.source.lock is not None
            try:
                async with alone(self._room.source.lock, within=0.1):
                    pass
            except Unavailable:
                self.shut_out += 1
            else:
                await rotate(self._room.records())
        return await super().put(key, value, expected)


async def test_no_rotation_comes_between_a_new_data_key_and_its_master_key(room: Room, nc: Client) -> None:
    rotating = Rotating(room, nc)
    await Vault(rotating, FileKeys(room.path)).set_contact("asha", EMAIL, PHONE)
    assert rotating.shut_out == 1
    await rotate(room.records())
    assert await verify(room.records()) == Proof(1, ())


async def test_two_rotations_at_once_follow_each_other(room: Room) -> None:
    await filled(room)
    await asyncio.gather(*(rotate(room.records()) for _ in range(4)))
    assert (await verify(room.records())).trouble == ()


async def test_a_rotation_cut_short_is_finished_by_the_next(room: Room) -> None:
    await filled(room)
    keys = room.source.load()
    assert keys is not None
    room.source.save(MasterKeys([*keys, secrets.token_bytes(32)]))  # killed here
    assert len((await room.vault().read("asha")).cards) == 1
    await rotate(room.records())
    assert (await verify(room.records())).trouble == ()


async def test_verify_names_what_does_not_open(room: Room) -> None:
    await filled(room, "a")
    await filled(room, "b")
    await room.bucket.put("b.cards", await room.raw("a.cards"))
    proof = await verify(room.records())
    assert (proof.users, len(proof.trouble)) == (1, 1)
    assert "b" in proof.trouble[0]


async def test_two_writers_at_once_both_win(room: Room) -> None:
    await asyncio.gather(*(room.vault().add_card("asha", f"80000000000000{n:02}", PIN) for n in range(4)))
    assert len(await room.vault().cards("asha")) == 4


async def test_the_environment_gives_keys_that_usher_does_not_change(room: Room, tmp_path: Path) -> None:
    text = secrets.token_hex(32)
    source = find_master_keys(tmp_path, text)
    assert isinstance(source, EnvironmentKeys)
    vault = Vault(room.bucket, source)
    await vault.add_card("asha", NUMBER, PIN)
    with pytest.raises(UsherError, match="USHER_MASTER_KEY"):
        await rotate(Records(room.bucket, source))
    newer = secrets.token_hex(32)
    both = EnvironmentKeys(f"{text},{newer}")
    assert len(await Vault(room.bucket, both).cards("asha")) == 1
    await rotate(Records(room.bucket, both))
    assert len(await Vault(room.bucket, EnvironmentKeys(newer)).cards("asha")) == 1
    with pytest.raises(UsherError, match="64 hexadecimal digits") as wrong:
        EnvironmentKeys("beef").load()
    assert "beef" not in str(wrong.value)
    assert text not in repr(source)


async def test_the_systems_keyring_holds_keys_where_there_is_one(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[tuple[str, str], str] = {}
    fake = types.ModuleType("keyring")  # the outer edge: no machine of ours has a desktop
    fake.get_keyring = object  # type: ignore[attr-defined]
    fake.get_password = lambda service, name: kept.get((service, name))  # type: ignore[attr-defined]
    fake.set_password = lambda service, name, text: kept.update({(service, name): text})  # type: ignore[attr-defined]
    fail = types.ModuleType("keyring.backends.fail")
    fail.Keyring = type("Keyring", (), {})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", fake)
    monkeypatch.setitem(sys.modules, "keyring.backends", types.ModuleType("keyring.backends"))
    monkeypatch.setitem(sys.modules, "keyring.backends.fail", fail)
    source = open_os_keyring(tmp_path)
    assert source is not None
    source.create()
    assert type(find_master_keys(tmp_path)) is type(source)
    await Vault(room.bucket, source).add_card("asha", NUMBER, PIN)
    await rotate(Records(room.bucket, source))
    assert (await verify(Records(room.bucket, source))).users == 1
    assert not (tmp_path / "master.key").exists()


async def test_no_secret_shows_in_what_is_printed_or_raised(room: Room) -> None:
    vault = await filled(room)
    keys = room.source.load()
    assert keys is not None
    opened = await room.records().open("asha")
    shown = repr([await vault.read("asha"), await vault.cards("asha"), await vault.contact("asha"), keys, opened])
    shown += repr([opened.key, room.source, vault])
    for secret in (NUMBER, PIN, EMAIL, PHONE, written(keys).strip()):
        assert secret not in shown
    for number, pin in (("7" + NUMBER[1:], PIN), ("123", PIN), (NUMBER, "99x")):
        with pytest.raises(BadInput) as wrong:
            await vault.add_card("asha", number, pin)
        assert number not in str(wrong.value) or len(number) < 4
        assert pin not in str(wrong.value)


async def test_a_write_on_old_news_is_a_conflict(room: Room) -> None:
    await filled(room)
    opened = await room.records().open("asha")
    await room.vault().set_session("asha", "[2]")
    with pytest.raises(Conflict):
        await room.records().write("asha", "session", b"[3]", opened)
