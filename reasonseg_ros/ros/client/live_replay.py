# SPDX-License-Identifier: Apache-2.0
"""`reasonseg replay --live`: the bag over DDS to a running node, the sentences over its service.

What a robot would see: images may be lost and answers take their time, so that two runs may
differ. Scores like the replay without ROS; also says how many images were lost and how long the
answers took. Does not print the table (`cli.verb.replay`).
"""

import argparse
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from tqdm import tqdm

from reasonseg_ros.bags.reader import Bag
from reasonseg_ros.bags.types import TRANSFORMS
from reasonseg_ros.cli.text import say
from reasonseg_ros.cli.verb.demo import wait_for_node
from reasonseg_ros.core.camera.messages import NANOSECONDS
from reasonseg_ros.evaluation.conversation import Conversation
from reasonseg_ros.evaluation.conversation import Heard
from reasonseg_ros.evaluation.records import Protocol
from reasonseg_ros.evaluation.records import Run
from reasonseg_ros.evaluation.replay import PlannedRound
from reasonseg_ros.evaluation.replay import ReplayedRound
from reasonseg_ros.evaluation.replay import look
from reasonseg_ros.evaluation.replay_folder import ReplayFolder
from reasonseg_ros.evaluation.replay_folder import data_of
from reasonseg_ros.evaluation.replay_folder import options_of
from reasonseg_ros.ros.processes import Child
from reasonseg_ros.ros.processes import interrupt_on_sigterm
from reasonseg_ros.ros.processes import own_domain

if TYPE_CHECKING:
    from reasonseg_ros.bags.recording import Recording
    from reasonseg_ros.ros.client.client import Answered
    from reasonseg_ros.ros.client.client import Client
    from reasonseg_ros.ros.client.listeners import Monitor
    from reasonseg_ros.ros.client.player import Player
    from reasonseg_ros.ros.reports import Report

READY_WITHIN = 120.0  # seconds until the node has loaded its model and listens
ANSWER_WITHIN = 60.0  # seconds for one sentence
LISTEN = 2.5          # seconds for the node's diagnostics, sent every second, to be up to date
TRAVEL = 0.05         # seconds of the bag that an image gets to reach the node


def replay_live(args: argparse.Namespace, recording: 'Recording', planned: dict[str, list[PlannedRound]],
                digests: Mapping[str, str]) -> Run:
    """Play, ask and score; return the run. `digests` are of 'bag' and 'script'."""
    with ExitStack() as stack:
        children: tuple[Child, ...] = ()
        if not args.attach:
            environment = own_domain(args.out / 'log')
        from reasonseg_ros.ros import dds
        dds.prepare()
        interrupt_on_sigterm()
        from reasonseg_ros.ros.client.client import Client
        from reasonseg_ros.ros.client.listeners import Monitor
        from reasonseg_ros.ros.client.player import Player
        if not args.attach:
            node = Child('node', 'reasonseg_ros.cli.main', _node_arguments(args, recording),
                         args.out / 'log' / 'node.log', environment)
            children = (stack.enter_context(node),)
        client = stack.enter_context(Client(args.node, patience=1.0))
        wait_for_node(client, children)
        bag = stack.enter_context(Bag(args.bag))
        if recording.trouble:
            bag.rescue(recording.trouble)
        topics = recording.topics
        camera = [t for t in (topics.image, topics.depth, topics.info) if t]
        player = stack.enter_context(
            Player(bag, [*camera, *bag.of_kind(TRANSFORMS)], args.rate))
        for topic in player.left_out:
            say(f'{topic} is not played: its message type is not installed')
        monitor = stack.enter_context(Monitor(args.node))
        player.start(camera, READY_WITHIN)
        run = converse(args, recording, planned, digests, client, player)
        _report_intake(player, monitor, topics.image)
        return run


def _node_arguments(args: argparse.Namespace, recording: 'Recording') -> list[str]:
    image, depth, info = (recording.topics.image, recording.topics.depth, recording.topics.info)
    parameters = ['use_sim_time:=true', 'store_path:=":memory:"', f'sync_slop:={args.slop}']
    if image.endswith('/compressed'):
        image = image.removesuffix('/compressed')
        parameters.append('image_transport:=compressed')
    if depth.endswith('/compressedDepth'):
        depth = depth.removesuffix('/compressedDepth')
        parameters.append('depth_image_transport:=compressedDepth')
    remapped = {'image': image, 'depth_image': depth, 'camera_info': info}
    ros = [text for p in parameters for text in ('-p', p)]
    ros += [text for name, topic in remapped.items() if topic
            for text in ('-r', f'{name}:={topic}')]
    return ['node', '--engine', args.engine, '--checkpoint', args.checkpoint, '--device',
            args.device, '--ros-args', '-r', f'__node:={args.node}', *ros]


class _Asker:
    """Asks a node at the times of the player.

    latencies  seconds of each answer
    late       seconds of the bag that each sentence was said after its time
    engine     provenance, as the node records it; '' until something was recorded
    """

    def __init__(self, client: 'Client', recording: 'Recording', player: 'Player') -> None:
        self._client = client
        self._recording = recording
        self._player = player
        self._reply: Answered | None = None
        self.latencies: list[float] = []
        self.late: list[float] = []
        self.engine = ''

    def hold(self, dialogue: str, talk: Conversation, due: PlannedRound, picture: str) -> ReplayedRound:
        """Hold one round; its picture is of the image that the node says it took."""
        self._reply = None
        record, heard = talk.say(due.said, partial(self._ask, dialogue, due), picture)
        moment, seconds = due.moment, {}
        if self._reply is not None:
            moment = self._recording.stamped(self._reply.stamp) or moment
            seconds = dict(self._reply.seconds)
        frame, notes, _ = look(self._recording, moment)
        shown = () if heard is None else heard.instances
        return ReplayedRound(record, due.moment.time, frame, notes, shown, (), seconds)

    def _ask(self, dialogue: str, due: PlannedRound, sentence: str) -> Heard:
        """Wait for the moment, ask, and read back what the dialogue has recorded."""
        policy = 'latest' if due.said.frame is None else 'stamp'
        when = due.moment.time + round(TRAVEL * NANOSECONDS)
        self._player.wait(when)
        self.late.append(max(0, self._player.now - when) / NANOSECONDS)
        begun = monotonic()
        self._reply = reply = self._client.segment(
            sentence, dialogue, policy=policy, stamp=due.moment.colour.stamp,
            timeout=ANSWER_WITHIN)
        self.latencies.append(monotonic() - begun)
        rounds = self._client.rounds(dialogue)[1]
        newest = rounds[-1] if rounds and rounds[-1].index == reply.round else None
        self.engine = self.engine or ('' if newest is None else newest.engine)
        size = self._recording.size
        return Heard(reply.status, reply.answer or reply.message,
                     tuple(i.at(*size) for i in reply.instances),
                     () if newest is None else newest.references,
                     frozenset(i.id for r in rounds for i in r.instances))


def converse(args: argparse.Namespace, recording: 'Recording', planned: dict[str, list[PlannedRound]],
             digests: Mapping[str, str], client: 'Client', player: 'Player') -> Run:
    """Ask every sentence at its time, those of all dialogues in the order of the bag."""
    order = sorted(((due.moment.time, dialogue, number) for dialogue, rounds in planned.items()
                    for number, due in enumerate(rounds)), key=lambda entry: entry[0])
    talks = {dialogue: Conversation(dialogue) for dialogue in planned}
    asker = _Asker(client, recording, player)
    folder = ReplayFolder(args.out, {**digests, 'mode': 'live'})
    folder.lines.clear()  # what was heard in another playing of the bag does not count
    with folder:
        for picture, (_, dialogue, number) in enumerate(tqdm(order, 'rounds', disable=None),
                                                        start=1):
            held = asker.hold(dialogue, talks[dialogue], planned[dialogue][number],
                              f'pictures/{picture:04}.jpg')
            folder.add(held, number == len(planned[dialogue]) - 1)
        player.wait_for_end()
        options = {**options_of(recording.topics, args.slop, not recording.trouble),
                   'live': True, 'rate': args.rate}
        run = Run('bag', data_of(digests), asker.engine or 'unknown', Protocol(), (), options)
        timings = {'bag_seconds': recording.duration, 'published': dict(player.published),
                   'latest_image_seconds': player.latest, 'latencies': asker.latencies,
                   'late': asker.late}
        with Bag(args.bag) as bag:
            if recording.trouble:
                bag.rescue(recording.trouble)
            run = folder.finish(run, timings, bag, args.node)
    if asker.latencies:
        ranked = sorted(asker.latencies)
        middle, high = (ranked[int(share * (len(ranked) - 1))] for share in (0.5, 0.95))
        say(f'{len(ranked)} answers took {1000 * middle:.0f} ms (p50), {1000 * high:.0f} ms '
            f'(p95); the latest sentence was said {max(asker.late):.2f} s of the bag after its '
            f'time, the latest image went out {player.latest:.3f} s after its own')
    return run


def _report_intake(player: 'Player', monitor: 'Monitor', topic: str) -> None:
    """Say how many images the node did not get."""
    if player.trouble:
        say(f'the bag could not be played to its end: {player.trouble}')
    reports: tuple[Report, ...] = ()
    end = monotonic() + LISTEN
    while (left := end - monotonic()) > 0:  # those that wait may be older than the last image
        reports = monitor.next(left) or reports
    seen = next((r for r in reports if r.component == 'camera'), None)
    sent = player.published[topic]
    if seen is None or 'image received' not in seen.values:
        say(f'{sent} images were published; the node does not say how many it got')
        return
    got = int(seen.values['image received'])
    say(f'{sent} images were published, the node got {got}; {max(0, sent - got)} were lost')
