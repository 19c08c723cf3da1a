"""The first lines that run in a function's process: ends with the runtime, then hands over to AWS's interface client.

Started by path with -S, so it can import nothing but the standard library and the image. The runtime holds the other
end of our standard input: when it dies, however that happens, the read below returns and this process ends.
"""

import os
import runpy
import signal
import sys
import threading


def _end_with_runtime(lifeline: int) -> None:
    os.read(lifeline, 1)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    lifeline = os.dup(0)
    os.set_inheritable(lifeline, False)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    threading.Thread(target=_end_with_runtime, args=(lifeline,), daemon=True).start()
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    sys.argv = ["awslambdaric", os.environ["_HANDLER"]]
    runpy.run_module("awslambdaric", run_name="__main__")


if __name__ == "__main__":
    main()
