"""What the program knows: pure values and functions, with no I/O, clock, randomness, async or logging."""
