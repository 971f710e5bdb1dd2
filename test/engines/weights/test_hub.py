# SPDX-License-Identifier: Apache-2.0
"""Weights come from a hub whole or not at all, go on where they broke off, and errors are one line.

The hub is one on this computer.
"""

import errno
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.local_hub import COMMIT, LocalHub, hub

from reasonseg_ros.core.errors import BadInput, ReasonSegError
from reasonseg_ros.engines.weights import hub as module
from reasonseg_ros.engines.weights.hub import (
    Hub,
    HubError,
    check_room,
    damaged_files,
    is_complete,
    pull,
    read_record,
)
from reasonseg_ros.engines.weights.offers import OFFERS, Offer, WeightSource

DATA = np.random.default_rng(0).bytes(50_000)
FILES = {'config.json': b'{"model_type": "sam2"}', 'model.safetensors': DATA,
         'pytorch_model.bin': b'not wanted', 'tokenizer/vocab.txt': b'a\nb\n'}
OFFER = Offer('grounded', 'for tests', (WeightSource('owner/model'),), 'CC0', 'http://licence')


@pytest.fixture
def server(monkeypatch) -> Iterator[LocalHub]:
    """Yield a hub with one repository."""
    monkeypatch.delenv('HF_TOKEN', raising=False)
    monkeypatch.setattr(module, 'BLOCK', 1000)
    with hub({'owner/model': FILES, '': {'alone.pth': DATA}}) as running:
        yield running


def fetched(server: LocalHub, folder: Path, offer: Offer = OFFER, token: str = '') -> None:
    """Pull an offer from a server."""
    pull('test', offer, folder, Hub(server.url, token, True), lambda *args: None)


def refused(server: LocalHub, folder: Path, *words: str, offer: Offer = OFFER,
            kind: type[ReasonSegError] = HubError, token: str = '') -> None:
    """Check the one line that a pull ends with, and that nothing counts as complete."""
    with pytest.raises(kind) as raised:
        fetched(server, folder, offer, token)
    message = str(raised.value)
    assert '\n' not in message and all(word in message for word in words), message
    assert not is_complete(folder)


def test_files_arrive_with_a_record_of_their_hashes(server, tmp_path):
    fetched(server, tmp_path / 'm')
    assert (tmp_path / 'm/model.safetensors').read_bytes() == DATA
    assert not (tmp_path / 'm/pytorch_model.bin').exists()
    assert is_complete(tmp_path / 'm') and damaged_files(tmp_path / 'm') == []
    held = read_record(tmp_path / 'm')
    assert held['sources'] == [{'source': 'owner/model', 'revision': 'main', 'commit': COMMIT}]
    assert set(held['files']) == {'config.json', 'model.safetensors', 'tokenizer/vocab.txt'}


def test_what_is_there_is_not_fetched_again(server, tmp_path):
    fetched(server, tmp_path)
    before = len(server.sent_on)
    (tmp_path / 'config.json').write_text('{}')
    fetched(server, tmp_path)
    assert len(server.sent_on) == before
    assert (tmp_path / 'config.json').read_bytes() == FILES['config.json']


def test_an_answer_that_breaks_off_goes_on_where_it_ended(server, tmp_path):
    server.cut = 20_000, 2
    fetched(server, tmp_path)
    assert (tmp_path / 'model.safetensors').read_bytes() == DATA
    assert [asked for _, asked, _ in server.sent_on] == ['', 'bytes=20000-', 'bytes=40000-']


def test_a_pull_that_was_interrupted_goes_on_the_next_time(server, tmp_path):
    server.cut = 10_000, 4
    refused(server, tmp_path, 'model.safetensors', '40000 of 50000 bytes', 'goes on there')
    assert (tmp_path / 'model.safetensors.part').stat().st_size == 40_000
    fetched(server, tmp_path)
    assert server.sent_on[-1][1] == 'bytes=40000-'
    assert (tmp_path / 'model.safetensors').read_bytes() == DATA


def test_a_server_without_ranges_begins_again(server, tmp_path):
    server.cut, server.ranges = (10_000, 1), False
    fetched(server, tmp_path)
    assert (tmp_path / 'model.safetensors').read_bytes() == DATA


@pytest.mark.parametrize('path', ['model.safetensors', 'config.json'])
def test_a_wrong_hash_removes_the_file_and_says_so(server, tmp_path, path):
    server.damaged = frozenset((path,))
    refused(server, tmp_path, path, 'has the hash', 'it was removed')
    assert not (tmp_path / path).exists() and not (tmp_path / f'{path}.part').exists()


def test_a_listing_that_is_not_the_published_one_is_refused(server, tmp_path):
    known = WeightSource('owner/model', sha256={'model.safetensors': 'ab' * 32})
    refused(server, tmp_path, 'expected abababababab', 'another mirror',
            offer=Offer('grounded', '', (known,), 'CC0', ''))


def test_a_gate_wants_a_token_which_goes_to_the_hub_alone(server, tmp_path):
    server.token = 'secret'
    refused(server, tmp_path, 'owner/model is closed to you (HTTP 401)', 'HF_TOKEN is empty',
            kind=BadInput)
    refused(server, tmp_path, 'the token in HF_TOKEN has no access', kind=BadInput, token='other')
    fetched(server, tmp_path, token='secret')
    assert {token for *_, token in server.sent_on} == {''}
    assert is_complete(tmp_path)


def test_what_is_not_there_is_named(server, tmp_path):
    refused(server, tmp_path, 'owner/other is not at', 'HTTP 404',
            offer=Offer('grounded', '', (WeightSource('owner/other'),), 'CC0', ''))
    refused(server, tmp_path, 'has none of the files *.onnx at main', offer=Offer(
        'grounded', '', (WeightSource('owner/model', patterns=('*.onnx',)),), 'CC0', ''))


def test_a_file_of_another_address_comes_from_the_mirror_where_one_is_given(server, tmp_path):
    alone = WeightSource(url='https://example.invalid/files/alone.pth', size=len(DATA))
    fetched(server, tmp_path, Offer('lisa', '', (alone,), 'CC0', ''))
    assert (tmp_path / 'alone.pth').read_bytes() == DATA


def test_a_hub_that_cannot_be_reached_is_one_line(tmp_path):
    with hub({}) as gone:
        url = gone.url
    with pytest.raises(HubError, match='cannot be reached .* --mirror and HF_ENDPOINT'):
        Hub(url).files(WeightSource('owner/model'))


def test_a_disk_with_too_little_room_is_told_before_anything_is_fetched(
        server, tmp_path, monkeypatch):
    usage = module.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(module.shutil, 'disk_usage',
                        lambda place: usage._replace(free=module.SPARE + 100))
    refused(server, tmp_path / 'm', 'has 0.3 GB free', 'give --to FOLDER', kind=BadInput)
    assert not (tmp_path / 'm').exists()
    check_room(tmp_path, [])


def test_a_disk_that_fills_up_keeps_what_is_there(server, tmp_path, monkeypatch):
    opened = Path.open

    class _Full:
        def __init__(self, stream) -> None:
            self._stream = stream

        def __enter__(self):
            return self

        def __exit__(self, *exc_info) -> None:
            self._stream.close()

        def write(self, block: bytes) -> int:
            if self._stream.tell() >= 5000:
                raise OSError(errno.ENOSPC, 'No space left on device')
            return self._stream.write(block)
    monkeypatch.setattr(Path, 'open', lambda self, mode='r', *rest, **more: (
        _Full(opened(self, mode, *rest, **more)) if mode in ('ab', 'wb')
        else opened(self, mode, *rest, **more)))
    refused(server, tmp_path, 'is full', 'goes on where it ended', kind=BadInput)
    monkeypatch.undo()
    assert (tmp_path / 'model.safetensors.part').stat().st_size == 5000
    fetched(server, tmp_path)
    assert (tmp_path / 'model.safetensors').read_bytes() == DATA


def test_paths_of_a_hub_stay_inside_the_folder(tmp_path):
    with hub({'owner/model': {'../evil.json': b'{}'}}) as server:
        refused(server, tmp_path / 'm', 'outside the folder')
    assert not (tmp_path / 'evil.json').exists()


@pytest.mark.parametrize('text', ['', '[]', '{"files": 1}', '{"files": {"/etc/x": {}}}'])
def test_a_damaged_record_counts_as_nothing(tmp_path, text):
    (tmp_path / 'pulled.json').write_text(text)
    assert not is_complete(tmp_path)


def test_the_hub_is_that_of_the_environment_or_the_mirror(monkeypatch):
    monkeypatch.setenv('HF_ENDPOINT', 'https://hub.example/')
    monkeypatch.setenv('HF_TOKEN', 't')
    assert Hub.from_environment() == Hub('https://hub.example', 't', False)
    assert Hub.from_environment('http://near') == Hub('http://near', 't', True)
    with pytest.raises(BadInput, match='expected https://HOST'):
        Hub.from_environment('ftp://near')


def test_every_offer_has_a_licence_a_size_and_a_source():
    for name, offer in OFFERS.items():
        assert offer.licence and offer.licence_url.startswith('https://'), name
        assert all(s.size and bool(s.repo) != bool(s.url) for s in offer.sources), name
        assert json.dumps(list(offer.convert or {})) and offer.memory, name
