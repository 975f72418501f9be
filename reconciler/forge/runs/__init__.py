"""What each command at a forge does, as a sequence of steps."""
