"""Keys of devices and of the apps on them."""

from storage.keys.base import tenant_key as _key


def open_device_apps(organisation: str) -> str:
    """Set of the ids of apps whose last run of beats goes on."""
    return _key(organisation, "open-device-apps")
