"""Full garbage collections pass over what lives as long as the process, within a bound."""

import gc

import pytest

from usher import collecting
from usher.collecting import TIMES, short_collections


def test_what_lives_at_the_start_is_not_walked_again_and_is_given_back_at_the_end() -> None:
    kept = [[n] for n in range(5_000)]
    with short_collections():
        assert gc.get_freeze_count() > len(kept)
    assert gc.get_freeze_count() == 0


def test_what_a_long_collection_leaves_alive_is_passed_over_a_bounded_number_of_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(collecting, "LONG", 0.0)
    kept: list[list[list[int]]] = []
    with short_collections():
        grown = []
        for _ in range(TIMES + 3):
            before = gc.get_freeze_count()
            kept.append([[n] for n in range(1_000)])
            gc.collect()
            grown.append(gc.get_freeze_count() - before)
    assert all(more >= 1_000 for more in grown[:TIMES])
    assert all(more <= 0 for more in grown[TIMES:])
    assert len(kept) == TIMES + 3


def test_a_short_collection_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "LONG", 60.0)
    with short_collections():
        before = gc.get_freeze_count()
        kept = [[n] for n in range(1_000)]
        gc.collect()
        assert gc.get_freeze_count() <= before
        assert len(kept) == 1_000
