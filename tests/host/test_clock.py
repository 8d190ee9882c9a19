import sys
import time

from hivemind_desktop.host.clock import now


def test_it_goes_on_and_tells_the_wall_clock() -> None:
    first = now()
    deadline = time.monotonic() + 5
    while (second := now()).at <= first.at:
        assert time.monotonic() < deadline
    assert abs(second.wall - time.time()) < 1


def test_on_linux_it_counts_sleep() -> None:
    assert sys.platform == "linux", "these tests run on Linux"
    assert abs(now().at - time.clock_gettime(time.CLOCK_BOOTTIME)) < 1
