"""When a stop begins and ends, from what was seen at each moment: pure, its only clock is the time of the looks.

A run of activity is looks with activity that follow one another within a moment. A run that lasts counts, a flash does not. Nothing seen
for `idle_after` is a stop, from the end of the last run on; a run that lasts `resume_after` ends it, where that run began.

A camera that was away tells nothing of the time between. No stop begins in it: the idle time starts anew when the camera is back.
An open stop goes on when the region still stands then; if activity comes at once, it ended with the last look before. So it is
after a restart, and after more than LONGEST_GAP_MS the stop ends with its last look in any case. A clock that is set back ends it
with its last look too: times before its start would make no sense of it.
"""

from vision.activity.stops import Change, OpenStop, Reason, StopChange

GAP_MS = 3000
"""Looks farther apart than this leave a gap."""
LONGEST_GAP_MS = 15 * 60_000
"""Nobody vouches for a machine that was not seen for longer."""
SET_BACK_MS = 10_000
"""A look so much older than the last one is no late one: the clock was set back."""
_HANGS_TOGETHER_MS = 1000
"""Looks with activity that are no farther apart are one run."""
_FLASH_MS = 400
"""A run shorter than this does not count: a light that is switched on, a spark."""
_TOLD_EVERY_MS = 1000


class IdleClock:
    """Follows one region. Times are ms UTC; they rise from look to look, unless the clock is set back.

    Raises ValueError for an idle or resume time that is not above zero.
    """

    def __init__(self, idle_after_ms: int, resume_after_ms: int, stop: OpenStop | None = None) -> None:
        if idle_after_ms <= 0 or resume_after_ms <= 0:
            raise ValueError("Idle and resume times are above zero.")
        self._idle_after_ms, self._resume_after_ms = idle_after_ms, resume_after_ms
        self._last_ms: int | None = None
        self._idle_since_ms = 0
        self._run: tuple[int, int] | None = None
        self._spent = dict.fromkeys(Reason, 0)
        self._spent_at_run = dict(self._spent)
        self._after_gap: tuple[int, dict[Reason, int], int] | None = None
        self._told_ms = 0
        self.stopped = stop is not None
        if stop is not None:
            self._restore(stop)

    def _restore(self, stop: OpenStop) -> None:
        self._idle_since_ms = stop.detected_at_ms
        self._last_ms = max(stop.last_ms, stop.detected_at_ms)
        left_ms = self._last_ms - stop.detected_at_ms
        for reason in Reason:
            self._spent[reason] = min(left_ms, max(0, round(1000 * stop.reasons.get(reason, 0.0))))
            left_ms -= self._spent[reason]
        self._spent[Reason.NO_OPERATOR] += left_ms

    def see(self, at_ms: int, active: bool, reason: Reason) -> list[StopChange]:
        """One look: whether the machine moves, and who is there if it does not."""
        changes: list[StopChange] = []
        if self._last_ms is None:
            self._last_ms = self._idle_since_ms = at_ms
        if at_ms < self._last_ms - SET_BACK_MS:
            changes += self._set_back(at_ms)
        at_ms = max(at_ms, self._last_ms)
        if at_ms - self._last_ms > GAP_MS:
            changes += self._bridge(at_ms)
        self._spent[reason] += at_ms - self._last_ms
        self._last_ms = at_ms
        if active:
            self._extend(at_ms)
        return changes + (self._while_stopped(at_ms) if self.stopped else self._while_running(at_ms))

    def _extend(self, at_ms: int) -> None:
        if self._run is None or at_ms - self._run[1] > _HANGS_TOGETHER_MS:
            self._run, self._spent_at_run = (at_ms, at_ms), dict(self._spent)
        self._run = (self._run[0], at_ms)

    def _bridge(self, at_ms: int) -> list[StopChange]:
        """The camera is back after a gap."""
        before_ms, self._run = self._last_ms or at_ms, None
        if not self.stopped:
            self._begin_idle(at_ms)
        elif at_ms - before_ms > LONGEST_GAP_MS:
            return [self._finish(before_ms, dict(self._spent), at_ms)]
        else:
            self._after_gap = (before_ms, dict(self._spent), at_ms)
        return []

    def _set_back(self, at_ms: int) -> list[StopChange]:
        """What was timed by the clock before stays so; the idle time starts anew by the new one."""
        before_ms, self._run = self._last_ms or at_ms, None
        if self.stopped:
            return [self._finish(before_ms, dict(self._spent), at_ms)]
        self._begin_idle(at_ms)
        return []

    def _begin_idle(self, at_ms: int) -> None:
        self._idle_since_ms = self._last_ms = at_ms
        self._spent = dict.fromkeys(Reason, 0)

    def _while_running(self, at_ms: int) -> list[StopChange]:
        if self._run is not None and self._run[1] - self._run[0] >= _FLASH_MS and self._run[1] > self._idle_since_ms:
            self._idle_since_ms = self._run[1]
            self._spent = dict.fromkeys(Reason, 0)
        active_now = self._run is not None and self._run[1] == at_ms
        if active_now or at_ms - self._idle_since_ms < self._idle_after_ms:
            return []
        self.stopped, self._told_ms, self._run = True, at_ms, None
        return [self._tell(Change.STARTED, None, at_ms, self._spent)]

    def _while_stopped(self, at_ms: int) -> list[StopChange]:
        run = self._run
        if run is not None and run[1] == at_ms and at_ms - run[0] >= self._resume_after_ms:
            ended_ms, spent = run[0], self._spent_at_run
            if self._after_gap is not None and run[0] - self._after_gap[2] <= _HANGS_TOGETHER_MS:
                ended_ms, spent = self._after_gap[0], self._after_gap[1]
            return [self._finish(ended_ms, spent, at_ms)]
        if self._after_gap is not None and run is None and at_ms - self._after_gap[2] > _HANGS_TOGETHER_MS:
            self._after_gap = None
        if at_ms - self._told_ms < _TOLD_EVERY_MS or run is not None or self._after_gap is not None:
            return []
        self._told_ms = at_ms
        return [self._tell(Change.CHANGED, None, at_ms, self._spent)]

    def _finish(self, ended_ms: int, spent: dict[Reason, int], at_ms: int) -> StopChange:
        finished = self._tell(Change.FINISHED, ended_ms, ended_ms, spent)
        self.stopped, self._after_gap = False, None
        self._begin_idle(at_ms)
        return finished

    def _tell(self, kind: Change, ended_ms: int | None, last_ms: int, spent: dict[Reason, int]) -> StopChange:
        return StopChange(kind, self._idle_since_ms, ended_ms, last_ms, {reason: ms / 1000 for reason, ms in spent.items()})
