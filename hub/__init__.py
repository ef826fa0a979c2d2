"""Room 1: the doors and the rules."""
