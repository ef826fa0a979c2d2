"""Results leave in the order in which their frames came, whatever order the engine finishes them in."""

import random
import threading

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.vision.runtime.waiting import frame
from vision.pipeline import InOrder, Result


@given(st.permutations(list(range(12))))
def test_any_order_of_completion_comes_out_in_order(places: list[int]) -> None:
    out: list[int] = []
    order = InOrder(lambda result: out.append(result.frame.frame_no))
    for place in places:
        order.put(place, Result(frame(place), None))
    assert out == list(range(12))


def test_threads_that_finish_at_once_keep_the_order() -> None:
    out: list[int] = []
    order = InOrder(lambda result: out.append(result.frame.frame_no))
    places = list(range(200))
    random.Random(4).shuffle(places)

    def put(part: list[int]) -> None:
        for place in part:
            order.put(place, Result(frame(place), None))

    threads = [threading.Thread(target=put, args=(places[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5.0)
    assert out == list(range(200))
