# SPDX-License-Identifier: Apache-2.0
"""Very small checkpoints in the layout that authors publish, with random weights.

Their answers mean nothing; `scripted` makes an engine say what a test needs, and `fluent` weights
say one sentence whatever is asked. Needs the extra `engines`.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.public.lisa import Lisa
from reasonseg_ros.engines.weights.convert_lisa import EARLY, convert
from reasonseg_ros.nn.llama import TokenStream
from reasonseg_ros.nn.llama_tokenizer import LlamaTokenizer

DATA = Path(__file__).parents[1] / 'data' / 'published'
SMALL_FILES = ('config.json', 'clip_config.json', 'sam_config.json', 'tokenizer.model',
               'added_tokens.json')


def weights(part: str, engine: str = 'm2sa') -> dict[str, torch.Tensor]:
    """Random tensors of a part, 'weights' or 'clip_weights', under their published names."""
    generator = torch.Generator().manual_seed(0)
    made = {}
    for name, shape in json.loads((DATA / 'shapes.json').read_text())[part].items():
        noise = torch.randn(shape, generator=generator)
        if len(shape) == 1:
            made[name] = 0.1 * noise + name.endswith('weight')
        else:
            made[name] = noise / noise[0].numel() ** 0.5
    return {name: t for name, t in made.items() if engine == 'm2sa' or not name.startswith(EARLY)}


def publish(folder: Path, engine: str = 'm2sa', sentence: str = '') -> Path:
    """Write a published folder, CLIP beside the rest; `sentence` makes it `fluent`."""
    folder.mkdir(parents=True)
    for name in SMALL_FILES:
        shutil.copyfile(DATA / name, folder / name)
    tensors = weights('weights', engine)
    save_file(fluent(tensors, sentence) if sentence else tensors, folder / 'weights.safetensors')
    save_file(weights('clip_weights'), folder / 'clip_weights.safetensors')
    return folder


def fluent(tensors: dict[str, torch.Tensor], sentence: str) -> dict[str, torch.Tensor]:
    """Weights that answer with `sentence`, in which no token may come twice.

    The layers of the language model add nothing, so a state is the embedding of its token, and the
    head maps it to the token that comes next.
    """
    tokenizer = LlamaTokenizer.load(DATA)
    last = tokenizer.encode('ASSISTANT:')[-1]
    said = [last, *tokenizer.encode(sentence), tokenizer.eos]
    quiet = {name: torch.zeros_like(t) if name.endswith(('o_proj.weight', 'down_proj.weight'))
             else t for name, t in tensors.items()}
    head = torch.zeros_like(quiet['lm_head.weight'])
    for token, following in zip(said, said[1:]):
        head[following] = quiet['model.embed_tokens.weight'][token]
    return quiet | {'lm_head.weight': head}


def load(folder: Path, engine: str = 'm2sa', options: str = '') -> Lisa:
    """Publish, convert and load an engine in `folder`."""
    target = folder / f'converted-{engine}'
    if not target.exists():
        convert(engine, publish(folder / f'published-{engine}', engine), target)
    return registry.load(engine, str(target), 'cpu', 'float32', options)


def random_frame(seed: int = 0, height: int = 60, width: int = 80) -> Frame:
    """Frame of smooth random colours."""
    coarse = np.random.default_rng(seed).integers(0, 256, (height // 10, width // 10, 3), np.uint8)
    return Frame(np.ascontiguousarray(coarse.repeat(10, 0).repeat(10, 1)))


def scripted(monkeypatch, engine: Lisa, *answers: str) -> None:
    """Make the engine's language model say these sentences, one for each question."""
    waiting = list(answers)
    monkeypatch.setattr(TokenStream, 'answer', lambda stream, state, *_: engine.say(
        waiting.pop(0), stream, state))
