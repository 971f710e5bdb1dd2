# SPDX-License-Identifier: Apache-2.0
"""Checkpoints that are not what they say are refused in one sentence, before they answer."""

import json
import math
import zipfile
from pathlib import Path

import pytest

pytest.importorskip('transformers')
pytest.importorskip('sentencepiece')

import torch
from safetensors.torch import load_file, save_file
from support import published

from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.weights import embedded, folder
from reasonseg_ros.engines.weights.convert_lisa import convert
from reasonseg_ros.engines.weights.published import names, read_file, read_folder
from reasonseg_ros.nn.llama_tokenizer import LlamaTokenizer

POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A published checkpoint of LISA."""
    return published.publish(tmp_path / 'published', 'lisa')


def change(path: Path, **values: object) -> None:
    """Set values of a JSON file."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def refused(source: Path, words: str) -> None:
    """The conversion ends with these words, in one line, and leaves nothing."""
    target = source.parent / 'converted'
    with pytest.raises(BadCheckpoint, match=words) as told:
        convert('lisa', source, target)
    assert '\n' not in str(told.value) and not target.exists()


@pytest.mark.parametrize('name, value', [
    ('rope_theta', 500000.0), ('hidden_act', 'gelu'), ('attention_bias', True), ('head_dim', 7),
    ('mlp_bias', True), ('tie_word_embeddings', True),
    ('rope_parameters', {'rope_theta': 5e5, 'rope_type': 'llama3'})])
def test_another_architecture_is_refused_with_what_was_expected(source, name, value):
    change(source / 'config.json', **{name: value})
    refused(source, f'another architecture .*{name} is .*, expected ')


@pytest.mark.parametrize('layer', [99, -99, '-2', None, True, 1.0])
def test_a_layer_that_its_clip_does_not_have_is_refused(source, layer):
    change(source / 'config.json', mm_vision_select_layer=layer)
    refused(source, 'mm_vision_select_layer')


@pytest.mark.parametrize('name, value', [
    ('hidden_size', '64'), ('num_hidden_layers', -1), ('num_attention_heads', 0),
    ('rms_norm_eps', math.nan), ('vocab_size', 10 ** 12), ('num_attention_heads', None)])
def test_a_size_that_is_none_is_refused(source, name, value):
    change(source / 'config.json', **{name: value})
    refused(source, f'as {name}, expected a number above 0')


def test_weights_that_are_no_numbers_are_refused_at_every_door(source, tmp_path):
    convert('lisa', source, tmp_path / 'good')
    file = next((tmp_path / 'good').glob('weights-*'))
    held = load_file(file)
    next(iter(held.values())).view(-1)[0] = math.inf
    save_file(held, file)
    with pytest.raises(BadCheckpoint, match='NaN or infinite'):
        list(folder.read(tmp_path / 'good', 'lisa').tensors(torch.device('cpu'), torch.float32))
    tensors = load_file(source / 'weights.safetensors')
    tensors['lm_head.weight'][3, 3] = math.nan
    save_file(tensors, source / 'weights.safetensors')
    refused(source, 'tensor llama.lm_head.weight .* NaN')
    small = tmp_path / 'small.safetensors'
    embedded.write(small, 'tabletop', {}, {}, {'a': torch.tensor([math.nan])})
    with pytest.raises(BadCheckpoint, match='the tensor a .* NaN'):
        embedded.read(small, 'tabletop')


@pytest.mark.parametrize('added, words', [
    ({'[SEG]': -1}, 'the id -1'), ({'[SEG]': '7'}, "the id '7'"), ({'[SEG]': True}, 'True'),
    ({'[SEG]': 1.5}, '1.5'), ({'[SEG]': 10 ** 9}, '1000000000'), ({'[SEG]': 5}, 'which is that of'),
    ([], 'no table'), (None, 'no table')])
def test_ids_of_added_tokens_are_numbers_of_their_own(source, added, words):
    path = source / 'added_tokens.json'
    path.write_text(json.dumps({**json.loads(path.read_text()), **added}
                               if isinstance(added, dict) else added))
    with pytest.raises(BadCheckpoint, match=words):
        LlamaTokenizer.load(source)


def test_two_added_tokens_do_not_share_an_id(source):
    path = source / 'added_tokens.json'
    change(path, again=json.loads(path.read_text())['[SEG]'])
    with pytest.raises(BadCheckpoint, match='"again" has the id .* that of "'):
        LlamaTokenizer.load(source)


def test_a_row_without_a_token_is_never_said(tmp_path):
    source = published.publish(tmp_path / 'published', 'lisa', 'Sure, it is [SEG].')
    tensors = load_file(source / 'weights.safetensors')
    rows = len(tensors['lm_head.weight'])
    for name in ('lm_head.weight', 'model.embed_tokens.weight'):
        tensors[name] = torch.cat([tensors[name], torch.zeros(36, tensors[name].shape[1])])
    strongest = tensors['lm_head.weight'].abs().sum(1).argmax()
    tensors['lm_head.weight'][rows + 16] = 3 * tensors['lm_head.weight'][strongest]
    save_file(tensors, source / 'weights.safetensors')
    change(source / 'config.json', vocab_size=rows + 36)
    convert('lisa', source, tmp_path / 'converted')
    engine = registry.load('lisa', str(tmp_path / 'converted'), 'cpu', 'float32')
    assert rows + 16 in engine.tokenless
    context = engine.open(published.random_frame())
    with torch.inference_mode():
        state = context.stream.feed(engine.request('the mug', True))[-1]
        said = [token for token, _ in engine.answer(context.stream, state)]
    assert not {*said} & {*engine.tokenless} and engine.tokenizer.decode(said)


@pytest.mark.parametrize('place', ['../outside.safetensors', '/etc/hostname', 5, None, ''])
def test_files_that_an_index_names_stay_in_its_folder(source, place):
    index = source / 'model.safetensors.index.json'
    index.write_text(json.dumps({'weight_map': {'a': place}}))
    for read in (names, read_folder):
        with pytest.raises(BadCheckpoint, match='shard elsewhere: found'):
            read(source)
    index.write_text(json.dumps({'weight_map': ['a']}))
    with pytest.raises(BadCheckpoint, match='expected a table of files'):
        names(source)


@pytest.mark.parametrize('step', ['../../other', '/tmp', '', '\0'])
def test_the_newest_step_of_deepspeed_stays_in_its_folder(tmp_path, step):
    (tmp_path / 'latest').write_text(step)
    with pytest.raises(BadCheckpoint, match='names no folder beside it'):
        read_folder(tmp_path)


@pytest.mark.parametrize('name', ['../published/config.json', '/etc/hostname'])
def test_files_that_a_manifest_names_stay_in_its_folder(source, tmp_path, name):
    convert('lisa', source, tmp_path / 'good')
    path = tmp_path / 'good' / 'manifest.json'
    held = json.loads(path.read_text())
    held['files'][name] = {'bytes': 1, 'sha256': ''}
    path.write_text(json.dumps(held))
    with pytest.raises(BadCheckpoint, match='stays below'):
        folder.read(tmp_path / 'good', 'lisa')


@pytest.mark.parametrize('held', [
    [], None, 'x', {'format': folder.FORMAT, 'engine': 'lisa'},
    {'format': folder.FORMAT, 'engine': 'lisa', 'files': []},
    {'format': folder.FORMAT, 'engine': 'lisa', 'files': {'config.json': 5}},
    {'format': folder.FORMAT, 'engine': 'lisa', 'files': {'config.json': {'bytes': '5'}}}])
def test_a_manifest_of_another_form_is_one_line(tmp_path, held):
    (tmp_path / 'manifest.json').write_text(json.dumps(held))
    (tmp_path / 'config.json').write_text('{}')
    with pytest.raises(BadCheckpoint) as told:
        folder.read(tmp_path, 'lisa')
    assert '\n' not in str(told.value)


@pytest.mark.parametrize('name', ['weights.safetensors', 'config.json', 'added_tokens.json'])
def test_a_pointer_of_git_lfs_is_named_as_one(source, name):
    (source / name).write_text(POINTER)
    refused(source, 'pointer of Git LFS')


def test_a_pointer_instead_of_the_embedded_file_is_named_as_one(tmp_path):
    (tmp_path / 'a.safetensors').write_text(POINTER)
    with pytest.raises(BadCheckpoint, match='pointer of Git LFS.*git lfs pull'):
        embedded.read(tmp_path / 'a.safetensors', 'tabletop')


def test_an_archive_that_unpacks_to_more_than_it_is_is_not_unpacked(tmp_path):
    torch.save({'a': torch.zeros(1 << 20)}, tmp_path / 'plain.pt')
    assert read_file(tmp_path / 'plain.pt')['a'].shape == (1 << 20,)
    with zipfile.ZipFile(tmp_path / 'plain.pt') as plain, zipfile.ZipFile(
            tmp_path / 'packed.pt', 'w', zipfile.ZIP_DEFLATED) as packed:
        for entry in plain.namelist():
            packed.writestr(entry, plain.read(entry))
    with pytest.raises(BadCheckpoint, match='compressed entries'):
        read_file(tmp_path / 'packed.pt')


@pytest.mark.parametrize('archive', [True, False])
def test_a_pickle_with_an_endless_name_is_refused_at_once(tmp_path, archive):
    torch.save({'a' * 200_000: torch.zeros(1)}, tmp_path / 'a.pt',
               _use_new_zipfile_serialization=archive)
    with pytest.raises(BadCheckpoint, match='a text of 200000 characters, expected names'):
        read_file(tmp_path / 'a.pt')
    torch.save({'a': torch.ones(1)}, tmp_path / 'a.pt', _use_new_zipfile_serialization=archive)
    assert read_file(tmp_path / 'a.pt')['a'].tolist() == [1.0]
