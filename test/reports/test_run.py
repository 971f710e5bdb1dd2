# SPDX-License-Identifier: Apache-2.0
"""The report of a run says how it was conducted, needs no network, and works in a real browser."""

import csv
import functools
import io
import re
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.runs import made_up

from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.drawing.rounds import draw_round
from reasonseg_ros.evaluation.records import Run
from reasonseg_ros.evaluation.summaries import summarise
from reasonseg_ros.reports import gallery
from reasonseg_ros.reports.run import write_comparison, write_report

PROTOCOL = 'Predicted history, free answers, native frame, order as given'
CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser')


def written(run: Run, folder: Path) -> str:
    write_report(run, summarise(run), folder, folder, {'note': 'a & b'})
    return (folder / 'report.html').read_text(encoding='utf-8')


def image_file(folder: Path, name: str = 'a') -> str:
    rng = np.random.default_rng(0)
    rgb = cv2.resize(rng.integers(0, 255, (48, 64, 3), np.uint8), (640, 480))
    mask = np.zeros((480, 640), bool)
    mask[100:300, 200:400] = True
    instance = Instance(3, 0, 1, 'mug', 0.9, Rle.encode(mask))
    return draw_round(folder, name, 1, rgb, [instance], [Rle.encode(mask[::-1])])


def test_a_report_says_first_how_the_run_was_conducted(tmp_path) -> None:
    page = written(made_up(), tmp_path)
    lead = re.search(r'<p class="lead">(.*?)</p>', page)[1]
    assert lead == (f'{PROTOCOL}: tabletop@123 on tabletop (split test, scenes 20, data abc), '
                    '20 dialogues, 100 rounds.')
    assert (tmp_path / 'report.md').read_text().split('\n\n')[1] == lead


def test_a_report_loads_nothing_and_takes_no_text_for_markup(tmp_path) -> None:
    page = written(made_up(), tmp_path)
    assert not re.search(r'https?://|url\(|@import|<link|<iframe|src="(?!data:)', page)
    assert 'the &lt;thing&gt; of round 1' in page and 'the <thing>' not in page


def test_figures_stand_beside_their_intervals_in_every_form(tmp_path) -> None:
    page = written(made_up(), tmp_path)
    value, interval = re.search(r'<td class="">gIoU per target</td>\s*<td class="number">([\d.]+)'
                                r'</td>\s*<td class="number">([\d.]+ to [\d.]+)</td>',
                                page.replace('<td>', '<td class="">')).groups()
    assert f'| gIoU per target | {value} | {interval} |' in (tmp_path / 'report.md').read_text()
    rows = list(csv.DictReader(io.StringIO((tmp_path / 'figures.csv').read_text())))
    row = next(r for r in rows if (r['group'], r['figure']) == ('', 'giou'))
    assert f'{100 * float(row["value"]):.1f}' == value
    assert {r['group'] for r in rows} == {'', 'round', 'kind'}
    rounds = list(csv.DictReader(io.StringIO((tmp_path / 'rounds.csv').read_text())))
    assert len(rounds) == 100 and rounds[0]['instruction'] == 'the <thing> of round 1'


def test_the_worst_rounds_come_first(tmp_path) -> None:
    badness = [float(b) for b in re.findall(r'data-badness="([-\d.]+)"',
                                            written(made_up(), tmp_path))]
    assert len(badness) == 100 and badness == sorted(badness, reverse=True)


def test_an_image_that_is_missing_leaves_the_words(tmp_path) -> None:
    page = written(made_up(image_file='pictures/none.jpg'), tmp_path)
    assert 'class="shot"' not in page and page.count('<article') == 100


def test_two_runs_stand_side_by_side_with_what_changed(tmp_path) -> None:
    changes = write_comparison(made_up(), made_up(level=0.6), (tmp_path, tmp_path), tmp_path)
    page = (tmp_path / 'report.html').read_text()
    assert next(c for c in changes if c.figure.name == 'giou').worse
    assert f'Before: {PROTOCOL}' in page and f'After: {PROTOCOL}' in page
    assert '<span class="badge bad">worse</span>' in page
    assert page.count('<article') == 100
    assert 'worse |' in (tmp_path / 'report.md').read_text()
    assert 'giou,0.' in (tmp_path / 'figures.csv').read_text()


def test_images_of_dialogues_with_odd_names_do_not_meet(tmp_path) -> None:
    names = {image_file(tmp_path, name) for name in ('a/b', 'a_b', '../a b', 'ä')}
    assert len(names) == 4
    assert all((tmp_path / name).is_file() and name.count('/') == 1 for name in names)


def browsed(page: str, folder: Path, probe: str) -> list[str]:
    """Return what a script says, one line each, after the page has run in a browser."""
    if CHROMIUM is None:
        pytest.skip('chromium is not installed, so the page is not tried in a browser')
    script = ('<script>setTimeout(() => { const say = t => { const p = '
              'document.createElement("p"); p.className = "said-by-test"; p.textContent = t; '
              f'document.body.append(p); }}; {probe} }}, 300);</script></body>')
    (folder / 'probe.html').write_text(page.replace('</body>', script))
    done = subprocess.run(
        [CHROMIUM, '--headless', '--no-sandbox', '--disable-gpu', '--virtual-time-budget=5000',
         f'--user-data-dir={folder / "profile"}', '--window-size=1200,900', '--dump-dom',
         (folder / 'probe.html').as_uri()], capture_output=True, text=True, timeout=60,
        check=False)
    said = re.findall(r'<p class="said-by-test">(.*?)</p>', done.stdout)
    if not said and done.returncode:
        pytest.skip(f'chromium does not run here: {done.stderr.strip()[-200:]}')
    return said


def test_filter_search_and_sort_work_in_a_browser(tmp_path) -> None:
    page = written(made_up(), tmp_path)
    said = browsed(page, tmp_path, '''
        const form = document.getElementById('controls'), count = document.getElementById('count');
        const put = (name, value) => { form.elements[name].value = value;
          form.dispatchEvent(new Event('input')); say(count.textContent); };
        say(count.textContent);
        put('kind', 'absent'); put('round', '1'); put('kind', ''); put('search', 'D003');
        put('search', 'nobody'); say(document.getElementById('none').hidden);
        put('search', ''); put('round', ''); put('sort', 'badness 1');
        const cards = [...document.querySelectorAll('.card:not([hidden])')];
        say(cards.every((c, i) => !i || +c.dataset.badness >= +cards[i - 1].dataset.badness));
        put('sort', 'asked 1');
        say([...document.querySelectorAll('.card')].slice(0, 6).map(c =>
          c.textContent.match(/d\\d+, round \\d/)[0]).join(' '));''')
    assert said == ['100 of 100', '20 of 100', '4 of 100', '20 of 100', '1 of 100', '0 of 100',
                    'false', '20 of 100', '100 of 100', '100 of 100', 'true', '100 of 100',
                    'd000, round 1 d000, round 2 d000, round 3 d000, round 4 d000, round 5 '
                    'd001, round 1']


def test_a_search_looks_at_words_and_not_into_images(tmp_path) -> None:
    page = written(made_up(dialogues=1, image_file=image_file(tmp_path)), tmp_path)
    assert '/9j/' in page  # how every JPEG begins in base64
    said = browsed(page, tmp_path, '''
        const form = document.getElementById('controls'), count = document.getElementById('count');
        for (const text of ['/9j/', 'Round 1']) { form.elements.search.value = text;
          form.dispatchEvent(new Event('input')); say(count.textContent); }''')
    assert said == ['0 of 5', '1 of 5']


def test_five_hundred_rounds_fit_in_25_mb_and_are_ready_in_two_seconds(
        tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(gallery, '_embedded', functools.cache(gallery._embedded))  # all are one
    page = written(made_up(dialogues=100, image_file=image_file(tmp_path)), tmp_path)
    assert page.count('class="shot"') == 500
    assert len(page.encode()) <= 25_000_000
    said = browsed(page, tmp_path, '''
        say(document.documentElement.dataset.ready);
        say(document.querySelectorAll('.shot img[src]').length);''')
    ready, decoded = map(int, said)
    assert ready < 2000
    assert decoded < 100  # the others wait until they are scrolled to
