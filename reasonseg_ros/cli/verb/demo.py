# SPDX-License-Identifier: Apache-2.0
"""`reasonseg demo`: camera and node as two processes, a scripted dialogue, a report.

The only thing it shares with the node is ROS: every sentence goes through the service. Does not
choose the dialogue (`evaluation.demo_script`) or judge it (`reports.demo`).
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reasonseg_ros.cli.text import say
from reasonseg_ros.cli.text import shorten
from reasonseg_ros.cli.text import status_word
from reasonseg_ros.cli.text import table
from reasonseg_ros.core.errors import DeadlineExceeded
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.ros.client.ready import HOPELESS
from reasonseg_ros.ros.client.ready import PAUSE
from reasonseg_ros.ros.client.ready import ask_when_ready
from reasonseg_ros.ros.processes import Child
from reasonseg_ros.ros.processes import interrupt_on_sigterm
from reasonseg_ros.ros.processes import own_domain

if TYPE_CHECKING:
    from reasonseg_ros.engines.session import Reply
    from reasonseg_ros.evaluation.demo_script import DemoScript
    from reasonseg_ros.evaluation.demo_script import Step
    from reasonseg_ros.reports.demo import DemoRound
    from reasonseg_ros.reports.demo import Verdict
    from reasonseg_ros.ros.client.client import Client

WIDTH, HEIGHT = 640, 480
RATE = 10             # pictures per second; plenty for a table that does not move
READY_WITHIN = 120.0  # seconds until the node has loaded its model, on a slow machine
ANSWER_WITHIN = 60.0  # seconds for one sentence
LOG_LINES = 25        # of each process, shown when the demo fails
SHEET_COLUMNS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `reasonseg demo` takes."""
    parser.add_argument('--seed', type=int, default=0, help='another number, another scene')
    parser.add_argument('--out', type=Path, default=Path('out/demo'), metavar='DIR',
                        help='folder for report.html, dialogue.json and pictures')
    parser.add_argument('--engine', default='tabletop', help='engine of the node')
    parser.add_argument('--checkpoint', default='', metavar='FILE',
                        help="weights of the engine (the package's own)")


def main(args: argparse.Namespace) -> int:
    """Run the demo; 0 only when every round ended as expected and the masks are good enough."""
    environment = own_domain(args.out / 'log')
    from reasonseg_ros.ros import dds  # explains what to do when ROS is missing
    dds.prepare()
    from reasonseg_ros.evaluation.demo_script import choose
    interrupt_on_sigterm()
    say('choosing an unseen scene ...')
    script = choose(args.seed, WIDTH, HEIGHT)
    say(f'scene {script.scene_seed}: '
        f'{", ".join(f"{o.colour} {o.category}" for o in script.view.truth.objects)}')
    started = time.monotonic()
    rounds = _converse(args, script, environment)
    from reasonseg_ros.reports.demo import judge
    verdict = judge(script, rounds)
    _print(rounds, verdict, len(script.steps), time.monotonic() - started)
    _write(args, script, rounds, verdict)
    for fault in verdict.faults:
        sys.stderr.write(f'reasonseg demo: {fault}\n')
    if not verdict.passed:
        sys.stderr.write(f'reasonseg demo: the log of the node is {args.out / "log/node.log"}\n')
    return 0 if verdict.passed else 1


def _converse(args: argparse.Namespace, script: 'DemoScript',
              environment: Mapping[str, str]) -> list['DemoRound']:
    from reasonseg_ros.ros.client.client import Client
    program = 'reasonseg_ros.cli.main'
    camera = Child('simulated camera', program,
                   ['sim', '--split', 'test', '--seed', str(script.scene_seed), '--width',
                    str(WIDTH), '--height', str(HEIGHT), '--rate', str(RATE)],
                   args.out / 'log' / 'sim.log', environment)
    node = Child('node', program,
                 ['node', '--engine', args.engine, '--checkpoint', args.checkpoint,
                  '--ros-args', '-p', 'store_path:=":memory:"'],
                 args.out / 'log' / 'node.log', environment)
    children = (camera, node)
    with ExitStack() as stack:
        try:
            for child in children:
                stack.enter_context(child)
                say(f'started the {child.name} (process {child.pid}, log {child.log})')
            client = stack.enter_context(Client(patience=1.0))
            wait_for_node(client, children)
            return _rounds(client, script, children)
        except ReasonSegError:
            for child in children:
                sys.stderr.write(f'--- last lines of {child.log} ---\n{child.tail(LOG_LINES)}\n')
            raise


def wait_for_node(client: 'Client', children: tuple[Child, ...]) -> None:
    """Return when the node serves requests; `children` must go on meanwhile."""
    from reasonseg_ros.ros.client.client import NodeMissing
    say('waiting for the node to load its model ...')
    end = time.monotonic() + READY_WITHIN
    while True:
        for child in children:
            child.check()
        try:
            client.dialogues()
            return
        except NodeMissing as error:
            if HOPELESS in str(error):
                raise DeadlineExceeded(str(error)) from error
            if time.monotonic() > end:
                raise DeadlineExceeded(f'the node was not ready after {READY_WITHIN:g} s: {error}'
                                       ) from error
        time.sleep(PAUSE)


def _rounds(client: 'Client', script: 'DemoScript', children: tuple[Child, ...]) -> list['DemoRound']:
    rounds: list[DemoRound] = []
    for number, step in enumerate(script.steps, start=1):
        first = rounds[step.anchor - 1].instances if step.anchor else ()
        # A person would say the number in the picture; without one, the number it should have.
        anchor = f'instance {first[0].id if first else step.anchor}'
        sentence = step.sentence.replace('{anchor}', anchor)
        begun = time.monotonic()
        reply = ask_when_ready(partial(client.segment, sentence, timeout=ANSWER_WITHIN), children,
                               READY_WITHIN)
        if number > 1:
            latency = time.monotonic() - begun
        else:  # waiting for the first picture is not answering
            latency = reply.seconds.get('total', time.monotonic() - begun)
        rounds.append(_answered(client, script, step, sentence, reply, latency))
        say(f'{number:2}/{len(script.steps)}  {sentence}  ->  {rounds[-1].answer}')
    return rounds


def _answered(client: 'Client', script: 'DemoScript', step: 'Step', sentence: str, reply: 'Reply',
              latency: float) -> 'DemoRound':
    from reasonseg_ros.reports.demo import DemoRound
    from reasonseg_ros.reports.demo import truth_instances
    recorded = client.rounds(reply.dialogue_id)[1]
    shown = {i.id: i.at(WIDTH, HEIGHT) for r in recorded for i in r.instances}
    last = recorded[-1] if recorded and recorded[-1].index == reply.round else None
    earlier = () if last is None or step.undo else tuple(
        shown[i] for i in last.references if i in shown)
    return DemoRound(step, sentence, reply.status, reply.answer or reply.message,
                     tuple(i.at(WIDTH, HEIGHT) for i in reply.instances), earlier,
                     truth_instances(script, step), last.engine if last else '', latency,
                     reply.seconds)


def _print(rounds: list['DemoRound'], verdict: 'Verdict', planned: int, seconds: float) -> None:
    rows = [[str(n), shorten(r.sentence, 52), shorten(r.answer, 44), status_word(r.status),
             ', '.join(f'{i.id} {i.label}' for i in r.instances),
             ', '.join(f'{i.score:.2f}' for i in r.instances),
             '' if r.iou is None else f'{r.iou:.2f}', f'{1000 * r.latency:.0f} ms',
             '' if r.as_expected else f'expected: {status_word(r.step.status)}']
            for n, r in enumerate(rounds, start=1)]
    say()
    say(table(['round', 'sentence', 'answer', 'status', 'instances', 'score', 'IoU', 'time', ''],
              rows, right=(0, 6, 7)))
    say()
    right = sum(r.as_expected for r in rounds)
    say(f'{right} of {planned} rounds as expected, mean IoU {verdict.mean_iou:.2f}, '
        f'{seconds:.0f} s for the whole conversation')


def _write(args: argparse.Namespace, script: 'DemoScript', rounds: list['DemoRound'],
           verdict: 'Verdict') -> None:
    from reasonseg_ros.drawing import overlay
    from reasonseg_ros.reports import demo as demo_report
    from reasonseg_ros.reports import html
    for old in args.out.glob('round_*.png'):  # of a longer dialogue before
        old.unlink()
    panels = []
    for number, answered in enumerate(rounds, start=1):
        drawn = overlay.captioned(demo_report.picture(script, answered),
                                  f'{number}  {answered.sentence}', answered.answer)
        overlay.save(drawn, args.out / f'round_{number:02}.png')
        panels.append(drawn)
    if panels:
        overlay.save(overlay.contact_sheet(panels, SHEET_COLUMNS), args.out / 'dialogue.png')
    values = demo_report.record(script, rounds, verdict)
    (args.out / 'dialogue.json').write_text(json.dumps(values, indent=1), encoding='utf-8')
    command = f'reasonseg demo --seed {args.seed}'
    html.write(args.out / 'report.html',
               demo_report.document(script, rounds, verdict, command))
    say(f'report: {args.out / "report.html"}')
