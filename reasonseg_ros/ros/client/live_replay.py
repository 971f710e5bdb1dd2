# SPDX-License-Identifier: Apache-2.0
"""A bag played over DDS to a running node, and the sentences of a file said to its service.

What a robot would see: images may be lost and answers take their time, so that two runs may
differ. Scores like the replay without ROS; also says how many images were lost and how long the
answers took. Prints nothing: what is worth saying goes to `tell`, a function of one line.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from reasonseg_ros.bags.reader import Bag
from reasonseg_ros.bags.types import TRANSFORMS
from reasonseg_ros.core.camera.messages import NANOSECONDS
from reasonseg_ros.engines.registry import DEFAULT
from reasonseg_ros.evaluation.interview import Interview, Respondent, RoundAnswer
from reasonseg_ros.evaluation.records import Protocol, Run
from reasonseg_ros.evaluation.replay import PlannedRound, ReplayedRound, look
from reasonseg_ros.evaluation.replay_folder import ReplayFolder, data_of, options_of
from reasonseg_ros.evaluation.script import scripted
from reasonseg_ros.ros.client.ready import recorded_answer, wait_for_node
from reasonseg_ros.ros.processes import Child, interrupt_on_sigterm, own_domain

if TYPE_CHECKING:
    from reasonseg_ros.bags.recording import Recording
    from reasonseg_ros.engines.reply import Reply
    from reasonseg_ros.ros.client.client import Client
    from reasonseg_ros.ros.client.listeners import Monitor
    from reasonseg_ros.ros.client.player import Player
    from reasonseg_ros.ros.reports import Report

READY_WITHIN = 120.0  # seconds until the node has loaded its model and listens
ANSWER_WITHIN = 60.0  # seconds for one sentence
LISTEN = 2.5          # seconds for the node's diagnostics, sent every second, to be up to date
TRAVEL = 0.05         # seconds of the bag that an image gets to reach the node


@dataclass(frozen=True)
class LiveReplay:
    """What is played to whom.

    out     folder of the run
    node    name of the node;  attach  it runs already; else it is started with engine, checkpoint
            and device
    rate    seconds of the bag per second;  slop  see `core.camera.pairing`, seconds
    """

    bag: Path
    out: Path
    node: str = 'segmenter'
    attach: bool = False
    engine: str = DEFAULT
    checkpoint: str = ''
    device: str = 'auto'
    rate: float = 1.0
    slop: float = 0.02


def replay_live(live: LiveReplay, recording: 'Recording', planned: dict[str, list[PlannedRound]],
                digests: Mapping[str, str], tell: Callable[[str], None]) -> Run:
    """Play, ask and score; return the run. `digests` are of 'bag' and 'script'."""
    with ExitStack() as stack:
        children: tuple[Child, ...] = ()
        if not live.attach:
            environment = own_domain(live.out / 'log')
        from reasonseg_ros.ros import dds
        dds.prepare()
        interrupt_on_sigterm()
        from reasonseg_ros.ros.client.client import Client
        from reasonseg_ros.ros.client.listeners import Monitor
        from reasonseg_ros.ros.client.player import Player
        if not live.attach:
            node = Child('node', 'reasonseg_ros.cli.main', _node_arguments(live, recording),
                         live.out / 'log' / 'node.log', environment)
            children = (stack.enter_context(node),)
        client = stack.enter_context(Client(live.node, patience=1.0))
        tell('waiting for the node to load its model ...')
        wait_for_node(client, children, READY_WITHIN)
        bag = stack.enter_context(Bag(live.bag))
        if recording.trouble:
            bag.rescue(recording.trouble)
        topics = recording.topics
        camera = [t for t in (topics.image, topics.depth, topics.info) if t]
        player = stack.enter_context(
            Player(bag, [*camera, *bag.of_kind(TRANSFORMS)], live.rate))
        for topic in player.left_out:
            tell(f'{topic} is not played: its message type is not installed')
        monitor = stack.enter_context(Monitor(live.node))
        player.start(camera, READY_WITHIN)
        run = converse(live, recording, planned, digests, client, player, tell)
        _report_intake(player, monitor, topics.image, tell)
        return run


def _node_arguments(live: LiveReplay, recording: 'Recording') -> list[str]:
    image, depth, info = (recording.topics.image, recording.topics.depth, recording.topics.info)
    parameters = ['use_sim_time:=true', 'store_path:=":memory:"', f'sync_slop:={live.slop}']
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
    return ['node', '--engine', live.engine, '--checkpoint', live.checkpoint, '--device',
            live.device, '--ros-args', '-r', f'__node:={live.node}', *ros]


class _NodeRespondent(Respondent):
    """Answers as a node does at the times of the player, for one dialogue.

    due    the round that is asked now
    reply  of that round; None until it was asked
    log    what all dialogues share
    """

    due: PlannedRound
    reply: 'Reply | None' = None

    def __init__(self, client: 'Client', recording: 'Recording', player: 'Player', dialogue: str,
                 log: '_Log') -> None:
        self._client, self._recording, self._player = client, recording, player
        self._id, self._log = dialogue, log

    def ask(self, said: str, references: tuple[int, ...] = (), answer: str = '') -> RoundAnswer:
        """Wait for the moment, ask, and read back what the dialogue has recorded."""
        policy = 'latest' if self.due.said.frame is None else 'stamp'
        when = self.due.moment.time + round(TRAVEL * NANOSECONDS)
        self._player.wait(when)
        self._log.late.append(max(0, self._player.now - when) / NANOSECONDS)
        begun = monotonic()
        self.reply = reply = self._client.segment(
            said, self._id, policy=policy, stamp=self.due.moment.colour.stamp,
            timeout=ANSWER_WITHIN)
        self._log.latencies.append(monotonic() - begun)
        found, newest, _ = recorded_answer(self._client, reply, self._recording.size)
        self._log.engine = self._log.engine or ('' if newest is None else newest.engine)
        return found


@dataclass
class _Log:
    """What is told of a whole replay.

    latencies  seconds of each answer
    late       seconds of the bag that each sentence was said after its time
    engine     provenance, as the node records it; '' until something was recorded
    """

    latencies: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    engine: str = ''


def _ask(interview: Interview, respondent: _NodeRespondent, recording: 'Recording',
         due: PlannedRound, number: int, image_file: str) -> ReplayedRound:
    """Ask one round; it is drawn on the image that the node says it took."""
    respondent.due, respondent.reply = due, None
    record, answer = interview.ask(scripted(due.said, number), image_file)
    moment = due.moment
    if respondent.reply is not None:
        moment = recording.stamped(respondent.reply.frame_stamp) or moment
    frame, notes, _ = look(recording, moment)
    return ReplayedRound(record, due.moment.time, frame, notes, answer.instances, (),
                         dict(answer.seconds))


def converse(live: LiveReplay, recording: 'Recording', planned: dict[str, list[PlannedRound]],
             digests: Mapping[str, str], client: 'Client', player: 'Player',
             tell: Callable[[str], None]) -> Run:
    """Ask every sentence at its time, those of all dialogues in the order of the bag."""
    order = sorted(((due.moment.time, dialogue, number) for dialogue, rounds in planned.items()
                    for number, due in enumerate(rounds)), key=lambda entry: entry[0])
    log = _Log()
    respondents = {dialogue: _NodeRespondent(client, recording, player, dialogue, log)
                   for dialogue in planned}
    interviews = {dialogue: Interview(dialogue, r) for dialogue, r in respondents.items()}
    folder = ReplayFolder(live.out, {**digests, 'mode': 'live'})
    folder.lines.clear()  # what was heard in another playing of the bag does not count
    with folder:
        for count, (_, dialogue, number) in enumerate(tqdm(order, 'rounds', disable=None),
                                                      start=1):
            asked = _ask(interviews[dialogue], respondents[dialogue], recording,
                         planned[dialogue][number], number + 1, f'pictures/{count:04}.jpg')
            folder.add(asked, number == len(planned[dialogue]) - 1)
        player.wait_for_end()
        options = {**options_of(recording.topics, live.slop, not recording.trouble),
                   'live': True, 'rate': live.rate}
        run = Run('bag', data_of(digests), log.engine or 'unknown', Protocol(), (), options)
        timings: dict[str, Any] = {
            'bag_seconds': recording.duration, 'published': dict(player.published),
            'latest_image_seconds': player.latest, 'latencies': log.latencies, 'late': log.late}
        with Bag(live.bag) as bag:
            if recording.trouble:
                bag.rescue(recording.trouble)
            run = folder.finish(run, timings, bag, live.node)
    if log.latencies:
        ranked = sorted(log.latencies)
        middle, high = (ranked[int(share * (len(ranked) - 1))] for share in (0.5, 0.95))
        tell(f'{len(ranked)} answers took {1000 * middle:.0f} ms (p50), {1000 * high:.0f} ms '
            f'(p95); the latest sentence was said {max(log.late):.2f} s of the bag after its '
            f'time, the latest image went out {player.latest:.3f} s after its own')
    return run


def _report_intake(player: 'Player', monitor: 'Monitor', topic: str,
                   tell: Callable[[str], None]) -> None:
    """Say how many images the node did not get."""
    if player.trouble:
        tell(f'the bag could not be played to its end: {player.trouble}')
    reports: tuple[Report, ...] = ()
    end = monotonic() + LISTEN
    while (left := end - monotonic()) > 0:  # those that wait may be older than the last image
        reports = monitor.next(left) or reports
    seen = next((r for r in reports if r.component == 'camera'), None)
    sent = player.published[topic]
    if seen is None or 'image received' not in seen.values:
        tell(f'{sent} images were published; the node does not say how many it got')
        return
    got = int(seen.values['image received'])
    tell(f'{sent} images were published, the node got {got}; {max(0, sent - got)} were lost')
