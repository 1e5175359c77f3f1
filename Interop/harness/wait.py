"""Waiting with a limit: the only loop of its kind in the suite."""

import time


def until(condition, timeout: float, what: str, every: float = 0.05):
    """Calls `condition` until it gives something true, and returns that."""
    end = time.monotonic() + timeout
    while not (result := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {timeout} s")
        time.sleep(every)
    return result
