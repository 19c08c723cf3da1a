"""The files that a word of a command line names: by id, by key, or by the end of a key where one file alone has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from glue_etl.cli.failures import CommandFailed
from glue_etl.cli.named import CANDIDATES_TOLD, files_named
from glue_etl.core.files.states import State
from tests.access.world import World, deployed, file_of


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with deployed() as found:
        file_of(found, "shop/2024/01/31/sales.csv", State.PUBLISHED)
        file_of(found, "shop/2024/01/31/re-sales.csv", State.QUARANTINED)
        file_of(found, "tried.csv", State.FAILED)
        for number in range(CANDIDATES_TOLD + 2):
            file_of(found, f"shop/2024/02/{number + 1:02d}/daily.csv", State.PUBLISHED)
        yield found


@pytest.mark.parametrize(
    "word", ["sales.csv", "31/sales.csv", "/sales.csv", "shop/2024/01/31/sales.csv", "data/incoming/shop/2024/01/31/sales.csv"]
)  # fmt: skip
def test_a_file_is_found_by_as_much_of_its_key_as_tells_it_apart(world: World, word: str) -> None:
    [record] = files_named(world.estate.deployment, word)
    assert record.file.key.endswith("/sales.csv")
    assert files_named(world.estate.deployment, record.batch_id) == [record]


def test_what_is_not_at_rest_is_found_too(world: World) -> None:
    assert [record.state for record in files_named(world.estate.deployment, "tried.csv")] == [State.FAILED]


def test_a_name_of_several_files_is_refused_with_their_keys(world: World) -> None:
    with pytest.raises(CommandFailed) as refused:
        files_named(world.estate.deployment, "daily.csv")
    assert str(refused.value).startswith("12 files are called daily.csv: say by its key which is meant: data/incoming/")
    assert str(refused.value).endswith("and 2 more")
    assert str(refused.value).count("data/incoming/") == CANDIDATES_TOLD


@pytest.mark.parametrize("word", ["ales.csv", "csv", "jr_unknown"])
def test_a_part_of_a_name_is_none(world: World, word: str) -> None:
    with pytest.raises(CommandFailed, match="the ledger has no file or run"):
        files_named(world.estate.deployment, word)
