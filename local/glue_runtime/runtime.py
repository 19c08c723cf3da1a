"""GlueRuntime: takes the job runs that the server hands out and executes each in a process of its own.

Concurrency is the server's business (MaxConcurrentRuns): whatever it hands out is executed at once.
"""

from __future__ import annotations

import logging
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from local import jars
from local.glue_runtime import arguments
from local.glue_runtime.configuration import WorkerSetup
from local.glue_runtime.execution import Execution
from local.glue_runtime.pool import Worker, WorkerPool, remove_leftovers
from local.glue_runtime.run_api import RunApi, ServerAway, TakenRun
from local.java import java_home

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

POLL_SECONDS = 2.0

_log = logging.getLogger(__name__)


class GlueRuntime:
    """`start` returns at once; the first spare worker is then warming up. `stop` ends everything that runs."""

    def __init__(
        self,
        endpoint: str,
        region: str,
        state_dir: Path,
        attached: threading.Event,
        *,
        spares: int = 1,
        driver_memory: str = "2g",
    ) -> None:
        """`attached`: until it is set the server is not asked for runs; workers start without it."""
        cloud = WorkerSetup(endpoint, region, java_home(), tuple(jars.ensure()), driver_memory=driver_memory)
        self._logs = Path(state_dir).resolve() / "logs" / "glue"
        self._workers = Path(state_dir).resolve() / "glue" / "workers"
        self._api = RunApi(endpoint)
        self._endpoint, self._region = endpoint, region
        self._attached = attached
        self._pool = WorkerPool(cloud, self._workers, spares)
        self._active: dict[threading.Thread, Worker] = {}
        self._stopped = threading.Event()
        self._loop = threading.Thread(target=self._take_runs, name="glue-runtime", daemon=True)

    def start(self) -> None:
        remove_leftovers(self._workers)
        self._loop.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._loop.is_alive():
            self._loop.join()

    def _take_runs(self) -> None:
        """All workers are started here: they end with the thread that started them."""
        try:
            self._pool.refill()
            self._attached.wait()
            while not self._stopped.is_set():
                self._take_one()
        finally:
            self._pool.close()
            self._end_active()

    def _end_active(self) -> None:
        """Each execution sees that its worker is lost, reports that, and cleans up."""
        for thread, worker in self._active.items():
            worker.kill()
            thread.join(timeout=10)

    def _take_one(self) -> None:
        """Spares start where nothing has run for a whole look: a run's files are published when it has ended."""
        ran = bool(self._active)
        self._active = {thread: worker for thread, worker in self._active.items() if thread.is_alive()}
        if not ran and not self._active:
            self._pool.refill()
        try:
            taken = self._api.next(POLL_SECONDS)
        except ServerAway as error:
            _log.debug("no server: %s", error)
            self._stopped.wait(1)
            return
        if taken:
            self._begin(taken)

    def _begin(self, taken: TakenRun) -> None:
        settings = arguments.spark_settings(arguments.arguments(taken.job, taken.run))
        worker = self._pool.take(settings)
        log = self._logs / f"{taken.run_id}.log"
        thread = threading.Thread(target=self._execute, args=(taken, worker, log), name=taken.run_id, daemon=True)
        self._active[thread] = worker
        thread.start()

    def _execute(self, taken: TakenRun, worker: Worker, log: Path) -> None:
        try:
            ending = Execution(taken, worker, self._api, self._s3(), log).run()
        except ServerAway as error:
            _log.warning("run %s was given up, the server is away: %s", taken.run_id, error)
            return
        _log.info("run %s: %s %s", taken.run_id, ending.state, ending.error or "")

    @cache  # noqa: B019  a runtime lives as long as its process
    def _s3(self) -> S3Client:
        import boto3  # late: the first worker starts before it is needed
        from botocore.config import Config

        config = Config(proxies={}, retries={"mode": "standard", "max_attempts": 3}, s3={"addressing_style": "path"})
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=self._region)
        return session.client("s3", endpoint_url=self._endpoint, config=config)
