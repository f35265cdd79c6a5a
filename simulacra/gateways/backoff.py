"""How long to wait before trying again: tenacity's exponential waits with jitter."""

from __future__ import annotations

from tenacity import RetryCallState, Retrying, wait_exponential_jitter

FIRST_S, LONGEST_S, JITTER_S = 2.0, 30.0, 1.0
_WAIT = wait_exponential_jitter(multiplier=FIRST_S, max=LONGEST_S, jitter=JITTER_S)


def backoff(attempt: int) -> float:
    """Seconds until the next try once ``attempt`` were made (1, 2, …): doubled each time, a little at random on top."""
    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = attempt
    return _WAIT(state)


def mean_backoff(attempt: int) -> float:
    """The same with the mean of what is random in it, for whom the same seed must give the same outcome."""
    return min(LONGEST_S, FIRST_S * 2.0 ** (attempt - 1)) + JITTER_S / 2
