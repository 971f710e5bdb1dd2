# SPDX-License-Identifier: Apache-2.0
"""A tiny random Qwen3-VL of the real class, from a folder in the published layout."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('transformers')

from support import tiny_transformers

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.errors import BadCheckpoint, DeadlineExceeded
from reasonseg_ros.engines.grounded import chat_local
from reasonseg_ros.engines.grounded.chat_local import IMAGE, LocalChat
from reasonseg_ros.engines.grounded.images import card, data_url
from reasonseg_ros.engines.grounded.resolver import ChatResolver
from reasonseg_ros.engines.protocol import Question


@pytest.fixture(scope='module')
def folder(tmp_path_factory) -> Path:
    return tiny_transformers.qwen3_vl(tmp_path_factory.mktemp('models') / 'qwen')


@pytest.fixture(scope='module')
def chat(folder) -> LocalChat:
    return LocalChat.load(folder, 'cpu', 'float32')


@pytest.fixture(autouse=True)
def short(monkeypatch) -> None:
    monkeypatch.setattr(chat_local, 'TOKENS', 4)


def message(text: str, *images: np.ndarray) -> list[dict[str, object]]:
    """Return one message in the form of OpenAI."""
    shown = [{'type': 'image_url', 'image_url': {'url': data_url(rgb)}} for rgb in images]
    return [{'role': 'system', 'content': 'Say nothing.'},
            {'role': 'user', 'content': [*shown, {'type': 'text', 'text': text}]}]


def test_a_qwen_answers_with_images_and_without(chat):
    answers = [chat.complete(message('what?', *shown), {}, lambda: False)
               for shown in ((), (card(),), (card(), card()[:200]))]
    assert all(isinstance(said, str) for said in answers)
    again = chat.complete(message('what?', card()), {}, lambda: False)
    assert again == answers[1]


def test_an_image_takes_as_many_tokens_as_it_has_patches(chat):
    given = chat._processor.apply_chat_template([chat_local._local(m)
                                                 for m in message('what?', card())])
    rows, columns = (round(side / 32) for side in card().shape[:2])
    assert int(given['mm_token_type_ids'].sum()) == rows * columns
    assert len(given['pixel_values']) == 4 * rows * columns


def test_nobody_says_an_image_in_words(chat):
    said = chat.complete(message(f'the {IMAGE} mug', card()), {}, lambda: False)
    assert said == chat.complete(message('the  mug', card()), {}, lambda: False)


def test_what_is_cancelled_ends_with_a_deadline(chat):
    with pytest.raises(DeadlineExceeded):
        chat.complete(message('what?'), {}, lambda: True)


def test_what_a_random_model_says_goes_to_the_grammar_after_two_calls(chat):
    resolver = ChatResolver(chat, data_url)
    read = resolver.resolve(Question('the red mug'), Dialogue('d'), Frame(card()), lambda: False)
    assert read.calls == 2 and 'read by the grammar' in read.notes
    assert read.utterance.clauses[0].phrases[0].noun == 'mug'


def test_a_folder_that_lacks_its_words_is_one_line(folder, tmp_path):
    for name in ('config.json', 'model.safetensors', 'preprocessor_config.json'):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with pytest.raises(BadCheckpoint) as raised:
        LocalChat.load(tmp_path, 'cpu', 'float32')
    assert 'download it again' in str(raised.value) and '\n' not in str(raised.value)
