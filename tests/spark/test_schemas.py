"""Files of one run under one schema: whoever disagrees is staged again, large files too, and no other dataset is touched."""

from __future__ import annotations

from glue_etl.core.datasets.evolution import Written, fits, together
from glue_etl.core.datasets.schemas import RESCUED, Schema, SchemaColumn
from glue_etl.core.files.model import FileResult
from tests.spark.world import World


def automatic(world: World, dataset: str, policy: str = "evolve", **types: str) -> Schema:
    """Have the world's runs keep this dataset's schema."""
    schema = Schema(dataset, 1 if types else 0, tuple(SchemaColumn(name, kind) for name, kind in types.items()))
    world.contracts[dataset] = {"dataset": dataset, "schema": policy}
    world.schemas[dataset] = schema.to_json()
    return schema


def values(world: World, result: FileResult, name: str) -> list[object]:
    return [row[name] for row in world.in_order(result)]


def test_new_files_that_disagree_are_staged_again_with_types_that_suit_all(world: World) -> None:
    schema = automatic(world, "sales")
    whole = world.drop("a.csv", b"id,amount\n1,7\n2,8\n", "sales")
    price = world.drop("b.csv", b"id,amount\n3,2.50\n4,9.99\n", "sales")
    typed = world.drop("c.json", b'{"id": 5, "amount": 1, "note": "x"}\n', "sales")
    results = world.results()
    assert {result.columns["amount"] for result in results.values()} == {"decimal(38,2)"}
    assert not any(result.rescued for result in results.values())
    assert [str(value) for value in values(world, results[whole], "amount")] == ["7.00", "8.00"]
    assert [str(value) for value in values(world, results[price], "amount")] == ["2.50", "9.99"]
    written = [Written(r.batch_id, "", r.columns) for r in results.values()]
    assert all(fits(together(schema, "evolve", written), result.columns) for result in results.values())
    assert values(world, results[typed], "note") == ["x"]


def test_a_large_file_is_fitted_by_pieces_as_a_small_one_is_whole(world: World) -> None:
    automatic(world, "sales", id="bigint", amount="bigint")
    lines = "".join(f"{n},{'n/a' if n % 100 == 0 else n}\n" for n in range(1, 2001))
    large = world.drop("large.csv", f"id,amount\n{lines}".encode(), "sales")
    small = world.drop("small.csv", b"id,amount\n1,n/a\n", "sales")
    results = world.results(piece_bytes=4096)
    assert len(results[large].objects) > 1
    assert (results[large].rows_staged, results[large].rescued) == (2000, {"amount": 20})
    assert results[large].columns == results[small].columns == {"id": "bigint", "amount": "bigint", RESCUED: "string"}
    amounts = values(world, results[large], "amount")
    assert amounts == [None if n % 100 == 0 else n for n in range(1, 2001)]


def test_a_large_file_is_staged_again_where_it_disagrees(world: World) -> None:
    automatic(world, "sales")
    large = world.drop("large.csv", b"id\n" + b"".join(b"%d\n" % n for n in range(2000)), "sales")
    world.drop("small.csv", b"id,city\nx1,rome\nx2,oslo\n9,bern\n", "sales")
    results = world.results(piece_bytes=4096)
    assert {result.columns["id"] for result in results.values()} == {"string"}
    assert values(world, results[large], "id") == [str(n) for n in range(2000)]


def test_datasets_and_formats_of_a_run_do_no_harm_to_each_other(world: World) -> None:
    automatic(world, "sales", id="bigint")
    automatic(world, "people", "rescue", id="string")
    sales = world.drop("a.csv", b"id,amount\n1,2.50\n", "sales")
    broken = world.drop("b.parquet", b"PAR1 but no Parquet PAR1", "sales")
    people = world.drop("c.json", b'{"id": "p", "age": 7}\n', "people")
    plain = world.drop("d.csv", b"Id,Amount\n1,2.50\n")
    results = world.results()
    assert results[sales].columns == {"id": "bigint", "amount": "decimal(18,2)"}
    assert results[broken].outcome == "rejected"
    assert (results[people].columns, results[people].rescued) == ({"id": "string", RESCUED: "string"}, {"age": 1})
    assert results[plain].columns == {} and values(world, results[plain], "Id") == [1]
