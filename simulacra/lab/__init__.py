"""A whole grid on one machine: a network namespace for each machine, a real overlay, real Nomad agents."""
