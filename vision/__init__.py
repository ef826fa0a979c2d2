"""Room 3: pixels to predictions. Importing it tells OpenCV and FFmpeg their limits, which both read from the environment only."""

import os

_LIMITS = {
    # A JPEG of a few kilobytes may claim to be gigapixels; 33 megapixels are more than any camera on a bench has.
    "OPENCV_IO_MAX_IMAGE_PIXELS": str(2**25),
    # Seconds that a V4L2 camera may take for one picture; the default of 10 would outlast the end of the process.
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "3",
    # What an address may lead to, playlists included; nowhere else by a redirect, for only the address itself is checked. Files are
    # opened by Python, never by FFmpeg. No "nobuffer": it takes the first pictures of a video file, and the rest decodes badly up to
    # the next key frame; what a live stream buffers at its start is read off faster than it comes.
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": "|".join(
        (
            "protocol_whitelist;http,https,tcp,tls,udp,rtp,rtsp,rtsps,srtp,crypto",
            "rtsp_transport;tcp",
            "max_redirects;0",
        )
    ),
    # A camera that is away is a state with a reason, not a page of library output every second.
    "OPENCV_LOG_LEVEL": "SILENT",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
}
for _name, _value in _LIMITS.items():
    os.environ.setdefault(_name, _value)
