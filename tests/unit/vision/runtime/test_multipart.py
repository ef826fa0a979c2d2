"""Pictures are cut out of a camera's stream whole, however the network splits it, and nothing without end is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.sources.multipart import NoMultipart, Parts

bodies = st.lists(st.binary(min_size=1, max_size=80).filter(lambda body: b"--edge" not in body and not body.endswith(b"\r")), max_size=6)


def stream(pictures: list[bytes], with_length: bool) -> bytes:
    length = [b"Content-Length: %d\r\n" % len(picture) if with_length else b"" for picture in pictures]
    parts = [b"--edge\r\nContent-Type: image/jpeg\r\n" + said + b"\r\n" + body for said, body in zip(length, pictures, strict=True)]
    return b"preamble\r\n" + b"\r\n".join([*parts, b"--edge--\r\n"])


@given(bodies, st.booleans(), st.lists(st.integers(1, 30), min_size=1, max_size=200))
def test_any_split_gives_the_same_pictures(pictures: list[bytes], with_length: bool, sizes: list[int]) -> None:
    parts, came, at = Parts("edge"), stream(pictures, with_length), 0
    taken: list[bytes] = []
    for size in [*sizes, len(came)]:
        parts.feed(came[at : at + size])
        at += size
        while (picture := parts.take()) is not None:
            taken.append(picture if with_length else picture.removesuffix(b"\r"))
    assert taken == pictures


@pytest.mark.parametrize("boundary", ["edge", "--edge", '"edge"', '"--edge"'])
def test_a_boundary_may_be_quoted_or_have_its_dashes_already(boundary: str) -> None:
    parts = Parts(boundary)
    parts.feed(stream([b"one"], with_length=True))
    assert parts.take() == b"one"


@pytest.mark.parametrize(
    ("begins", "goes_on", "reason"),
    [
        (b"", b"x" * 65_536, "not divided"),
        (b"--edge\r\n", b"X-A: b\r\n" * 1000, "headers"),
        (b"--edge\r\n\r\n", b"x" * 2**20, "no end"),
        (b"--edge\r\nContent-Length: 99999999999\r\n\r\n", b"", "larger"),
        (b"--edge\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"", "larger"),
    ],
)
def test_what_has_no_end_is_refused(begins: bytes, goes_on: bytes, reason: str) -> None:
    parts = Parts("edge")
    parts.feed(begins)

    def swallow() -> None:
        for _ in range(64):
            assert parts.take() is None
            parts.feed(goes_on)

    with pytest.raises(NoMultipart, match=reason):
        swallow()
