"""What is wrong with a transform is told before anything runs: file, line, what is near."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.transforming.compiling import Compiled, compile_transforms
from glue_etl.core.transforming.declarations import BadTransform, Transform, in_order, load_transforms

SALES = {
    "dataset": "sales",
    "match": ["sales/*"],
    "columns": [
        {"name": "id", "type": "bigint"},
        {"name": "customer", "type": "string"},
        {"name": "amount", "type": "decimal(18,2)"},
    ],
    "suite": {},
}
DATASETS: Mapping[str, Any] = {
    "default": {"dataset": "default", "suite": {}},
    "sales": SALES,
    "log": {"dataset": "log", "schema": "evolve", "suite": {}},
}
GOOD = "inputs: [sales]\nconserves: {aggregate: {sum(amount): sum(revenue)}}\n"
QUERY = "select customer, sum(amount) as revenue from sales group by customer"


def sql(header: str = GOOD, query: str = QUERY) -> str:
    return f"/*\n{header}*/\n{query}\n"


def mistakes(files: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    compile_transforms({f"transforms/{name}": text for name, text in files.items()}, DATASETS, {"default": {}}, found)
    return found


def compiled(files: Mapping[str, str]) -> Compiled:
    return compile_transforms({f"transforms/{n}": text for n, text in files.items()}, DATASETS, {"default": {}})


def test_a_transform_gets_a_contract_that_claims_what_it_makes() -> None:
    made = compiled({"revenue.sql": sql()})
    assert made.contracts["revenue"]["match"] == ["revenue/????/??/??/revenue.parquet"]
    assert (made.contracts["revenue"]["empty_files"], made.contracts["revenue"]["schema"]) == ("publish", "evolve")
    [transform] = load_transforms({"transforms": made.transforms}).by_name.values()
    assert transform.columns["sales"]["amount"] == "decimal(18,2)"
    assert (transform.materialise, transform.schedule, transform.file) == (
        "replace_day", "on_arrival", "transforms/revenue.sql"
    )  # fmt: skip


def test_dashes_are_a_header_too_and_text_or_header_make_another_transform() -> None:
    dashes = "\n".join(f"-- {line}" for line in GOOD.splitlines()) + f"\n{QUERY}"
    names = ("a.sql", sql()), ("a.sql", dashes), ("a.sql", sql(query=QUERY.replace("sum(", "max(")))
    digests = [load_transforms({"transforms": compiled({n: t}).transforms}).by_name["a"].digest for n, t in names]
    assert len(set(digests)) == 3


WRONG = {
    "a column that is not there": (
        sql(query=QUERY.replace("sum(amount)", "sum(amuont)")),
        ":5:22: there is no column 'amuont' (did you mean 'amount'",
    ),
    "a table that is not listed": (
        sql(query=QUERY.replace("from sales", "from sale")),
        ":5:46: there is no input 'sale' (did you mean 'sales'?)",
    ),
    "a dataset that is not there": (
        sql(GOOD.replace("[sales]", "[saels]"), "select 1 as revenue from saels"),
        ":2: field 'inputs': there is no dataset 'saels' (did you mean 'sales'?)",
    ),
    "SQL that does not parse": (sql(query="select customer\nfrom sales where"), ":6:16: this SQL does not parse"),
    "two statements": (sql(query=f"{QUERY}; {QUERY}"), ":1: it must be one SELECT"),
    "a sum of text": (
        sql(query=QUERY.replace("sum(amount)", "sum(customer)")),
        ":5:22: customer is a string, no number",
    ),
    "what changes from run to run": (
        sql(query=QUERY.replace("customer,", "current_date() as today,")),
        "gives something else each time",
    ),
    "no header": (QUERY, ":1: it must begin with a comment of YAML"),
    "a header that is no YAML": (sql("inputs: [sales\n"), ":3: the header is no YAML"),
    "an unknown field": (
        sql(GOOD + "materialize: append\n"),
        ":4: unknown field 'materialize' (did you mean 'materialise'?)",
    ),
    "an unknown way": (sql(GOOD + "materialise: replace\n"), ":4: field 'materialise' is 'replace'"),
    "no rule": (sql("inputs: [sales]\n"), ": field 'conserves' must say what of sales comes out again"),
    "a rule of a column that is not there": (
        sql(GOOD.replace("sum(revenue)", "sum(revenues)")),
        ":3: field 'conserves': there is no column 'revenues' (did you mean 'revenue'?)",
    ),
    "a merge without a key": (sql(GOOD + "materialise: merge\n"), ": field 'key' must name the columns"),
    "a key that is not there": (
        sql(GOOD + "materialise: merge\nkey: [custmer]\n"),
        ":5: field 'key': there is no column 'custmer' (did you mean 'customer'?)",
    ),
    "a wrong type": (
        sql(GOOD + "columns: [{name: revenue, type: decimel}]\n"),
        ":4: columns[0]: field 'type' is 'decimel' (did you mean",
    ),
    "a column that the query does not give": (
        sql(GOOD + "columns: [{name: revenu, type: bigint}]\n"),
        ":4: field 'columns': the query gives no column 'revenu' (did you mean 'revenue'?)",
    ),
    "a schedule that is none": (sql(GOOD + "schedule: daily\n"), ":4: field 'schedule' is 'daily'"),
    "a suite that is not there": (
        sql(GOOD + "suite: defautl\n"),
        ":4: field 'suite' is 'defautl' (did you mean 'default'?)",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_mistake_is_told_with_its_place(what: str) -> None:
    text, told = WRONG[what]
    found = mistakes({"revenue.sql": text})
    assert any(message.startswith("transforms/revenue.sql:") and told in message for message in found), found
    with pytest.raises(BadTransform):
        compiled({"revenue.sql": text})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\n", "must be a function transform"),
        ('"""inputs: [sales]\nconserves: rows"""\ndef transfrom(inputs, context): ...\n', "did you mean 'transfrom'?"),
        ("def transform(inputs, context):\n    return (\n", ":2:12: this is no Python"),
        ("def transform(inputs, context): ...\n", ":1: it must begin with its docstring of YAML"),
    ],
)
def test_a_mistake_in_python_is_told_with_its_place(text: str, told: str) -> None:
    [message] = mistakes({"revenue.py": text})
    assert message.startswith("transforms/revenue.py:")
    assert told in message


def test_a_circle_is_told_and_one_name_is_one_file() -> None:
    header = "inputs: [{}]\nconserves: rows\n"
    files = {"a.sql": sql(header.format("b"), "select * from b"), "b.sql": sql(header.format("a"), "select * from a")}
    [told] = mistakes(files)
    assert "transforms go in a circle: " in told
    assert "a (reads b, makes a)" in told
    python = '"""\ninputs: [sales]\nconserves: rows\n"""\ndef transform(inputs, context): ...\n'
    assert any("a transform has one file" in told for told in mistakes({"x.sql": sql(), "x.py": python}))


def test_another_contract_must_not_claim_what_a_transform_makes() -> None:
    greedy = {**DATASETS, "all": {"dataset": "all", "match": ["*revenue*"], "suite": {}}}
    found: list[str] = []
    compile_transforms({"transforms/revenue.sql": sql()}, greedy, {"default": {}}, found)
    assert ["the contract of 'all' claims it" in told for told in found] == [True]


def test_what_one_makes_another_reads_by_its_columns() -> None:
    header = "inputs: [revenue]\nconserves: rows\n"
    assert mistakes({"revenue.sql": sql(), "b.sql": sql(header, "select customer, revenue from revenue")}) == []
    [told] = mistakes({"revenue.sql": sql(), "b.sql": sql(header, "select revenu from revenue")})
    assert "there is no column 'revenu' (did you mean 'revenue'" in told


def test_of_a_dataset_without_promised_columns_nothing_is_complained_but_what_the_header_says_counts() -> None:
    query = "select anything from log"
    assert mistakes({"x.sql": sql("inputs: [log]\nconserves: rows\n", query)}) == []
    known = "inputs: [log]\nconserves: rows\ncolumns_of: {log: {text: string}}\n"
    assert "there is no column 'anything'" in mistakes({"x.sql": sql(known, query)})[0]


def _transform(name: str, reads: tuple[str, ...]) -> Transform:
    return Transform(name, name, "sql", "", reads)


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sets(st.sampled_from("abcdefghxyz"), min_size=1)))
def test_the_order_has_makers_first_or_there_is_a_circle(reads: dict[str, set[str]]) -> None:
    transforms = [_transform(name, tuple(sorted(of))) for name, of in reads.items()]
    try:
        ordered = [t.name for t in in_order(transforms)]
    except BadTransform:
        assert any(_reaches(reads, name, name) for name in reads)
        return
    assert sorted(ordered) == sorted(reads)
    for name in ordered:
        assert not set(reads[name]) & set(ordered[ordered.index(name) :])


def _reaches(reads: Mapping[str, set[str]], start: str, goal: str) -> bool:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for name in reads.get(waiting.pop(), ()):
            if name == goal:
                return True
            if name in reads and name not in seen:
                seen.add(name)
                waiting.append(name)
    return False
