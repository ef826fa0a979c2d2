"""Periodic work, in a process of its own: retention, health, heartbeats."""
