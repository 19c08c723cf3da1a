"""The classes of the Pollock benchmark, over a part of the corpus: what is read of polluted files is what they hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pollock.__main__ import Loader, by_class, by_engine, main, plain
from tests.pollock.measures import score
from tests.pollock.pollutions import small


@pytest.mark.parametrize("load", [plain, by_engine])
def test_every_class_of_pollution_is_read(load: Loader) -> None:
    scores = by_class(load, small())

    means = {name: sum(values) / len(values) for name, values in scores.items()}
    assert len(means) == 17
    assert {name: mean for name, mean in means.items() if mean < 9.4} == {}
    assert sum(sum(values) for values in scores.values()) / sum(map(len, scores.values())) > 9.9


def test_the_measures_by_hand() -> None:
    expected = [["a", "b"], ["1", "2"], ["3", "4"]]

    assert score(expected, expected) == pytest.approx(10)
    assert score(expected, None) == 0
    assert score([], []) == 10
    # header 1, 1, 1; records 1/2, 1, 2/3; cells 4/6, 1, 4/5
    assert score(expected, expected[:2]) == pytest.approx(1 + 3 + (1 / 2 + 1 + 2 / 3) + (2 / 3 + 1 + 4 / 5))
    assert score(expected, [["x"]]) == 1


def test_converted_files_are_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["write", str(tmp_path)])
    plainly_written = sorted(path.name for path in tmp_path.glob("*_source.csv"))
    for name in plainly_written:
        (tmp_path / f"{name}_converted.csv").write_bytes((tmp_path / name).read_bytes())

    main(["score", str(tmp_path)])

    printed = capsys.readouterr().out
    assert " 5.000  none (8 files, lowest 0.00)" in printed
