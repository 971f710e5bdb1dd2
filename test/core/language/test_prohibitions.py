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
get your claws off the lamp
the lamp stays on the table
the lamp stays put
no need to grab the lamp
there's no need to move the lamp
it's not necessary to touch the lamp
no need for the lamp
be extra careful around the lamp
you shouldn't be touching the lamp
the lamp's not for you
that's my lamp, hands off
the lamp is private property
the lamp is very fragile so be careful with it
the lamp is hot, stay away from it
keep a safe distance from the lamp
try to avoid the lamp
stop touching the lamp
none of the lamps may be touched
don't let the lamp fall
I don't want the lamp moved
I don't want anyone touching the lamp
the lamp, don't touch it
the lamp, leave it alone
lamp: hands off!
the lamp you must not touch
no touch lamp
is forbidden to touch the lamp
touch the lamp and I'll unplug you
if you touch the lamp you're in trouble
I told you not to touch the lamp
didn't I say hands off the lamp
remember not to touch the lamp
from now on don't touch the lamp
would you mind not touching the lamp
you'd better leave the lamp alone
it's better if you leave the lamp alone
I want you to stay away from the lamp
keep the lamp where it is
go around the lamp
give the lamp a wide berth
the robot must not touch the lamp
no more lamps
don't turn on the lamp
don't worry about the lamp
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


@pytest.mark.parametrize('said', [
    "don't forget the lamp", "don't forget to show me the lamp", "can't you give me the lamp",
    "why don't you take the lamp", "don't you see the lamp", "I don't see the lamp",
    'stop, the lamp', 'no, take the lamp', 'keep the lamp', 'get the lamp off the table',
    'take the lamp and don\'t drop it', 'take the lamp, be careful with it',
    'the mug is hot, give me the lamp', 'never mind, the lamp', 'you better take the lamp'])
def test_what_only_sounds_like_a_prohibition_is_wanted(said):
    heard = understand(said, Dialogue('d'))
    assert heard.act is Act.SHOW and not heard.unread and not heard.forbidden
    assert [(p.noun, p.excluded) for c in heard.clauses for p in c.phrases] == [('lamp', ())]
