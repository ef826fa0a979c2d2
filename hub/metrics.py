"""What Prometheus is told. Every hub process counts for itself; its series carry the label `worker`, so that sums are honest."""

import contextlib
import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_STAGES_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_HTTP_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)


class Metrics:
    """The series of one hub process, in a registry of its own."""

    def __init__(self) -> None:
        self.worker = str(os.getpid())
        self._registry = registry = CollectorRegistry()
        worker = ["worker"]
        self._http = Histogram(
            "takt_http_seconds", "Answers by operation and status.", [*worker, "operation", "status"], buckets=_HTTP_S, registry=registry
        )
        self._stages = Histogram(
            "takt_stage_seconds", "Latency of one stage from capture to send.", [*worker, "stage"], buckets=_STAGES_S, registry=registry
        )
        station = [*worker, "organisation", "station"]
        self._frame_age = Gauge("takt_frame_age_seconds", "Age of the newest frame that was inferred.", station, registry=registry)
        self._source_rate = Gauge("takt_source_frames_per_second", "Frames that a camera delivers.", station, registry=registry)
        self._source_drops = Gauge(
            "takt_source_dropped_frames", "Frames replaced by newer ones before inference.", station, registry=registry
        )
        self._queues = Gauge("takt_queue_depth", "Entries waiting in a queue.", [*worker, "queue"], registry=registry)
        self._dropped = Counter(
            "takt_dropped_total", "Latest-only values replaced before they were sent.", [*worker, "kind"], registry=registry
        )
        self._slow = Counter("takt_slow_clients_total", "Connections closed because they did not read.", worker, registry=registry)
        self._lag = Gauge("takt_loop_lag_seconds", "How late the event loop woke up at its last check.", worker, registry=registry)
        self._open = Gauge("takt_connections", "Open sockets.", [*worker, "socket"], registry=registry)

    def http(self, operation: str, status: int, seconds: float) -> None:
        """One HTTP answer."""
        self._http.labels(self.worker, operation, str(status)).observe(seconds)

    def stage(self, stage: str, ms: float) -> None:
        """How long one frame spent in a stage: capture, infer, bus, send."""
        self._stages.labels(self.worker, stage).observe(ms / 1000)

    def frame_age(self, organisation: str, station: str, ms: float) -> None:
        """Age of a station's newest frame that was inferred."""
        self._frame_age.labels(self.worker, organisation, station).set(ms / 1000)

    def source(self, organisation: str, station: str, frames_per_second: float, dropped: int) -> None:
        """What a station's camera delivers, and how many of its frames were replaced since it was opened."""
        self._source_rate.labels(self.worker, organisation, station).set(frames_per_second)
        self._source_drops.labels(self.worker, organisation, station).set(dropped)

    def forget_station(self, organisation: str, station: str) -> None:
        """Ends the series of a station that another hub coaches now, or nobody."""
        for gauge in (self._frame_age, self._source_rate, self._source_drops):
            with contextlib.suppress(KeyError):
                gauge.remove(self.worker, organisation, station)

    def queue_depth(self, queue: str, entries: int) -> None:
        """How many entries a queue holds now."""
        self._queues.labels(self.worker, queue).set(entries)

    def dropped(self, kind: str, values: int = 1) -> None:
        """Latest-only values that were replaced unsent."""
        self._dropped.labels(self.worker, kind).inc(values)

    def slow_client(self) -> None:
        """A connection was closed because it did not read."""
        self._slow.labels(self.worker).inc()

    def loop_lag(self, ms: float) -> None:
        """How late the event loop woke up."""
        self._lag.labels(self.worker).set(ms / 1000)

    def connections(self, socket: str, open_now: int) -> None:
        """Sockets open now, by path."""
        self._open.labels(self.worker, socket).set(open_now)

    def render(self) -> bytes:
        """The text format of Prometheus, of this process."""
        return generate_latest(self._registry)
