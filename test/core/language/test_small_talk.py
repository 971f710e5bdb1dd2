# SPDX-License-Identifier: Apache-2.0
"""Talk is told from requests, however either is worded."""

import pytest

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.language import asked_back, small_talk
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.language.utterance import SpeechAct as Act

TALK = """
hey buddy what's up
heya
much obliged
great, thanks
you're a lifesaver
sorry about that
it doesn't matter
wait a second
be right back
i need to think
it's so hot in here
do you like music
tell me a story
who's the president
come over here
drive back a little
lower the arm
release
spin around
face me
return to base
switch off
start up
nod
tilt your head
get out of the way
not so fast
the wall
that table
dance for us
hey robot how are things
it's me again
thank you robot, that was helpful
well that was easy
ha ha very funny
that's weird
fair enough
hurry up
that'll be all
i'll be back in five minutes
somebody's at the door
what's your purpose
are you listening
what language do you speak
it's getting late
i love this song
the weather's awful
shift a bit to the right
come closer to me
fold your arm
drive to the kitchen
reach out
close your fingers
stand by
reset your arm
stop that
the room
the tabletop please
hello again robot
good to be back
thanks, you're great
super, thanks
much appreciated
clever machine
you make me laugh
just joking
i wasn't talking to you
let me ask you something
i'll think about it
i'm running late
what did you do yesterday
can you swim
how tall is the eiffel tower
when's lunch
please stop
go back to your place
move your gripper up
turn your camera
keep still
put your arm up
bring your gripper closer
go three steps forward
shake hands
the desk
the robot arm
how are you doing my friend
how are you mate
hows it going
how's everything
you alright
are you all right robot
thanks mate
thanks pal
thx a lot
thank you so so much
many thanks indeed
thanks for your help today
thanks that's all i need
that's lovely thank you
brilliant cheers
great stuff
good boy
nice one
nicely done
exactly what i wanted
you're welcome
no problem
what can you do
so what can you do for me
what are you capable of
what else can you do
tell me what you can do
what sort of things do you understand
how do you work
what's your name
whats ur name
who am i talking to
are you a person
are you chatgpt
where are you from
are you hungry
do you like coffee
do you like mugs
what's your favourite food
i had a long day
i'm so happy today
my name is anna
it's monday
what a lovely morning
nice weather today
it's raining again
did you sleep well
see you tomorrow then
bye for now
goodnight robot
catch you later
i have to go now
i'll be right back
give me a second
one moment please
hang on
wait a sec
stop it now
stop moving please
go away
come here please
come closer
turn around please
go to your charging station
back up a little
be careful
watch out
sorry my bad
my mistake sorry
oh well
hmm let me think
i don't know yet
not sure
what did you say
could you repeat that please
i didn't hear you
you're not listening
that's not what i said
you're wrong
that was silly
are you sure about that
tell me something funny
do you know any jokes
make me laugh
what's two plus two
what's the capital of france
who won the match yesterday
can you hear me
hello is anyone there
hi there how are you today
hey robot good morning
good morning to you too
are you awake
do you speak german
i love you
you're funny
haha very good
that's enough for now
we're done here
play some music
what time is it
is it late
call my mum
order a pizza
yes
ok
cool
alright then
how are things
how have you been
how is your day
how's your day going
how are you feeling today
what's up buddy
sup
hey there
hello again my friend
morning
good morning everyone
good afternoon robot
evening
nice to meet you robot
pleased to meet you
thanks a bunch buddy
thank you very much indeed
that's very kind of you
i owe you one
you're a star
you did it
awesome work
that's amazing
wow impressive
superb
lovely
excellent choice
good
that was fast
clever robot
you're so smart
you're really good at this
you're an idiot
that's rubbish
you got it wrong
that wasn't right
are you stupid
this is annoying
you're useless today
can you do anything else
what are you good at
what are your skills
what's your job
what is your purpose
what do you do
who made you
who are you exactly
do you have a brain
can you think
are you alive
are you a machine
how smart are you
how does it work
how do i talk to you
what can i ask you
what should i ask
can you explain what you do
i'm bored
i'm so tired
i feel sick
i am in a hurry
i'm just testing
just testing
just kidding
i was only joking
my boss is angry with me
my dog is sleeping
my sister is coming over today
the weather is awful
is it sunny outside
will it rain today
how's the weather
what day is today
what's the date today
what year is it
when is lunch
it's lunch time
happy new year
merry christmas
congratulations
cheers mate
see ya
cya later
bye bye robot
have a good one
take care
good night sleep well
go to sleep now
stop talking
shut up please
quiet please
shush
don't worry
no need to hurry
take your time
no rush
hurry up please
come on
let's start
let's get started
are you ready to start
ready when you are
here we go
move forward a bit
drive backwards
turn left
turn ninety degrees
go forward two meters
move your arm up
lift your arm
open your gripper
release the gripper
let it go
drop it
put it down
put it back
stay where you are
don't move
freeze
follow me please
go to the kitchen
go to the table
look at me
look up
charge your battery
what's your battery level
are you connected
yes please
no thanks
no thank you
maybe later
not now
of course
sounds good
that's fine
got it
i understand
i see what you mean
really
oh really
no way
whatever
who knows
i was talking to someone else
not you robot
sorry i wasn't talking to you
blah blah blah
test one two three
how's life
how are we doing today
how do you feel about that
glad to see you
long time no see
did you miss me
ta very much
thanks for nothing
thanks again for everything
that was a great help
i couldn't have done it without you
that's right well done
correct
exactly right
bang on
way to go
keep up the good work
you rock
that's not very helpful
you don't get it do you
you messed up
what's wrong with you
why are you so slow
can you hurry
can you wait a moment
could you come over here
would you go away please
please be quiet for a moment
please stop now
can you turn around
what else do you know
what languages do you speak
how many languages do you speak
what do you want
what are you doing
what are you looking at
what are you thinking
where do you live
when were you born
who's your boss
who's there
is that all
that's all folks
i have no idea
i need a break
i need a holiday
my head hurts
i'm late for work
my wife is waiting
i hope you are well
let me introduce you to my friend
say hello to my friend
do you want to play a game
let's play a game
guess what
you won't believe what happened today
it's been a long day
did you see the game last night
do you follow football
isn't it a nice day
i'm not in the mood
ok ok
yeah yeah
mm hm
alright alright
you there
hello hello
robot are you listening
i wasn't finished
let me start again
how do i turn you off
hey buddy how are you doing this morning
thank you so much for your help
cheers robot that's great
you're doing a good job
can you tell me what you are able to do
who is your creator
i'm feeling a bit hungover
do you ever get tired
could you drive a little closer
please move back to where you were
hold still for a moment
what is the weather going to be like
talk to you soon
that wasn't very nice
my daughter really likes you
how long have you been here
i think you are great
did you understand what i said
you can stop now
wait for me please
""".strip().splitlines()
REQUESTS = """
hello robot show me the lamp
hi could you find the bottle please
good morning the lamp please
thanks now the bottle
thank you and now show me the apple
great now the lamp
perfect and the bottle
ok thanks next the remote
well done now give me the red mug
how are you and where is the lamp
nice weather give me the bottle
i'm hungry give me the apple
can you help me find the lamp
do you know where the bottle is
do you like the red mug show it
what about the apple
how about the bottle then
stop show me the lamp instead
wait the bottle
sorry i meant the lamp
no worries the lamp then
my favourite mug is the red one show me
i can't see the remote
i'm looking for a lamp
i want to drink something
it's dark turn on the lamp
there's an apple somewhere
my remote is gone
the remote has disappeared
pass the remote mate
remote please mate
robot the lamp
hey you the lamp
have a look at the apple
look there's a lamp
go to the lamp
drive to the bottle
move to the red mug
come to the bottle
turn the bottle around
lift the lamp up
open the drawer
close the drawer please
wipe the lamp
clean the white mug
wash the red mug
throw away the apple
eat the apple
switch off the lamp
fill the white mug
empty the red mug
bring me anything red
hey buddy could you get me the remote
thanks that's great now i need the lamp
it's getting dark can you turn on the lamp
i'm thirsty where's the bottle
can you move to the drawer
good job next one is the apple
""".strip().splitlines()
BEYOND = """
how heavy is the bottle
how far away is it
why is the lamp yellow
is the drawer open
is the lamp on
what is the mug made of
what brand is the remote
what shape is the apple
who owns the remote
the weight of the lamp
when was the mug made
""".strip().splitlines()


@pytest.mark.parametrize('said', TALK)
def test_talk_asks_for_nothing(said):
    assert understand(said, Dialogue('d')).act in (Act.TALK, Act.NO)


@pytest.mark.parametrize('said', REQUESTS)
def test_a_request_with_a_greeting_or_a_reason_is_no_talk(said):
    assert understand(said, Dialogue('d')).act is not Act.TALK


@pytest.mark.parametrize('said', BEYOND)
def test_what_nobody_can_see_is_said_to_be_so(said):
    heard = understand(said, Dialogue('d'))
    assert (heard.act, heard.topic) == (Act.TALK, 'beyond')


@pytest.mark.parametrize('said', ['is the drawer brown', 'how many mugs are there',
                                  'why do not you show me the lamp', 'is there a lamp'])
def test_what_can_be_seen_is_not_beyond(said):
    assert not asked_back.is_beyond(said)


def test_several_in_one_breath_are_talk():
    assert small_talk.topic('thanks and good night') == 'thanks'


def test_talk_with_a_thing_in_it_is_for_the_caller_to_look_at():
    assert small_talk.is_idle('i was at the lamp shop')
    assert not small_talk.is_idle('i want the lamp')
