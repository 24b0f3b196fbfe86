"""Lists of jobs: pages meet without a gap or a double, whatever the list and the direction, and none is slow."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from events.errors import NotFound
from projections.listing import ACTIVE, FINAL, LISTS
from projections.projector import Projection
from projections.queries import Queries, Row
from usher.bench.seeded import seed

JOBS, PAGE = 240, 17


@pytest.fixture(scope="module")
def queries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queries]:
    file = tmp_path_factory.mktemp("p") / "p.sqlite3"
    seed(file, JOBS, 0, lambda done, of: None)
    found = Queries(file)
    yield found
    found.close()


def paged(queries: Queries, way: str, **more: str) -> list[Row]:
    """All rows of a list, page by page."""
    found: list[Row] = []
    place = ["~", "~"] if way == "older" else ["", ""]
    while rows := queries.jobs(**more, **{way: place}, limit=PAGE):
        found += rows
        place = [rows[-1]["created_at"], rows[-1]["job_id"]]
    return found


@pytest.mark.parametrize("which", LISTS)
@pytest.mark.parametrize("more", [{}, {"user": "tg4"}, {"text": "KALKI"}, {"user": "tg4", "text": "hyd"}], ids=str)
def test_pages_back_and_forth_are_the_whole_list(queries: Queries, which: str, more: dict[str, str]) -> None:
    whole = queries.jobs(which=which, now="9", limit=JOBS, **more)
    assert whole == sorted(whole, key=lambda row: (row["created_at"], row["job_id"]), reverse=True)
    assert paged(queries, "older", which=which, now="9", **more) == whole
    assert paged(queries, "newer", which=which, now="9", **more) == whole[::-1]
    assert queries.jobs(which=which, now="9", limit=5, offset=3, **more) == whole[3:8]


def test_every_state_is_active_or_final() -> None:
    from events.state import DIAGRAM, Status

    assert {*ACTIVE, *FINAL} == {str(status) for status in Status if status in DIAGRAM or status in FINAL} - {"NONE"}


@pytest.mark.parametrize(("text", "jobs"), [("part 3", 8), ("wx000001", 1), ("100%", 0), ("par_", 0), ("!", 0)])
def test_a_text_stands_for_itself(queries: Queries, text: str, jobs: int) -> None:
    found = queries.jobs(text=text, limit=JOBS)
    assert len(found) >= jobs if jobs > 1 else len(found) == jobs


@pytest.mark.parametrize("which", LISTS)
@pytest.mark.parametrize("more", [{}, {"user": "tg4"}, {"text": "kalki"}], ids=str)
def test_no_list_is_sorted_or_walked_whole(tmp_path: Path, which: str, more: dict[str, str]) -> None:
    from projections.listing import listing

    sql, values = listing(which=which, older=["~", "~"], **more)
    plan = [row[3] for row in Projection(tmp_path / "p.sqlite3").db.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert not [line for line in plan if line.startswith("SCAN jobs") and "INDEX" not in line], plan


def test_an_unknown_list_names_the_known_ones(queries: Queries) -> None:
    with pytest.raises(NotFound, match="Allowed: all, active"):
        queries.jobs(which="lost")
