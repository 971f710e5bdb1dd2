# SPDX-License-Identifier: Apache-2.0
"""Talk by its kinds of words, and requests that have such words, too."""

import pytest
from support.talk import tell, world

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.errors import ReasonSegError, Status

TALK = {
    'other languages': """
guten Morgen Roboter
halt, nicht so schnell
ich verstehe dich nicht
muchas gracias amigo
ven aqui por favor
bonjour, ça va bien?
attends un peu
grazie mille
dank je wel
arigato gozaimasu
je suis fatigué
come ti chiami
do widzenia
estoy cansado
""",
    'times': """
I had the weirdest dream last night
oh dear, I'm late again
one sec, the phone is ringing
keep still for a minute
she was here a minute ago
I've been working all night
he'll be back at noon
I had it a second ago
""",
    'thoughts and turns of speech about it': """
thanks but I've already got it
honestly this is a waste of time
don't worry about it
let's call it a day
er, how do I put this
let it go slowly
easy does it
write it down somewhere
let's wrap it up
""",
    'people': """
my daughter just turned five
everybody freeze
tell your brother to stop shouting
yes darling, I'll be right there
Maria, wash your hands
she's not coming today
our neighbours are so loud
the kids are finally asleep
what do you reckon, Sarah
""",
    'services': """
turn the radio down
read me my emails
set a timer for ten minutes
tell me a story about dragons
take a selfie
search the web for pizza
add milk to the shopping list
""",
    'what cannot be seen': """
can you keep a secret
no offence
oh my god
what's on television tonight
there's a storm coming
""",
    'motion': """
go charge yourself
shuffle to your right
lower your head a bit
come a little closer please
bring yourself over here
get out of the kitchen
speed things up a little
""",
    'light verbs': """
you've been a great help today
take care of yourself
where did the time go
take a note
forget I said anything
have you heard the news
""",
}
REQUESTS = """
bottle, thanks
are you sure that's the red mug? show me the red mug
I can't reach the bottle
lower your gripper onto the white mug
turn your head to the drawer
point your camera at the lamp
take a look at the white mug
how do I get to the drawer
where did I leave my remote
is my remote here
wasn't there an apple
don't just stand there, get the remote
I'm hungry, where's the apple
my wife wants the white mug
mum wants the bottle
tell Anna where the remote is
can you tell me where the drawer is
go left of the lamp
turn left at the lamp
hola, the bottle
danke, now the lamp
nice lamp
time to go home, take the red mug
I wonder where the bottle is
Ben, pass the remote
put the red mug down
thank you very much, next the green bottle please
watering can
a toaster
my shoe please
the egg timer
something to dig with
"""
BEFORE = ((), ('the lamp', 'the red mug'), ('the mug',))


def _status(said, before):
    here, dialogue = world('kitchen'), Dialogue('d')
    for sentence in before:
        tell(here, dialogue, sentence)
    try:
        return tell(here, dialogue, said).status
    except ReasonSegError as error:
        return error.status


@pytest.mark.parametrize(('kind', 'said'), [
    (kind, said) for kind, text in TALK.items() for said in text.strip().splitlines()])
def test_talk_is_told_by_its_kind_of_words_whatever_was_shown_or_asked_before(kind, said):
    assert {_status(said, before) for before in BEFORE} == {Status.TALK}


@pytest.mark.parametrize('said', REQUESTS.strip().splitlines())
def test_a_request_with_words_of_talk_is_no_talk(said):
    assert Status.TALK not in {_status(said, before) for before in BEFORE[:2]}
