"""The planner and the power states that steer the real grid, on a virtual clock over a workload's trace."""
