# SPDX-License-Identifier: Apache-2.0
"""Exit statuses: every status of a request has one, the page says the same, the worst one wins."""

import re
from pathlib import Path

from reasonseg_ros.cli.exit_status import EXITS, exit_status, worst
from reasonseg_ros.core.errors import Status

PAGE = Path(__file__).parents[2] / 'docs' / 'command_line.md'


def test_every_status_has_an_exit_status_and_only_ok_is_0():
    assert set(EXITS) == set(Status)
    assert [s for s in Status if exit_status(s) == 0] == [Status.OK]


def test_the_page_has_the_same_table_in_the_same_order():
    rows = re.findall(r'^\| (\d+) \| (.*) \|$', PAGE.read_text(), re.MULTILINE)
    assert [(Status[name], int(code)) for code, text in rows
            for name in re.findall(r'`([A-Z_]+)`', text)] == list(EXITS.items())


def test_the_worst_status_stands_last_in_the_table():
    assert worst([]) is Status.OK
    assert worst([Status.OK, Status.TALK, Status.AMBIGUOUS]) is Status.TALK
    assert worst([Status.BAD_REQUEST, Status.NOTHING_FOUND]) is Status.BAD_REQUEST
    assert worst([Status.INTERNAL, Status.BUSY]) is Status.INTERNAL
