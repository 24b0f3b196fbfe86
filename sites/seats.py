"""Seat map × preferences → a scored choice. Pure and predictable: the same map gives the same seats."""

from __future__ import annotations

import math
from collections.abc import Iterator

from events.wish import Seat, SeatKind, SeatMap, SeatPlan, SeatState, SeatWish

IDEAL = 0.6  # of the usable rows, counted from the screen
FRONT = 0.05
NO_GEOMETRY = "neighbouring numbers are taken for neighbouring seats: the site shows no aisles here"


def choose(seat_map: SeatMap, wish: SeatWish, max_price: int | None = None) -> SeatPlan | None:
    """The best seats for a wish, or None. `max_price` in paise bounds the seats' sum."""
    best: tuple[tuple[float, int, int], list[Seat], float] | None = None
    edges = edges_of(seat_map)
    for index, row in enumerate(seat_map.rows):
        for group in _groups(row, wish):
            if max_price is not None and sum(seat.price for seat in group) > max_price:
                continue
            score = score_seats(seat_map, index, group, wish, edges)
            key = (-round(score, 6), index, group[0].column)
            if best is None or key < best[0]:
                best = (key, group, score)
    if best is None:
        return None if wish.together else _split(seat_map, wish, max_price)
    return _plan(best[1], best[2], "" if seat_map.geometry else NO_GEOMETRY)


def _plan(seats: list[Seat], score: float, note: str) -> SeatPlan:
    labels = tuple(seat.label for seat in seats)
    return SeatPlan(labels, round(score, 3), sum(seat.price for seat in seats), seats[0].category, note)


def _usable(seat: Seat, wish: SeatWish) -> bool:
    if seat.state is not SeatState.FREE:
        return False
    if seat.kind in {SeatKind.COMPANION, SeatKind.WHEELCHAIR} and not wish.accessible:
        return False
    return wish.category is None or seat.category.casefold() == wish.category.casefold()


def _runs(row: tuple[Seat, ...], wish: SeatWish) -> Iterator[list[Seat]]:
    """Free seats side by side, one class; an aisle ends a run unless the wish allows it."""
    run: list[Seat] = []
    for seat in sorted(row, key=lambda s: s.column):
        if run and _usable(seat, wish) and seat.category == run[-1].category:
            beside = seat.column - run[-1].column == 1
            aisle = wish.across_aisle and seat.column - run[-1].column == 2
            if beside or aisle:
                run.append(seat)
                continue
        if run:
            yield run
        run = [seat] if _usable(seat, wish) else []
    if run:
        yield run


def _groups(row: tuple[Seat, ...], wish: SeatWish) -> Iterator[list[Seat]]:
    for run in _runs(row, wish):
        for start in range(len(run) - wish.count + 1):
            group = run[start : start + wish.count]
            if _couples_whole(run, start, wish.count):
                yield group


def _couples_whole(run: list[Seat], start: int, count: int) -> bool:
    """Couple seats are sold in pairs, counted from the left of their stretch: none may be torn."""
    for edge in (start, start + count):
        before = edge
        while before > 0 and run[before - 1].kind is SeatKind.COUPLE:
            before -= 1
        inside = 0 < edge < len(run) and run[edge - 1].kind is run[edge].kind is SeatKind.COUPLE
        if inside and (edge - before) % 2:
            return False
    group = run[start : start + count]
    return sum(seat.kind is SeatKind.COUPLE for seat in group) % 2 == 0


def edges_of(seat_map: SeatMap) -> tuple[int, int]:
    """The hall's leftmost and rightmost column."""
    columns = [seat.column for row in seat_map.rows for seat in row]
    return min(columns, default=0), max(columns, default=0)


def score_seats(
    seat_map: SeatMap, row_index: int, group: list[Seat], wish: SeatWish, edges: tuple[int, int] | None = None
) -> float:
    """0 (worst) to 1: near the ideal row and the middle. Rows to avoid score below 0.2 whatever else holds.

    `edges`: the hall's, for whoever scores many groups of it.
    """
    avoided = min(wish.avoid_rows, len(seat_map.rows))
    if row_index < avoided:
        return FRONT
    usable = max(1, len(seat_map.rows) - avoided)
    ideal = avoided + IDEAL * (usable - 1)
    depth = (row_index - ideal) / usable
    left, right = edges or edges_of(seat_map)
    middle, half = (left + right) / 2, max(1.0, (right - left) / 2)
    across = sum(abs(seat.column - middle) for seat in group) / len(group) / half
    score = 1 - 0.7 * math.hypot(depth, across)
    score += 0.15 * min(1.0, max(-1.0, depth))  # farther back beats nearer to the screen
    if any(seat.column in {left, left + 1, right - 1, right} for seat in group):
        score -= 0.20 if depth < 0 else 0.08
    return float(min(1.0, max(0.0, score)))


def _split(seat_map: SeatMap, wish: SeatWish, max_price: int | None) -> SeatPlan | None:
    """Two groups as large and as near as can be, for a wish that allows to sit apart; the score says so."""
    edges = edges_of(seat_map)
    scored = sorted(
        (
            (-score_seats(seat_map, index, [seat], wish, edges), index, seat.column, seat)
            for index, row in enumerate(seat_map.rows)
            for seat in row
            if _usable(seat, wish) and seat.kind is SeatKind.NORMAL
        ),
        key=lambda entry: entry[:3],
    )
    chosen = scored[: wish.count]
    seats = [entry[3] for entry in chosen]
    if len(seats) < wish.count or len({seat.category for seat in seats}) > 1:
        return None
    if max_price is not None and sum(seat.price for seat in seats) > max_price:
        return None
    score = -sum(entry[0] for entry in chosen) / wish.count * 0.6
    return _plan(seats, score, "the seats are not together")
