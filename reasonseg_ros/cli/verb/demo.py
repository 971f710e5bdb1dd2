# SPDX-License-Identifier: Apache-2.0
"""`reasonseg demo`: camera and node as two processes, a scripted dialogue, a report.

The only thing it shares with the node is ROS: every sentence goes through the service. Does not
choose the dialogue (`evaluation.demo_script`) or judge it (`reports.demo`).
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from reasonseg_ros.cli.text import say, shorten, status_word, table
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.ros.processes import interrupt_on_sigterm, own_domain

if TYPE_CHECKING:
    from reasonseg_ros.evaluation.demo_script import DemoScript
    from reasonseg_ros.reports.demo import DemoRound, Verdict

WORLDS = ('tabletop', 'household')
LOG_LINES = 25        # of each process, shown when the demo fails
SHEET_COLUMNS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `reasonseg demo` takes."""
    parser.add_argument('--seed', type=int, default=0, help='another number, another scene')
    parser.add_argument('--out', type=Path, default=Path('out/demo'), metavar='DIR',
                        help='folder for report.html, dialogue.json and images')
    parser.add_argument('--world', choices=WORLDS, default=WORLDS[0],
                        help='whose scene; the household is drawn by rays (extra "household"), '
                             f'and choosing one takes a minute (default: {WORLDS[0]})')
    parser.add_argument('--engine', default='household',
                        help='engine of the node (default: household, as of every node)')
    parser.add_argument('--checkpoint', default='', metavar='FILE',
                        help="weights of the engine (the package's own)")


def main(args: argparse.Namespace) -> int:
    """Run the demo; 0 only when every round ended as expected and the masks are good enough."""
    environment = own_domain(args.out / 'log')
    from reasonseg_ros.ros import dds  # explains what to do when ROS is missing
    dds.prepare()
    from reasonseg_ros.evaluation.demo_script import choose
    from reasonseg_ros.ros.client import demo
    interrupt_on_sigterm()
    say('choosing an unseen scene ...')
    script = choose(args.seed, demo.WIDTH, demo.HEIGHT, args.world)
    say(f'scene {script.scene_seed}: '
        f'{", ".join(f"{o.colour} {o.category}".strip() for o in script.view.truth.objects)}')
    started = time.monotonic()
    with demo.camera_and_node(script, args.engine, args.checkpoint, args.out / 'log', environment,
                              say) as children:
        try:
            rounds = demo.converse(script, children, say)
        except ReasonSegError:
            for child in children:
                sys.stderr.write(f'--- last lines of {child.log} ---\n{child.tail(LOG_LINES)}\n')
            raise
    from reasonseg_ros.reports.demo import judge
    verdict = judge(script, rounds)
    command = (f'reasonseg demo --seed {args.seed}'
               f'{" --world household" * (args.world != WORLDS[0])}')
    _print(rounds, verdict, len(script.steps), time.monotonic() - started)
    _write(args.out, command, script, rounds, verdict)
    for fault in verdict.faults:
        sys.stderr.write(f'reasonseg demo: {fault}\n')
    if not verdict.passed:
        sys.stderr.write(f'reasonseg demo: the log of the node is {args.out / "log/node.log"}\n')
    return 0 if verdict.passed else 1


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


def _write(out: Path, command: str, script: 'DemoScript', rounds: list['DemoRound'],
           verdict: 'Verdict') -> None:
    from reasonseg_ros.drawing import overlay
    from reasonseg_ros.reports import demo as demo_report
    from reasonseg_ros.reports import html
    for old in out.glob('round_*.png'):  # of a longer dialogue before
        old.unlink()
    panels = []
    for number, answered in enumerate(rounds, start=1):
        drawn = overlay.captioned(demo_report.overlay_of(script, answered),
                                  f'{number}  {answered.sentence}', answered.answer)
        overlay.save(drawn, out / f'round_{number:02}.png')
        panels.append(drawn)
    if panels:
        overlay.save(overlay.contact_sheet(panels, SHEET_COLUMNS), out / 'dialogue.png')
    values = demo_report.record(script, rounds, verdict)
    (out / 'dialogue.json').write_text(json.dumps(values, indent=1), encoding='utf-8')
    html.write(out / 'report.html',
               demo_report.document(script, rounds, verdict, command))
    say(f'report: {out / "report.html"}')
