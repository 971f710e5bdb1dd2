# SPDX-License-Identifier: Apache-2.0
"""Published checkpoints of LLM-Seg become folders that the engine loads; misfits are named."""

import json
import shutil
from pathlib import Path

import pytest
import torch

pytest.importorskip('transformers')
pytest.importorskip('sentencepiece')

from safetensors.torch import save_file
from support import published_llmseg
from support.golden import each_folder

from reasonseg_ros.cli import main as cli
from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.engines.weights import convert_llmseg as converter
from reasonseg_ros.engines.weights import folder as folders
from reasonseg_ros.engines.weights import published as recognition
from reasonseg_ros.engines.weights import renaming
from reasonseg_ros.engines.weights.convert_llmseg import convert
from reasonseg_ros.nn import clip, dinov2
from reasonseg_ros.nn.llmseg import RELEASED, LlmSegConfig, LlmSegModel
from reasonseg_ros.nn.sam import VIT_H

STATES = Path('ckpt_model', 'global_step5000', 'mp_rank_00_model_states.pt')
QUERY = 'model.layers.1.self_attn.q_proj'


@pytest.fixture
def source(tmp_path) -> Path:
    return published_llmseg.publish(tmp_path / 'published')


def changed(tmp_path, **tensors: torch.Tensor | None) -> Path:
    """Publish with other tensors; None takes one away. '__' in a name is a dot."""
    held = published_llmseg.weights()
    for name, tensor in tensors.items():
        key = name.replace('__', '.')
        held.pop(key, None)
        if tensor is not None:
            held[key] = tensor
    return published_llmseg.publish(tmp_path / 'changed', held)


def held_in(path: Path) -> dict[str, torch.Tensor]:
    return dict(folders.read(path, 'llmseg').tensors(torch.device('cpu'), torch.float32))


def test_lora_is_added_and_every_tensor_has_its_place(source, tmp_path) -> None:
    done = convert(source, tmp_path / 'made')
    held, given = held_in(done.path), published_llmseg.weights()
    a, b = (given[f'{QUERY}.lora_{half}.default.weight'] for half in 'AB')
    assert torch.allclose(held['llama.model.layers.1.self_attn.q_proj.weight'],
                          given[f'{QUERY}.weight'] + 2 * b @ a, atol=1e-6)
    assert torch.equal(held['iop_head.0.weight'], given['model.lisa_iou_head.0.weight'])
    assert torch.equal(
        held['fusion.blocks.1.text_to_regions.k_proj.bias'],
        given['model.lisa_attention_layers.1.cross_attn_image_to_token.k_proj.bias'])
    assert torch.equal(held['dino.encoder.layer.0.attention.v_proj.weight'],
                       given[f'{converter.DINO}blocks.0.attn.qkv.weight'][-16:])
    assert done.unused == [f'{converter.DINO}mask_token',
                           *(f'model.layers.{n}.self_attn.rotary_emb.inv_freq' for n in (0, 1))]


def test_half_precision_stays_as_published(tmp_path) -> None:
    halves = {name: t.bfloat16() for name, t in published_llmseg.weights().items()}
    made = convert(published_llmseg.publish(tmp_path / 'half', halves), tmp_path / 'made').path
    from safetensors import safe_open
    with safe_open(made / folders.read(made, 'llmseg').shards[0], framework='pt') as shard:
        assert {shard.get_tensor(name).dtype for name in shard.keys()} == {torch.bfloat16}


def test_plain_weights_without_deepspeed_give_the_same(source, tmp_path) -> None:
    made = held_in(convert(source, tmp_path / 'made').path)
    shutil.rmtree(source / 'ckpt_model')
    save_file({k: t.contiguous() for k, t in published_llmseg.weights().items()},
              source / 'model.safetensors')
    again = held_in(convert(source, tmp_path / 'again').path)
    assert made.keys() == again.keys()
    assert all(torch.equal(made[name], again[name]) for name in made)


def test_sam_comes_from_its_own_file_when_given(source, tmp_path) -> None:
    file = tmp_path / 'sam.pth'
    given, _ = renaming.split(published_llmseg.weights(), recognition.SAM)
    torch.save({name: 2 * tensor for name, tensor in given.items()}, file)
    done = convert(source, tmp_path / 'made', sam=file)
    name = 'sam.mask_decoder.iou_token.weight'
    assert torch.equal(held_in(done.path)[name], 2 * given['mask_decoder.iou_token.weight'])
    assert f'{recognition.SAM}* ({len(given)} tensors; SAM comes from a file)' in done.unused


def test_dinov2_may_come_from_its_own_file(source, tmp_path) -> None:
    whole = held_in(convert(source, tmp_path / 'whole').path)
    dino, others = renaming.split(published_llmseg.weights(), converter.DINO)
    lacking = published_llmseg.publish(tmp_path / 'lacking', others)
    with pytest.raises(BadCheckpoint, match='has no DINO; download .* pass it with --dinov2'):
        convert(lacking, tmp_path / 'without')
    torch.save(dino, tmp_path / 'dino.pth')
    made = held_in(convert(lacking, tmp_path / 'with', dino=tmp_path / 'dino.pth').path)
    assert all(torch.equal(made[name], whole[name]) for name in whole)


def test_new_tokens_follow_those_of_the_base(source, tmp_path) -> None:
    base = tmp_path / 'base'
    base.mkdir()
    for name in ('config.json', 'tokenizer.model'):
        shutil.move(source / name, base / name)
    (source / 'added_tokens.json').unlink()
    with pytest.raises(BadCheckpoint, match='has no config.json; download the LLaVA'):
        convert(source, tmp_path / 'made')
    with pytest.raises(BadCheckpoint, match='makes 603 tokens .* the model has 604'):
        convert(source, tmp_path / 'made', base)
    (base / 'added_tokens.json').write_text('{"<im_patch>": 600}')
    made = convert(source, tmp_path / 'made', base).path
    assert json.loads((made / 'added_tokens.json').read_text()) == {
        '<im_patch>': 600, '[SEG]': 601, '<im_start>': 602, '<im_end>': 603}


@pytest.mark.parametrize(('tensors', 'message'), [
    ({'model__lisa_dino_conv__bias': None}, '1 missing: dino_conv.bias'),
    ({'model__extra': torch.zeros(2)}, '1 unknown: model.extra'),
    ({f'{QUERY}.lora_B.default.weight'.replace('.', '__'): None},
     r'1 unknown: llama.model.layers.1.self_attn.q_proj.lora_A.default.weight'),
    ({'model__lisa_norm_final_attn__bias': torch.zeros(7)},
     r'1 of another shape: fusion.norm.bias \[7\] instead of \[32\]')])
def test_tensors_that_do_not_fit_are_named(tmp_path, tensors, message) -> None:
    with pytest.raises(BadCheckpoint, match=message):
        convert(changed(tmp_path, **tensors), tmp_path / 'made')
    assert not (tmp_path / 'made').exists()


def test_a_checkpoint_without_sam_says_where_to_get_it(tmp_path) -> None:
    _, others = renaming.split(published_llmseg.weights(), recognition.SAM)
    with pytest.raises(BadCheckpoint, match='has no SAM; download sam_vit_h_4b8939.pth'):
        convert(published_llmseg.publish(tmp_path / 'changed', others), tmp_path / 'made')


def test_a_model_in_slices_is_refused(source, tmp_path) -> None:
    shutil.copyfile(source / STATES, (source / STATES).with_name('mp_rank_01_model_states.pt'))
    with pytest.raises(BadCheckpoint, match='a model in 2 slices'):
        convert(source, tmp_path / 'made')


def test_the_command_line_converts_and_tells(source, tmp_path, capsys) -> None:
    target = tmp_path / 'made'
    assert cli.main(['convert', 'llmseg', str(source), str(target), '--base', str(source)]) == 0
    assert f'not needed: {converter.DINO}mask_token' in capsys.readouterr().out
    assert cli.main(['info', str(target), '--verify']) == 0
    assert 'llmseg' in capsys.readouterr().out
    for engine, option in (('llmseg', '--clip'), ('lisa', '--base'), ('m2sa', '--dinov2')):
        assert cli.main(['convert', engine, str(source), str(tmp_path / 'x'), option, 'y']) == 2
        assert f'{option} is not for engine "{engine}"' in capsys.readouterr().err


@each_folder('llmseg')
def test_the_names_of_the_released_checkpoint_have_their_places_and_shapes(folder) -> None:
    shapes = json.loads((folder / 'released_key_shapes.json').read_text())
    tensors = {name.removeprefix(converter.PEFT): torch.empty(shape, device='meta')
               for name, shape in shapes.items()}
    llama = dict(vocab_size=32000, hidden_size=4096, intermediate_size=11008,
                 num_hidden_layers=32, num_attention_heads=32, num_key_value_heads=32,
                 max_position_embeddings=2048, rms_norm_eps=1e-6)
    assert converter._fusion_sizes(tensors) == RELEASED
    named = converter.rename(tensors, 64, {}, {})
    config = LlmSegConfig(llama, clip.VIT_L, VIT_H, dinov2.VIT_L, RELEASED)
    renaming.check(named, LlmSegModel.empty(config), folder)
    assert [name for name in named.unused if 'inv_freq' not in name] == [
        f'{converter.DINO}mask_token']
