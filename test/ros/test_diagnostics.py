# SPDX-License-Identifier: Apache-2.0
"""What `/diagnostics` says: the reports as functions, and a node process heard over DDS."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

rclpy = pytest.importorskip('rclpy')
pytest.importorskip('diagnostic_msgs')

from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from support.fakes import FakeEngine, made_dialogue
from support.harness import LONG, Process, segmenter, until

from reasonseg_ros.core.errors import DeadlineExceeded, Status
from reasonseg_ros.ros import dds, diagnostics, reports
from reasonseg_ros.ros.camera import CameraStatistics
from reasonseg_ros.ros.client.client import Client
from reasonseg_ros.ros.client.listeners import Monitor
from reasonseg_ros.ros.client.ready import ask_when_ready
from reasonseg_ros.ros.qos import Mismatch
from reasonseg_ros.ros.reports import Condition, Level, NodeState, Report
from reasonseg_ros.ros.stream import StreamStatistics

COMPONENTS = {'model', 'camera', 'qos', 'tf', 'tracking', 'requests', 'dialogues', 'store', 'clock'}


def seen(notes: tuple[str, ...] = (), **changed) -> CameraStatistics:
    """Return the statistics of a healthy camera whose colour stream has these changes."""
    values = {'topic': '/image', 'received': 9, 'lost': 0, 'rate': 30.0, 'age': 0.02}
    depth, info = (StreamStatistics(**{**values, 'topic': t}) for t in ('/depth', '/info'))
    image = StreamStatistics(**{**values, **changed})
    return CameraStatistics(image, depth, info, 9, 0.001, notes)


def test_a_loaded_model_says_what_it_is_and_where():
    report = reports.model(FakeEngine.facts, Condition(NodeState.ACTIVE), (2_500_000, 8_000_000))
    assert (report.level, report.hardware) == (Level.OK, 'cpu')
    assert report.values['engine'] == 'fake@000000000000'
    assert report.values['licence'] == 'Apache-2.0'
    assert report.values['device memory used (MB)'] == '2.5'


@pytest.mark.parametrize(('state', 'level'), [(NodeState.INACTIVE, Level.WARN),
                                               (NodeState.BROKEN, Level.ERROR)])
def test_a_node_that_refuses_requests_says_why(state, level):
    report = reports.model(None, Condition(state, 'it has been deactivated'), None)
    assert (report.level, report.values) == (level, {'state': state.value})
    assert reports.node_state([Report('qos', Level.OK, ''), report]) is state
    assert report.message == 'requests are refused: it has been deactivated'


@pytest.mark.parametrize(('changed', 'sentence'), [
    ({'received': 0, 'age': None}, 'no image has arrived on /image, which has 2 publishers'),
    ({'age': 3.04}, 'the newest image on /image is 3.0 s old, older than max_age 1 s'),
    ({'age': 1.7e9, 'stamp': 0}, 'images on /image have the stamp 0'),
    ({'age': -2.0}, 'is stamped 2.0 s ahead of the clock of the node; check use_sim_time'),
    ({'notes': ('there is no depth', 'second')}, 'there is no depth'),
])
def test_a_camera_that_is_not_well_says_so_in_one_sentence(changed, sentence):
    report = reports.camera('camera', seen(**changed), 1.0, 2)
    assert report.level is Level.WARN
    assert sentence in report.message
    assert 'second' not in report.message


def test_any_age_is_well_when_the_parameter_says_so():
    assert reports.camera('camera', seen(age=99.0), 0.0, 1).level is Level.OK


def test_a_well_camera_tells_rates_ages_and_pairs():
    report = reports.camera('camera', seen(), 1.0, 1)
    assert (report.level, report.hardware) == (Level.OK, '/image')
    assert report.values['depth_image rate (Hz)'] == '30.0'
    assert report.values['image age (s)'] == '0.020'
    assert report.values['largest gap in a pair (ms)'] == '1.0'


def test_a_closed_intake_is_stale_and_no_alarm():
    assert reports.camera('camera', None, 1.0, 0).level is Level.STALE


def test_latencies_are_the_last_the_median_and_the_95th_percentile():
    assert reports.latencies(()) == {}
    assert reports.latencies([0.1 * n for n in range(20, 0, -1)]) == {
        'latency last (ms)': '100.0', 'latency p50 (ms)': '1000.0', 'latency p95 (ms)': '1900.0'}


def test_only_the_newest_requests_count_for_the_latency():
    requests = reports.RequestStatistics()
    for _ in range(reports.WINDOW):
        requests.ended(Status.OK, 9.0)
    for _ in range(reports.WINDOW):
        requests.ended(Status.OK, 0.001)
    assert requests.report(0).values['latency p95 (ms)'] == '1.0'


def test_busy_refusals_are_a_warning_once():
    requests = reports.RequestStatistics()
    requests.ended(Status.OK, 0.1)
    requests.ended(Status.BUSY)
    first, second = requests.report(2), requests.report(1)
    assert (first.level, second.level) == (Level.WARN, Level.OK)
    assert first.message.startswith('1 refused as BUSY')
    assert (first.values['waiting'], second.values['waiting']) == ('1', '0')
    assert second.values['refused as busy'] == '1'


def test_a_fault_of_the_node_is_an_error_until_a_request_is_served():
    requests = reports.RequestStatistics()
    requests.ended(Status.OUT_OF_MEMORY)
    assert requests.report(0).level is Level.ERROR
    requests.ended(Status.NOTHING_FOUND, 0.1)
    assert requests.report(0).level is Level.OK
    assert requests.report(0).values['ended'] == '1 NOTHING_FOUND, 1 OUT_OF_MEMORY'


def test_dialogues_are_summed_again_only_when_they_change():
    dialogues, dialogue = reports.DialogueStatistics(), made_dialogue('mug', 'handle<1')
    assert dialogues.report((dialogue,), 64).values == {
        'dialogues': '1', 'rounds': '2', 'bytes': str(dialogue.nbytes)}
    dialogue.rewind(1)
    assert dialogues.report((dialogue,), 64).values['bytes'] == str(dialogue.nbytes)
    dialogue.rewind(0)
    assert dialogues.report((dialogue,), 64).values['bytes'] == '0'
    assert dialogues.report(None, 0).level is Level.STALE


def test_simulated_time_that_does_not_run_is_a_warning():
    assert reports.clock(True, 0, 1).level is Level.WARN
    assert reports.clock(True, 1, 1).level is Level.OK
    assert reports.clock(False, 0, 0).level is Level.OK
    two = reports.clock(True, 1, 2)
    assert two.level is Level.WARN and two.message.startswith('2 publish on /clock')


def test_an_endpoint_that_does_not_match_is_named_with_its_policy():
    assert reports.qos(()).level is Level.OK
    report = reports.qos([Mismatch('/image', 'subscription', 'reliability', 2)])
    assert report.level is Level.WARN
    assert '/image: reliability' in report.message
    assert report.values == {'/image subscription reliability': '2'}


def test_tf_is_looked_at_only_with_a_target_frame():
    assert reports.transforms('', 0, '').level is Level.OK
    assert reports.transforms('base', 2, '').level is Level.OK
    assert reports.transforms('', 0, '', 'map', 1, 'it is late').level is Level.WARN
    report = reports.transforms('base', 3, 'TF does not know "base"')
    assert (report.level, report.values['failed lookups']) == (Level.WARN, '3')


def test_a_report_survives_the_message_and_is_told_from_those_of_other_nodes():
    report = Report('camera left', Level.STALE, 'closed', {'image rate (Hz)': '1.0'}, '/image')
    messages = [diagnostics.status_message(name, report) for name in ('arm/segmenter', 'segmenter')]
    assert messages[0].name == 'arm/segmenter: camera left'
    assert diagnostics.reports_of(DiagnosticArray(status=messages), 'arm/segmenter') == (report,)


def test_a_node_that_says_no_state_has_none():
    assert reports.node_state([Report('qos', Level.OK, '')]) is None


class Heard:
    """The newest reports of a node, by component."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self.reports: dict[str, Report] = {}

    def until(self, condition: Callable[[dict[str, Report]], bool], what: str) -> None:
        """Listen until `condition` holds for the newest reports."""
        def holds() -> bool:
            newest = self._monitor.next(1.5)
            self.reports = {report.component: report for report in newest or ()}
            return bool(newest) and condition(self.reports)
        until(holds, what)


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Yield ears for the node `segmenter`."""
    dds.prepare()
    with Monitor('segmenter') as monitor:
        yield Heard(monitor)


@pytest.fixture
def node(tmp_path) -> Iterator[Process]:
    """Yield a node process."""
    process = segmenter(tmp_path)
    yield process
    process.end()


def test_a_node_reports_its_camera_requests_and_dialogues_while_they_change(
        tmp_path, node, heard, driver):
    heard.until(lambda r: 'no image' in r['camera'].message, 'a camera without images')
    assert set(heard.reports) >= COMPONENTS
    assert heard.reports['model'].level is Level.OK
    assert heard.reports['model'].values['engine'].startswith('fake@')

    driver.connected()
    with Client('segmenter', patience=LONG) as client:
        def answered() -> bool:
            driver.send()  # each time, since an image is soon too old on a busy machine
            return client.segment('red').status == Status.OK
        until(answered, 'an answer')
        client.segment('instance 9')
    heard.until(lambda r: r['dialogues'].values['rounds'] == '1', 'one round')
    assert float(heard.reports['requests'].values['latency p50 (ms)']) > 0
    heard.until(lambda r: '1 BAD_REFERENCE' in r['requests'].values['ended'], 'the refusal')
    assert int(heard.reports['camera'].values['image received']) >= 1
    heard.until(lambda r: 'older than max_age' in r['camera'].message, 'a camera that stopped')
    top = Process('reasonseg_ros.cli.main', tmp_path, 'top', '--once')
    assert top.wait() == 0
    assert 'older than max_age' in ' '.join(top.log.split())
    assert node.stop() == 0
    assert 'Traceback' not in node.log


def test_a_node_that_cannot_be_configured_is_an_error_and_nobody_waits_for_it(tmp_path, heard):
    process = segmenter(tmp_path, 'checkpoint:=/nowhere/weights.safetensors', 'autostart:=false')
    try:
        with Client('segmenter', patience=LONG) as client:
            assert not client.call(ChangeState, 'change_state', ChangeState.Request(
                transition=Transition(id=Transition.TRANSITION_CONFIGURE)), LONG).success
        heard.until(lambda r: r['model'].level is Level.ERROR, 'the error')
        assert 'checkpoint "/nowhere/weights.safetensors"' in heard.reports['model'].message
        assert heard.reports['camera'].level is Level.STALE
        with Client('segmenter', patience=LONG) as client, \
                pytest.raises(DeadlineExceeded, match='could not be configured: checkpoint "/now'):
            ask_when_ready(client, partial(client.segment, 'red'), (), LONG)
    finally:
        process.end()


def test_tracking_says_what_is_in_view_and_why_nothing_is_said():
    seen = reports.TrackingStatistics('default', {'visible': 2, 'occluded': 0, 'lost': 1}, 5)
    report = reports.tracking(seen, wanted=True)
    assert (report.level, report.message) == (Level.OK, '2 visible, 1 lost')
    assert report.values['images'] == '5'
    stuck = reports.TrackingStatistics(trouble='no image has arrived on /image')
    assert reports.tracking(stuck, wanted=True).level is Level.WARN
    assert reports.tracking(stuck, wanted=False).level is Level.OK
