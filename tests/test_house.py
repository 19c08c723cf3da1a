"""What `make house` counts: code that names a thing, not prose about it."""

from __future__ import annotations

from pathlib import Path

from tests.house import EXAMPLES, HANDLERS, code_of, handlers, naming, places
from tests.imports import ROOT


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


def test_every_function_and_every_example_is_told():
    assert len(list(handlers(ROOT))) == 1 + len(HANDLERS)
    told = "\n".join(places(ROOT))
    assert all(f"(as {example!r})" in told for example in EXAMPLES.values())
    assert "lambdas/sweep/handler.py" in told
