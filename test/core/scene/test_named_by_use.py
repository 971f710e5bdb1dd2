# SPDX-License-Identifier: Apache-2.0
"""Parts and things named by what is done with them; remarks and conditions that ask for nothing."""

import pytest
from support.talk import outcome

LINES = {
    ('kitchen', 'where one pulls, presses, holds'): """
so where do I have to pull when I want the drawer open => dr.knob
i want to open the drawer which bit do i pull on => dr.knob
the drawer > where do i pull => dr.knob
where do my fingers go on the white mug => wm.handle
the red mug > there where i put the fingers for hold it => rm.handle
""",
    ('cans', 'what opens and closes'): """
where do i pull to open the can that's nearest to me => so.lid
twist off whatever closes the bottle => mu.cap
a box > whichever is nearer to me => su
whatever is standing furthest to the left grab that => sp
""",
    ('shelf', 'which end does what'): """
Which end of the hammer strikes the nail? Highlight it. => rh.head
the middle of the plate => di.centre
The clip on the pen, the little thing that goes over your shirt pocket => pe.clip
soup's ready, where can I pour it? => bl
I look for a deep thing where soup can go in => bl
mask anything orange in colour => or tp
Can I have the orange thing? Not the one you eat! => tp
something healthy to snack on would be nice => or
""",
    ('bench', 'what is worked on is none of the things'): """
gotta put a hole through this bracket, quick => dl
I need to cut this cable tie => sc
i can't get this string apart with my fingers i have to cut it => sc
something to write with but it shouldn't be black => pn
something to write with that is red => pn
the sharp part only => sc.blades
""",
    ('bench', 'left out'): """
blue bottles, caps excluded => b1-cap b2-cap
the drill > forget it, give me the scissors instead => sc
I want to read the labels on both blue bottles, so just those labels => b1.label b2.label
if the drill has been charged, mark it => not understood
""",
    ('kitchen', 'left out'): """
mask the green bottle > now minus its cap => bo-cap
I'm thirsty, but nothing out of a mug please => bo
hand me the bottle if it's empty => not understood
if there is a bottle, the bottle, else the lamp => bo
both mugs > drop the white one => rm
telly is way too loud what do i need => re
hammer please > scrap all that and start again => command
""",
    ('caps', 'parts by colour'): """
labels of both bottles > skip the white one => bw.label
labels of both bottles > all of them except the white one => bw.label
Hammer, just where it's red => ha.handle
a mug but must have a handle in blue => mb
I'd like the left bottle marked, only leave its cap out of it => bo-cap
green bottle with the white cap hmm no wait i mean white label => bo
one of the bottles, not sure which > ah yes, mine has a red label => bw
That hammer is much too heavy for my little daughter. => talk
""",
    ('mugs', 'mugs'): """
It's the mug standing between the other two mugs that I'm after => y
handles only, all three mugs => g.handle y.handle b.handle
Show me all the mugs. > And how many would that be altogether? => talk "three"
I drink a lot of coffee, so give me the biggest mug you've got. => y
i want to drink from the green mug => g
something flat to put paint on => none
something flat to put cake on => pl
Bananas give me a rash, honestly. => talk
""",
    ('kitchen', 'further, narrower, without it again'): """
Give me the mug. > The one further to the right. => wm
Mark the lamp for me. > Only the part the light shines through. => la.shade
need something to pour my tea into but please not the white one => rm
the bottle > remove the bottle again => talk
""",
    ('shelf', 'the rest, and a slip'): """
Exclude the bowl; mark the rest of the tableware. => di
Mark the can. > Oh, that was a slip of the tongue, I meant the pages of the book. => bo.pages
soup's nearly done, what do I eat it from => bl
""",
    ('cans', 'narrowed down'): """
Highlight the yellow bottle. > Now reduce the selection to its label. => mu.label
what lies right in front of my belly, that I need => so
""",
    ('mugs', 'handles but one'): """
All handles except the one on the yellow mug. => g.handle b.handle
all the handles but not the handle of the yellow mug => g.handle b.handle
Middle mug, please. > Swap that for its left neighbour. => g
this blue cup burns me, where I can hold her => b.handle
Mark the plate. > Add the banana. > Remove the plate again. => bn
Going from left to right, what colour does the third mug have? => talk "blue"
""",
    ('caps', 'caps and ears'): """
Every cap on the table that isn't white. => bo.cap mk.cap
Pick a green bottle for me. > The one without the orange cap. => bw
the bottle without its orange cap => ask bo bw
I drink always from the cup with the blue ear, please => mb
Show the hammer. > Narrow it down to the striking end. => ha.head
someone at work always screws the white cap on the wrong bottle drives me nuts => talk
""",
    ('kitchen', 'asked again of another thing'): """
what colour is the lamp > what about the bottle => talk "green"
what colour is the lamp > and the bottle? > and the drawer? => talk "brown"
how many mugs are there > and bottles? => talk "one"
what colour is the lamp > what about giving me the bottle => bo
the lamp > what about the bottle => bo
the drawer, er, no sorry, I meant the knob on it => dr.knob
""",
    ('bench', 'put back'): """
the red pen > actually put it back and take the drill instead => dl
left blue bottle > now the other blue one => b2
what would you use for cutting paper? give me that => sc
""",
    ('shelf', 'rows'): """
third thing from the left in the back row => rh
of the things at the back, the third from the left => rh
""",
    ('mugs', 'those two'): """
those two little mugs there => g b
all the mugs > those two little mugs => g b
""",
    ('cans', 'asked again of another place'): """
Is the blue can left or right of the yellow bottle? > And the red box? => talk "right"
""",
    ('bench', 'corners, and the one that'): """
Fetch that blue bottle over there, the one next to the white one. => b2
I want that black whatsit in the lower right corner. => bk
the pen in the bottom left corner => pn
Which bit of the scissors does the cutting? => sc.blades
""",
    ('mugs', 'made the banana'): """
Of the two little mugs, it's the one further right I'm after. => b
Bring the plate, or actually, you know what, make it the banana. => bn
Where on the blue mug would I put my fingers to lift it? => b.handle
Let's begin again from scratch. => command
""",
    ('shelf', 'orange, the fruit'): """
put the orange into the bowl => or @ bl
everything in the back row apart from the hammer => bl di or tp
""",
    ('caps', 'whatever does it'): """
I'd like to label these samples, so whatever writes will do. => mk
""",
    ('cans', 'nearest, mixed up, from the left'): """
Nearest one to me, please. => so
Where are the cans? > How many is that? > The second of them, counting from the left. => so
Take the blue can. > I mixed them up, the red and white one it should be. => so
Which colour has the box on the far right? > And the box at the back? => talk "red"
Don't you dare touch the yellow bottle! > Whatever is left over, take it all. => so sp su cr
""",
    ('bench', 'a finger on it'): """
Don't lay a finger on the red pen. > I need something to write with. => mk
I've got to make a hole in this board. => dl
""",
    ('shelf', 'rows, and what is to be done'): """
Whatever's furthest to the left. => or
Gather up everything that has an orange colour. => or tp
My parcel still needs to be sealed. => tp
The pen belongs to a colleague, don't touch it. > Tidy up the front row. => bo ca
""",
    ('kitchen', 'a shade of a lamp'): """
What colour is the lamp? > And its shade, show me that. => la.shade
Both mugs need washing, so clear them away. => rm wm
""",
    ('mugs', 'right from the plate'): """
Please to take the thing what is lying on the right from the plate. => bn
Green mug. > Scrap that, blue. => b
""",
    ('kitchen', 'pulled open, said by mistake'): """
Pull the drawer open for me, by the knob => dr.knob
up a little with the gripper, then rotate ninety degrees => talk
who does this lamp belong to? => not understood
""",
    ('cans', 'taken by others'): """
Cans are for the customers, so don't take those; the bottle is for me => mu
""",
    ('bench', 'slips and sides'): """
Scissors... hang on, did I say scissors? I meant the drill => dl
This ribbon needs cutting => sc
Never hold the drill at the chuck, use the handle => dl.handle
a blue bottle > the second one => b2
a blue bottle > the third one => none "is only one"
""",
    ('shelf', 'for the soup'): """
Point at the head of the hammer, not at the whole thing => rh.head
Hand me the bowl > Whoops, I said bowl but a plate is what I want => di
A spoon for the soup would be nice => none
""",
    ('mugs', 'of the same size'): """
We need two mugs of the same size => not understood
Give me the yellow mug > Which bit of it should I grab so I don't burn my fingers? => y.handle
Whatever isn't a mug, sort it out => pl bn
""",
    ('kitchen', 'what the words around it leave as it is'): """
take the red mug again => rm
how many mugs are there > and the bottle please => bo
how many mugs are there > and the left one please => rm
what colour is the lamp > and the red mug, i want that => rm
it is getting dark and i want the white mug => wm
where can i take the apple => ap
where do i open the drawer? => dr.knob
i prefer the bottle as before => bo
the yellow lamp is too big for me, the white mug => wm
my mug once more, the red one => rm
i need to drink because i am thirsty, but not from the red mug => not understood
""",
    ('bench', 'what the words around it leave as it is'): """
the thing on the right at the back => mk
take the thing on the right at the front => bk
I need to write something down before I go, give me the black marker => mk
another bottle of the same kind => b1
the blue bottles > remove the cap of the left one => b1.cap
the bottle on the left from my viewpoint => b1
""",
    ('caps', 'what the words around it leave as it is'): """
the marker without the black cap => mk-cap
the green bottles > remove the orange cap => bo.cap
""",
    ('kitchen', 'told, not asked for'): """
the neighbour's kid knocked a whole lamp off their sideboard yesterday, what a mess => talk
grandma had a red mug too and she'd never let anybody touch it => talk
My sister once broke a lamp just like that one. => talk
I have read about that lamp twice already => talk
i have lost the remote again => re
""",
    ('bench', 'the pen, where a marker lies too'): """
Is the pen left or right of the scissors? => talk "left"
""",
}


@pytest.mark.parametrize(('scene', 'line'), [
    (scene, line) for (scene, _), text in LINES.items() for line in text.strip().splitlines()])
def test_what_is_done_with_it_tells_what_is_meant(scene, line):
    came, expected = outcome(scene, line)
    assert came == expected, line
