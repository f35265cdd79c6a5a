"""Values only: what a grid is, what is seen of it, what is to be done. No I/O, no clock, no randomness."""
