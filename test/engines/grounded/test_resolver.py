# SPDX-License-Identifier: Apache-2.0
"""A language model behind the grammar, at a server that answers from a record."""

import json

import numpy as np
import pytest
from support.recorded_resolver import (
    COLOURS,
    MODEL,
    REPLIES,
    answering,
    resolution,
    sentence,
    serving,
)

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.core.errors import BadRequest, Busy, DeadlineExceeded, ReasonSegError, Status
from reasonseg_ros.core.language.utterance import SpeechAct
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.grounded.chat_server import KEY, ChatServer, ServerError
from reasonseg_ros.engines.grounded.images import data_url
from reasonseg_ros.engines.grounded.resolver import CALLS, ChatResolver, Reading, record
from reasonseg_ros.engines.protocol import Question

FRAME = Frame(np.zeros((48, 64, 3), np.uint8))


def never() -> bool:
    """Nobody cancels."""
    return False


def dialogue() -> Dialogue:
    """Return a dialogue that has shown a mug and a bowl."""
    held = Dialogue('d')
    mask = np.zeros((48, 64), bool)
    mask[10:20, 40:60] = True
    held.append(Round(1, 'the mug and the bowl', 'the mug and the bowl', (), Status.OK, '', (
        Instance(1, 0, 1, 'mug', 0.9, Rle.encode(mask)),
        Instance(2, 0, 1, 'bowl', 0.9, Rle.encode(mask)))))
    return held


def resolve(script, said: str = 'the thing for the soup', **options) -> tuple[Reading, list]:
    """Resolve one sentence at a server that answers by a script."""
    with serving(script) as server:
        resolver = ChatResolver(ChatServer(server.url, MODEL, 10.0), data_url, **options)
        return resolver.resolve(Question(said), dialogue(), FRAME, never), server.requests


@pytest.mark.parametrize('reply', REPLIES, ids=lambda r: r.kind)
def test_every_recorded_reply_gives_a_reading_in_at_most_two_calls(reply):
    good = json.dumps(resolution(phrase='bowl'))
    found, asked = resolve(lambda body: reply.text if len(body['messages']) == 2 else good)
    assert found.utterance.act in SpeechAct
    assert len(asked) == found.calls == (1 if reply.fits else 2)
    if not reply.fits:
        assert found.utterance.clauses[0].phrases[0].noun == 'bowl'


def test_what_is_still_no_answer_after_one_mending_is_read_by_the_grammar():
    found, asked = resolve(lambda body: 'I would say the red one.', 'the red mug')
    assert (len(asked), found.calls) == (2, CALLS)
    assert found.utterance.clauses[0].phrases[0].noun == 'mug'
    assert 'read by the grammar' in found.notes
    mended = asked[1]['messages'][-1]['content']
    assert 'holds 0 JSON objects' in mended


@pytest.mark.parametrize('said', ['undo', 'hello', 'do not touch the mug', 'call number 1 bob',
                                  'is it still there', 'forget number 2'])
def test_what_the_grammar_knows_for_certain_asks_no_model(said):
    assert resolve(lambda body: pytest.fail('asked'), said)[1] == []


def test_the_model_is_told_the_record_and_held_to_the_schema():
    _, (asked,) = resolve(lambda body: json.dumps(resolution(ref_ids=(2,))))
    assert asked['response_format']['json_schema']['schema']['additionalProperties'] is False
    image, text = asked['messages'][1]['content']
    assert image['image_url']['url'].startswith('data:image/jpeg;base64,')
    assert json.dumps(record(dialogue())) in text['text']
    assert sentence(asked) == 'the thing for the soup'
    assert record(dialogue())[0] == {'id': 1, 'label': 'mug', 'round': 1, 'state': 'visible',
                                     'place': 'right'}


def test_a_model_without_eyes_is_sent_no_image():
    _, (asked,) = resolve(lambda body: json.dumps(resolution(ref_ids=(2,))), sees=False)
    assert isinstance(asked['messages'][1]['content'], str)


def verified(reply: str, calls: int = 1) -> frozenset[int] | None:
    """Return what a verifier says that is asked about two candidates."""
    with serving(lambda body: reply) as server:
        resolver = ChatResolver(ChatServer(server.url, MODEL, 10.0), data_url, verifies=True)
        return resolver.verify('mug', lambda: FRAME.rgb, 2, calls, never)


def test_a_verifier_names_candidates_and_anything_else_counts_as_not_asked():
    assert verified('{"fits": [2]}') == {2}
    assert verified('```json\n{"fits": []}\n```') == frozenset()
    for wrong in ('both', '{"fits": [3]}', '{"fits": "2"}', '{"fit": [1]}'):
        assert verified(wrong) is None


def test_a_round_that_was_mended_has_no_call_left_to_verify():
    assert verified('{"fits": [2]}', calls=CALLS) is None


def refused(said, *words: str, kind: type[ReasonSegError] = BadRequest) -> None:
    """Check the one line of an error that a server's answer leads to."""
    with pytest.raises(kind) as raised:
        resolve(lambda body: said)
    message = str(raised.value)
    assert '\n' not in message and all(word in message for word in words), message


def failing(status: int, text: str, **headers: str):
    """Return the answer of a server that refuses."""
    return status, headers, json.dumps({'error': {'message': text}}).encode()


def test_what_a_server_refuses_is_one_line():
    refused(failing(429, 'rate limit reached', **{'Retry-After': '7'}), 'busy', 'again in 7 s',
            kind=Busy)
    refused(failing(503, 'loading model'), 'loading model', kind=Busy)
    refused(failing(401, 'no key'), KEY)
    refused(failing(404, f'model {MODEL} does not exist'), 'resolver_model')
    refused(failing(400, "This model's maximum context length is 2048 tokens"), '2048 tokens',
            'a larger one')
    refused(failing(400, 'image input is not supported'), 'resolver_image=off')
    refused(failing(413, 'request entity too large'), '413')
    refused(failing(500, 'CUDA error\nat line 1'), 'CUDA error at line 1', kind=ServerError)


@pytest.mark.parametrize('body', [b'', b'<html>nginx</html>', b'[1]', b'{"choices": []}',
                                  b'{"choices": [{"delta": {"content": "{"}}]}',
                                  b'data: {"choices": [{"delta": {}}]}\n\ndata: [DONE]\n\n',
                                  b'\xff\xfe\x00', b'[' * 100000, b'x' * (1 << 21)])
def test_garbage_is_one_line(body):
    refused((200, {}, body), 'check that it is OpenAI-compatible', kind=ServerError)


def test_a_message_without_content_counts_as_no_answer():
    found, asked = resolve(lambda body: (200, {}, b'{"choices": [{"message": {"content": null, '
                                                  b'"refusal": "no"}}]}'), 'the red mug')
    assert len(asked) == 2 and 'read by the grammar' in found.notes


def test_a_server_that_is_down_is_one_line():
    with serving(answering({})) as server:
        url = server.url
    with pytest.raises(ServerError, match='cannot be reached .* start it, or correct resolver_url'):
        ChatServer.reach(url)


def test_a_slow_server_ends_with_the_deadline_or_when_nobody_waits_any_more():
    with serving(lambda body: COLOURS) as server:
        server.held.clear()
        model = ChatServer(server.url, MODEL, 0.2)
        with pytest.raises(DeadlineExceeded, match='did not answer within 0.2 s'):
            model.complete([], {}, never)
        with pytest.raises(DeadlineExceeded, match='cancelled'):
            ChatServer(server.url, MODEL, 60.0).complete([], {}, lambda: True)


def test_the_model_is_the_only_one_or_the_named_one():
    with serving(answering({}), ('org/one vl', 'two')) as server:
        assert ChatServer.reach(server.url, 'org/one vl').name == 'one-vl'
        with pytest.raises(BadRequest, match='has 2 models: org/one vl, two; set resolver_model'):
            ChatServer.reach(server.url)
        with pytest.raises(BadRequest, match='no model "three", it has: org/one vl, two'):
            ChatServer.reach(server.url, 'three')
    with serving(answering({}), ()) as server, pytest.raises(ServerError, match='lists no models'):
        ChatServer.reach(server.url)


def test_a_key_is_sent_only_where_there_is_one(monkeypatch):
    monkeypatch.setenv('OPENAI_API_KEY', 'not this one')
    with serving(lambda body: COLOURS) as server:
        model = ChatServer.reach(server.url)
        model.complete([], {}, never)
        monkeypatch.setenv(KEY, 'secret')
        model.complete([], {}, never)
    assert [r['key'] for r in server.requests] == ['', 'Bearer secret']
