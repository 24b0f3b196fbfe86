"""BookMyShow, and the demo cinema that has its shape: one adapter for both, told apart by the base address only."""
