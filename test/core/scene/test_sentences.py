# SPDX-License-Identifier: Apache-2.0
"""Sentences as people say them, and what they mean: one table for each kind."""

import pytest
from support.talk import outcome

KITCHEN = {
    'plain nouns': """
the bottle => bo
bottle => bo
would you find the bottle please => bo
um can you uh show me the bottle => bo
where is the remote control => re
the clicker => re
hand me the flask => bo
pick up the lamp => la
i need the desk lamp => la
do you see the drawer => dr
is there an apple here => ap
i am looking for the apple => ap
please point at the light => la
grab the bottle for me => bo
the bottle over there => bo
the bottle on the table => bo
can you see the drawer anywhere => dr
give me that bottle => bo
my friend wants the remote => re
could i have the apple => ap
""",
    'needless questions are not asked': """
mug => ask rm wm
the mug => ask rm wm "red one or the white one"
would you find the mug please => ask rm wm
a mug => rm
any mug => rm
some mug => rm
one of the mugs => rm
give me a mug => rm
""",
    'colours': """
the red mug => rm
red mug => rm
the mug that is red => rm
the mug which is white => wm
the white one => wm
the green bottle => bo
something yellow => la
the mug in red => rm
the mug painted white => wm
everything red => rm ap
both red things => rm ap
the red things => rm ap
the red thing => ask rm ap
the green thing => ask bo th
the blue mug => none "no blue mug"
the purple bottle => none "bottle is green"
the black thing => re
the brown thing => dr
is there anything black => re
is there anything purple => none
what is yellow here => la
show me the red and white things => rm wm ap
""",
    'size and shape': """
the biggest thing => dr
the smallest thing => ap
the largest thing on the table => dr
the tallest thing => la
the biggest mug => wm
the second biggest thing => la
the bigger mug => wm
the smaller red thing => ap
the small red thing => ap
the big red thing => rm
something small => ap
the tall bottle => bo
the tallest object here => la
the two biggest things => dr la
""",
    'places': """
the leftmost thing => dr
the left mug => rm
the mug on the left => rm
the mug on the right => wm
the right one => la
the rightmost mug => wm
the second thing from the left => ap
the first mug from the right => wm
the thing at the back => la
the thing nearest to me => dr
the closest thing to you => dr
the thing furthest away => la
the mug in the middle of the table => wm
the last thing from the left => la
""",
    'relations': """
the mug next to the bottle => wm
the mug left of the white mug => rm
what is left of the white mug => rm
what is to the right of the bottle => la
the thing in front of the lamp => re
what is behind the remote => la
what is in front of the white mug => th
the mug closest to the bottle => wm
the thing between the red mug and the bottle => wm
what lies on the drawer => ap
what is on the drawer => ap
the apple on the drawer => ap
what is the apple on => dr
the thing that the apple lies on => dr
what is under the apple => dr
on what does the apple lie => dr
the mug beside the bottle => wm
the bottle next to the lamp => bo
the mug to the right of the red mug => wm
the mug behind the drawer => rm
what is next to the lamp => bo
the bottle left of the mug on the left => none
something next to the bottle => la
is there anything on the drawer => ap
is there something on the lamp => none
the thing in front of the keyboard => none "no keyboard"
which thing lies on the drawer => ap
left of the bottle the mug => wm
on the drawer there is an apple show it => ap
the mug that is left of the bottle => wm
the remote in front of the lamp => re
the drawer the apple lies on => dr
mark the drawer that the apple is on for me => dr
the apple > what is it lying on => dr
the apple > on what is it lying => dr
the drawer around the apple => dr
the mug smaller than the white mug => rm
""",
    'uses and kinds': """
something to drink from => rm
what could i drink coffee from => rm
the fruit => ap
something to eat => ap
something to change the channel with => re
the thing to light the room with => la
what would you use to read at night => la
i want to put things away => dr
something to cut with => none
something to write with => none
show me the thing you drink coffee from => rm
what is the object that people read at night with => la
the toy => none
any fruit => ap
the electronics => re
i would like to bite into something => ap
what can i store water in => bo
i am thirsty => talk
turn on the lamp => la
""",
    'bare references': """
all the mugs > number 1 => rm
all the mugs > number 2 => wm
all the mugs > instance two => wm
all the mugs > #2 => wm
all the mugs > the first one => rm
all the mugs > the second => wm
all the mugs > the last one => wm
all the mugs > the second mug => wm
all the mugs > both of them => rm wm
all the mugs > all of them => rm wm
all the mugs > them => rm wm
all the mugs > those => rm wm
all the mugs > number 1 and number 2 => rm wm
all the mugs > numbers 1 and 2 => rm wm
the red mug > it => rm
the red mug > that one => rm
the red mug > show it again => rm
the red mug > take it => rm
the red mug > this one => rm
the red mug > the mug => rm
the red mug > that mug => rm
the red mug > the bottle > number 1 => rm
the red mug > the bottle > the first one => rm
the red mug > the bottle > it => bo
the red mug > the bottle > give me that one => bo
the red mug > number 7 => bad reference
it => bad reference
what do you see > number 3 => bo
what do you see > the third one => bo
what do you see > show me number 8 => th
what do you see > the handle of number 2 => wm.handle
the red mug > the bottle > both of them => rm bo
the red mug > the bottle > [1] it => rm
the red mug > the bottle > [1] => rm
the red mug > the white mug > [1] the mug => rm
the red mug > the bottle > [1] its handle => rm.handle
the red mug > the bottle > [1] the handle => rm.handle
the red mug > the bottle > [1, 2] them => rm bo
the red mug > its handle > it => rm.handle
""",
    'the other one': """
the red mug > the other mug => wm
the red mug > the other one => wm
the red mug > another mug => wm
the red mug > a different mug => wm
the red mug > the bottle > the other mug => wm
the mug > the red one > the other one => wm
the mug > the red one > no, the other one => wm
the bottle > the other bottle => none "no other bottle"
both mugs > the red one > the other one => wm
the red mug > its handle > the other mug => wm
the red mug > not that one, the other one => wm
the red mug > the other mug > the other one => rm
both mugs > the bottle > not number 1, the other mug => wm
the white mug > the red mug > instead of number 2 show me the other mug => wm
the red mug > now the other mug's handle => wm.handle
""",
    'corrections': """
the red mug > no, the white one => wm
the red mug > no the bottle => bo
the red mug > not that one, the white one => wm
the red mug > i meant the bottle => bo
the red mug > no, I meant the white mug => wm
the red mug > wrong, the white mug => wm
the red mug > sorry, the white one => wm
the lamp > no, the black one => re
both mugs > just the white one => wm
both mugs > no, only the red one => rm
the mug > the red one > no, the white one => wm
the red mug > that is not what i meant, the lamp => la
the red mug > not the mug, the bottle => bo
the mug > not the red one, the white one => wm
the red mug > the white one instead => wm
""",
    'answers to a question': """
the mug > the left one => rm
the mug > left => rm
the mug > right please => wm
the mug > the one on the right => wm
the mug > the red one => rm
the mug > red => rm
the mug > the white => wm
the mug > white please => wm
the mug > the second => wm
the mug > the second one => wm
the mug > number 2 => wm
the mug > 2 => wm
the mug > the one that is number 2 => wm
the mug > the red mug => rm
the mug > i mean the red one => rm
the mug > the bigger one => wm
the mug > both => rm wm
the mug > both of them => rm wm
the mug > its handle => ask rm wm
the mug > the handle => ask rm.handle wm.handle
the mug > yes => ask rm wm
the mug > neither => talk
the mug > no => talk
the mug > the bottle => bo
the mug > the one next to the bottle => wm
the mug > it is the white one => wm
the mug > that would be the left one => rm
the mug > the mug on the left => rm
the mug > the first one from the right => wm
the mug > how about the white one => wm
the mug > the one closer to the lamp => wm
""",
    'parts': """
the red mug > its handle => rm.handle
the handle of the red mug => rm.handle
the red mug's handle => rm.handle
the red mugs handle => rm.handle
the drawer handle => none
the drawer knob => dr.knob
the lamp shade => la.shade
the base of the lamp => la.base
the lamp's base => la.base
the lampshade => la.shade
the bottle cap => bo.cap
the cap => bo.cap
the handle => ask rm.handle wm.handle
the red mug > the handle => rm.handle
the red mug > its lid => none "no lid"
the red mug > the handle of it => rm.handle
the red mug > show me the handle of that one => rm.handle
the bottle > the top => bo.cap
the red button => re.red_button
the remote > its red button => re.red_button
the power button of the remote => re.red_button
the handles of both mugs => rm.handle wm.handle
both handles => rm.handle wm.handle
all the handles => rm.handle wm.handle
the red mug > now take it by its handle => rm.handle
the shade that the lamp has => la.shade
hold the red mug by the handle => rm.handle
does the lamp have a base => la.base
take the lamp and show me its shade => la.shade
the lid of the bottle => bo.cap
the blades of the bottle => none
the knob of the thing under the apple => dr.knob
the remote and its red button => re re.red_button
the lamp > its shade > its base => la.base
the white mug > the apple > the handle of the white mug => wm.handle
where is the label on the bottle => bo.label
""",
    'negation and exclusion': """
don't touch the red mug => talk "red mug"
do not take the bottle => talk
never touch the lamp => talk
leave the red mug alone => talk
stay away from the lamp => talk
be careful with the bottle => talk
neither the mug nor the bottle => talk
not the red mug => wm
a mug that isn't red => wm
a mug that is not red => wm
any mug but the red one => wm
any mug except the red one => wm
a mug but not the red one => wm
the mug that is not white => rm
the mug which isn't the red one => wm
all mugs except the red one => wm
everything but the mugs => bo re dr la ap th
everything except the mugs => bo re dr la ap th
everything except the mugs and the lamp => bo re dr ap th
everything red except the apple => rm
the bottle without its cap => bo-cap
the bottle but not the cap => bo-cap
the bottle except the cap => bo-cap
the bottle > it without the cap => bo-cap
the bottle > everything except the cap => bo-cap
the red mug without the handle => rm-handle
do not take the red mug, take the white one => wm
don't give me the red mug, give me the bottle => bo
the red mug > not that one > the white one => wm
all the mugs > not the red one => wm
a thing that is not red and not a mug => bo
the red thing that is not a mug => ap
anything but the lamp => rm
the mug other than number 1 => bad reference
the red mug > the mug that is not number 1 => wm
the red mug > the mug other than number 1 => wm
the red mug > not number 1 but the other mug => wm
""",
    'counts and several': """
both mugs => rm wm
the mugs => rm wm
all the mugs => rm wm
all mugs => rm wm
every mug => rm wm
each of the mugs => rm wm
two mugs => rm wm
the two mugs => rm wm
five mugs => rm wm "two mugs, not five"
three bottles => bo "one bottle, not three"
a few mugs => rm wm
the mugs and the bottle => rm wm bo
the mug and the remote => ask rm wm
the red mug and the remote => rm re
the lamp and the remote => la re
the lamp, the remote and the bottle => la re bo
the lamp plus the remote => la re
the lamp as well as the bottle => la bo
a pair of mugs => rm wm
all the cups => rm wm
all the plates => none
""",
    'alternatives and clauses': """
the lamp or the keyboard => la
the keyboard or the lamp => la
the lamp shade or the lamp base => la.shade
pick the red mug, then the white one => rm wm
take the bottle and then the lamp => bo la
first the lamp then the remote => la re
take the red mug and put it next to the drawer => rm @ dr
put the red mug next to the drawer => rm @ dr
put the remote on the drawer => re @ dr
bring me the bottle and the keyboard => bo "no keyboard"
take the lamp. then take the bottle => la bo
the red mug > put it on the drawer => rm @ dr
place the bottle between the mugs => bo @ rm wm
""",
    'questions in words': """
how many mugs are there => talk "two mugs"
how many bottles do you see => talk "one bottle"
how many red things are there => talk "two red things"
how many mugs and bottles are there => talk "two mugs and one bottle"
how many keyboards are there => talk "no keyboard"
how many things are on the table => talk "eight"
which colour is the bottle => talk "green"
what colour is the lamp => talk "yellow"
what is the colour of the remote => talk "black"
the red mug > what colour is it => talk "red"
the red mug > what is it => talk "red mug"
the red mug > what is number 1 => talk "red mug"
the red mug > what is that => talk "mug"
what do you see > what is number 8 => talk "something green"
the red mug > what did I say => talk "the red mug"
what are you holding => talk "nothing"
(holds bo) what are you holding => bo
the red mug > are you sure => talk "percent"
is the bottle green => talk "yes"
is the bottle red => talk "no, it is green"
what do you see => rm wm bo re dr la ap th "I see 8 things: 1 a red mug, 2 a white mug"
what can you see => rm wm bo re dr la ap th
what's on the table => rm wm bo re dr la ap th
list everything => rm wm bo re dr la ap th
show me everything => rm wm bo re dr la ap th
everything => rm wm bo re dr la ap th
what things are there => rm wm bo re dr la ap th
is there a keyboard => none "no keyboard"
where is the hammer => none "no hammer"
can you see the bottle => bo
do you have a phone => none
is there a mug => rm
""",
    'talk and motion': """
hello => talk
hello robot => talk
hi there => talk
good morning => talk
hola => talk
thanks => talk
thank you very much => talk
good job => talk
well done robot => talk
go home => talk
stop => talk
come here => talk
put that down => talk
put it down => talk
let go => talk
what can you do => talk
who are you => talk
what is your name => talk
how are you => talk
help => talk
the table => talk "not the table"
what is up => talk
your gripper => talk
the floor => talk
show me your hand => talk
bye => talk
go back a bit => talk
open your gripper => talk
move your arm to the left => talk
the => not understood
show me the => not understood
tell me a joke => talk
i am bored => talk
wait a moment => talk
nice => talk
look at me => talk
turn around => talk
can you hear me => talk
""",
    'naming': """
what do you see > call number 8 the clamp => th "clamp"
what do you see > call number 8 the clamp > the clamp => th
what do you see > call number 8 the clamp > the red mug > clamp => th
what do you see > number 8 > this is the clamp > the lamp > where is the clamp => th
what do you see > number 8 is the clamp > the bottle > the thing left of the clamp => dr
the red mug > call it the grail > the lamp > the grail => rm
the red mug > call it the grail > the lamp > the grail's handle => rm.handle
the red mug > that one is a chalice > chalice => rm
the clamp => none "do not know 'clamp'"
the lamp > this is the moon > what is number 1 => talk "moon"
""",
    'unknown words': """
the gizmo => none "I do not know 'gizmo'. I see 8 things"
where is the flux capacitor => none "do not know"
the wooden mug => ask rm wm
the nice red mug => rm
the old bottle => bo
the shiny green bottle => bo
the zorb left of the lamp => none
the empty bottle => bo
the ceramic white mug => wm
""",
    'slips of ear and hand': """
the redmug => rm
the read mug => rm
the whte mug => wm
the botle => bo
the bottel => bo
the ladp shade => none
the remot => re
redmug please => rm
white mug => wm
show bottle => bo
give red mug => rm
the the red mug => rm
the mu mug => ask rm wm
the white mugg => wm
the aple => ap
thered mug => rm
show me the drawr => dr
to mugs => rm wm
uh the um lamp => la
the greeen bottle => bo
all the mugss => rm wm
the lam the lamp => la
the wight mug => wm
the mug on the rite => wm
""",
    'the gripper': """
(holds bo) the thing in the gripper => bo
(holds bo) what is in the gripper => bo
(holds bo) the bottle that you are holding => bo
(holds bo) put down what you are holding => bo
(holds rm) the mug held by the gripper => rm
(holds rm) which thing do you hold in your hand => rm
(holds rm) drop the mug you are holding => rm
the thing in the gripper => none
the mug that the gripper holds => none
""",
    'commands': """
the red mug > undo => command
the red mug > start over => command
the red mug > never mind => command
the red mug > take that back => command
""",
}
CANS = {
    'contents': """
the soup => so
the can of soup => so
the tomato soup => so
can of spam => sp
the spam => sp
the sugar => su
the mustard => mu
the mustard bottle => mu
the cracker box => cr
the box of crackers => cr
the sugar box => su
the nuts => ask so sp
the can => ask so sp
the box => ask su cr
the yellow box => su
the box > the yellow one > no, the red one => cr
the can > the red one > its lid => so.lid
the soup can > the other can => sp
the soup can's lid => so.lid
the soup can lid => so.lid
the lids of both cans => so.lid sp.lid
everything that has a lid => so sp
everything with a lid => so sp
the can in front => so
the can at the back => sp
the cans => so sp
the lid => ask so.lid sp.lid
the can that has a label => none
the bottle with a cap => mu
the thing without a lid => ask su cr
the cracker box > the can in front of it => so
the sugar > the box behind it => cr
the soup > the can behind it => sp
both boxes > the bigger one => cr
all the boxes => su cr
the yellow one => ask su mu
the yellow one > the one on the left => mu
the yellow one > the one on the left > no, the other one => su
the mug => none
the banana => none "no banana"
a hammer => none
the food => ask so sp
the container => ask so sp su cr
the blue can => sp
the dark blue can => sp
the gold can => sp
""",
}
BENCH = {
    'three of a kind': """
two bottles => b1 b2
the two bottles => b1 b2 b3 "three bottles, not two"
the three bottles => b1 b2 b3
five bottles => b1 b2 b3 "three bottles, not five"
the bottles => b1 b2 b3
both blue bottles => b1 b2
both bottles => b1 b2 b3 "three bottles, not two"
the blue bottle => ask b1 b2 "left"
the blue bottle > the left one => b1
the bottle => ask b1 b2 b3
the bottle > the middle one => b2
the bottle > the one in the middle => b2
the bottle > the white one => b3
the bottle > the blue one => ask b1 b2
the second bottle from the left => b2
the third bottle from the right => b1
the middle bottle => b2
the leftmost bottle > the other bottles => b2 b3
the leftmost bottle > the others => b2 b3
the bottles > the first two => b1 b2
the bottle right of the leftmost bottle => b2
the white bottle > the bottle left of it => b2
the tallest bottle => b3
something to drill with => dl
something to drill a hole with => dl
the drill > its chuck => dl.chuck
something to cut paper with => sc
the scissors => sc
the blades of the scissors => sc.blades
a pair of scissors => sc
both pens => mk pn
the one that stands upright => ask b1 b2 b3 mk
both pens > the one that stands upright => mk
both pens > the one lying down => pn
both pens > the one that stands upright > no, the one lying down => pn
the pen that lies down => pn
the thin thing => pn
the clamp => none "do not know 'clamp'"
the orange thing => dl
something orange => dl
the tool => ask dl sc
the tools => dl sc
all the pens => mk pn
the stationery => ask mk pn sc
something to write with => pn
the cap of the white bottle => b3.cap
the white bottle's cap => b3.cap
the caps of the blue bottles => b1.cap b2.cap
the bottle without a cap => none
the mug => none
a phone => none
how many bottles are there => talk "three bottles"
the bottle between the other two => b2
the bottle closest to the drill => b3
the black thing => ask mk bk
the black thing on the right => mk
""",
}
MUGS = {
    'three mugs': """
five mugs => g y b "I see three mugs, not five"
two mugs => g y
the mug => ask g y b
the biggest mug => y
the smallest mug => b
the green mug > the other mugs => y b
the green mug > the other mug => ask y b
all mugs but the green one => y b
all the mugs except the biggest => g b
pick the green mug, then the yellow one => g y
everything yellow => y bn
the yellow thing > the mug => y
all yellow things that are not mugs => bn
the mug in the middle => y
the mug between the green one and the blue one => y
the handle of the blue mug => b.handle
the green mug or the purple mug => g
the purple mug or the orange mug => none
both mugs => g y b
the banana > what is left of it => pl
the dishes => g y b pl
the fruit => bn
the green and the blue mug => g b
the green and blue mugs => g b
the mugs > the first one => g
the mugs > the third => b
the mugs > number 2 => y
the mugs > the yellow one > its handle => y.handle
the mugs > the left one => g
the mugs > what is number 3 => talk "blue mug"
the mugs > not the green one => ask y b
""",
    'wordings that are read as plainer ones': """
the green mug as well as the blue one => g b
the mug at the very left => g
the mug that is most to the left => g
the green mug is what colour => talk "green"
the mugs > what did you call 2 => talk "yellow mug"
would you say the green mug is yellow => talk
what number of mugs do you see => talk "three"
no touching the green mug => talk
leave the green mug, i want the yellow one => y
no green mug, just the yellow one => y
no mugs, only the banana => bn
the mug that is anything but green => ask y b
make sure you do not touch the yellow mug => talk
the yellow mug must not be moved => talk
the yellow mug stays where it is => talk
i would rather have the blue mug than the yellow one => b
the green mug followed by the blue mug => g b
we are after the blue mug => b
the biggest of them all => pl
the mugs > the first you showed me => g
the mugs > all but number 2 => g b
the mugs > just the white one => ask pl
the green mug > the white one => pl
the mugs > show me all except 1 => y b
the mugs > the one you called 2 => y
the green mug > the mug you just showed => g
""",
}


def _lines(tables: dict[str, str]) -> list[tuple[str, str]]:
    return [(kind, line) for kind, text in tables.items() for line in text.strip().splitlines()]


def _check(scene: str, line: str) -> None:
    came, expected = outcome(scene, line)
    assert came == expected


@pytest.mark.parametrize(('kind', 'line'), _lines(KITCHEN))
def test_a_sentence_in_the_kitchen_means(kind, line):
    _check('kitchen', line)


@pytest.mark.parametrize(('kind', 'line'), _lines(CANS))
def test_a_sentence_about_cans_and_boxes_means(kind, line):
    _check('cans', line)


@pytest.mark.parametrize(('kind', 'line'), _lines(BENCH))
def test_a_sentence_at_the_bench_means(kind, line):
    _check('bench', line)


@pytest.mark.parametrize(('kind', 'line'), _lines(MUGS))
def test_a_sentence_about_three_mugs_means(kind, line):
    _check('mugs', line)
