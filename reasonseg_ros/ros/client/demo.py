# SPDX-License-Identifier: Apache-2.0
"""The demo's dialogue with a node: camera and node as two processes, and the script said to them.

The only thing it shares with the node is ROS: every sentence goes through the service. Does not
choose the dialogue (`evaluation.demo_script`) or judge it (`reports.demo`). Prints nothing: what is
worth saying goes to `tell`, a function of one line.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from time import monotonic, sleep

from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters

from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import ReasonSegError, Status
from reasonseg_ros.engines.protocol import unheard
from reasonseg_ros.evaluation.demo_script import DemoScript, Step, scripted
from reasonseg_ros.evaluation.interview import Interview, Respondent, RoundAnswer
from reasonseg_ros.reports.demo import DemoRound, truth_instances
from reasonseg_ros.ros.client.client import Client
from reasonseg_ros.ros.client.ready import ask_when_ready, recorded_answer, wait_for_node
from reasonseg_ros.ros.processes import Child

WIDTH, HEIGHT = 640, 480
RATE = 10             # images per second; plenty for a table that does not move
SETTLED = 1.5         # seconds until images from the new place of the camera have arrived
READY_WITHIN = 120.0  # seconds until the node has loaded its model, on a slow machine
ANSWER_WITHIN = 60.0  # seconds for one sentence


@contextmanager
def camera_and_node(script: DemoScript, engine: str, checkpoint: str, logs: Path,
                    environment: Mapping[str, str], tell: Callable[[str], None]
                    ) -> Iterator[tuple[Child, Child]]:
    """Run the simulated camera on the script's scene, and a node, with their logs in a folder."""
    program = 'reasonseg_ros.cli.main'
    camera = Child('simulated camera', program,
                   ['sim', '--world', script.world, '--split', 'test', '--seed',
                    str(script.scene_seed), '--width', str(WIDTH), '--height', str(HEIGHT),
                    '--rate', str(RATE)],
                   logs / 'sim.log', environment)
    node = Child('node', program,
                 ['node', '--engine', engine, '--checkpoint', checkpoint,
                  '--ros-args', '-p', 'store_path:=":memory:"'],
                 logs / 'node.log', environment)
    with ExitStack() as stack:
        for child in (camera, node):
            stack.enter_context(child)
            tell(f'started the {child.name} (process {child.pid}, log {child.log})')
        yield camera, node


def converse(script: DemoScript, children: tuple[Child, ...], tell: Callable[[str], None]
             ) -> list[DemoRound]:
    """Wait for the node, then say every sentence of the script to it."""
    with Client(patience=1.0) as client:
        tell('waiting for the node to load its model ...')
        wait_for_node(client, children, READY_WITHIN)
        return say_script(client, script, children, tell, move_camera)


def move_camera(degrees: float) -> None:
    """Let the simulated camera go round the table, and wait until it is there."""
    value = ParameterValue(type=ParameterType.PARAMETER_DOUBLE, double_value=degrees)
    with Client('sim_camera') as camera:
        answer = camera.call(SetParameters, 'set_parameters', SetParameters.Request(
            parameters=[Parameter(name='azimuth', value=value)]), ANSWER_WITHIN)
    if not all(result.successful for result in answer.results):
        raise ReasonSegError(f'the simulated camera does not go aside: {answer.results[0].reason}')
    sleep(SETTLED)


def say_script(client: Client, script: DemoScript, children: tuple[Child, ...],
               tell: Callable[[str], None], move: Callable[[float], None] = unheard
               ) -> list[DemoRound]:
    """Say every sentence of the script; `children` must go on meanwhile.

    move  told by how many degrees the camera is to go aside, before the first step from there
    """
    respondent = _DemoRespondent(client, children)
    interview = Interview('demo', respondent)
    rounds: list[DemoRound] = []
    for number, (step, asked) in enumerate(zip(script.steps, scripted(script)), start=1):
        respondent.forget()
        if step.aside and not script.steps[number - 2].aside:
            tell(f'the camera goes {script.degrees:g} degrees round the table')
            move(script.degrees)
        record, answer = interview.ask(asked)
        if respondent.failure is not None:
            raise respondent.failure
        rounds.append(_demo_round(script, step, record.instruction, answer, respondent))
        tell(f'{number:2}/{len(script.steps)}  {record.instruction}  ->  {rounds[-1].answer}')
    return rounds


class _DemoRespondent(Respondent):
    """Answers as the node does; keeps what else the report tells about the newest round.

    latency  seconds from the request to the reply, as the client saw it
    failure  why there is no reply: a process has ended or never got ready, which ends the demo
    """

    def __init__(self, client: Client, children: tuple[Child, ...]) -> None:
        self._client, self._children = client, children
        self._first = True
        self.failure: ReasonSegError | None = None
        self.forget()

    def forget(self) -> None:
        """Begin the next round."""
        self.earlier: tuple[Instance, ...] = ()
        self.engine = ''
        self.latency = 0.0

    def ask(self, said: str, references: tuple[int, ...] = (), answer: str = '') -> RoundAnswer:
        """Ask the node, and read back what the dialogue has recorded."""
        begun = monotonic()
        try:
            reply = ask_when_ready(
                self._client, partial(self._client.segment, said, timeout=ANSWER_WITHIN),
                self._children, READY_WITHIN)
        except ReasonSegError as error:
            self.failure = error
            raise
        self.latency = monotonic() - begun
        if self._first:  # waiting for the first image is not answering
            self.latency, self._first = reply.seconds.get('total', self.latency), False
        found, newest, shown = recorded_answer(self._client, reply, (WIDTH, HEIGHT))
        if newest is not None:
            self.engine = newest.engine
            self.earlier = tuple(shown[i] for i in newest.references if i in shown)
        return found


def _demo_round(script: DemoScript, step: Step, sentence: str, answer: RoundAnswer,
                asked: _DemoRespondent) -> DemoRound:
    """What the report shows of a round; one that could not be asked has no answer."""
    status = Status[answer.status] if answer.status else Status.BAD_REFERENCE
    text = answer.text if answer.status else 'not asked: nothing has the number that it names'
    return DemoRound(step, sentence, status, text, answer.instances,
                     () if step.undo else asked.earlier, truth_instances(script, step),
                     asked.engine, asked.latency, answer.seconds)
