# SPDX-License-Identifier: Apache-2.0
"""A dialogue in the cache of a Llama: what is computed, kept and forgotten."""

import pytest
import torch

pytest.importorskip('transformers')

from transformers.models.llama.configuration_llama import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaForCausalLM

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.nn import llama as module
from reasonseg_ros.nn.llama import TokenStream

WORDS = list(range(3, 20))
END = 2


@pytest.fixture(scope='module')
def model() -> LlamaForCausalLM:
    torch.manual_seed(1)
    config = LlamaConfig(vocab_size=40, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
                         num_attention_heads=4, max_position_embeddings=64)
    built = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        for parameter in built.parameters():
            if parameter.dim() > 1:
                parameter.mul_(8)   # far from uniform, so that every token has a clear choice
    return built


@pytest.fixture(autouse=True)
def inference():
    with torch.inference_mode():
        yield


def whole(model: LlamaForCausalLM, ids: list[int]) -> torch.Tensor:
    return model.model(torch.tensor([ids])).last_hidden_state[0]


@pytest.mark.parametrize('block', [4, 256])
def test_pieces_give_the_states_of_the_whole(model, monkeypatch, block) -> None:
    monkeypatch.setattr(module, 'BLOCK', block)
    stream = TokenStream(model)
    states = torch.cat([stream.feed(WORDS[:5]), stream.feed(WORDS[5:6]), stream.feed(WORDS[6:])])
    assert torch.allclose(states, whole(model, WORDS), atol=1e-5)
    assert (stream.length, stream.passes, stream.positions) == (17, 3, 17)


def test_what_is_cropped_is_as_if_it_had_never_been_fed(model) -> None:
    stream = TokenStream(model)
    stream.feed(WORDS[:5])
    stream.feed([30, 31, 32])
    stream.crop(5)
    assert torch.allclose(stream.feed(WORDS[5:]), whole(model, WORDS)[5:], atol=1e-5)
    with pytest.raises(ValueError, match='cannot crop 17 positions to 18'):
        stream.crop(18)


def test_a_given_answer_takes_one_pass(model) -> None:
    stream = TokenStream(model)
    state = stream.feed(WORDS[:10])[-1]
    states = stream.force(state, WORDS[10:])
    assert torch.allclose(states, whole(model, WORDS)[9:-1], atol=1e-5)
    assert stream.passes == 2


def test_answers_are_those_of_transformers(model) -> None:
    stream = TokenStream(model)
    said = [token for token, _ in stream.answer(stream.feed(WORDS)[-1], END, 12)]
    expected = model.generate(torch.tensor([WORDS]), max_new_tokens=12, do_sample=False,
                              eos_token_id=END, pad_token_id=0)[0, len(WORDS):].tolist()
    assert said == expected
    assert stream.length == len(WORDS) + len(said) - 1  # the last one is not fed


@pytest.mark.parametrize('keep', [1, 4, 12])
def test_drafts_save_passes_and_change_nothing(model, keep) -> None:
    free, drafted = TokenStream(model), TokenStream(model)
    start = free.feed(WORDS)[-1]
    expected = list(free.answer(start, END, 12))
    tokens = [token for token, _ in expected]
    drafts = [[*tokens[:keep], 39, 38, 37], [tokens[0], 1, 1], [39, 39]]
    said = list(drafted.answer(drafted.feed(WORDS)[-1], END, 12, drafts))
    assert [token for token, _ in said] == tokens
    for (_, ours), (_, theirs) in zip(said, expected):
        assert torch.allclose(ours, theirs, atol=1e-4)
    assert drafted.length == free.length
    assert drafted.passes == free.passes - (min(keep, 11) - 1)


def test_an_answer_ends_with_the_end_even_inside_a_draft(model) -> None:
    stream = TokenStream(model)
    state = stream.feed(WORDS)[-1]
    tokens = [token for token, _ in stream.answer(state, END, 6)]
    stream.crop(len(WORDS))
    end = tokens[3]
    said = [token for token, _ in stream.answer(state, end, 6, [[*tokens, 5, 5]])]
    assert said == tokens[:1 + tokens.index(end)]
    assert stream.length == len(WORDS) + len(said) - 1


def test_a_dialogue_that_does_not_fit_is_refused_and_kept(model) -> None:
    stream = TokenStream(model)
    stream.feed(WORDS)
    with pytest.raises(BadRequest, match='needs 67 positions .* has 64; say "start over"'):
        stream.feed([3] * 50)
    assert stream.length == len(WORDS)
