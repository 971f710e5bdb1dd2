# SPDX-License-Identifier: Apache-2.0
"""Short sentences that lean on what was shown before: in between, the whole of it, what stays."""

import numpy as np
import pytest
from support.talk import outcome

from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.memory.identity import match

LINES = {
    ('mugs', 'between what was shown last'): """
the green mug > the blue mug > the one in between => y
the green mug and the blue mug > the one between them => y
the green mug > the blue mug > the ones in between => y
all the mugs > the one in between => y
the green mug > the yellow mug > the one in between => none "between"
""",
    ('kitchen', 'the whole of it'): """
the handle of the red mug > the whole thing => rm
the bottle's cap > all of it please => bo
the bottle's cap > no, the entire thing => bo
the bottle's cap > the thing it belongs to => bo
the handle of the red mug > the complete mug => rm
the lamp > everything => la ap bo dr re rm th wm
""",
    ('kitchen', 'a count of one is what "it" means'): """
the lamp > how many bottles are there > show me it => bo
how many bottles are there > its cap => bo.cap
the lamp > how many mugs are there > take it => la
""",
    ('kitchen', 'without a part, and then whole again'): """
the bottle without its cap > the bottle => bo
the bottle without its cap > show me it again => bo-cap
the bottle > it without its cap > the whole bottle => bo
""",
    ('kitchen', 'what stays where it is'): """
the lamp stays there, bring me the remote => re
the lamp can stay, take the remote => re
keep the lamp where it is and give me the remote => re
let the lamp stay and hand me the remote => re
the lamp remains where it is but i'd like the remote => re
bring me the remote, the lamp stays there => re
the red mug stays where it is, take the other one => wm
the red mug can stay there => talk
the lamp stays, take the remote > something yellow => none "leave the yellow lamp"
""",
    ('kitchen', 'what is said around a request'): """
brilliant, the lamp please, would you? => la
I'm a bit peckish, the apple please => ap
no worries, leave the lamp where it is => talk
the lamp > wait, undo that => command
d'you know where the lamp is => la
the lamp, is it left or right of the bottle? => talk "right"
the lamp, is it left of the bottle or right of it? => talk "right"
has anybody been drinking out of the bottle => not understood
the gizmo of the lamp => none "no gizmo on the yellow lamp"
""",
    ('kitchen', 'verbs that are nouns elsewhere, and what is kept'): """
chuck the apple in the drawer => ap @ dr
bin the apple but keep the bottle => ap
pop the remote on the drawer => re @ dr
put the apple in the drawer > no, not in the drawer, next to the lamp => ap @ la
the bottle > pop it open at the cap => bo.cap
the last one you can leave alone => talk
let's make it the red mug => rm
""",
    ('mugs', 'of a row, and then which'): """
out of those mugs in a row, pick the second from the left => y
the first mug from the left > no, from the right => b
there are three mugs, give me the blue one => b
which of the mugs haven't got any green on them => b y
""",
    ('bench', 'two purposes, and parts by what they do'): """
something to write with and something to cut paper with => pn sc
show me the business end of the scissors => sc.blades
""",
    ('kitchen', 'on earth, the only, the more expensive'): """
what on earth is the green bottle standing next to => la
what on earth can I drink from => rm
is that the only mug here? => talk "two mugs"
which of the mugs is the more expensive one => talk
which mug is it standing next to => bad reference
the bottle > which mug is it standing next to => wm
the lamp or the apple, whichever is further back => la
the bottle > what did they use it for => not understood
""",
    ('kitchen', 'what is done with several, and what stays'): """
remote, apple, all of that goes into the drawer => ap re @ dr
apple and remote can go, but the lamp stays out => ap re
swap the apple with the remote => ap re
the lamp, it's too bright => la
the bottle's cap > put the apple on it => ap @ bo
any mug you like except the red one => wm
""",
    ('kitchen', 'one thing, said twice'): """
the little thing, you know, the apple => ap
it's the cap of the bottle I want to clean => bo.cap
the lamp > what colour is the bottle? > both of them => bo la
a red mug > its twin => wm
the handle of the red mug, off with its handle, the white mug's I mean => wm.handle
off with the bottle's I mean => not understood
""",
    ('bench', '"one" is what was said before, with its colour'): """
a blue bottle > the one on the right => b2
""",
    ('mugs', 'some of them by a comparison, or what is left'): """
the mug next to the plate > which of the mugs haven't you shown me yet => b g
the bigger of the two mugs > the smaller of the green and blue mugs => b
the green mug and either of the yellow ones => g y
which mug has some yellow parts => y
""",
    ('kitchen', 'verbs and parts of two things'): """
nudge the apple a bit towards the lamp => ap @ la
the cap of the bottle and that of the lamp => bo.cap
hold the bottle level and don't spill => bo
which lamp has the yellow shade => la
line the mugs up next to each other => rm wm
evening all, is there a lamp anywhere about => la
there's something yellow at the back, what is that => la
is that a bottle or a mug next to the lamp => bo
move everything off the drawer => ap
everything off the lamp => none
roll the apple over to me => ap
""",
    ('kitchen', 'mended at the end'): """
put the apple in the drawer, on the drawer, sorry => ap @ dr
the bottle > grab it by the label, scratch that, cap => bo.cap
""",
    ('mugs', 'in note form'): """
mugs: rightmost => b
mugs, left to right, second => y
""",
    ('kitchen', 'off the list'): """
the lamp and the bottle > remove the lamp from the list => bo
torque rating of the lamp => not understood
""",
    ('kitchen', 'mended while it is spoken'): """
the red, uh, the white mug => wm
put the apple on the plate, no, on the drawer => ap @ dr
the apple sorry the stem of the apple => ap.stem
the, what's it called, the remote => re
the apple > take the bottle, hmm, I mean the lamp => la
""",
    ('kitchen', 'why, for whom, and by the way'): """
could you pass me the lamp because it's getting dark in here => la
I'd like the bottle, my mouth is so dry => bo
the apple for my lunch => ap
if it's not too much trouble, the remote => re
while you're at it, the apple too => ap
the apple while you're at it => ap
there are two mugs, give me the one that isn't red => wm
the non-red mug => wm
""",
    ('kitchen', 'where it is held, and where not'): """
take the bottle, by the cap => bo.cap
show me the white mug, don't hold it by the handle => wm
lid off the bottle => bo.cap
the red mug > put her on the drawer => rm @ dr
the red mug > the alternate mug => wm
""",
    ('kitchen', 'all of a use, and what cannot be told of all'): """
everything I can drink from => rm wm
everything I can drink from but not the red one => wm
everything I can drink from minus the red one => wm
everything edible => ap
all that can be eaten => ap
everything that is on the table => ap bo dr la re rm th wm
everything that's red => ap rm
everything that opens => not understood
everything that lights up => not understood
everything wet => not understood
something fragile => not understood
everything round => none "nothing round"
how many mugs are dirty => talk "cannot tell whether they are dirty. I see two mugs"
the dirty mug => ask rm wm "cannot tell whether it is dirty"
all the mugs sans the red one => wm
""",
    ('kitchen', 'said by visitors'): """
which mug is nearer the lamp => wm
you have also one saw? => none "do not know 'handsaw'"
the mugs and the lamp > leave out the lamp => rm wm
whichever mug is furthest right => wm
the red mug, I don't want to burn myself => rm
the red mug, the white's dried out => rm
I spilled some milk, what can I drink from => rm
I should be grateful if you left the bottle where it is and passed me the apple => ap
might I ask how many mugs there are => talk "two mugs"
could you tell me, is the bottle left of the lamp => talk "Yes"
in that case the lamp would do very nicely => la
something white, just to cheer me up => wm
on second thoughts I had better have the apple => ap
whatever, start over => command
the lamp > lol never mind, go back one => command
mugs, all => rm wm
on the remote, the button you press => re.red_button
the caps > how many mugs are there > the one on the right => wm
the handle of the red mug > same part but from the white => wm.handle
leave the red mug in peace and bring me the other mug => wm
what is in the drawer > close it => dr
what's in the bottle > open it => bo
how big is the bottle > take it => bo
""",
    ('kitchen', 'said at home and at work'): """
she's on a diet, so leave out the red mug > bring the other mug instead => wm
breakfast for room twelve, so let's start with the mug, the white one => wm
I fancy some fruit, something red but not the lamp => ap
a mug, something yellow, a bottle => bo la rm
the lamp, but just the shade => la.shade
my son left his toys here, can you show me the apple => ap
""",
    ('kitchen', 'remarks that say what is not wanted, and what only looks like one'): """
take all the mugs, the white one is mine => rm
give me any mug, the red one is broken => wm
take everything, the lamp is hot so don't touch it => ap bo dr re rm th wm
never touch the bottle, I'd be glad if you gave me the mug > take the bottle => bo "leave it alone"
take the red mug and I'd be glad if you brought the bottle => bo rm
the red mug, I would be happy if you took it => rm
I dropped the red mug, can you get it => rm
somebody left the red mug here, bring it to me => rm
stop, I have the wrong mug, give me the white one => wm
take the bottle, just to surprise them take the red mug too => bo rm
the top thing => la
top mug => rm
top drawer => dr
is there a pen in the drawer? > give it to me => bad reference
the two things nearest to the bottle => la wm
everything near the bottle => la re wm
show me the thing no one saw => none
take the bar that is red => none "bar"
is anything edible? => ap
""",
    ('shelf', 'a place is no part, and a thing no colour'): """
take everything on the table, but the bowl => bo ca di or pe rh tp
take all the things, but the bowl => bo ca di or pe rh tp
""",
    ('bench', 'what somebody has to do'): """
he has to write, give me something => pn
I dropped the drill, show me its chuck => dl.chuck
""",
    ('kitchen', 'of whom, for whom, and once more without'): """
the red mug's mine, so pass my colleague the other one => wm
that one's my wife's, I'll take the white mug => wm
the lamp is in the way, take it away => la
the apple is in the drawer, get it => ap
take a battery from the drawer => none "no battery"
the mugs and the apple > the same again, but without the apple => rm wm
none of the mugs, just the apple next to the drawer => ap
everything on the table that I could eat => ap
the salt is in the bottle, pass it to me => bo
the handle of the red mug > all the handles except that one => wm.handle
the handle of the red mug > all the other handles => wm.handle
is there a corkscrew => none "corkscrew"
have you seen my headphones => none "headphone"
""",
    ('mugs', 'said by visitors'): """
the second mug from the left > now the third > no, sorry, I meant the first => g
the yellow mug > the ones on either side of it => b g
which is closer, the green mug or the yellow mug => y
the mug closer to me than the green mug => y
what all is here => b bn g pl y
from that row of mugs, the two on the left => g y
the green mug > leave the yellow one alone and take the other two mugs => b g
the darker of the two mugs => b
the most big mug => y
""",
    ('kitchen', 'parts in notes, and by what is done with them'): """
bottle: cap, not the label => bo.cap
handle, white mug => wm.handle
the handle, of the white mug => wm.handle
the lamp > the bit that shines => la.shade
the bottle > the part you unscrew => bo.cap
""",
    ('bench', 'parts by what is done with them'): """
the scissors > the end you hold => sc.handles
the scissors > the bit I hold it by => sc.handles
the scissors > the sharp end => sc.blades
the drill > the side you grip => dl.handle
the marker > the bit you take off => mk.cap
""",
    ('kitchen', 'fewer of all that was shown'): """
give me all the mugs > not the red one => wm
""",
    ('bench', 'fewer of all that was shown'): """
give me all the bottles > the smaller ones => b1 b2
""",
    ('kitchen', 'a place is asked for'): """
is the lamp on the left or on the right => talk "right"
is the drawer at the front => talk "yes"
""",
    ('kitchen', 'what nobody can recognise'): """
don't touch the teddy bear => talk "I do not know 'teddy bear'"
everything but the wibble => none "I do not know 'wibble'"
take the apple, not the wibble => ap "I do not know 'wibble'"
is the red mug left or right of the bear => talk "I do not know 'bear'"
is the red mug in front of the kettle => talk "no kettle"
any mug but the broken one => not understood
which is bigger, the jar or the apple => none "no jar"
which is closer to the lamp, the jar or the apple => none "no jar"
which is closer to the lamp, the bottle or the apple => bo
""",
    ('kitchen', '"it" after what was not there'): """
the apple > the hammer > take it => ask ap
the apple > the hammer > take it > yes => ap
the red mug > the hammer > and its handle => ask rm
the apple > is there a kettle > take it => ap
the apple > is there anything in the white mug > take that out => ask ap
is there anything in the white mug => none "I see nothing in the white mug"
""",
    ('kitchen', 'back to something, and where to hold it'): """
wait, go back to the apple => ap
go back from the apple => talk
the red mug > and where do I hold it => rm.handle
the red mug > by the handle, not the rim => rm.handle
the red mug and the apple > no, without the apple => rm
do you see the lamp? grab its base => la.base
""",
    ('bench', 'for a purpose, without one of them'): """
anything I could write with, except the pen => mk
what can I write with, not the marker => pn
""",
    ('bench', 'a question of its own is no answer to ours'): """
the marker > the small bottle => ask b1 b2
the small bottle > which bottle is next to the drill => b3
""",
}


@pytest.mark.parametrize(('scene', 'kind', 'line'), [
    (scene, kind, line) for (scene, kind), text in LINES.items()
    for line in text.strip().splitlines()])
def test_a_sentence_means(scene, kind, line):
    came, expected = outcome(scene, line)
    assert came == expected


def test_a_thing_without_its_cap_has_a_number_of_its_own():
    whole = Rle.encode(np.ones((20, 20), bool))
    known = [Instance(1, 0, 1, 'bottle', 1.0, whole)]
    assert match([whole], known, [0], ['bottle']) == {0: 1}
    assert match([whole], known, [0], ['bottle without cap']) == {}
    known = [Instance(1, 0, 1, 'bottle without cap', 1.0, whole)]
    assert match([whole], known, [0], ['bottle without cap']) == {0: 1}
    assert match([whole], known, [0], ['bottle']) == {}
