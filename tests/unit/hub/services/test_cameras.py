"""What may stand as a camera, and what of it is shown."""

import pytest

from hub.errors import Invalid
from hub.services.cameras import check_camera, mask_camera


@pytest.mark.parametrize(
    "camera",
    [
        "",
        "file:///etc/passwd",
        "concat:/a|/b",
        "subfile:,,start,0:/etc/passwd",
        "data:image/png;base64,AAAA",
        "pipe:0",
        "rtsp://",
        "http://169.254.169.254/latest",
        "rtsp://0.0.0.0/x",
        "http://[::",
        "/etc",
        "../cameras",
        "relative/folder",
        "-1",
        "rtsp://camera/a b",
    ],
)
def test_what_is_no_camera_is_refused_with_what_is_allowed(camera: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_camera(camera, ())
    assert refused.value.field == "camera"


@pytest.mark.parametrize("camera", ["0", "/dev/video2", "rtsp://cam.local/1", "rtsps://10.1.2.3:8554/x", "http://cam/mjpeg", "push"])
def test_what_is_a_camera_is_taken_as_it_is(camera: str) -> None:
    assert check_camera(camera, ()) == camera


@pytest.mark.parametrize(
    ("camera", "shown"),
    [
        ("rtsp://user:secret@cam:8554/1?a=b", "rtsp://***@cam:8554/1?a=b"),
        ("rtsp://us@er:se@cret@cam/1", "rtsp://***@cam/1"),
        ("http://cam/1", "http://cam/1"),
        ("0", "0"),
        ("push", "push"),
    ],
)
def test_credentials_are_masked_and_nothing_else(camera: str, shown: str) -> None:
    assert mask_camera(camera) == shown
