# SPDX-License-Identifier: Apache-2.0
"""Published checkpoints become folders that engines load; what does not fit is named."""

import json
from pathlib import Path

import pytest
import torch

pytest.importorskip('transformers')
pytest.importorskip('sentencepiece')

from safetensors.torch import save_file
from support import published
from support.golden import each_folder

from reasonseg_ros.cli import main as cli
from reasonseg_ros.core.errors import BadCheckpoint, BadRequest
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.weights import convert_lisa as converter
from reasonseg_ros.engines.weights import folder as folders
from reasonseg_ros.engines.weights import renaming
from reasonseg_ros.engines.weights.convert_lisa import convert
from reasonseg_ros.nn.lisa import LisaConfig, LisaModel
from reasonseg_ros.nn.sam import VIT_H

NONE = torch.device('cpu'), torch.float32
SAM = converter.SAM


@pytest.fixture
def source(tmp_path) -> Path:
    return published.publish(tmp_path / 'published')


@pytest.fixture
def converted(source, tmp_path) -> Path:
    return convert('m2sa', source, tmp_path / 'converted').path


def rewrite(source: Path, **changed: torch.Tensor | None) -> None:
    """Replace tensors of the published file; None takes one away. '__' in a name is a dot."""
    tensors = published.weights('weights')
    for name, tensor in changed.items():
        key = name.replace('__', '.')
        tensors.pop(key, None)
        if tensor is not None:
            tensors[key] = tensor
    save_file(tensors, source / 'weights.safetensors')


def test_every_tensor_is_kept_and_what_is_left_out_is_told(source, tmp_path) -> None:
    done = convert('m2sa', source, tmp_path / 'out')
    held = dict(folders.read(done.path, 'm2sa').tensors(*NONE))
    assert done.tensors == len(held)
    assert done.unused == [f'model.layers.{n}.self_attn.rotary_emb.inv_freq' for n in (0, 1)]
    given = published.weights('weights')
    assert torch.equal(held['llama.model.layers.1.self_attn.q_proj.weight'],
                       given['model.layers.1.self_attn.q_proj.weight'])
    assert torch.equal(held['early.3.weight'], given[f'{converter.EARLY}3.weight'])


@pytest.mark.parametrize('form', ['one pickle', 'shards of pickles', 'shards of safetensors'])
def test_every_published_form_gives_the_same_weights(source, converted, tmp_path, form) -> None:
    tensors = published.weights('weights')
    (source / 'weights.safetensors').unlink()
    if form == 'one pickle':
        torch.save(tensors, source / 'pytorch_model.bin')
    else:
        suffix = 'bin' if 'pickle' in form else 'safetensors'
        stem = 'pytorch_model.bin' if suffix == 'bin' else 'model.safetensors'
        places = {name: f'part-{k % 2}.{suffix}' for k, name in enumerate(tensors)}
        for part in set(places.values()):
            held = {name: tensors[name] for name in tensors if places[name] == part}
            (torch.save if suffix == 'bin' else save_file)(held, source / part)
        (source / f'{stem}.index.json').write_text(json.dumps({'weight_map': places}))
    again = convert('m2sa', source, tmp_path / 'again').path
    ours, theirs = (dict(folders.read(p, 'm2sa').tensors(*NONE)) for p in (again, converted))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_large_checkpoints_are_written_in_shards(source, converted, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(folders, 'SHARD', 300_000)
    read = folders.read(convert('m2sa', source, tmp_path / 'sharded').path, 'm2sa')
    whole = folders.read(converted, 'm2sa')
    assert len(read.shards) > 4
    ours, theirs = (dict(folder.tensors(*NONE)) for folder in (read, whole))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_parts_of_sam_may_come_from_an_original_file(source, converted, tmp_path) -> None:
    given = published.weights('weights')
    image = {k: t for k, t in given.items() if k.startswith(f'{SAM}image_encoder.')}
    save_file({k: t for k, t in given.items() if k not in image}, source / 'weights.safetensors')
    with pytest.raises(BadCheckpoint, match='missing: sam.vision_encoder'):
        convert('m2sa', source, tmp_path / 'without')
    file = tmp_path / 'sam.pth'
    torch.save({k.removeprefix(SAM): t for k, t in image.items()}, file)
    made = convert('m2sa', source, tmp_path / 'with', sam=file).path
    ours, theirs = (dict(folders.read(p, 'm2sa').tensors(*NONE)) for p in (made, converted))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_a_whole_clip_may_lie_beside_the_checkpoint(source, converted, tmp_path) -> None:
    tower = tmp_path / 'clip'
    tower.mkdir()
    tensors = published.weights('clip_weights') | {
        'text_model.final_layer_norm.bias': torch.zeros(3), 'logit_scale': torch.zeros(1),
        'vision_model.embeddings.position_ids': torch.arange(257)}
    torch.save(tensors, tower / 'pytorch_model.bin')
    config = json.loads((source / 'clip_config.json').read_text())
    (tower / 'config.json').write_text(json.dumps({'vision_config': config}))
    for name in ('clip_config.json', 'clip_weights.safetensors'):
        (source / name).unlink()
    with pytest.raises(BadCheckpoint, match='clip-vit-large-patch14 and pass .* --clip'):
        convert('m2sa', source, tmp_path / 'without')
    done = convert('m2sa', source, tmp_path / 'with', clip=tower)
    assert 'clip: logit_scale' in done.unused
    ours, theirs = (dict(folders.read(p, 'm2sa').tensors(*NONE)) for p in (done.path, converted))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize(('changed', 'message'), [
    ({'model__norm__weight': None}, '1 missing: llama.model.norm.weight'),
    ({'model__extra__weight': torch.zeros(2)}, '1 unknown: model.extra.weight'),
    ({'model__layers__7__mlp__up_proj__weight': torch.zeros(2)},
     '1 unknown: llama.model.layers.7.mlp.up_proj.weight'),
    ({'model__norm__weight': torch.zeros(3)},
     r'1 of another shape: llama.model.norm.weight \[3\] instead of \[64\]')])
def test_tensors_that_do_not_fit_are_named(source, tmp_path, changed, message) -> None:
    rewrite(source, **changed)
    with pytest.raises(BadCheckpoint, match=message):
        convert('m2sa', source, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_a_pickle_with_more_than_tensors_is_refused(source, tmp_path) -> None:
    (source / 'weights.safetensors').unlink()
    torch.save({'path': Path('/')}, source / 'pytorch_model.bin')
    with pytest.raises(BadCheckpoint, match='more than tensors in it, which could run code'):
        convert('m2sa', source, tmp_path / 'out')


@pytest.mark.parametrize(('file', 'content', 'message'), [
    ('weights.safetensors', b'short', 'damaged or truncated'),
    ('config.json', b'{', 'is not JSON'),
    ('config.json', b'{}', 'another kind of model .mm_use_im_start_end is None'),
    ('weights.safetensors', None, 'holds no weights; expected one of'),
    ('added_tokens.json', b'{"[SEG]": 900}', 'no token "<im_start>"'),
    ('added_tokens.json', b'{"[SEG]": 900, "<im_start>": 601, "<im_end>": 602}',
     '901 tokens, the model 604')])
def test_a_damaged_source_is_named(source, tmp_path, file, content, message) -> None:
    (source / file).unlink()
    if content is not None:
        (source / file).write_bytes(content)
    with pytest.raises(BadCheckpoint, match=message):
        convert('m2sa', source, tmp_path / 'out')


def test_a_shard_that_is_missing_is_named(source, tmp_path) -> None:
    (source / 'model.safetensors.index.json').write_text(
        '{"weight_map": {"a": "part-0.safetensors"}}')
    with pytest.raises(BadCheckpoint, match='no weights file ".*part-0.safetensors"'):
        convert('m2sa', source, tmp_path / 'out')


def test_nothing_is_overwritten(source, converted) -> None:
    with pytest.raises(BadRequest, match='exists already'):
        convert('m2sa', source, converted)


def test_a_checkpoint_that_is_not_there_is_named(tmp_path) -> None:
    for path, message in (
            (tmp_path / 'none', 'does not exist; make it with "reasonseg convert lisa'),
            (tmp_path, 'is not a converted folder')):
        with pytest.raises(BadCheckpoint, match=message):
            registry.load('lisa', str(path), 'cpu')
    with pytest.raises(BadRequest, match='needs a checkpoint, which the package does not hold'):
        registry.load('lisa')


@pytest.mark.parametrize(('engine', 'options', 'message'), [
    ('m2sa', 'references=number', 'is "number"; choose one of label, mask'),
    ('m2sa', 'speed=high', r'"speed=high" is unknown; options are references=label\|mask'),
    ('tabletop', 'parts=parent', 'engine "tabletop" has no options')])
def test_options_are_checked(converted, engine, options, message) -> None:
    with pytest.raises(BadRequest, match=message):
        registry.load(engine, str(converted) if engine == 'm2sa' else '', 'cpu', options=options)


def test_a_truncated_copy_is_noticed_when_it_is_loaded(converted) -> None:
    [shard] = folders.read(converted, 'm2sa').shards
    (converted / shard).write_bytes((converted / shard).read_bytes()[:-10])
    with pytest.raises(BadCheckpoint, match='bytes, its manifest says'):
        registry.load('m2sa', str(converted), 'cpu')


def test_info_tells_engine_licence_and_hashes_and_finds_changes(source, tmp_path, capsys) -> None:
    target = tmp_path / 'folder'
    assert cli.main(['convert', 'm2sa', str(source), str(target), '--licence', 'for tests',
                     '--origin', 'nowhere']) == 0
    assert 'not needed: model.layers.0.self_attn.rotary_emb.inv_freq' in capsys.readouterr().out
    assert cli.main(['info', str(target), '--verify']) == 0
    told = capsys.readouterr().out
    assert all(word in told for word in ('m2sa', 'for tests', 'nowhere', 'tokenizer.model'))
    text = (target / 'config.json').read_text()
    (target / 'config.json').write_text(text.replace('604', '605'))
    assert cli.main(['info', str(target), '--verify']) == 1
    assert 'config.json is not what was converted' in capsys.readouterr().out
    assert cli.main(['info']) == 0
    assert 'household' in capsys.readouterr().out


def test_bad_input_on_the_command_line_is_one_line(source, tmp_path, capsys) -> None:
    assert cli.main(['convert', 'lisa', str(source), str(tmp_path / 'x')]) == 1
    assert cli.main(['info', str(tmp_path / 'none')]) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert [line.split(':')[0] for line in lines] == ['reasonseg convert', 'reasonseg info']


@each_folder('llmseg')
def test_the_names_of_a_7b_checkpoint_have_their_places_and_shapes(folder) -> None:
    """The published 7B has these modules, too; LLM-Seg adds LoRA, DINOv2 and its own heads."""
    prefix = 'base_model.model.'
    shapes = json.loads((folder / 'released_key_shapes.json').read_text())
    tensors = {name.removeprefix(prefix): torch.empty(shape, device='meta')
               for name, shape in shapes.items()
               if 'lora' not in name and 'dinov2' not in name and '.lisa_' not in name}
    named = converter.rename(tensors)
    llama = dict(vocab_size=32000, hidden_size=4096, intermediate_size=11008,
                 num_hidden_layers=32, num_attention_heads=32, num_key_value_heads=32,
                 max_position_embeddings=2048, rms_norm_eps=1e-6)
    clip = dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=24,
                num_attention_heads=16, image_size=224, patch_size=14, layer_norm_eps=1e-5,
                hidden_act='quick_gelu')
    renaming.check(named, LisaModel.empty(LisaConfig(llama, clip, VIT_H)), folder)
