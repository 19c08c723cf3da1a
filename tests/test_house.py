"""What `make house` counts: code that names a thing, not prose about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house import (
    EXAMPLES,
    HANDLERS,
    REACHED_AT_MOST,
    Example,
    code_of,
    counted,
    handlers,
    naming,
    place_of,
    places,
)
from tests.imports import ROOT, reach


def test_comments_docstrings_and_imports_name_nothing(tmp_path: Path):
    prose = '"""Of sweep."""\n\nfrom steps.sweep import sweep\n\n\ndef f():\n    """sweep"""\n    return 1  # sweep\n'
    (tmp_path / "prose.py").write_text(prose)
    (tmp_path / "code.py").write_text('FUNCTIONS = ("sweep",)\n')
    (tmp_path / "prose.tf").write_text('# sweep\n  description = "sweep"\n')
    (tmp_path / "code.tf").write_text('sweep = "rate(5 minutes)"\n')
    assert {path.name for path in tmp_path.iterdir() if "sweep" in code_of(path)} == {"code.py", "code.tf"}


def test_a_name_counts_whole_or_between_underscores_alone():
    touched = naming("orc", ROOT)
    assert "glue_etl/sample_data/writers.py" in touched
    assert "glue_etl/aws/calls.py" not in touched


def test_a_thing_s_own_modules_are_one_place():
    own = ["glue_etl/engine/orc.py", "glue_etl/engine/orc_tail.py"]
    others = ["glue_etl/core/orc.py", "glue_etl/engine/force.py", "glue_etl/engine/torc_tail.py"]
    assert len({place_of(name, "orc") for name in own}) == 1
    assert len({place_of(name, "orc") for name in (*own, *others)}) == 1 + len(others)


@pytest.mark.parametrize("function", REACHED_AT_MOST)
def test_what_a_source_s_function_reaches_stays_small(function: str):
    assert len(reach(f"lambdas.{function}.handler")) <= REACHED_AT_MOST[function]


def test_tests_are_one_place_and_what_is_besides_is_none():
    found = ["a/orc.py", "a/orc_tail.py", "b.py", "c/d.py", "tests/x.py", "glue_etl/tests/y.py"]
    assert counted(Example("orc", 0), found) == 4
    assert counted(Example("orc", 0, {"c/": "why"}), found) == 3


@pytest.mark.parametrize("wanted", EXAMPLES)
def test_an_addition_touches_few_places(wanted: str):
    example = EXAMPLES[wanted]
    found = naming(example.name, ROOT)
    assert counted(example, found) <= example.at_most
    unused = [start for start in example.besides if not any(name.startswith(start) for name in found)]
    assert unused == [], "they do not name it any more"


def test_every_function_and_every_example_is_told():
    assert len(list(handlers(ROOT))) == 1 + len(HANDLERS)
    told = "\n".join(places(ROOT))
    assert all(f"(as {example.name!r})" in told for example in EXAMPLES.values())
    assert "lambdas/sweep/handler.py" in told
