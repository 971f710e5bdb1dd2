# SPDX-License-Identifier: Apache-2.0
"""How the live replay runs its dialogues, with a node that sees colours and a bag in no hurry."""

from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip('rosbags')

from support.bags_made import START, paint, write_script
from support.fakes import FakeEngine

from reasonseg_ros.bags.recording import open_recording
from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation.replay import plan
from reasonseg_ros.evaluation.script import load
from reasonseg_ros.ros.client import live_replay

RED = {'time': 0.7, 'say': 'the red thing', 'expect': 'ok',
       'targets': [{'name': 'red', 'box': [1, 2, 8, 8]}]}
BLUE = {'frame': 3, 'say': 'the blue thing near instance {red}', 'references': ['red']}


class Client:
    """Answers as a node would that has just received the image of the player's time."""

    def __init__(self, recording, player):
        self.recording, self.player = recording, player
        book = DialogueBook(8, 64, 1 << 26, float('inf'), lambda: 0.0)
        self.session = Session(FakeEngine(), book)
        self.asked = []

    def segment(self, sentence, dialogue, policy, stamp, timeout):
        moment = (self.recording.stamped(stamp) if policy == 'stamp' else
                  self.recording.at((self.player.now - START) / 1e9))
        self.asked.append((dialogue, sentence, policy, moment.index))
        return self.session.ask(dialogue, sentence, self.recording.frame(moment)[0])

    def rounds(self, dialogue):
        return None, self.session.book.open(dialogue).rounds


class Player:
    """A bag that is always where it is waited for."""

    now, latest, published = START, 0.0, {}

    def wait(self, when):
        assert when >= self.now
        self.now = when

    def wait_for_end(self):
        pass


def test_sentences_are_asked_in_the_order_of_the_bag_and_scored_as_without_ros(tmp_path):
    bag = paint(tmp_path / 'bag')
    script = write_script(tmp_path / 'talk.json', RED, BLUE)
    live = live_replay.LiveReplay(bag, tmp_path / 'out')
    told: list[str] = []
    player = Player()
    with open_recording(bag) as (_, recording):
        planned, _ = plan(load(script, recording.size), recording)
        planned['two'] = planned['one'][:1]
        client = Client(recording, player)
        run = live_replay.converse(live, recording, planned, {'bag': 'b' * 64, 'script': 's' * 64},
                                   client, player, told.append)
    assert client.asked == [('one', 'the red thing', 'latest', 1),
                            ('two', 'the red thing', 'latest', 1),
                            ('one', 'the blue thing near instance 1', 'stamp', 3)]
    first, second, other = run.rounds
    assert (first.dialogue, first.status, first.targets[0].iou) == ('one', 'OK', 1.0)
    assert (second.round, second.references_right) == (2, True)
    assert other.dialogue == 'two'
    assert run.options['live'] is True
    assert run.engine == 'fake@000000000000'
    assert (tmp_path / 'out' / 'answers' / 'answers.mcap').exists()
    assert told[-1].startswith('3 answers took')


def test_the_node_gets_the_topics_and_transports_of_the_bag():
    topics = SimpleNamespace(image='/a/image/compressed', depth='/d/image/compressedDepth',
                             info='/a/camera_info')
    live = live_replay.LiveReplay(Path('bag'), Path('out'), 'arm', device='cpu', slop=0.1)
    arguments = live_replay._node_arguments(live, SimpleNamespace(topics=topics))
    for text in ('use_sim_time:=true', 'sync_slop:=0.1', 'image_transport:=compressed',
                 'depth_image_transport:=compressedDepth', 'image:=/a/image',
                 'depth_image:=/d/image', 'camera_info:=/a/camera_info', '__node:=arm'):
        assert text in arguments
