"""The lab's devices: what stands for the grid's peripherals, on the LANs of their zones."""
