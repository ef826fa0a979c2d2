"""Downtime seen by a camera: pictures in, facts out. `watch.RegionWatch` and `scene.Scene` are its doors; nothing here knows storage."""
