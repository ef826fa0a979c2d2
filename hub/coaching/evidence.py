"""The decayed belief that a step is done. It is counted in time of capture, never in frames."""

import math
from dataclasses import dataclass

from hub.coaching.sighting import Kind
from storage.entities.session import CoachingOptions

# Evidence is full after the equivalent of this much clean sight (vision.md: "about one second").
NEEDED_S = 1.0
# Without smoothing evidence keeps no memory of what contradicts it, so less of it is asked for. Still more than what one
# frame can speak for (GAP_MOST_NS + GAP_MOST_NS / 2).
NEEDED_UNSMOOTHED_S = 0.5
# A frame speaks for at most this long: a camera that stops proves nothing. Frames of a camera at 4 frames/s and more are
# whole; a slower one needs longer in proportion.
GAP_MOST_NS = 250_000_000
# A frame that is older than the newest by more than this comes from a clock that was set back, not from a repetition.
CLOCK_SET_BACK_NS = 1_000_000_000
# Belief below this is none: its frames stop to count.
NOTHING = 0.02
FRAMES_LEAST = 2
DECAY_UNIT_S = 0.1


@dataclass(frozen=True, slots=True)
class Rule:
    """How evidence is weighed: seconds of clean sight needed, and what is left of it after 100 ms of contradiction (0..1)."""

    needed_s: float = NEEDED_S
    decay: float = 0.75

    @classmethod
    def of(cls, options: CoachingOptions) -> "Rule":
        """The rule of a session. Smoothing switched off: one contradicting frame clears all, half a second of unbroken sight is enough."""
        if not options.prediction_smoothing_enabled:
            return cls(NEEDED_UNSMOOTHED_S, 0.0)
        return cls(NEEDED_S, options.prediction_smoothing_default)


@dataclass(frozen=True, slots=True)
class Evidence:
    """`level` 0..1 after the newest frame; `frames` that showed the step done since it was last 0; the newest frame itself."""

    level: float = 0.0
    frames: int = 0
    kind: Kind = Kind.WAITING
    confidence: float = 0.0
    captured_at_ns: int | None = None
    gap_ns: int = 0
    """Time between the newest two frames, at most GAP_MOST_NS."""


def add(evidence: Evidence, rule: Rule, kind: Kind, confidence: float, captured_at_ns: int) -> Evidence:
    """Evidence after one more frame.

    A frame speaks for the half gap before it and, until the next one arrives, for the time after it: so the same scene
    gives the same evidence at any frame rate. Seen adds with its confidence, hands neither add nor decay, all else decays.
    A repeated or late frame changes nothing.
    """
    last_ns = evidence.captured_at_ns
    gap_ns = 0 if last_ns is None else captured_at_ns - last_ns
    if last_ns is not None and -CLOCK_SET_BACK_NS <= gap_ns <= 0:
        return evidence
    gap_ns = min(max(gap_ns, 0), GAP_MOST_NS)
    half_s = gap_ns / 2e9
    level = _after(evidence.level, rule, evidence.kind, evidence.confidence, half_s)
    level = _after(level, rule, kind, confidence, half_s)
    frames = evidence.frames + (kind is Kind.SEEN)
    if level < NOTHING and kind not in (Kind.SEEN, Kind.HANDS):
        level, frames = 0.0, 0
    return Evidence(level, frames, kind, confidence, captured_at_ns, gap_ns)


def full_after_ns(evidence: Evidence, rule: Rule) -> int | None:
    """How long after the newest frame's capture evidence is full: 0 = it is; None = not before another frame.

    The newest frame is believed for as long as the next one usually takes, so that a slow camera is not later than a fast one.
    """
    if evidence.frames < FRAMES_LEAST or evidence.kind is not Kind.SEEN:
        return None
    missing_ns = round((1.0 - evidence.level) * rule.needed_s / max(evidence.confidence, 1e-6) * 1e9)
    if missing_ns <= 0:
        return 0
    return missing_ns if missing_ns <= evidence.gap_ns else None


def level_at(evidence: Evidence, rule: Rule, after_ns: int) -> float:
    """Evidence 0..1 as it may be shown `after_ns` after the newest frame's capture."""
    if evidence.kind is not Kind.SEEN:
        return evidence.level
    return _after(evidence.level, rule, evidence.kind, evidence.confidence, min(after_ns, evidence.gap_ns) / 1e9)


def _after(level: float, rule: Rule, kind: Kind, confidence: float, seconds: float) -> float:
    if seconds <= 0 or kind is Kind.HANDS:
        return level
    if kind is Kind.SEEN:
        return min(1.0, level + confidence * seconds / rule.needed_s)
    return level * math.pow(rule.decay, seconds / DECAY_UNIT_S)
