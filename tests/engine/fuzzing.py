"""Damaged files: bytes of a sound one changed, dropped, added, as random numbers say."""

import random

from glue_etl.core.errors import FileRejected
from glue_etl.engine.model import Options
from glue_etl.engine.sources import InMemory


def damaged(content: bytes, seed: int, tail: int = 2500) -> bytes:
    """The content with one to sixteen changes, half of them in its last `tail` bytes, where the metadata stand."""
    rng, changed = random.Random(seed), bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 4, 16])):
        at = (
            rng.randrange(len(changed))
            if rng.random() < 0.5
            else len(changed) - 1 - rng.randrange(min(tail, len(changed)))
        )
        _change(rng, changed, at)
    return bytes(changed)


def _change(rng: random.Random, content: bytearray, at: int) -> None:
    kind = rng.random()
    if kind < 0.6:
        content[at] = rng.choice([0, 0xFF, 0x7F, 0x80, rng.randrange(256), content[at] ^ 1 << rng.randrange(8)])
    elif kind < 0.8:
        del content[at : at + rng.randrange(1, 9)]
    else:
        content[at:at] = rng.randbytes(rng.randrange(1, 9))


def outcome(module, name: str, content: bytes) -> str:
    """ "read" or the code of the rejection; anything else is raised."""
    source = InMemory(name, content)
    try:
        plan = module.plan(source, Options())
        plan = module.settle(plan, [module.survey(source, plan, piece) for piece in plan.pieces])
        for piece in plan.pieces:
            for chunk in module.read(source, plan, piece):
                chunk.rows.validate(full=True)
                chunk.locate([0] if chunk.rows.num_rows else [])
    except FileRejected as error:
        assert error.reason
        return error.code
    return "read"
