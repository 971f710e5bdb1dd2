# SPDX-License-Identifier: Apache-2.0
"""A replay: the same bytes from every storage and every run, also after an interruption."""

import json
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip('rosbags')

from support.bags_made import IMAGE, SECOND, START, copy, cut, paint, write_script
from support.fakes import FakeEngine

from reasonseg_ros.bags.reader import Bag
from reasonseg_ros.bags.types import own_typestore
from reasonseg_ros.bags.writer import BagWriter
from reasonseg_ros.cli import main as cli
from reasonseg_ros.core.camera.messages import rgb
from reasonseg_ros.engines import registry
from reasonseg_ros.evaluation.records import load

RED = {'say': 'the red thing', 'expect': 'ok',
       'targets': [{'name': 'red', 'box': [0, 2, 8, 8]}]}
BLUE = {'frame': 2, 'say': 'the blue thing near instance {red}', 'references': ['red'],
        'targets': [{'name': 'blue', 'box': [20, 12, 8, 4]}], 'tags': ['kind:position']}
ABSENT = {'time': 1.7, 'say': 'the pink thing', 'expect': 'nothing_found', 'targets': []}


class Engine(FakeEngine):
    """Finds colours; counts what it is asked, and is interrupted at question `stop_at`."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = self.stop_at = 0

    def open(self, frame, memory=True):
        context = super().open(frame, memory)
        ask = context.ask

        def asked(question, *rest):
            self.asked += 1
            if self.asked == self.stop_at:
                raise KeyboardInterrupt
            return ask(question, *rest)
        context.ask = asked
        return context


@pytest.fixture
def engine(monkeypatch):
    """Stand in for the model."""
    fake = Engine()
    monkeypatch.setattr(registry, 'load', lambda *args: fake)
    return fake


def replay(bag, script, out, *options) -> int:
    """Run the verb."""
    return cli.main(['replay', str(bag), str(script), '--out', str(out), *options])


def two_dialogues(tmp_path):
    """Write a file with two dialogues."""
    path = write_script(tmp_path / 'talk.json', RED, BLUE, ABSENT)
    content = json.loads(path.read_text())
    rounds = content['dialogues'][0]['rounds']
    content['dialogues'].append({'id': 'two', 'rounds': rounds})
    path.write_text(json.dumps(content))
    return path


def test_every_round_becomes_a_record(engine, tmp_path, capsys):
    script = write_script(tmp_path / 'talk.json', RED, BLUE, ABSENT)
    assert replay(paint(tmp_path / 'bag'), script, tmp_path / 'out') == 0
    run = load(tmp_path / 'out' / 'results.json')
    red, blue, absent = run.rounds
    assert (run.benchmark, run.engine, run.options['image']) == ('bag', 'fake@000000000000', IMAGE)
    assert (red.expected, red.status, red.targets[0].iou, red.targets[0].box_iou) == (
        'OK', 'OK', 1.0, 1.0)
    assert red.references_right is None
    assert (blue.instruction, blue.references_right, blue.tags) == (
        'the blue thing near instance 1', True, ('kind:position',))
    assert [t.iou for t in blue.targets] == [0.5]
    assert (absent.expected, absent.status, absent.targets) == (
        'NOTHING_FOUND', 'NOTHING_FOUND', ())
    assert [r.picture for r in run.rounds] == [f'pictures/000{n}.jpg' for n in (1, 2, 3)]
    assert all((tmp_path / 'out' / r.picture).exists() for r in run.rounds)
    said = capsys.readouterr().out
    assert '2 of 2 rounds ended as expected' in said
    assert 'gIoU per target 75.0 percent over 2 rounds' in said
    assert said.splitlines()[-4].startswith(f'{tmp_path / "out" / "report.html"}, and report.md')
    assert '<article' in (tmp_path / 'out' / 'report.html').read_text()
    assert 'times real time' in said
    assert 'outside the engine' in said


def test_the_images_are_those_of_the_times(engine, tmp_path):
    script = write_script(tmp_path / 'talk.json', *({'time': t, 'say': 'the red thing'}
                                                    for t in (0.1, 0.7, 1.7)))
    replay(paint(tmp_path / 'bag'), script, tmp_path / 'out')
    opened = [call[1] for call in engine.log if call[0] == 'open']
    assert [round((stamp - START) / SECOND, 3) for stamp in opened] == [0.1, 0.6, 1.6]


def test_two_runs_and_two_storages_give_the_same_bytes(engine, tmp_path):
    bag = paint(tmp_path / 'bag')
    script = two_dialogues(tmp_path)
    bags = [bag, bag, copy(bag, tmp_path / 'other', 'sqlite3'),
            copy(bag, tmp_path / 'packed', 'mcap', 'STORAGE')]
    results = []
    for index, one in enumerate(bags):
        assert replay(one, script, tmp_path / f'out{index}') == 0
        results.append((tmp_path / f'out{index}' / 'results.json').read_bytes())
    assert len(set(results)) == 1
    assert b'tmp' not in results[0]


def test_an_interrupted_replay_goes_on_and_gives_the_same_bytes(engine, tmp_path, capsys):
    bag, script = paint(tmp_path / 'bag'), two_dialogues(tmp_path)
    assert replay(bag, script, tmp_path / 'whole') == 0
    assert engine.asked == 6
    engine.asked, engine.stop_at = 0, 5  # the second question of the second dialogue
    assert replay(bag, script, tmp_path / 'out') == 130
    partial = tmp_path / 'out' / 'partial.jsonl'
    assert len(partial.read_text().splitlines()) == 1 + 3 + 1
    engine.asked, engine.stop_at = 0, 0
    assert replay(bag, script, tmp_path / 'out') == 0
    assert engine.asked == 3
    assert 'going on after 1 dialogues' in capsys.readouterr().out
    assert not partial.exists()
    for name in ('results.json', 'answers/answers.mcap'):
        assert (tmp_path / 'out' / name).read_bytes() == (tmp_path / 'whole' / name).read_bytes()


def test_a_line_that_was_cut_in_the_partial_file_does_no_harm(engine, tmp_path):
    bag, script = paint(tmp_path / 'bag'), two_dialogues(tmp_path)
    engine.stop_at = 4
    assert replay(bag, script, tmp_path / 'out') == 130
    partial = tmp_path / 'out' / 'partial.jsonl'
    partial.write_text(partial.read_text()[:-20])
    assert replay(bag, script, tmp_path / 'out') == 0
    assert len(load(tmp_path / 'out' / 'results.json').rounds) == 6


def test_another_bag_engine_or_script_does_not_go_on_with_it(engine, tmp_path, capsys):
    bag, script = paint(tmp_path / 'bag'), two_dialogues(tmp_path)
    engine.stop_at = 2
    assert replay(bag, script, tmp_path / 'out') == 130
    capsys.readouterr()
    for name, arguments in (
            ('bag', (paint(tmp_path / 'bag2', 5), script)),
            ('script', (bag, write_script(tmp_path / 'other.json', RED)))):
        assert replay(*arguments, tmp_path / 'out') == 2
        error = capsys.readouterr().err.splitlines()[-1]
        assert f'is of an interrupted replay with the {name} ' in error
    assert replay(bag, script, tmp_path / 'out', '--slop', '0.5') == 2
    assert 'with the slop 0.02, this one has 0.5' in capsys.readouterr().err
    engine.facts = replace(engine.facts, weights='1' * 12)
    assert replay(bag, script, tmp_path / 'out') == 2
    assert 'this one has fake@111111111111' in capsys.readouterr().err


def test_what_was_never_answered_cannot_be_spoken_of(engine, tmp_path):
    missing = {'say': 'the pink thing', 'targets': [{'name': 'pink', 'box': [0, 0, 4, 4]}]}
    about = {'say': 'the red thing near instance {pink}', 'expect': 'ok',
             'targets': [{'box': [0, 2, 8, 8]}]}
    script = write_script(tmp_path / 'talk.json', missing, about)
    replay(paint(tmp_path / 'bag'), script, tmp_path / 'out')
    lost = load(tmp_path / 'out' / 'results.json').rounds[1]
    assert (lost.status, lost.answer) == ('', '')
    assert lost.instruction == 'the red thing near instance {pink}'
    assert [(t.intersection, t.union, t.score) for t in lost.targets] == [(0, 64, None)]


def test_names_of_rounds_that_were_taken_back_are_forgotten(engine, tmp_path):
    script = write_script(tmp_path / 'talk.json', RED, {'say': 'undo', 'expect': 'ok'},
                          {'say': 'the blue thing near instance {red}'})
    replay(paint(tmp_path / 'bag'), script, tmp_path / 'out')
    assert [r.status for r in load(tmp_path / 'out' / 'results.json').rounds] == ['OK', 'OK', '']


def test_a_request_that_fails_is_a_record_with_its_status(engine, tmp_path):
    script = write_script(tmp_path / 'talk.json',
                          {'say': 'the lid of instance 9', 'expect': 'bad_reference'}, RED)
    assert replay(paint(tmp_path / 'bag'), script, tmp_path / 'out') == 0
    refused, red = load(tmp_path / 'out' / 'results.json').rounds
    assert (refused.status, red.status) == ('BAD_REFERENCE', 'OK')


def test_a_damaged_image_ends_its_round_only(engine, tmp_path):
    with Bag(paint(tmp_path / 'bag')) as bag:
        messages = [(topic, time, bytes(data)) for topic, time, data in bag.messages(bag.topics)]
        kinds = {topic.name: topic.kind for topic in bag.topics.values()}
    with BagWriter(tmp_path / 'damaged') as writer:
        for topic, kind in kinds.items():
            writer.topic(topic, kind)
        for topic, time, data in messages:
            if topic == IMAGE and time == START + round(0.6 * SECOND):
                data = data.replace(b'rgb8', b'cmyk')
            writer.write(topic, time, data)
    script = write_script(tmp_path / 'talk.json', {**RED, 'frame': 1}, {**RED, 'frame': 2})
    assert replay(tmp_path / 'damaged', script, tmp_path / 'out') == 0
    bad, good = load(tmp_path / 'out' / 'results.json').rounds
    assert (bad.status, bad.picture, bad.targets[0].score) == ('BAD_IMAGE', '', None)
    assert good.status == 'OK'


def test_masks_without_stated_targets_are_not_judged(engine, tmp_path):
    script = write_script(tmp_path / 'talk.json', {'say': 'the red thing'})
    replay(paint(tmp_path / 'bag'), script, tmp_path / 'out')
    only, = load(tmp_path / 'out' / 'results.json').rounds
    assert (only.status, only.expected, only.targets, only.union_union) == ('OK', '', (), 0)


def test_the_bag_of_answers_has_the_stamps_of_the_images(engine, tmp_path):
    script = write_script(tmp_path / 'talk.json', RED, BLUE, ABSENT)
    replay(paint(tmp_path / 'bag'), script, tmp_path / 'out', '--node', 'arm')
    with Bag(tmp_path / 'out' / 'answers') as bag:
        assert sorted(bag.topics) == ['/arm/instances', '/arm/overlay/compressed', '/tf_static']
        found = [bag.message('/arm/instances', data)
                 for _, _, data in bag.messages(('/arm/instances',))]
        drawn = [bag.message('/arm/overlay/compressed', data)
                 for _, _, data in bag.messages(('/arm/overlay/compressed',))]
        first = found[0].instances[0]
        assert [len(m.instances) for m in found] == [1, 1, 0]
        assert (first.id, first.label, first.dialogue_id, first.area) == (1, 'red', 'one', 64)
        assert (first.roi.x_offset, first.roi.width, first.mask.encoding) == (0, 8, 'mono8')
        assert first.depth_valid_ratio == 1.0
        for message, seconds in zip(found, (0.1, 1.1, 1.6)):
            stamp = message.header.stamp.sec * SECOND + message.header.stamp.nanosec
            assert stamp == START + round(seconds * SECOND)
        image = rgb(drawn[0])
        assert image.shape == (24, 32, 3)
        assert np.ptp(image) > 100
        assert len(list(bag.messages(('/tf_static',)))) == 1


def test_our_types_in_the_bag_are_those_of_the_interface_files():
    pytest.importorskip('rclpy')
    generated = pytest.importorskip('reasonseg_ros.msg').Instance.get_fields_and_field_types()
    fields = own_typestore().types['reasonseg_ros/msg/Instance'].__dataclass_fields__
    assert [name for name in fields if not name.startswith('_') and name.islower()] == list(
        generated)


def test_a_bag_that_was_cut_off_is_replayed_as_far_as_it_goes(engine, tmp_path, capsys):
    bag = cut(paint(tmp_path / 'bag', images=40), 0.5)
    script = write_script(tmp_path / 'talk.json', RED, {'frame': 39, 'say': 'the red thing'})
    assert replay(bag, script, tmp_path / 'out') == 0
    run = load(tmp_path / 'out' / 'results.json')
    assert (len(run.rounds), run.options['complete']) == (1, False)
    warnings = capsys.readouterr().err
    assert 'warning: ' in warnings and 'is damaged: ' in warnings
    assert 'dialogue "one" ends after 1 of 2 rounds' in warnings


def test_images_of_a_longer_replay_before_are_gone(engine, tmp_path):
    bag = paint(tmp_path / 'bag')
    for rounds in ((RED, BLUE), (RED,)):
        replay(bag, write_script(tmp_path / 'talk.json', *rounds), tmp_path / 'out')
    assert [p.name for p in (tmp_path / 'out' / 'pictures').iterdir()] == ['0001.jpg']


def test_timings_are_beside_the_results_and_not_in_them(engine, tmp_path):
    script = write_script(tmp_path / 'talk.json', RED)
    replay(paint(tmp_path / 'bag'), script, tmp_path / 'out')
    timings = json.loads((tmp_path / 'out' / 'timings.json').read_text())
    only, = timings['rounds']
    assert {'frame', 'total', 'round', 'drawing'} <= set(only['seconds'])
    assert 'seconds' not in (tmp_path / 'out' / 'results.json').read_text()
