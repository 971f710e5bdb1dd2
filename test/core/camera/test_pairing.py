# SPDX-License-Identifier: Apache-2.0
"""Which images belong together, and which pair a request gets; times in milliseconds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from reasonseg_ros.core.camera.pairing import LAG, Arrival, choose, companion

MS = 1_000_000


def stream(*stamps: float, latency: float = 5, delay: float = 0) -> list[Arrival]:
    """Return messages that arrived `latency` after their stamp."""
    return [Arrival(None, round(s * MS), round((s + latency) * MS), delay=round(delay * MS))
            for s in stamps]


def stamps(colours: list[Arrival], depths: list[Arrival], now: float,
           slop: float = 20) -> tuple[float, float | None]:
    """Choose at `now` and return the stamps of what was chosen."""
    colour, depth = choose(colours, depths, round(slop * MS), round(now * MS))
    return colour.stamp / MS, None if depth is None else depth.stamp / MS


def test_the_nearest_message_within_the_slop_is_the_companion():
    depths = stream(80, 96, 130)
    assert companion(100 * MS, depths, 20 * MS) is depths[1]
    assert companion(200 * MS, depths, 20 * MS) is None
    assert companion(100 * MS, [], 20 * MS) is None


def test_a_slop_of_zero_asks_for_equal_stamps():
    depths = stream(99, 133)
    assert companion(100 * MS, depths, 0) is None
    assert companion(133 * MS, depths, 0) is depths[1]


def test_the_newest_image_is_taken_when_its_depth_is_there():
    assert stamps(stream(0, 33, 66), stream(0, 33, 66), now=72) == (66, 66)


def test_the_image_before_is_taken_while_the_depth_of_the_newest_is_on_its_way():
    assert stamps(stream(0, 33, 66), stream(0, 33), now=72) == (33, 33)


def test_an_image_more_than_one_and_a_half_periods_behind_is_too_old_for_its_depth():
    assert stamps(stream(0, 33, 66), stream(0, 33), now=71 + 20) == (66, None)
    assert stamps(stream(0, 33, 66), stream(0), now=72) == (66, None)


def test_a_camera_whose_depth_is_always_late_still_gets_depth():
    colours = stream(0, 33, 66, 100)
    depths = stream(0, 33, latency=75, delay=70)
    assert stamps(colours, depths, now=110) == (33, 33)


def test_depth_that_stopped_long_ago_does_not_hold_the_image_back():
    assert stamps(stream(100, 400), stream(100), now=406) == (400, None)
    assert stamps(stream(100, 200, 1000), stream(100, 200, delay=900), now=1006) == (1000, None)


def test_the_only_image_is_taken():
    assert stamps(stream(5), [], now=5000) == (5, None)


@settings(max_examples=50, deadline=None)
@given(period=st.integers(5, 150), count=st.integers(2, 8), lost=st.sets(st.integers(0, 7)),
       latency=st.integers(0, 10), since=st.floats(0, 1, exclude_max=True),
       early=st.integers(0, 3))
def test_a_synchronous_camera_is_never_more_than_one_and_a_half_periods_behind(
        period, count, lost, latency, since, early):
    times = [index * period for index in range(count)]
    colours = stream(*times, latency=latency)
    depths = stream(*(t - early for i, t in enumerate(times) if i not in lost), latency=latency)
    now = times[-1] + latency + since * period
    colour, _ = stamps(colours, depths, now, slop=4)
    assert colour == times[-1] or now - latency - colour <= min(1.5 * period, LAG / MS) + 0.001
