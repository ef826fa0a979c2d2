"""The heart: from what the camera sees to a step that is done. Pure: no clock, no I/O; time is an argument."""
