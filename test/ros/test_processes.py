# SPDX-License-Identifier: Apache-2.0
"""Children end with their block, whatever they do; domains in use are left alone."""

import os
import socket
import time

import pytest

from reasonseg_ros.ros import processes
from reasonseg_ros.ros.processes import Child, ChildFailed, free_domain

STUBBORN = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); ' \
           'print("ready", flush=True); time.sleep(60)'


def _child(tmp_path, program):
    (tmp_path / 'program.py').write_text(program)
    environment = {**os.environ, 'PYTHONPATH': str(tmp_path)}
    return Child('helper', 'program', [], tmp_path / 'log' / 'helper.log', environment)


def _wait(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def _gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_child_is_ended_when_its_block_fails(tmp_path):
    sleeper = 'import time; time.sleep(60)'
    with pytest.raises(ZeroDivisionError), _child(tmp_path, sleeper) as child:
        raise ZeroDivisionError
    assert _gone(child.pid)


def test_a_child_that_ignores_sigterm_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, 'PATIENCE', 0.05)
    with _child(tmp_path, STUBBORN) as child:
        _wait(lambda: child.tail(1) == 'ready')
    assert _gone(child.pid)


def test_a_child_that_ended_is_reported_with_its_last_words(tmp_path):
    def check(child):
        try:
            child.check()
        except ChildFailed:
            return True
        return False

    with _child(tmp_path, 'print("no model"); raise SystemExit(3)') as child:
        _wait(lambda: check(child))
        with pytest.raises(ChildFailed, match='the helper ended with exit code 3: no model .*log'):
            child.check()


def test_a_domain_in_use_is_left_alone():
    domain = free_domain(os.getpid())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as used:
        used.bind(('', 7400 + 250 * domain + 10))
        assert free_domain(domain - processes.DOMAINS[0]) != domain
    assert free_domain(domain - processes.DOMAINS[0]) == domain
