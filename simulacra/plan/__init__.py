"""Grid and snapshot to a plan: which machines to wake, which may sleep, what waits and why. Pure and deterministic."""
