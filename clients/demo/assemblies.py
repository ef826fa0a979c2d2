"""What is built on each background: the parts, where they belong, and what is shown wrongly in their place."""

from dataclasses import dataclass

from clients.demo.layers import Pose


@dataclass(frozen=True, slots=True)
class Part:
    """One step: a cut-out at its place. `wrong` are cut-outs (name, scale) that are never taught."""

    cutout: str
    scale: float
    pose: Pose
    wrong: tuple[tuple[str, float], ...]
    name: str = ""
    instruction: str = ""
    benchmark_s: float = 7.0


@dataclass(frozen=True, slots=True)
class Kit:
    """An assembly: its parts in the order of its steps."""

    name: str
    title: str
    parts: tuple[Part, ...]


BENCH = Kit(
    "bench",
    "Motorcycle kit",
    (
        Part(
            *("engine", 1.05, Pose(330, 322), (("seat", 0.8), ("cup", 0.5))),
            *("Lay the engine", "Lay the engine block in the middle of the bench, cover to the left.", 7.0),
        ),
        Part(
            *("tank", 1.05, Pose(300, 178), (("fender", 1.35), ("seat", 0.85))),
            *("Set the fuel tank", "Set the red fuel tank above the engine, its tip to the left.", 7.0),
        ),
        Part(
            *("wheel", 1.15, Pose(128, 300), (("cover", 2.0), ("cup", 0.5))),
            *("Place the rear wheel", "Place the rear wheel left of the engine, the strut up and to the right.", 8.0),
        ),
        Part(
            *("headlight", 1.65, Pose(518, 268), (("owl", 1.7), ("cup", 0.42))),
            *("Add the headlight", "Add the headlight right of the engine, its lens to the right.", 6.0),
        ),
    ),
)

# Coins in the tray are as large as their hollows: the tray is the coin photograph, enlarged alike.
_TRAY = 5 / 3

TRAY = Kit(
    "coins",
    "Coin tray",
    (
        Part("eagle", _TRAY, Pose(557, 70), (("crown", 2.0), ("profile", 2.0))),
        Part("drachma", _TRAY, Pose(75, 418), (("profile", 1.9), ("patch", 1.3))),
        Part("portrait", _TRAY, Pose(578, 298), (("helmsman", 2.1), ("cover", 1.6))),
        Part("owl", _TRAY, Pose(285, 422), (("crown", 1.9), ("consul", 2.0))),
    ),
)

GARAGE = Kit(
    "garage",
    "Garage",
    (
        Part("carton", 1.9, Pose(70, 425, -3), (("cup", 0.36), ("badge", 1.6))),
        Part("badge", 1.7, Pose(206, 78, -4), (("patch", 1.0), ("carton", 1.6))),
        Part("cup", 0.36, Pose(330, 425), (("patch", 1.1), ("eagle", 1.5))),
        Part("box", 1.1, Pose(585, 428, 4), (("carton", 1.7), ("badge", 1.6))),
    ),
)

TABLE = Kit(
    "table",
    "Coffee table",
    (
        Part("patch", 1.05, Pose(575, 60, 8), (("eagle", 1.35), ("headlight", 1.2))),
        Part("headlight", 1.5, Pose(590, 380), (("cover", 1.5), ("patch", 1.1))),
        Part("portrait", 1.6, Pose(60, 215, 20), (("drachma", 1.6), ("indicator", 3.0))),
        Part("tank", 0.75, Pose(80, 420, -20), (("fender", 0.9), ("seat", 0.55))),
    ),
)

STONES = Kit(
    "gravel",
    "Stone tray",
    (
        Part("shuttle", 0.8, Pose(150, 150, -20), (("spoon", 1.1), ("tank", 0.8))),
        Part("cover", 1.9, Pose(430, 130), (("wheel", 0.95), ("eagle", 1.8))),
        Part("spoon", 1.15, Pose(330, 340, 30), (("shuttle", 0.6), ("indicator", 3.2))),
        Part("box", 1.3, Pose(540, 350, 6), (("carton", 1.7), ("badge", 1.6))),
    ),
)

FLOOR = Kit(
    "brick",
    "Paved floor",
    (
        Part("fender", 1.25, Pose(140, 120, 10), (("tank", 0.85), ("seat", 0.6))),
        Part("engine", 0.8, Pose(320, 250), (("cup", 0.4), ("wheel", 1.0))),
        Part("patch", 1.2, Pose(520, 130, -12), (("cover", 1.5), ("drachma", 1.6))),
        Part("seat", 0.75, Pose(480, 390, 5), (("fender", 1.2), ("tank", 0.9))),
    ),
)

KITS: dict[str, Kit] = {kit.name: kit for kit in (BENCH, TRAY, GARAGE, TABLE, STONES, FLOOR)}
