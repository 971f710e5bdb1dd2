# SPDX-License-Identifier: Apache-2.0
"""A vision-language model of transformers in this process, from a folder: Qwen3-VL and its like.

Answers the same messages as a server. Decodes greedily; the schema is in the words of the request
only, since transformers holds no model to a grammar. Downloads nothing. The processor of Qwen-VL
wants torchvision for videos; its images and words are made ready here without.
"""

import base64
import importlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors import SafetensorError

from reasonseg_ros.core.errors import BadCheckpoint, BadRequest
from reasonseg_ros.engines.context import stop_if
from reasonseg_ros.engines.devices import find_device, find_dtype, memory_errors
from reasonseg_ros.engines.weights.folder import fitting

TOKENS = 300    # of an answer, at most
# Model types whose image processor of Pillow gives patches, a token for each `merge_size` squared.
IMAGE = '<|image_pad|>'
QWEN = ('qwen2_vl', 'qwen2_5_vl', 'qwen3_vl', 'qwen3_vl_moe')


class LocalChat:
    """A loaded model with its processor."""

    def __init__(self, model: Any, processor: Any, name: str) -> None:
        self._model: Any = model
        self._processor: Any = processor
        self.name = name

    @staticmethod
    def load(folder: Path, device: str, dtype: str) -> 'LocalChat':
        """Load a folder; errors are one sentence each."""
        place = find_device(device)
        if not (folder / 'config.json').is_file():
            raise BadCheckpoint(f'there is no model of transformers in "{folder}": it has no '
                                'config.json; run "reasonseg pull", or correct resolver_path')
        transformers = importlib.import_module('transformers')
        try:
            with fitting(folder, 'transformers', 'download it again'), memory_errors(
                    'while loading the resolver'):
                model = transformers.AutoModelForImageTextToText.from_pretrained(
                    str(folder), local_files_only=True, dtype=find_dtype(dtype, place))
                kind = QwenProcessor if model.config.model_type in QWEN else (
                    transformers.AutoProcessor)
                processor = kind.from_pretrained(str(folder), local_files_only=True)
                return LocalChat(model.eval().to(place), processor, folder.name)
        except ImportError as error:
            raise BadRequest(f'the resolver in "{folder}" needs a module that is missing '
                             f'({" ".join(str(error).split())[:160]}); install it, or serve the '
                             'model and give resolver_url') from error
        except (OSError, SafetensorError) as error:
            first = str(error).strip().splitlines()[0]
            raise BadCheckpoint(f'folder "{folder}" cannot be read by transformers ({first}); '
                                'download it again') from error

    @torch.inference_mode()
    def complete(self, messages: list[dict[str, Any]], schema: dict[str, Any],
                 cancelled: Callable[[], bool]) -> str:
        """Return the text of one answer; see `engines.grounded.resolver.ChatModel`."""
        with memory_errors('while the resolver read the sentence'):
            given: Any = self._processor.apply_chat_template(
                [_local(message) for message in messages], add_generation_prompt=True,
                tokenize=True, return_dict=True, return_tensors='pt').to(self._model.device)
            asked = given['input_ids'].shape[1]

            def stops(ids: torch.Tensor, scores: object, **rest: object) -> torch.Tensor:
                return torch.full((len(ids),), cancelled(), device=ids.device)
            said = self._model.generate(**given, max_new_tokens=TOKENS, do_sample=False,
                                        stopping_criteria=[stops])
        stop_if(cancelled, 'the resolver answered')
        return str(self._processor.batch_decode(said[:, asked:], skip_special_tokens=True)[0])


class QwenProcessor:
    """What AutoProcessor does for messages to a Qwen-VL, for images alone."""

    def __init__(self, tokenizer: Any, images: Any) -> None:
        self._tokenizer, self._images = tokenizer, images
        self.batch_decode = tokenizer.batch_decode

    @staticmethod
    def from_pretrained(folder: str, local_files_only: bool) -> 'QwenProcessor':
        """Load a folder as transformers does."""
        transformers = importlib.import_module('transformers')
        words = transformers.AutoTokenizer.from_pretrained(
            folder, local_files_only=local_files_only)
        if not words.chat_template or IMAGE not in words.get_vocab():
            raise OSError('it has no tokenizer of Qwen-VL with its chat template')
        return QwenProcessor(words, transformers.AutoImageProcessor.from_pretrained(
            folder, local_files_only=local_files_only))

    def apply_chat_template(self, messages: list[dict[str, Any]], **wanted: Any) -> Any:
        """Return the tensors of messages whose images are of Pillow."""
        text = self._tokenizer.apply_chat_template(messages, add_generation_prompt=True,
                                                   tokenize=False)
        shown = [piece['image'] for message in messages for piece in message['content']
                 if piece['type'] == 'image']
        seen = dict(self._images(images=shown, return_tensors='pt')) if shown else {}
        pieces = text.split(IMAGE)
        lengths = (seen['image_grid_thw'].prod(1) // self._images.merge_size ** 2).tolist() if (
            shown) else []
        if len(pieces) != len(lengths) + 1:
            raise BadCheckpoint(f'the chat template shows {len(pieces) - 1} images of '
                                f'{len(lengths)}; download the resolver again')
        words = self._tokenizer(''.join(piece + IMAGE * n for piece, n in zip(
            pieces, (*lengths, 0))), return_tensors='pt', add_special_tokens=False)
        at = words['input_ids'] == self._tokenizer.convert_tokens_to_ids(IMAGE)
        words.update({**seen, 'mm_token_type_ids': at.int()})
        return words


def _local(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message of OpenAI's form in that of transformers, with images as arrays."""
    content = message['content']
    if isinstance(content, str):
        content = [{'type': 'text', 'text': content}]
    # Nobody says an image in words.
    pieces = [{'type': 'image', 'image': _decoded(piece['image_url']['url'])}
              if piece['type'] == 'image_url' else
              {'type': 'text', 'text': piece['text'].replace(IMAGE, '')} for piece in content]
    return {'role': message['role'], 'content': pieces}


def _decoded(url: str) -> Any:
    packed = base64.b64decode(url.split(',', 1)[1])
    return Image.open(io.BytesIO(packed)).convert('RGB')
