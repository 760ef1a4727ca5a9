"""Answers timed calls of a benchmark: one JSON object per line in, one per line out.

A peer script gives its functions to `serve`. Each takes the call's payload and returns a JSON result. Only the
function's own time is measured, not the transport.
"""

import gc
import json
import platform
import sys
import time


def serve(functions, versions):
    """`versions`: what is compared with, such as {"river": "0.26.1"}."""
    _answer({"ready": {"python": platform.python_version(), **versions}})
    for line in sys.stdin:
        call = json.loads(line)
        try:
            function = functions[call["function"]]
            gc.collect()
            start = time.perf_counter()
            result = function(call["payload"])
            seconds = time.perf_counter() - start
            _answer({"seconds": seconds, "result": result})
        except Exception as error:  # the benchmark decides what a failure means
            _answer({"error": f"{type(error).__name__}: {error}"})


def _answer(message):
    sys.stdout.write(json.dumps(message, allow_nan=False) + "\n")
    sys.stdout.flush()
