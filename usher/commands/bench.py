"""`usher bench …`: measures this machine; every figure beside its goal. The exit code is 1 where a goal is missed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import typer

app = typer.Typer(no_args_is_help=True)
BETWEEN_LINES = 10.0  # s
Json = Annotated[bool, typer.Option("--json", help="One JSON document for programs.")]


def _run(work: Callable[[Callable[[int, int], None]], Coroutine[Any, Any, Any]], as_json: bool) -> None:
    import asyncio

    from rich.console import Console
    from rich.progress import Progress

    from usher.bench.report import show
    from usher.logs import set_up_logs

    set_up_logs(False, "error")

    console = Console(stderr=True)

    async def watched() -> Any:
        if as_json or not console.is_terminal:
            return await work(_lines())
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task("measuring", total=None)
            return await work(lambda done, total: bar.update(task, completed=done, total=total))

    raise typer.Exit(show(asyncio.run(watched()), as_json))


def _lines() -> Callable[[int, int], None]:
    """How far it is, a line now and then: for a log, where a bar would be noise."""
    import sys
    import time

    began, said = time.monotonic(), 0.0

    def progress(done: int, total: int) -> None:
        nonlocal said
        now = time.monotonic() - began
        if now - said >= BETWEEN_LINES or done == total:
            said = now
            sys.stderr.write(f"{done:,} of {total:,} after {now:.0f} s\n")

    return progress


@app.command()
def append(
    each: Annotated[int, typer.Option(min=50, help="Appends per kind.")] = 1_000,
    writers: Annotated[int, typer.Option(min=2)] = 200,
    jobs: Annotated[int, typer.Option(min=2_000, help="Jobs in the large log.")] = 100_000,
    as_json: Json = False,
) -> None:
    """EventStore.execute beside a raw publish; and whether many jobs make it slower."""
    from usher.bench.append import bench_append

    _run(lambda progress: bench_append(each, writers, jobs, progress), as_json)


@app.command()
def project(
    each: Annotated[int, typer.Option(min=100, help="Events.")] = 2_000,
    rate: Annotated[int, typer.Option(min=1, help="Events a second.")] = 200,
    as_json: Json = False,
) -> None:
    """From an append to a row that a query sees."""
    from usher.bench.project import bench_project

    _run(lambda progress: bench_project(each, rate, progress), as_json)


@app.command()
def rebuild(events: Annotated[int, typer.Option(min=1_000)] = 200_000, as_json: Json = False) -> None:
    """The whole log into a new read model."""
    from usher.bench.project import bench_rebuild

    _run(lambda progress: bench_rebuild(events, progress), as_json)


@app.command()
def replay(
    events: Annotated[int, typer.Option(min=1_000, help="Events in the log.")] = 1_000_000,
    looks: Annotated[int, typer.Option(min=10, help="Recorded looks of the group.")] = 10_000,
    as_json: Json = False,
) -> None:
    """Looking back: history, replay, why, what-if, verify, export and rebuild."""
    from usher.bench.replay import bench_replay

    _run(lambda progress: bench_replay(events, looks, progress), as_json)


@app.command()
def console(jobs: Annotated[int, typer.Option(min=100, help="Made-up jobs.")] = 100_000, as_json: Json = False) -> None:
    """The console over many jobs: each of its questions, and its first paint in Chromium."""
    from usher.bench.console import bench_console

    _run(lambda progress: bench_console(jobs, progress), as_json)


@app.command()
def react(jobs: Annotated[int, typer.Option(min=2, help="Dry-run wishes.")] = 100, as_json: Json = False) -> None:
    """From a look that sees tickets to a booking, and to held seats."""
    from usher.bench.react import bench_react

    _run(lambda progress: bench_react(jobs, progress), as_json)


@app.command()
def look(
    looks: Annotated[int, typer.Option(min=10)] = 200,
    jobs: Annotated[int, typer.Option(min=2, help="Wishes of one group.")] = 1_000,
    as_json: Json = False,
) -> None:
    """What a look costs, what a watcher holds, how often the site is asked."""
    from usher.bench.look import bench_look

    _run(lambda progress: bench_look(looks, jobs, progress), as_json)


@app.command()
def idle(seconds: Annotated[int, typer.Option(min=5)] = 20, as_json: Json = False) -> None:
    """Memory and CPU while nothing happens; how long commands take to start."""
    from usher.bench.idle import bench_idle

    _run(lambda progress: bench_idle(seconds, progress), as_json)


@app.command()
def chat(each: Annotated[int, typer.Option(min=2, help="Events a person.")] = 12, as_json: Json = False) -> None:
    """From an event to the edited card in the chat, and what its pictures cost."""
    from usher.bench.chat import bench_chat

    _run(lambda progress: bench_chat(each, progress), as_json)


@app.command()
def cluster(jobs: Annotated[int, typer.Option(min=1, help="Jobs in flight.")] = 200, as_json: Json = False) -> None:
    """Three nodes: kill the leader among many jobs, cut a node off; what is lost, and how long nobody can write."""
    from usher.bench.cluster.run import bench_cluster

    _run(lambda progress: bench_cluster(jobs, progress), as_json)


@app.command()
def soak(
    minutes: Annotated[float, typer.Option(min=0.5, help="How long jobs are wished.")] = 60,
    jobs: Annotated[int, typer.Option(min=1, help="Jobs in all, spread evenly.")] = 500,
    seed: Annotated[int, typer.Option(help="The same seed chooses the same faults.")] = 1,
    as_json: Json = False,
) -> None:
    """Book for a long time under faults: memory and open files of each process, and what waits at the end."""
    from usher.bench.soak import bench_soak

    _run(lambda progress: bench_soak(minutes, jobs, seed, progress), as_json)


@app.command()
def kill(
    points: Annotated[int, typer.Option(min=1, help="Things that go wrong.")] = 100,
    seed: Annotated[int, typer.Option(help="The same seed chooses the same points.")] = 1,
    within: Annotated[int, typer.Option(min=1, help="Begin no round after so many seconds.")] = 86_400,
    as_json: Json = False,
) -> None:
    """Book while processes die, networks break and the cinema misbehaves; then count money, events and jobs."""
    from usher.bench.kill.run import bench_kill

    _run(lambda progress: bench_kill(points, seed, progress, within), as_json)


@app.command()
def fuzz(
    inputs: Annotated[int, typer.Option(min=1, help="Inputs for each reader.")] = 1_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same inputs.")] = 1,
    only: Annotated[str, typer.Option(help="codec, desk, sentence, listing, seat map, history or callback_data.")] = "",
    as_json: Json = False,
) -> None:
    """Damaged and random input for everything that reads what others wrote: no defect, bounded time and memory."""
    from usher.bench.fuzz.run import bench_fuzz

    _run(lambda progress: bench_fuzz(inputs, seed, only, progress), as_json)
