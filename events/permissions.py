"""Who may do what on NATS: one user per actor, as data. The embedded server, `nats.conf` and the tests read this table.

A user may publish the event types it owns, ask the JetStream API for what it works on, and hear its own inbox. Nobody
may delete a stream or purge an event log. Acks have two forms (nats-server 2.14 announced the second): both are here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import msgspec

from events.catalogue import rights_of
from events.streams import CONSUMERS, STREAMS

VAULT = "KV_vault"
LOGS = ("JOBS", "USERS", "LOOKS")
OPEN = tuple(stream.name for stream in STREAMS if stream.name != VAULT)  # what people may look into
SERVICE = ("$SRV.>",)


class Identity(msgspec.Struct, frozen=True):
    """One NATS user. `answers`: it may reply to whoever asks it."""

    name: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    answers: bool = False

    @property
    def hears(self) -> tuple[str, ...]:
        """All that it may subscribe to: its own inbox too."""
        return (f"_INBOX_{self.name}.>", *self.subscribe)


def _says(actor: str) -> tuple[str, ...]:
    return (*(f"{subject}.*" for subject in rights_of(actor)), f"parked.{actor}.>", f"settled.{actor}.>")


def _reads(*streams: str) -> tuple[str, ...]:
    return tuple(f"$JS.API.{what}.{stream}" for stream in streams for what in ("DIRECT.GET", "STREAM.INFO"))


def _consumes(actor: str) -> tuple[str, ...]:
    found: list[str] = []
    for consumer in CONSUMERS:
        if consumer.name == actor:
            place = f"{consumer.stream}.{consumer.name}"
            found += [f"$JS.API.CONSUMER.MSG.NEXT.{place}", f"$JS.API.CONSUMER.INFO.{place}"]
            found += [f"$JS.ACK.{place}.>", f"$JS.ACK.*.*.{place}.>"]
            if consumer.stream == "PARKED":  # whose turn it is among those that are tried again
                found.append("$JS.API.DIRECT.GET.PARKED")
    return tuple(found)


def _follows(*streams: str) -> tuple[str, ...]:
    """Reading a stream through a nameless consumer, which cannot touch an actor's durable one."""
    return (*(f"$JS.API.CONSUMER.CREATE.{stream}" for stream in streams), "$JS.FC.>")


def _states() -> tuple[str, ...]:
    """How streams, consumers and services stand: numbers only."""
    streams = [f"$JS.API.STREAM.INFO.{stream.name}" for stream in STREAMS]
    return (*streams, *(f"$JS.API.CONSUMER.INFO.{c.stream}.{c.name}" for c in CONSUMERS), "$SRV.>", "usher.query.*")


def _inspects() -> tuple[str, ...]:
    """What the `nats` CLI does to show streams and messages; its consumers have names."""
    found = ["$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$JS.FC.>"]
    for stream in OPEN:
        found += [f"$JS.API.{what}.{stream}" for what in ("STREAM.INFO", "STREAM.MSG.GET", "DIRECT.GET")]
        found += [f"$JS.API.DIRECT.GET.{stream}.>", f"$JS.API.CONSUMER.CREATE.{stream}"]
        found += [f"$JS.API.CONSUMER.{what}.{stream}" for what in ("NAMES", "LIST")]
        found += [f"$JS.API.CONSUMER.{what}.{stream}.>" for what in ("INFO", "CREATE", "MSG.NEXT", "DELETE")]
        found += [f"$JS.ACK.{stream}.>", f"$JS.ACK.*.*.{stream}.>"]
    return tuple(found)


def _not_the_actors_consumers() -> tuple[str, ...]:
    places = [f"{consumer.stream}.{consumer.name}" for consumer in CONSUMERS]
    one = [f"$JS.API.CONSUMER.{what}.{place}" for place in places for what in ("CREATE", "MSG.NEXT", "DELETE")]
    forms = ("$JS.API.CONSUMER.CREATE.", "$JS.ACK.", "$JS.ACK.*.*.")
    return (*one, *(f"{form}{place}.>" for place in places for form in forms))


def _administers() -> tuple[str, ...]:
    found = ["$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST"]
    for stream in (stream.name for stream in STREAMS):
        found += [f"$JS.API.STREAM.{what}.{stream}" for what in ("CREATE", "UPDATE", "INFO", "SNAPSHOT", "RESTORE")]
    for consumer in CONSUMERS:
        place = f"{consumer.stream}.{consumer.name}"
        found += [f"$JS.API.CONSUMER.{what}.{place}" for what in ("CREATE", "INFO", "RESET", "PAUSE")]
    found += [f"$JS.API.CONSUMER.{what}.JOBS" for what in ("NAMES", "LIST")]
    return (*found, "$JS.SNAPSHOT.ACK.>", "$JS.SNAPSHOT.RESTORE.>")


_ARTIFACTS = ("$O.artifacts.>",)
_COMMANDS = ("usher.job.*", "usher.user.>")
_QUESTIONS = ("usher.query.*", "usher.site.*")

IDENTITIES: tuple[Identity, ...] = (
    Identity(
        "desk",
        (
            *_says("desk"),
            *_reads("JOBS", "USERS", "KV_watchlist", "KV_chat", "KV_commands", VAULT),
            *("$KV.vault.>", "$KV.chat.>", "$KV.commands.>"),
            *_QUESTIONS,
        ),
        (*_COMMANDS, *SERVICE),
        answers=True,
    ),
    Identity(
        "scheduler",
        (
            *_says("scheduler"),
            *_consumes("scheduler"),
            *_reads("JOBS", "KV_watchlist"),
            *("$KV.watchlist.>", "timer.>", "due.look.*", "$JS.API.STREAM.PURGE.TIMERS"),
        ),
    ),
    Identity(
        "watcher",
        (
            *_says("watcher"),
            *_consumes("watcher"),
            *_reads("JOBS", "LOOKS", "KV_watchlist", "KV_sites"),
            *("$KV.sites.>", *_ARTIFACTS),
        ),
        ("usher.site.*", *SERVICE),
        deny=("$KV.sites.account.>",),
        answers=True,
    ),
    Identity(
        "booker",
        (
            *_says("booker"),
            *_consumes("booker"),
            *_reads("JOBS", "USERS", "KV_sites", VAULT),
            *("$KV.sites.>", "$KV.vault.*.session", *_ARTIFACTS),
            *_QUESTIONS,
        ),
    ),
    Identity(
        "notifier",
        (
            *_says("notifier"),
            *_consumes("notifier"),
            *_reads(*LOGS, "KV_watchlist", "KV_chat", "KV_shown", "OBJ_artifacts", "PARKED"),
            *("$KV.chat.>", "$KV.shown.>", "timer.chat.*", *_QUESTIONS),
            *_states(),  # whose alarms it tells
        ),
        deny=("$KV.chat.pairing",),
    ),
    Identity(
        "projector",
        (*_says("projector"), *_reads(*LOGS, "PARKED", "KV_sites"), *_follows(*LOGS), *_states()),
        ("usher.query.*", "usher.projector.*", *SERVICE),
        answers=True,
    ),
    Identity(
        "bot",
        (
            *_says("bot"),
            *_reads("JOBS", "USERS", "KV_chat", "KV_shown", "OBJ_artifacts"),
            *("$KV.chat.>", *_COMMANDS, *_QUESTIONS),
            *(f"$JS.API.CONSUMER.INFO.{c.stream}.{c.name}" for c in CONSUMERS if c.name == "notifier"),
        ),
        deny=("$KV.chat.pairing",),
    ),
    # the shell of the person who owns the home: the desk's and the read models' client, and a reader of the logs
    Identity(
        "cli",
        (
            *_COMMANDS,
            *_QUESTIONS,
            *("usher.projector.*", "retry.>", "settled.>"),
            *_states(),
            *_reads(*OPEN),
            *_follows(*OPEN),
        ),
        ("job.>", "user.>", "look.>", "parked.>", "retry.>", "settled.>"),
    ),
    Identity("keeper", (*_reads(VAULT), "$KV.vault.>")),  # `usher key`
    Identity("admin", _administers()),  # makes streams, backs up, restores; connected only while it does
    Identity(  # for the `nats` CLI: looks, changes nothing
        "inspector",
        (*_inspects(), "$SRV.>", "usher.query.*", f"$JS.API.STREAM.INFO.{VAULT}"),
        # the CLI's own inbox: nobody else uses that prefix, so nothing of others is heard there
        ("_INBOX.>", "job.>", "user.>", "look.>", "timer.>", "due.>", "parked.>", "$JS.EVENT.ADVISORY.>"),
        deny=_not_the_actors_consumers(),
    ),
)
NAMES = tuple(identity.name for identity in IDENTITIES)


def identity_of(name: str) -> Identity:
    """The user of that name. Raises KeyError."""
    return next(identity for identity in IDENTITIES if identity.name == name)


def authorization(public_keys: Mapping[str, str]) -> str:
    """The server's `authorization` block; `public_keys`: name → nkey (`U…`), or a `$VARIABLE` that holds it."""
    users = "".join(_user(identity, public_keys[identity.name]) for identity in IDENTITIES)
    return f"authorization {{\n  users: [\n{users}  ]\n}}\n"


def _user(identity: Identity, public_key: str) -> str:
    publish = _listed("allow", identity.publish) + (_listed("deny", identity.deny) if identity.deny else "")
    answers = "        allow_responses: true\n" if identity.answers else ""
    return (
        f"    {{ # {identity.name}\n      nkey: {public_key}\n      permissions: {{\n"
        f"        publish: {{\n{publish}        }}\n"
        f"        subscribe: {{\n{_listed('allow', identity.hears)}        }}\n{answers}      }}\n    }}\n"
    )


def _listed(word: str, subjects: tuple[str, ...]) -> str:
    indent = " " * 12
    lines = textwrap.fill(
        ", ".join(f'"{subject}"' for subject in subjects),
        width=116,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return f"          {word}: [\n{lines}\n          ]\n"
