"""Small practice scenes for learning tests: a real photograph, a real part pasted on it, light, camera, noise and drawn hands.

They are other scenes and parts than those that are measured (only the printed page occurs in both), so that what is tuned here is
not tuned on those.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from clients.demo.photographs import photograph

WIDTH, HEIGHT = 640, 480
STATES = ("start", "correct", "occluded", "other", "shifted", "tilted", "turned")
LIGHTS: dict[str, dict[str, float]] = {
    "same": {"gain": 0.04, "gamma": 0.03, "slope": 0.06, "colour": 0.02, "shift": 1.0, "turn": 0.1, "noise": 2.5},
    "moderate": {"gain": 0.2, "gamma": 0.1, "slope": 0.2, "colour": 0.06, "shift": 4.0, "turn": 0.4, "noise": 3.5},
    "hard": {"gain": 0.45, "gamma": 0.2, "slope": 0.36, "colour": 0.1, "shift": 10.0, "turn": 1.2, "noise": 5.0},
}
Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Part:
    """A piece of a photograph: its rectangle there (x, y, width, height), round or square, and its width in the picture."""

    photo: str
    box: tuple[int, int, int, int]
    round: bool
    width: int


LOGO = Part("logo.png", (10, 10, 480, 480), True, 100)
RETINA = Part("retina.jpg", (10, 5, 1390, 1390), True, 100)
WHEEL = Part("color.png", (3, 3, 364, 364), True, 96)
PAGE = Part("page.png", (0, 0, 384, 150), False, 150)
TEXT = Part("text.png", (0, 0, 448, 172), False, 150)
EYE = Part("chelsea.png", (120, 60, 110, 100), False, 90)
CRATER = Part("moon.png", (300, 70, 110, 110), True, 90)
CAMERAMAN = Part("camera.png", (180, 60, 150, 150), False, 80)


@dataclass(frozen=True)
class PracticeScene:
    """A background, where the part belongs, and what may lie there instead."""

    name: str
    ground: str
    part: Part
    x: float
    y: float
    others: tuple[Part, ...]

    def render(self, state: str, seed: int, light: str = "moderate", frame: int = 0, width: int = WIDTH) -> Image:
        """One picture of a session (`seed`); `frame` moves the hands and the noise."""
        session, moment = np.random.default_rng((seed, 1)), np.random.default_rng((seed, frame, 2))
        seat = np.random.default_rng((seed, STATES.index(state), 3))
        picture = _ground(self.ground).astype(np.float32)
        if state != "start" and (state != "occluded" or seat.random() < 0.5):
            self._lay(picture, state, seat, moment)
        if state == "occluded":
            _hand(picture, self.x, self.y, session, moment)
        taken = _photographed(picture, LIGHTS[light], session, moment)
        return taken if width == WIDTH else cv2.resize(taken, (width, HEIGHT * width // WIDTH)).astype(np.uint8)

    def recording(self, state: str, seed: int, frames: int, light: str = "same", width: int = WIDTH) -> list[Image]:
        """A session's pictures of one state."""
        return [self.render(state, seed, light, frame, width) for frame in range(frames)]

    def _lay(self, picture: NDArray[np.float32], state: str, seat: Any, moment: Any) -> None:
        away = seat.uniform(12, 28) if state == "shifted" else 0.0
        angle = seat.uniform(0, 2 * np.pi)
        turn = {"tilted": seat.choice([-1, 1]) * seat.uniform(12, 30), "turned": seat.choice([90.0, 180.0, 270.0])}.get(state, 0.0)
        dx, dy = seat.uniform(-1.5, 1.5, 2) + moment.uniform(-0.3, 0.3, 2)
        part = self.others[int(seat.integers(len(self.others)))] if state == "other" else self.part
        place = (self.x + dx + away * np.cos(angle), self.y + dy + away * np.sin(angle), turn + seat.uniform(-1, 1))
        _paste(picture, *_sprite(part), *place)


def _shape(part: Part) -> Image:
    high = round(part.width * part.box[3] / part.box[2])
    mask = np.zeros((high + 8, part.width + 8), np.uint8)
    if part.round:
        cv2.ellipse(mask, (part.width // 2 + 4, high // 2 + 4), (part.width // 2 - 1, high // 2 - 1), 0, 0, 360, 255, -1, cv2.LINE_AA)
    else:
        mask[4:-4, 4:-4] = 255
    return mask


@cache
def _sprite(part: Part) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    x, y, width, height = part.box
    mask = _shape(part)
    piece = cv2.resize(photograph(part.photo)[y : y + height, x : x + width], mask.shape[::-1], interpolation=cv2.INTER_AREA)
    return piece.astype(np.float32), cv2.GaussianBlur(mask, (3, 3), 0).astype(np.float32) / 255


@cache
def _ground(name: str) -> Image:
    photo = photograph(name)
    scale = max(WIDTH / photo.shape[1], HEIGHT / photo.shape[0])
    return cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)[:HEIGHT, :WIDTH].astype(np.uint8)


def _paste(picture: NDArray[np.float32], piece: Any, alpha: Any, x: float, y: float, turn: float) -> None:
    high, wide = alpha.shape
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), turn, 1.0)
    matrix[:, 2] += [x - wide / 2, y - high / 2]
    laid = cv2.warpAffine(piece, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
    where = cv2.warpAffine(alpha, matrix, (WIDTH, HEIGHT))
    shadow = cv2.GaussianBlur(np.roll(where, (5, 3), (0, 1)), (0, 0), 4)[..., None]
    picture *= 1 - 0.35 * shadow
    picture += (laid - picture) * where[..., None]


def _hand(picture: NDArray[np.float32], x: float, y: float, session: Any, moment: Any) -> None:
    skin = np.array([(150, 180, 228), (110, 145, 200), (60, 85, 130)][int(session.integers(3))], np.float32)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    px, py = x + moment.uniform(-20, 20), y + moment.uniform(-15, 25)
    lean = moment.uniform(-0.5, 0.5)
    for finger in range(4):
        begin = (px - 30 + 20 * finger, py)
        end = (begin[0] + 80 * np.sin(lean), begin[1] - 80 * np.cos(lean) * (0.8 + 0.1 * finger))
        cv2.line(mask, (int(begin[0]), int(begin[1])), (int(end[0]), int(end[1])), 255, 19, cv2.LINE_AA)
    cv2.line(mask, (int(px), int(py + 30)), (int(px + 60 * lean), HEIGHT + 60), 255, 80, cv2.LINE_AA)
    alpha = cv2.GaussianBlur(mask, (0, 0), 1.2).astype(np.float32)[..., None] / 255
    round_light = cv2.GaussianBlur(alpha, (0, 0), 9)[..., None]
    picture += (skin * (0.45 + 0.6 * round_light) - picture) * alpha


def _photographed(picture: NDArray[np.float32], span: dict[str, float], session: Any, moment: Any) -> Image:
    """The session's light and camera, the moment's noise, and JPEG, as recordings are kept."""
    away, angle = span["shift"] * np.sqrt(session.random()), session.uniform(0, 2 * np.pi)
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), session.uniform(-span["turn"], span["turn"]), 1.0)
    matrix[:, 2] += [away * np.cos(angle), away * np.sin(angle)]
    picture = cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j].astype(np.float32)
    direction, slope = session.uniform(0, 2 * np.pi), session.uniform(0, span["slope"])
    field = (1 + slope * (np.cos(direction) * x + np.sin(direction) * y)) * np.exp(session.uniform(-span["gain"], span["gain"]))
    colour = np.exp(session.uniform(-span["colour"], span["colour"], 3))
    gamma = np.exp(session.uniform(-span["gamma"], span["gamma"]))
    lit = 255 * (np.clip(picture, 0, 255) / 255) ** gamma * field[..., None] * colour
    lit = lit + moment.standard_normal((HEIGHT, WIDTH, 3), np.float32) * session.uniform(0.5, 1) * span["noise"]
    coded = cv2.imencode(".jpg", np.clip(lit, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 88])[1]
    return cv2.imdecode(coded, cv2.IMREAD_COLOR).astype(np.uint8)


PRACTICE = {
    scene.name: scene
    for scene in (
        PracticeScene("tissue", "ihc.png", LOGO, 400, 210, (RETINA, WHEEL)),
        PracticeScene("field", "camera.png", PAGE, 180, 130, (TEXT, EYE)),
        PracticeScene("lawn", "grass.png", EYE, 330, 260, (CRATER, CAMERAMAN)),
        PracticeScene("cat", "chelsea.png", TEXT, 470, 380, (PAGE, WHEEL)),
        PracticeScene("moon", "moon.png", RETINA, 250, 170, (WHEEL, LOGO)),
        PracticeScene("night", "rocket.jpg", CAMERAMAN, 160, 300, (EYE, CRATER)),
        PracticeScene("stars", "hubble_deep_field.jpg", CRATER, 420, 330, (RETINA, CAMERAMAN)),
    )
}
