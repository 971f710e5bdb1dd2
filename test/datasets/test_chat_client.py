# SPDX-License-Identifier: Apache-2.0
"""The client pays for no answer twice, waits for busy endpoints, and ends within its budget."""

import json

import pytest
from support.chat_server import NO_JSON, OVERLOAD, RATE_LIMIT, TIMEOUT, Fault, completion, endpoint

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.datasets.chat_client import (
    KEY,
    TRIES,
    Budget,
    ChatClient,
    Endpoint,
    EndpointDown,
    NoAnswer,
    OverBudget,
)
from reasonseg_ros.datasets.generation import BadForm, json_in, user


def client(server, folder, budget=Budget(), waits=None, **options) -> ChatClient:
    return ChatClient(Endpoint(server.url, 'm', **options), folder / 'answers.jsonl', budget,
                      wait=[].append if waits is None else waits.append)


def ask(one: ChatClient, words: str = 'hello') -> str:
    return one.ask('a', [user(words)], 0.7, 10)


def test_an_answer_is_kept_and_not_paid_for_again(tmp_path):
    with endpoint(lambda body: 'hi') as server:
        first = client(server, tmp_path, price_in=10, price_out=20)
        assert ask(first) == 'hi' and ask(first) == 'hi'
        again = client(server, tmp_path, price_in=10, price_out=20)
        assert ask(again) == 'hi' and len(server.bodies) == 1
    assert (again.calls, again.reused, again.cost) == (1, 1, pytest.approx(0.002))
    [line] = (tmp_path / 'answers.jsonl').read_text().splitlines()
    assert json.loads(line)['answer']['choices'][0]['message']['content'] == 'hi'


def test_busy_endpoints_time_outs_and_pages_that_are_no_json_are_tried_again(tmp_path):
    waits: list[float] = []
    with endpoint(lambda body: 'hi', RATE_LIMIT, OVERLOAD, NO_JSON, TIMEOUT) as server:
        assert ask(client(server, tmp_path, waits=waits, timeout=0.3)) == 'hi'
    assert waits == [0.0, 2.0, 4.0, 8.0]


def test_an_endpoint_that_stays_down_ends_in_one_line_and_keeps_what_was_answered(tmp_path):
    with endpoint(lambda body: 'hi') as server:
        one = client(server, tmp_path)
        ask(one)
        server.faults = [OVERLOAD] * TRIES
        with pytest.raises(EndpointDown, match='status 503: overloaded, 6 times.*is kept'):
            ask(one, 'more')
        server.faults = [Fault(401, b'bad key')]
        with pytest.raises(EndpointDown, match='status 401'):
            ask(one, 'more')
        assert ask(client(server, tmp_path)) == 'hi'
    with pytest.raises(EndpointDown, match='refused'):
        ask(one, 'nobody is there')


def test_a_question_that_is_refused_costs_only_itself(tmp_path):
    with endpoint(lambda body: 'hi', Fault(400, b'too large')) as server:
        one = client(server, tmp_path)
        with pytest.raises(NoAnswer, match='status 400: too large'):
            ask(one)
        assert ask(one) == 'hi'


def test_the_budget_ends_the_run_before_it_is_exceeded(tmp_path):
    with endpoint(lambda body: 'hi') as server:
        one = client(server, tmp_path, Budget(most_calls=1))
        ask(one)
        with pytest.raises(OverBudget, match='--most-calls'):
            ask(one, 'more')
        dear = client(server, tmp_path, Budget(most_cost=0.0021), price_in=10, price_out=20)
        with pytest.raises(OverBudget, match='--most-cost 0.0021'):
            for number in range(100):
                ask(dear, str(number))
        assert dear.cost <= 0.0021
        with pytest.raises(BadInput, match='--price-in'):
            client(server, tmp_path, Budget(most_cost=1))


def test_the_key_comes_from_the_environment_and_is_written_nowhere(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY, 'secret')
    with endpoint(lambda body: 'hi') as server:
        ask(client(server, tmp_path))
    assert server.keys == ['Bearer secret']
    assert 'secret' not in (tmp_path / 'answers.jsonl').read_text()


def test_a_line_that_a_kill_cut_off_is_passed_over(tmp_path):
    (tmp_path / 'answers.jsonl').write_text('{"key": "abc", "ans')
    with endpoint(lambda body: 'hi') as server:
        assert ask(client(server, tmp_path)) == 'hi'
        assert ask(client(server, tmp_path)) == 'hi' and len(server.bodies) == 1


@pytest.mark.parametrize(('text', 'found'), [
    ('[1, 2]', [1, 2]), ('Sure: ```json\n[{"a": "b]"}]\n``` done', [{'a': 'b]'}]),
    ('see [this] then ["x"]', ['x'])])
def test_json_is_found_between_prose(text, found):
    assert json_in(text, list) == found


@pytest.mark.parametrize('text', ['', 'no list', '[1, 2', "I'm sorry, I can't help with that."])
def test_what_has_no_json_is_refused(text):
    with pytest.raises(BadForm):
        json_in(text, list)


def test_an_answer_without_words_is_empty_and_no_fault(tmp_path):
    with endpoint(lambda body: None) as server:
        assert ask(client(server, tmp_path)) == ''
    assert b'"content": null' in completion(None)
