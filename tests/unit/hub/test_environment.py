"""Names in the environment that look like settings and are none are told."""

from hub.environment import OF_VISION, unread_settings
from hub.settings import Settings
from vision.settings import VisionSettings


def test_a_slip_of_the_pen_is_told_with_what_was_meant() -> None:
    assert unread_settings(["PATH", "TAKT_PORT", "TAKT_TOKEN", "TAKT_INFERENCE_THREADS", "TAKT_PROT"]) == [
        "TAKT_PROT is no setting and is not read; did you mean TAKT_PORT?"
    ]


def test_a_name_that_is_like_none_is_told_too() -> None:
    assert unread_settings(["TAKT_XYZZY"]) == ["TAKT_XYZZY is no setting and is not read"]


def test_the_settings_of_vision_are_those_that_vision_reads() -> None:
    assert VisionSettings.model_fields.keys() - Settings.model_fields.keys() == OF_VISION
