"""Chaos in a lab: faults by a seed, work that counts its own loss, and what must hold all the same."""
