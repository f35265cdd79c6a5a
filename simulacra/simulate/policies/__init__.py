"""Who switches the simulated machines, one policy a module."""
