# SPDX-License-Identifier: Apache-2.0
"""What people call the things of a table: tables of words, and what each may mean.

Data and look-ups only. A noun means categories with weights in (0, 1]: how willingly a person would
call a thing of that category so. What of it is on the table is decided in `core.scene`.
"""

from collections.abc import Mapping
from functools import lru_cache

_NOUNS = """
remote: remote control | tv remote | controller | clicker | tv control
mug: coffee mug | tea mug | beer mug
bottle: water bottle | drinking bottle | flask | squeeze bottle | thermos
pan: frying pan | skillet | saucepan | fry pan | wok
lamp: desk lamp | table lamp | light | lantern
drawer: cabinet | drawer box | chest | cupboard
laptop: computer | notebook computer | macbook | pc
hammer: mallet | claw hammer | sledge | sledgehammer
scissors: shears | pair of scissors | clippers | scissor
teapot: tea pot | kettle | tea kettle | coffee pot
banana: plantain | banana fruit
apple: apple fruit
screwdriver: screw driver | driver | turnscrew
camera: photo camera | digital camera | kodak | webcam
brush: paint brush | paintbrush | painter brush | toothbrush | hairbrush
bowl: soup bowl | salad bowl | dish bowl
cup: tumbler | teacup | tea cup | beaker | goblet | paper cup | coffee cup
plate: saucer | dinner plate
can: tin | tin can | soda can | soup can | canister | cola can
box: package | packet | cardboard box | case
carton: milk carton | juice carton | tetra pak | milk box
pitcher: jug | carafe | ewer | water jug
jar: glass jar | jam jar | mason jar
tube: toothpaste tube | roll tube
spray bottle: sprayer | spray | spray can | windex bottle
drill: power drill | cordless drill | electric drill | driller
clamp: spring clamp | vise | vice | clip
marker: felt pen | felt tip | highlighter | sharpie | whiteboard marker
pen: ballpoint | biro | pencil | ball pen
sponge: scrubber | scouring pad
ball: tennis ball | baseball | football | golf ball | softball | soccer ball | basketball
block: toy block | building block | wooden block | cube | lego | toy brick
book: notebook | paperback | novel | hardcover
phone: smartphone | cell phone | mobile phone | mobile | cellphone | iphone | telephone
keyboard: computer keyboard
mouse: computer mouse
glass: drinking glass | wine glass | water glass
fork: dinner fork
knife: kitchen knife | butter knife | cutter
spoon: teaspoon | tablespoon | ladle
spatula: turner | flipper | scraper
wrench: spanner | adjustable wrench
pliers: pair of pliers | tongs | pincers | plier
tape: roll of tape | duct tape | scotch tape | sticky tape | masking tape | tape roll
orange: tangerine | mandarin | clementine
lemon: lime
pear: pear fruit
toy car: toy truck | car | truck | toy vehicle | vehicle | race car
figure: figurine | doll | toy figure | statue | action figure | puppet
shaker: pepper shaker | salt shaker | pepper mill | pepper pot
container: tub | food container | tupperware | lunch box | lunchbox
bag: sack | pouch | coffee bag | purse
brick: foam brick
peach: nectarine
strawberry: berry
cable: wire | cord
"""

# Categories that people take for one another: a willing name for both sides, unless said twice.
_NEAR = """
mug cup .6 .6 | cup glass .5 .5 | mug glass .15 .3 | box carton .6 .6 | jar can .3 .3
jar bottle .3 .3 | jar glass .3 .3 | jar container .5 .5 | teapot pitcher .4 .4
tube bottle .3 .2 | bottle spray-bottle .8 .6 | bottle pitcher .2 .2 | bottle container .15 .4
marker pen .8 .8 | ball orange .15 .1 | block brick .7 .7 | block box .25 .3
container box .6 .6 | container can .45 .4 | container carton .4 .3 | book box .2 .2
phone remote .3 .2 | wrench pliers .3 .3 | pliers clamp .3 .3 | spatula spoon .3 .2
plate bowl .3 .25 | pan bowl .2 .15 | can bottle .2 .15 | shaker can .3 .2 | shaker bottle .4 .2
drill screwdriver .2 .15 | toy-car figure .2 .2 | orange lemon .2 .2 | sponge brick .3 .3
knife spatula .2 .2 | laptop keyboard .15 .15 | bag container .2 .2 | brush spatula .1 .1
peach orange .3 .2 | peach apple .3 .2 | drawer box .3 .25
"""

# Kinds of things; "dish" is what one eats from, not the meal.
_KINDS = """
fruit: banana apple orange lemon pear peach strawberry
toy: toy-car figure block ball brick
teddy: figure=.3
bear: figure=.3
teddy bear: figure=.3
animal: figure=.3
dinosaur: figure=.3
tool: hammer screwdriver drill clamp wrench pliers scissors tape brush spatula=.3 knife=.3
dish: plate bowl cup mug glass pan=.5 pitcher=.5 teapot=.5
crockery: plate bowl cup mug teapot glass=.6 pitcher=.6
tableware: plate bowl cup mug glass teapot pitcher fork knife spoon
kitchenware: pan pot bowl plate mug cup spatula teapot pitcher knife fork spoon glass
cookware: pan spatula=.4
cutlery: fork knife spoon
silverware: fork knife spoon
utensil: fork knife spoon spatula brush=.3 pen=.3
stationery: pen marker tape scissors book
food: banana apple orange lemon pear peach strawberry can=.3 carton=.3 box=.2 container=.2
snack: banana apple pear box=.4 bag=.4 can=.3 peach strawberry
vegetable: lemon=.2
drink: bottle can=.7 carton=.7 glass=.6 cup=.6 mug=.6 pitcher=.4 teapot=.3
beverage: bottle can=.7 carton=.7 glass=.6 cup=.6 mug=.6 pitcher=.4 teapot=.3
vessel: mug cup glass bottle pitcher teapot bowl jar can
receptacle: container box jar can bowl bottle carton bag drawer
storage: drawer box container jar bag
electronics: laptop phone remote camera keyboard mouse lamp=.5 drill=.4
device: laptop phone remote camera keyboard mouse lamp=.6 drill=.6
gadget: laptop phone remote camera mouse=.7 keyboard=.7
gear: laptop phone remote camera keyboard mouse
machine: laptop drill camera=.6
appliance: teapot=.5 lamp=.5 drill=.5
furniture: drawer lamp=.4
pot: teapot=.8 pan=.7 pitcher=.4 bowl=.3
packaging: box carton bag can=.5 container
"""

# What comes in something: content -> where it likely is. The last word is its usual colour.
_CONTENTS = """
soup: can bowl=.4 box=.2 carton=.3 pan=.3 / red
tomato: can=.6 / red
tomato soup: can bowl=.4 / red
spam: can / blue
meat: can=.9 container=.4 plate=.3 /
tuna: can / blue
fish: can=.9 plate=.4 /
bean: can jar=.5 bag=.4 /
coffee: can=.8 bag=.8 mug=.7 cup=.7 jar=.6 / brown black
tea: teapot=.8 mug=.7 cup=.7 box=.6 carton=.3 /
mustard: bottle jar=.7 tube=.6 / yellow
ketchup: bottle / red
mayonnaise: bottle=.8 jar=.8 tube=.5 / white
mayo: bottle=.8 jar=.8 tube=.5 / white
sauce: bottle jar=.7 can=.5 /
oil: bottle /
vinegar: bottle /
wine: bottle glass=.7 /
beer: bottle=.9 can=.8 glass=.5 mug=.4 /
water: bottle glass=.8 pitcher=.7 cup=.5 /
juice: carton=.9 bottle=.9 glass=.7 pitcher=.5 / orange
milk: carton bottle=.8 glass=.6 pitcher=.4 / white
cola: can bottle=.9 glass=.4 / red
coke: can bottle=.9 / red
soda: can bottle=.9 /
lemonade: pitcher=.8 bottle=.8 glass=.7 / yellow
sugar: box=.9 bag=.7 carton=.6 jar=.6 container=.5 bowl=.3 / yellow white
salt: shaker box=.5 / white
pepper: shaker / black
spice: shaker jar=.7 /
flour: bag box=.6 / white
rice: bag box=.8 bowl=.5 / white
pasta: box bag=.8 bowl=.5 /
cereal: box bowl=.5 /
cracker: box carton=.7 bag=.5 / red
cheez-it: box / red
biscuit: box carton=.6 bag=.5 plate=.4 /
cookie: box bag=.6 jar=.6 plate=.4 /
pudding: box carton=.6 bowl=.5 cup=.4 / brown
jello: box bowl=.4 /
gelatin: box /
jell-o: box /
chip: bag tube=.7 box=.3 can=.3 /
pringles: tube can=.9 / red
nut: can jar=.9 bag=.8 box=.4 container=.4 bowl=.4 / brown
cashew: can jar=.9 bag=.8 container=.4 bowl=.4 / brown
peanut: can jar=.9 bag=.8 container=.4 bowl=.4 / brown
jam: jar / red
jelly: jar / red
honey: jar bottle=.6 / yellow
peanut butter: jar / brown
candy: bag jar=.7 box=.6 bowl=.4 /
chocolate: box=.8 bag=.5 / brown
toothpaste: tube / white
glue: bottle=.8 tube=.8 / white
paint: can=.8 tube=.6 /
cream: tube=.8 jar=.6 /
bleach: bottle / white
cleaner: spray-bottle bottle=.8 /
detergent: bottle=.9 box=.5 /
soap: bottle=.9 box=.4 sponge=.2 /
shampoo: bottle /
wipe: container can=.5 bag=.5 box=.5 bottle=.3 jar=.4 tube=.4 / white
disinfecting wipe: container can=.5 bag=.5 box=.5 bottle=.3 jar=.4 /
tissue: box bag=.5 / white
medicine: bottle box=.7 /
pill: bottle box=.6 /
lunch: container box=.8 bag=.6 /
"""

# A purpose ("something to drink from", "what can i cut paper with"): all words must be said.
_USES = """
drink coffee: mug cup=.9 glass=.3
drink tea: mug cup=.9 glass=.3 teapot=.3
drink wine: glass cup=.3
hot drink: mug cup=.9 teapot=.3
drink from: mug cup glass bottle=.6 can=.4 pitcher=.2 bowl=.1
drink out: mug cup glass bottle=.6 can=.4 pitcher=.2 bowl=.1
drink: bottle=.8 mug=.8 cup=.8 glass=.8 can=.7 carton=.6 pitcher=.4 teapot=.3
thirsty: bottle=.8 mug=.8 cup=.8 glass=.8 can=.7 carton=.6 pitcher=.4 teapot=.3
hungry: banana apple orange pear lemon=.2 peach strawberry
sip: mug cup glass bottle=.5
keep drink: bottle mug=.3 cup=.3
store water: bottle pitcher=.6 glass=.2
carry water: bottle pitcher=.6
hold water: bottle pitcher glass cup mug bowl=.6
pour tea: teapot
pour coffee: teapot=.7 pitcher=.5
pour: pitcher teapot=.9 bottle=.7 carton=.5 can=.2
brew: teapot
serve tea: teapot
boil: teapot pan=.5
make tea: teapot
make coffee: teapot=.6 mug=.3
fry: pan
cook: pan
stir: spoon spatula=.7
flip: spatula
egg: pan
turn meat: spatula
turn egg: spatula
turn burger: spatula
turn steak: spatula
eat soup: spoon bowl=.7
serve soup: bowl
serve cereal: bowl
serve salad: bowl plate=.5
serve pasta: plate bowl=.8
serve bread: plate
serve on: plate bowl=.3
put cake: plate
serve: plate bowl=.7
eat from: plate bowl=.9
eat off: plate bowl=.5
eat with: fork spoon knife=.6
peel eat: banana orange=.8
peel: banana orange=.6
monkey: banana
smoothie: banana apple=.3 strawberry=.6
pie: apple
bite: apple pear=.7 banana=.3 peach=.7
cider: apple
squeeze: lemon orange=.7 bottle=.2 sponge=.3
eat: banana apple orange pear lemon=.3 peach strawberry
cut paper: scissors knife=.3
cut ribbon: scissors knife=.3
cut bread: knife
trim: scissors
cut: scissors knife=.9
slice: knife scissors=.2
chop: knife
snip: scissors
nail: hammer
hit: hammer
hammer: hammer
pound: hammer
knock: hammer
smash: hammer
bang: hammer
drill: drill
hole: drill
tighten screw: screwdriver drill=.4
tighten: wrench screwdriver=.8 clamp=.4
turn screw: screwdriver drill=.3
loosen screw: screwdriver drill=.3
loosen: wrench screwdriver=.8
screw: screwdriver drill=.4
bolt: wrench pliers=.4
nut: wrench pliers=.4
grip: pliers clamp=.7
clamp: clamp
hold together: clamp tape=.8
stick: tape
glue: tape=.3
seal: tape
paint: brush
brush: brush
write email: laptop keyboard=.5 phone=.4
email: laptop phone=.6
web: laptop phone=.5
internet: laptop phone=.5
report: laptop keyboard=.3
type: keyboard laptop=.9
work on: laptop
write: pen marker=.8 laptop=.15
draw: pen marker=.9 brush=.3
sign: pen marker=.6
underline: marker pen=.7
mark: marker pen=.7
call: phone
phone: phone
click: mouse remote=.2
channel: remote
tv: remote
television: remote
telly: remote
volume: remote
take picture: camera phone=.5
take photo: camera phone=.5
picture: camera phone=.4
photo: camera phone=.5
photograph: camera phone=.4
film: camera phone=.4
light room: lamp
read night: lamp book=.3
see dark: lamp
light: lamp
illuminate: lamp
read: book lamp=.2
clean: sponge spray-bottle=.7 brush=.4
wipe: sponge
scrub: sponge brush=.6
wash: sponge
spray: spray-bottle
throw: ball
play with: ball toy-car block figure brick=.3
play: ball toy-car block figure
kick: ball
build: block brick
put flowers: pitcher=.8 glass=.6 jar=.6 bottle=.5
keep things: drawer box=.6 container=.6
put things: drawer box=.6 container=.6
store socks: drawer
socks: drawer
keep: drawer box=.7 container=.7 jar=.5
store: drawer box=.7 container=.7 jar=.6
carry: bag box=.6
pack: bag box
season: shaker
salt: shaker
pepper: shaker
spread butter: knife
butter: knife spatula=.3
carve: knife
scoop: spoon
ladle: spoon pitcher=.2
spear: fork
stab: fork knife=.7
skewer: fork
undo nut: wrench pliers=.4
undo bolt: wrench pliers=.4
undo screw: screwdriver
unscrew: screwdriver wrench=.4
hang picture: hammer
put up picture: hammer drill=.4
pull nail: pliers hammer=.9
pinch: pliers clamp=.5
bend wire: pliers
cut wire: pliers
fasten: tape clamp=.8
fix together: clamp tape=.9
mop: sponge
soak: sponge
absorb: sponge
dust: brush
sweep: brush
bake: pan=.6
heat: pan teapot=.6
warm: pan teapot=.6
saute: pan
scramble: pan
omelette: pan
pancake: pan spatula=.6
turn pancake: spatula
turn over: spatula
serve cake: spatula plate=.7
plant water: pitcher bottle=.7
vase: pitcher=.8 glass=.6 jar=.6 bottle=.5
munch: banana apple orange pear peach strawberry
nibble: banana apple orange pear peach strawberry
chew: banana apple orange pear
vitamin: orange lemon apple banana pear
juice: orange lemon=.9 bottle=.3 carton=.6
sour: lemon
browse: laptop phone=.7
movie: laptop phone=.3
text message: phone
text: phone laptop=.3
selfie: phone camera=.8
ring: phone
dial: phone
scroll: mouse phone=.2
note: pen marker=.7
scribble: pen marker=.9
sketch: pen marker=.9
jot: pen marker=.7
colour: marker pen=.3
highlight: marker
study: book
novel: book
bounce: ball
juggle: ball orange=.5 apple=.4
race: toy-car
stack: block brick=.9
"""

GENERIC = frozenset('thing object item one stuff piece article something anything everything '
                    'whatever what which'.split())
SCENERY = frozenset("""
table tabletop tablecloth desk floor wall room background ceiling ground gripper robot arm
finger hand wrist elbow shoulder window door shelf counter surface scene image picture world
chair person face bench workbench worktop countertop
""".split())

# Part noun as said -> names of parts that it may mean, the likeliest first.
_PARTS = """
handle: handle handles=.95 | ear: handle | grip: handle handles=.95 | holder: handle=.8
grips: handles handle=.9 | handles: handles handle=.9 | finger rings: handles handle=.7
lid: lid cap=.45 cover=.9 top=.7 | cover: lid cap=.4 | cap: cap lid=.45 top=.7
top: cap=.8 lid=.8 top head=.3 shade=.2 screen=.1 | bottle top: cap lid=.8 | stopper: cap lid=.7
cork: cap | body: body bowl=.3 base=.2 | main body: body | bottom: base=.8 body=.5
base: base battery=.6 body=.3 | foot: base | stand: base=.8 stem=.3 | label: label
sticker: label | logo: label | spout: spout nozzle=.8 | nozzle: nozzle spout=.9 tip=.4
beak: spout | rim: rim | edge: rim blade=.2 | lip: rim | stem: stem | stalk: stem | pole: stem
shade: shade | lampshade: shade | lamp shade: shade | screen: screen | display: screen
monitor: screen | keyboard: keyboard | keypad: keypad keyboard=.3 buttons=.7 | number pad: keypad
keys: keyboard=.9 keypad=.9 buttons=.4 | lens: lens | objective: lens
button: red-button=.95 button buttons=.9 shutter=.5 switch=.4 keypad=.1
buttons: buttons button=.8 keypad=.8 red-button=.2 | red button: red-button button=.7 buttons=.2
power button: red-button=.9 button=.9 switch=.6 | shutter button: shutter button=.8
release button: shutter button=.7 | shutter: shutter button=.7 | trigger: trigger
switch: switch button=.6 trigger=.5 | toggle: switch | chuck: chuck | bit: chuck=.8 tip=.5
front: front chuck=.6 lens=.3 | drawer front: front | battery: battery | battery pack: battery
blade: blade blades=.9 | blades: blades blade=.9 | cutting edge: blade blades
tip: tip blade=.3 shaft=.3 head=.2 | point: tip | head: head | hammer head: head
bristle: bristles | bristles: bristles | hair: bristles | brush hair: bristles | leaf: leaf
knob: knob handle=.5 | pull: knob handle=.7 | shaft: shaft blade=.6 | rod: shaft stem=.5
strap: strap handle=.4 | cooking surface: bowl | drawer: drawer | wheel: wheel wheels
wheels: wheels wheel | jaw: jaw jaws head=.4 | jaws: jaws jaw | bowl: bowl | small leaf: leaf
cable: cable cord | neck: neck cap=.2 | shutter release: shutter | prong: prongs
prongs: prongs tines | tine: tines prongs | sleeve: sleeve | peel: body
tines: tines prongs | stud: studs | studs: studs | bump: studs | bumps: studs | cabin: cabin
cab: cabin | driver cabin: cabin | core: core | cardboard core: core | pad: pad
scouring pad: pad | scrubby pad: pad | scourer: pad
scrubbing pad: pad | sponge: sponge | page: pages | pages: pages | clip: clip | pocket clip: clip
business end: head=.95 blade=.9 blades=.9 jaws=.9 tines=.9 chuck=.9 bristles=.9 tip=.9 shaft=.8
hilt: handle | haft: handle | hood: shade | nib: tip | screw cap: cap
screw top: cap lid=.8 | plug: cap=.7 | ring pull: lid | tyre: wheels | tyres: wheels | tire: wheels
scroll wheel: wheel | rear end: body=.3 | dust jacket: cover | touchscreen: screen | lever: trigger
spring: spring | coil: spring | roll: roll | centre: centre | center: centre | middle part: centre
"""

# Colour word -> colours of `inventory.COLOURS` with weights.
_COLOURS = """
red: red orange=.25 pink=.15 brown=.15
orange: orange red=.3 yellow=.2 brown=.2
yellow: yellow orange=.25 beige=.25
green: green turquoise=.5
turquoise: turquoise green=.5 blue=.4
teal: turquoise green=.4 blue=.4
cyan: turquoise blue=.5
aqua: turquoise blue=.4
blue: blue turquoise=.4 purple=.2
navy: blue black=.6
purple: purple pink=.3 blue=.25
violet: purple blue=.3 pink=.2
lilac: purple pink=.5
magenta: pink purple=.6
pink: pink red=.25 purple=.25
rose: pink red=.3
brown: brown beige=.4 orange=.3 red=.15 black=.1
tan: beige brown=.7
beige: beige brown=.4 white=.35 yellow=.25
cream: beige white=.7
ivory: beige white=.8
maroon: red brown=.7 purple=.3
crimson: red
scarlet: red
golden: yellow=.8 beige=.7 brown=.6 orange=.5
gold: yellow=.8 beige=.7 brown=.6 orange=.5
bronze: brown orange=.5
copper: orange brown
white: white beige=.35 grey=.3
grey: grey white=.25 black=.25
gray: grey white=.25 black=.25
silver: grey white=.6
metallic: grey white=.5
black: black grey=.3
transparent: grey=.5 white=.5
clear: grey=.5 white=.5
"""
SHADES = frozenset('dark light bright pale deep vivid neon'.split())
SHADE_COLOURS: Mapping[tuple[str, str], Mapping[str, float]] = {
    ('dark', 'blue'): {'blue': 1.0, 'black': 0.8}, ('dark', 'green'): {'green': 1.0, 'black': 0.5},
    ('dark', 'red'): {'red': 1.0, 'brown': 0.6}, ('dark', 'grey'): {'grey': 1.0, 'black': 0.7},
    ('dark', 'brown'): {'brown': 1.0, 'black': 0.6}, ('dark', 'gray'): {'grey': 1.0, 'black': 0.7},
    ('light', 'blue'): {'blue': 1.0, 'turquoise': 0.8},
    ('light', 'green'): {'green': 1.0, 'turquoise': 0.6},
    ('light', 'brown'): {'brown': 0.9, 'beige': 1.0},
    ('light', 'grey'): {'grey': 1.0, 'white': 0.5},
    ('light', 'red'): {'red': 0.8, 'pink': 1.0}}

# How light colours are, where none is named: "the dark one".
TONES: Mapping[str, Mapping[str, float]] = {
    'dark': {'black': 1.0, 'brown': 0.8, 'purple': 0.7, 'blue': 0.6, 'grey': 0.6, 'green': 0.5},
    'pale': {'white': 1.0, 'beige': 1.0, 'pink': 0.8, 'yellow': 0.6, 'grey': 0.5},
    'colourless': {'white': 0.7, 'grey': 1.0, 'clear': 1.0, 'transparent': 1.0}}

# Adjectives that order things: word -> (measure, largest first, superlative or comparative).
ORDERS: Mapping[str, tuple[str, bool, bool]] = {
    **{w: ('size', True, False) for w in ('big', 'large', 'huge', 'giant', 'great')},
    **{w: ('size', True, True) for w in ('bigger', 'larger', 'biggest', 'largest')},
    **{w: ('size', False, False) for w in ('small', 'little', 'tiny', 'mini')},
    **{w: ('size', False, True) for w in ('smaller', 'smallest', 'littlest', 'tiniest', 'tinier')},
    **{w: ('height', True, False) for w in ('tall', 'high')},
    **{w: ('height', True, True) for w in ('taller', 'tallest', 'higher', 'highest')},
    **{w: ('height', False, False) for w in ('short', 'low')},
    **{w: ('height', False, True) for w in ('shorter', 'shortest', 'lower', 'lowest')},
    **{w: ('length', True, False) for w in ('long',)},
    **{w: ('length', True, True) for w in ('longer', 'longest')},
    **{w: ('width', False, False) for w in ('thin', 'narrow', 'slim')},
    **{w: ('width', False, True) for w in ('thinner', 'thinnest', 'narrower', 'narrowest')},
    **{w: ('width', True, False) for w in ('wide', 'thick', 'fat', 'broad')},
    **{w: ('width', True, True) for w in ('wider', 'widest', 'thicker', 'thickest', 'fattest')}}
SHAPES = {'round': 'round', 'circular': 'round', 'spherical': 'round', 'flat': 'flat',
          'square': 'square', 'rectangular': 'square', 'elongated': 'long', 'cylindrical': 'tall',
          'cubic': 'square'}
MATERIALS: Mapping[str, tuple[str, ...]] = {
    'metal': ('can', 'pan', 'fork', 'knife', 'spoon', 'wrench', 'pliers', 'hammer', 'screwdriver',
              'scissors', 'clamp', 'teapot'),
    'wooden': ('block', 'drawer', 'spoon', 'brush', 'spatula', 'hammer', 'figure'),
    'glass': ('glass', 'jar', 'bottle', 'pitcher', 'bowl', 'cup'),
    'paper': ('book', 'box', 'carton', 'bag', 'cup'),
    'cardboard': ('box', 'carton')}
# Adjectives that tell nothing that can be seen, or nothing that would decide.
HARMLESS = frozenset("""
nice lovely pretty beautiful old new clean dirty empty full good bad cheap cool fancy favourite
favorite plastic ceramic porcelain rubber leather fabric foam shiny dull matte glossy soft hard
heavy hot cold warm fresh ripe broken same usual normal plain single whole entire complete very
really quite exact particular certain actual own lonely solid stupid damn bloody
freaking little-known
printed striped coloured colored open closed sharp ugly strange weird funny cute poor dear
electric cordless digital daily main
""".split())
# What a thing is for or where it belongs, before its noun.
# What cannot be seen of a thing, or not by an engine that knows names, colours and sizes.
UNSEEN = frozenset("""
broken cracked chipped dirty clean empty full hot cold warm heavy expensive cheap dotted spotted
checkered chequered patterned striped rusty wet dry sticky sharp blunt dull open opened closed fake
fragile dangerous ripe unripe rotten rotting fresh fallen bent crooked used unused old new damaged
defective faulty scratched dented torn stained greasy dusty muddy burning burnt steaming frozen
smelly noisy plastic ceramic porcelain rubber leather fabric foam soft hard solid hollow loose
unopened bitten eaten half-eaten half-empty half-full charged dead flickering leaking leaky melted
shattered smashed filthy spotless disgusting worn ragged stolen borrowed antique modern vintage
printed engraved painted unlabelled unwashed washed cooked raw boiled peeled unpeeled poisoned
poisonous toxic valuable precious priceless lucky magic edible inedible tasty delicious juicy
""".split())
HARMLESS |= UNSEEN
# Degrees of what cannot be seen: of several things, they would choose by guessing.
UNSEEN_DEGREES = frozenset("""
cheaper cheapest cleaner cleanest colder coldest cooler coolest dirtier dirtiest drier driest
emptier emptiest fancier fanciest faster fastest fresher freshest fuller fullest handier handiest
harder hardest healthier healthiest heavier heaviest hotter hottest lightest louder loudest newer
newest nicer nicest noisier noisiest older oldest prettier prettiest quieter quietest rarer rarest
richer richest riper ripest safer safest sharper sharpest slower slowest softer softest stronger
strongest tastier tastiest tougher toughest uglier ugliest warmer warmest weaker weakest wetter
wettest worse worst
""".split())
OPENABLE = frozenset('bottle jar drawer box carton laptop can container bag book tube teapot '
                     'marker shaker'.split())
OCCASIONS = frozenset('dinner breakfast lunch supper travel work birthday camping kitchen '
                      'office school party garden baby family weekend holiday christmas gift '
                      'home emergency night morning evening test sample spare guest pocket '
                      'desk table'.split())

HOMOPHONES = {'blew': 'blue', 'wight': 'white', 'whyte': 'white', 'read': 'red', 'reed': 'red',
              'rad': 'red', 'write': 'right', 'rite': 'right', 'bawl': 'bowl', 'boll': 'bowl',
              'plait': 'plate', 'pare': 'pear', 'mugg': 'mug', 'muck': 'mug', 'kan': 'can',
              'blak': 'black', 'wite': 'white', 'gren': 'green', 'grean': 'green', 'yelow':
              'yellow', 'nife': 'knife', 'kup': 'cup', 'leafs': 'leaf', 'colour': 'colour', 'nex':
              'next', 'led': 'lid', 'boxs': 'boxes', 'lef': 'left', 'rite-most': 'rightmost',
              'ting': 'thing', 'fing': 'thing', 'bahnana': 'banana', 'cuppa': 'cup', 'won': 'one',
              'watt': 'what', 'menny': 'many', 'frist': 'first', 'sekond': 'second',
              'instans': 'instance'}

Weights = Mapping[str, float]


def _weights(text: str) -> dict[str, float]:
    found = {}
    for word in text.split():
        name, _, weight = word.partition('=')
        found[name.replace('-', ' ')] = float(weight or 1)
    return found


def _table(text: str) -> dict[str, dict[str, float]]:
    rows = (line.split(':') for line in text.strip().splitlines())
    return {noun.strip(): _weights(meant) for noun, meant in rows}


def _nouns() -> dict[str, dict[str, float]]:
    near: dict[str, dict[str, float]] = {}
    for entry in _NEAR.replace('\n', '|').split('|'):
        if entry.strip():
            one, two, forth, back = entry.replace('-', '_').split()
            one, two = one.replace('_', ' '), two.replace('_', ' ')
            near.setdefault(one, {})[two] = float(forth)
            near.setdefault(two, {})[one] = float(back)
    table: dict[str, dict[str, float]] = {}
    for line in _NOUNS.strip().splitlines():
        category, words = line.split(':')
        meant = {**near.get(category, {}), category: 1.0}
        for word in (category, *(w.strip() for w in words.split('|'))):
            table.setdefault(word, meant)
    table['coffee mug'] = table['tea mug'] = {'mug': 1.0, 'cup': 0.7}
    table['notebook'] = {'book': 0.9, 'laptop': 0.8}
    table['cup'] = {**table['cup'], 'mug': 0.6}
    table['container'] = {'container': 1.0, 'box': 0.6, 'can': 0.5, 'jar': 0.6, 'carton': 0.5,
                          'bottle': 0.4, 'bowl': 0.3, 'bag': 0.2, 'drawer': 0.2, 'pitcher': 0.3}
    table['canister'] = {'can': 1.0, 'container': 0.9, 'jar': 0.5}
    table['clip'] = {'clamp': 0.8}
    return table


def _contents() -> tuple[dict[str, dict[str, float]], dict[str, tuple[str, ...]]]:
    holders, colours = {}, {}
    for line in _CONTENTS.strip().splitlines():
        content, rest = line.split(':')
        meant, _, usual = rest.partition('/')
        holders[content] = _weights(meant)
        colours[content] = tuple(usual.split())
    return holders, colours


NOUNS: Mapping[str, Weights] = _nouns()
KINDS: Mapping[str, Weights] = _table(_KINDS)
CONTENTS, USUAL_COLOURS = _contents()
PARTS: Mapping[str, Weights] = _table(_PARTS.replace('|', '\n'))
COLOURS: Mapping[str, Weights] = _table(_COLOURS)
_PURPOSES = tuple((frozenset(words.split()), meant) for words, meant in _table(_USES).items())

PLURALE_TANTUM = frozenset('scissors shears clippers pliers tongs pincers electronics cutlery '
                           'crockery'.split())  # one thing, said as many
# Said of all that is of a kind, without a plural.
MASSES = frozenset('cutlery crockery silverware tableware kitchenware cookware'.split())
_IRREGULAR = {'knives': 'knife', 'mice': 'mouse', 'leaves': 'leaf', 'dishes': 'dish', 'boxes':
              'box', 'brushes': 'brush', 'glasses': 'glass', 'wrenches': 'wrench', 'peaches':
              'peach', 'berries': 'berry', 'strawberries': 'strawberry', 'candies': 'candy',
              'ones': 'one', 'switches': 'switch', 'torches': 'torch', 'lenses': 'lens', 'bodies':
              'body', 'batteries': 'battery', 'cookies': 'cookie', 'people': 'person',
              'toothbrushes': 'toothbrush', 'pouches': 'pouch', 'tomatoes': 'tomato', 'vases':
              'vase', 'teaboxes': 'box', 'pairs of scissors': 'scissors', 'crackers': 'cracker',
              'utensils': 'utensil', 'watches': 'watch', 'paintbrushes': 'paintbrush'}
_SINGULAR_IN_S = frozenset('glass lens scissors shears clippers pliers tongs pincers canvas bus '
                           'gas pringles electronics this its his us chess'.split())


@lru_cache(4096)
def singular(noun: str) -> tuple[str, bool]:
    """Return (the noun as a dictionary has it, whether it was said of several)."""
    words = noun.rsplit(' ', 1)
    last = words[-1]
    if last in _SINGULAR_IN_S:
        return noun, False
    one = _IRREGULAR.get(last)
    if one is None:
        if noun in PARTS and noun not in ('keys',):  # "blades", "buttons" are names of parts
            return noun, noun.endswith('s') and noun not in ('lens',)
        if len(last) > 3 and last.endswith('s') and not last.endswith('ss'):
            one = last[:-1]
        else:
            return noun, False
    return ' '.join((*words[:-1], one)), True


def plural(noun: str) -> str:
    """Return the noun as it is said of several."""
    last = noun.rsplit(' ', 1)[-1]
    if last in PLURALE_TANTUM or (last.endswith('s') and last not in ('glass', 'lens')):
        return noun
    for many, one in _IRREGULAR.items():
        if one == last:
            return noun[:len(noun) - len(last)] + many
    return noun + ('es' if last.endswith(('s', 'x', 'sh', 'ch')) else 's')


def meaning(noun: str) -> Weights:
    """Categories that a noun, as `singular` returns it, may name; {} for an unknown noun.

    A noun of several words that is not listed goes by its last word: "cracker box" is a box.
    """
    for table in (NOUNS, KINDS, CONTENTS):
        if noun in table:
            return table[noun]
    return meaning(noun.split(' ', 1)[1]) if ' ' in noun else {}


def purpose(words: frozenset[str]) -> Weights:
    """Categories that serve what the words say, by the entry with most words; {} for none."""
    fitting = [(len(wanted), meant) for wanted, meant in _PURPOSES if wanted <= words]
    return max(fitting, key=lambda entry: entry[0])[1] if fitting else {}


def is_noun(word: str) -> bool:
    """Whether the word, singular, names things or what is in them."""
    return word in NOUNS or word in KINDS or word in CONTENTS
