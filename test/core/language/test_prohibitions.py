# SPDX-License-Identifier: Apache-2.0
"""What must be left alone, in many wordings, and what is wanted instead."""

import pytest

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.language.utterance import SpeechAct as Act

FORBIDDEN = """
don't touch the lamp
don't you touch the lamp
please don't move the lamp
never touch the lamp
hands off the lamp
keep away from the lamp
leave the lamp where it is
leave the lamp alone please
the lamp is off limits
be careful with the lamp
mind the lamp
stay clear of the lamp
nobody touches the lamp
you must not touch the lamp
the lamp must not be touched
let the lamp be
ignore the lamp
forget the lamp
no lamps
under no circumstances touch the lamp
spare the lamp
quit grabbing the lamp
better not touch the lamp
it's forbidden to touch the lamp
mind you don't bump the lamp
I'd rather you left the lamp alone
""".strip().splitlines()


@pytest.mark.parametrize('said', FORBIDDEN)
def test_a_prohibition_shows_nothing_and_names_the_thing(said):
    heard = understand(said, Dialogue('d'))
    assert heard.act is Act.FORBID
    assert [p.noun.removesuffix('s') for c in heard.clauses for p in c.phrases] == ['lamp']


@pytest.mark.parametrize('said', [
    "don't take the lamp take the bottle", 'leave the lamp and take the bottle',
    "don't take the lamp, take the bottle", 'do not take the lamp but the bottle',
    'take the bottle but leave the lamp', 'take the bottle and leave the lamp alone',
    'take the bottle but be careful with the lamp', 'without touching the lamp take the bottle'])
def test_what_is_wanted_instead_is_shown_without_what_is_forbidden(said):
    heard = understand(said, Dialogue('d'))
    (phrase,) = heard.clauses[0].phrases
    assert (heard.act, phrase.noun) == (Act.SHOW, 'bottle')
    assert [e.noun for e in phrase.excluded] == ['lamp']


def test_not_to_forget_a_thing_is_to_want_it():
    assert understand("don't forget the lamp", Dialogue('d')).act is Act.SHOW
