"""An address as people are shown it."""

import pytest

from storage.addresses import Address


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://store:6379/0", "redis://store:6379/0"),
        ("rediss://takt:se%40cret@store/0?ssl_ca_certs=/ca.pem", "rediss://takt:***@store/0?ssl_ca_certs=/ca.pem"),
        ("redis://store?password=secret&db=1", "redis://store?password=***&db=1"),
        ("rediss://store?ssl_password=secret", "rediss://store?ssl_password=***"),
        ("redis+sentinel://:secret@one:26379,two:26379/takt", "redis+sentinel://:***@one:26379,two:26379/takt"),
        ("redis+cluster://one:1,two:2", "redis+cluster://one:1,two:2"),
        ("unix:///run/takt/redis.sock", "unix:///run/takt/redis.sock"),
    ],
)
def test_no_password_is_shown(url: str, shown: str) -> None:
    assert Address(url).shown == shown
