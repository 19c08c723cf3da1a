"""Keeps one broken file from taking its group down: the group is halved until the broken file is alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from glue_etl.core.errors import BadContract, FileRejected
from glue_etl.core.files.model import FileResult
from glue_etl.spark.faults import diagnose, is_of_the_world, last_cause, reject_unexplained, suspects
from glue_etl.spark.groups import Group

LOG = logging.getLogger(__name__)

Work = Callable[[Group, str], Mapping[str, FileResult]]


def isolate(group: Group, name: str, work: Work) -> tuple[dict[str, FileResult], dict[str, FileRejected]]:
    """The results of `work` on the files that it works for, and why it does not for the others.

    An error of the world is raised. So is one that nobody has seen before, unless other files of the group went well:
    then it is the file's. It costs one more read of the file's neighbours for each halving.
    """
    results: dict[str, FileResult] = {}
    broken: dict[str, FileRejected] = {}
    unexplained: dict[str, Exception] = {}
    _halve(group, name, work, results, broken, unexplained)
    if unexplained and not results:
        raise next(iter(unexplained.values()))
    for batch_id, error in unexplained.items():
        broken[batch_id] = reject_unexplained(error)
    return results, broken


def _halve(
    group: Group,
    name: str,
    work: Work,
    results: dict[str, FileResult],
    broken: dict[str, FileRejected],
    unexplained: dict[str, Exception],
) -> None:
    try:
        results.update(work(group, name))
    except BadContract as error:
        broken.update(dict.fromkeys(group.by_id(), FileRejected("bad_contract", str(error))))
    except (FileRejected, Py4JJavaError, PySparkException) as error:
        if not isinstance(error, FileRejected) and is_of_the_world(error):
            raise
        if len(group.inputs) == 1:
            _blame(group.inputs[0].batch_id, error, broken, unexplained)
            return
        LOG.warning(
            "group %s of %d files can't be read as one, trying it in parts: %s",
            name,
            len(group.inputs),
            last_cause(error),
        )
        for letter, part in zip("ab", _parts(group, error), strict=True):
            _halve(part, name + letter, work, results, broken, unexplained)


def _parts(group: Group, error: Exception) -> tuple[Group, Group]:
    """The files that the error names and the rest; where it names none, or all: two halves."""
    named = suspects(error, group.by_id())
    if not named or len(named) == len(group.inputs):
        named = {i.batch_id for i in group.inputs[: len(group.inputs) // 2]}
    first = [i for i in group.inputs if i.batch_id in named]
    return group.of(first), group.of(i for i in group.inputs if i.batch_id not in named)


def _blame(batch_id: str, error: Exception, broken: dict[str, FileRejected], unexplained: dict[str, Exception]) -> None:
    known = None if isinstance(error, FileRejected) else diagnose(error)
    if isinstance(error, FileRejected):
        broken[batch_id] = error
    elif known:
        broken[batch_id] = FileRejected(*known)
    else:
        unexplained[batch_id] = error
