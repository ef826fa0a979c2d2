"""How properties are tested: by their examples, not by how long a busy machine takes for one."""

from hypothesis import HealthCheck, settings

settings.register_profile("takt", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("takt")
