"""Where frames wait: a camera's newest wins, pushed ones all go through."""

import threading

from tests.unit.vision.runtime.waiting import frame, until
from vision.inbox import EveryFrame, Newest


def test_the_newest_frame_wins_and_the_others_are_counted() -> None:
    inbox = Newest()
    for number in range(1, 6):
        inbox.put(frame(number))
    taken = inbox.take(1.0)
    assert taken is not None
    assert taken.frame_no == 5
    assert inbox.dropped == 4
    assert inbox.take(0.01) is None


def test_every_frame_comes_in_order_and_the_producer_waits_for_room() -> None:
    inbox = EveryFrame(2)
    producer = threading.Thread(target=lambda: [inbox.put(frame(number)) for number in range(1, 7)])
    producer.start()
    taken = [inbox.take(2.0) for _ in range(6)]
    producer.join(2.0)
    assert [each.frame_no for each in taken if each] == [1, 2, 3, 4, 5, 6]


def test_closing_lets_a_waiting_producer_go() -> None:
    inbox = EveryFrame(1)
    inbox.put(frame(1))
    producer = threading.Thread(target=inbox.put, args=(frame(2),))
    producer.start()
    inbox.close()
    until(lambda: not producer.is_alive())
