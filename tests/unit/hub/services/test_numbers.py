"""Numbers of several processes as one exposition."""

from prometheus_client.parser import text_string_to_metric_families

from hub.metrics import Metrics
from hub.services.numbers import join_series


def test_joined_series_keep_apart_by_worker_and_add_up() -> None:
    workers = []
    for name, answers in (("1", 2), ("2", 3)):
        metrics = Metrics()
        metrics.worker = name
        for _ in range(answers):
            metrics.http("stations.list", 200, 0.01)
        metrics.slow_client()
        workers.append(metrics.render())
    families = {family.name: family for family in text_string_to_metric_families(join_series(workers, "one").decode())}
    counts = {s.labels["worker"]: s.value for s in families["takt_http_seconds"].samples if s.name.endswith("_count")}
    assert counts == {"1": 2, "2": 3}
    assert len(families["takt_slow_clients"].samples) >= 2
    text = join_series(workers, "one").decode()
    assert text.count("# TYPE takt_http_seconds histogram") == 1


def test_another_organisation_s_stations_are_not_told() -> None:
    metrics = Metrics()
    metrics.frame_age("one", "bench", 20)
    metrics.frame_age("two", "secret", 20)
    text = join_series([metrics.render()], "one").decode()
    assert 'station="bench"' in text
    assert "secret" not in text
    metrics.forget_station("one", "bench")
    assert 'station="bench"' not in metrics.render().decode()
