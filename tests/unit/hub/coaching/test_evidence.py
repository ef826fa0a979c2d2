from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.coaching.evidence import Evidence, Rule, add, full_after_ns, level_at
from hub.coaching.sighting import Kind
from storage.entities.session import CoachingOptions

KINDS = st.sampled_from(Kind)
RULES = st.one_of(
    st.builds(Rule, decay=st.floats(0, 1)),
    st.just(Rule.of(CoachingOptions(prediction_smoothing_enabled=False))),
)
CONFIDENCES = st.floats(0, 1)
NOT_SEEN = st.sampled_from([Kind.WAITING, Kind.WRONG, Kind.NOT_SURE])
FRAMES = st.lists(st.tuples(KINDS, CONFIDENCES, st.integers(-3_000_000_000, 3_000_000_000)), max_size=40)


@dataclass(frozen=True)
class Part:
    """A stretch of a scene: what it shows for how many milliseconds."""

    kind: Kind
    confidence: float
    ms: int


def done_at_s(scene: list[Part], frames_per_second: int, rule: Rule) -> float:
    """When evidence is full, in seconds of the scene, watched at a frame rate; the last part lasts for ever."""
    evidence = Evidence()
    for number in range(60 * frames_per_second):
        at_ns = number * 1_000_000_000 // frames_per_second
        part = shown(scene, at_ns)
        evidence = add(evidence, rule, part.kind, part.confidence, at_ns)
        after_ns = full_after_ns(evidence, rule)
        if after_ns is not None and after_ns < 1_000_000_000 // frames_per_second:
            return (at_ns + after_ns) / 1e9
    raise AssertionError("never done")


def shown(scene: list[Part], at_ns: int) -> Part:
    for part in scene[:-1]:
        if at_ns < part.ms * 1_000_000:
            return part
        at_ns -= part.ms * 1_000_000
    return scene[-1]


def after(frames: list[tuple[Kind, float, int]], rule: Rule) -> Evidence:
    evidence, at_ns = Evidence(), 10_000_000_000
    for kind, confidence, gap_ns in frames:
        at_ns += gap_ns
        evidence = add(evidence, rule, kind, confidence, at_ns)
    return evidence


@given(
    before=st.lists(st.builds(Part, NOT_SEEN, CONFIDENCES, st.integers(50, 2000)), max_size=4),
    confidence=st.floats(0.6, 1),
    rule=RULES,
)
@example(before=[], confidence=1.0, rule=Rule())
def test_the_same_scene_is_done_within_100_ms_at_5_10_and_30_frames_a_second(before: list[Part], confidence: float, rule: Rule) -> None:
    scene = [*before, Part(Kind.SEEN, confidence, 0)]
    times = [done_at_s(scene, rate, rule) for rate in (5, 10, 30)]
    assert max(times) - min(times) <= 0.1


@given(seen_ms=st.sampled_from([200, 400, 600]), hands_ms=st.sampled_from([200, 600, 1400]), confidence=st.floats(0.6, 1))
def test_hands_in_between_delay_every_frame_rate_by_the_same(seen_ms: int, hands_ms: int, confidence: float) -> None:
    scene = [
        Part(Kind.WAITING, 1, 1000),
        Part(Kind.SEEN, confidence, seen_ms),
        Part(Kind.HANDS, 1, hands_ms),
        Part(Kind.SEEN, confidence, 0),
    ]
    times = [done_at_s(scene, rate, Rule()) for rate in (5, 10, 30)]
    assert max(times) - min(times) <= 0.1
    assert min(times) >= 1.8 + hands_ms / 1000


@pytest.mark.parametrize("frames_per_second", [5, 10, 15, 30, 60])
def test_about_one_second_of_clean_sight_is_enough(frames_per_second: int) -> None:
    scene = [Part(Kind.WAITING, 1, 1000), Part(Kind.SEEN, 0.97, 0)]
    assert 0.9 <= done_at_s(scene, frames_per_second, Rule()) - 1.0 <= 1.15


@given(
    frames=st.lists(st.tuples(st.sampled_from([Kind.WAITING, Kind.WRONG, Kind.NOT_SURE, Kind.HANDS]), CONFIDENCES, st.integers(1, 10**10))),
    rule=RULES,
)
def test_one_frame_never_finishes_a_step(frames: list[tuple[Kind, float, int]], rule: Rule) -> None:
    evidence = after([*frames, (Kind.SEEN, 1.0, 10**10)], rule)
    assert full_after_ns(evidence, rule) is None


@given(frames=FRAMES, rule=RULES)
def test_evidence_stays_between_0_and_1_whatever_comes(frames: list[tuple[Kind, float, int]], rule: Rule) -> None:
    evidence = after(frames, rule)
    assert 0 <= evidence.level <= 1
    assert 0 <= level_at(evidence, rule, 10**9) <= 1


@given(frames=FRAMES, rule=RULES, gaps=st.lists(st.integers(1, 10**9), min_size=1, max_size=20))
def test_hands_neither_add_nor_take_away(frames: list[tuple[Kind, float, int]], rule: Rule, gaps: list[int]) -> None:
    covered = add(after(frames, rule), rule, Kind.HANDS, 1.0, 10**12)
    level, at_ns = covered.level, 10**12
    for gap in gaps:
        at_ns += gap
        covered = add(covered, rule, Kind.HANDS, 1.0, at_ns)
        assert covered.level == level


@given(frames=FRAMES, rule=RULES, gap=st.integers(1, 10**9), kind=NOT_SEEN)
def test_what_contradicts_never_adds(frames: list[tuple[Kind, float, int]], rule: Rule, gap: int, kind: Kind) -> None:
    first = add(after(frames, rule), rule, kind, 1.0, 10**12)
    assert add(first, rule, kind, 1.0, 10**12 + gap).level <= first.level


@given(frames=FRAMES, rule=RULES, gap=st.integers(1, 10**9), low=CONFIDENCES, high=CONFIDENCES)
def test_more_confidence_never_gives_less_evidence(
    frames: list[tuple[Kind, float, int]], rule: Rule, gap: int, low: float, high: float
) -> None:
    low, high = sorted((low, high))
    before = add(after(frames, rule), rule, Kind.SEEN, 0.5, 10**12)
    less, more = (add(before, rule, Kind.SEEN, confidence, 10**12 + gap) for confidence in (low, high))
    assert before.level <= less.level <= more.level


@given(frames=FRAMES, rule=RULES, back_ns=st.integers(0, 10**9), kind=KINDS)
def test_a_repeated_or_late_frame_changes_nothing(frames: list[tuple[Kind, float, int]], rule: Rule, back_ns: int, kind: Kind) -> None:
    evidence = add(after(frames, rule), rule, Kind.SEEN, 0.9, 10**12)
    assert add(evidence, rule, kind, 1.0, 10**12 - back_ns) is evidence


def test_a_clock_that_was_set_back_does_not_stop_the_counting() -> None:
    evidence = add(Evidence(), Rule(), Kind.SEEN, 1.0, 10**12)
    for number in range(1, 60):
        evidence = add(evidence, Rule(), Kind.SEEN, 1.0, 10**11 + number * 33_000_000)
    assert full_after_ns(evidence, Rule()) == 0


def test_a_camera_that_was_away_proves_nothing_by_its_absence() -> None:
    evidence = Evidence()
    for number in range(3):
        evidence = add(evidence, Rule(), Kind.SEEN, 1.0, number * 60_000_000_000)
    assert evidence.level < 0.7
    assert full_after_ns(evidence, Rule()) is None


def test_a_contradiction_of_100_ms_leaves_what_the_option_says() -> None:
    rule = Rule(decay=0.75)
    evidence = Evidence(level=0.8, frames=20, kind=Kind.WRONG, captured_at_ns=0)
    assert add(evidence, rule, Kind.WRONG, 1.0, 100_000_000).level == pytest.approx(0.6)


def test_without_smoothing_one_contradicting_frame_clears_the_evidence() -> None:
    rule = Rule.of(CoachingOptions(prediction_smoothing_enabled=False))
    evidence = Evidence(level=0.9, frames=20, kind=Kind.SEEN, confidence=1.0, captured_at_ns=0)
    cleared = add(evidence, rule, Kind.NOT_SURE, 1.0, 33_000_000)
    assert (cleared.level, cleared.frames) == (0.0, 0)


def test_between_two_frames_a_wrong_one_stops_a_step_that_was_about_to_be_done() -> None:
    evidence = Evidence(level=0.95, frames=20, kind=Kind.SEEN, confidence=1.0, captured_at_ns=0, gap_ns=66_000_000)
    assert full_after_ns(evidence, Rule()) == 50_000_000
    contradicted = add(evidence, Rule(), Kind.WRONG, 1.0, 40_000_000)
    assert full_after_ns(contradicted, Rule()) is None
