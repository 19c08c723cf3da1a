"""How far a mapping has read its stream: one small file a mapping, which outlives the runtimes."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any


class Positions:
    """Notes by shard. Each change is on disk before the call returns, in one step."""

    def __init__(self, folder: Path, mapping: str) -> None:
        self._path = folder / f"{mapping}.json"
        self._lock = threading.Lock()
        self._notes: dict[str, dict[str, Any]] = json.loads(self._path.read_text()) if self._path.exists() else {}

    def get(self, shard: str) -> dict[str, Any]:
        with self._lock:
            return dict(self._notes.get(shard, {}))

    def put(self, shard: str, note: dict[str, Any]) -> None:
        with self._lock:
            self._notes[shard] = note
            self._path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = self._path.with_suffix(".new")
            unfinished.write_text(json.dumps(self._notes))
            unfinished.replace(self._path)

    @property
    def empty(self) -> bool:
        return not self._notes
