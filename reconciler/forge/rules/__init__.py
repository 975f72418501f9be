"""What is written at a forge, and what counts there: rules over values. PURE."""
