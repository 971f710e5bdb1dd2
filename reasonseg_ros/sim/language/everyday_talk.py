# SPDX-License-Identifier: Apache-2.0
"""What people say to a robot beside plain requests, as tables. Data only.

Questions that are answered in words, talk, commands to move, prohibitions, names, unknown things,
and plain requests as a recogniser hears them. Slots and splits as in `sim.language.everyday`.
"""

from reasonseg_ros.sim.language.everyday import SHARED, Forms

QUESTIONS: Forms = {
    'how_many': {
        SHARED: ('how many {xs} are there',),
        'train': ('how many {xs} do we have', 'count the {xs}', 'tell me the number of {xs}',
                  'what number of {xs} can you make out', 'how many {xs} you got'),
        'val': ('how many {xs} have I got here', 'the number of {xs}?'),
        'test': ('how many {xs} can you see?', 'how many {xs}?', 'count the {xs} for me',
                 'so how many {xs} are on the table', "what's the {x} count",
                 'do you know how many {xs} there are'),
    },
    'how_many_things': {
        'train': ('how many objects do you count', 'count everything on the table'),
        'val': ('how many items are there in all',),
        'test': ('how many things are on the table?', 'how many objects can you see',
                 'count all the things'),
    },
    'which_colour': {
        'train': ('tell me the colour of the {x}', 'is there a colour to that {x}, which one',
                  'what color would you say the {x} is', 'the {x} is what colour'),
        'val': ('which color is the {x}', "what's the {x}'s colour"),
        'test': ('what colour is the {x}', 'which colour is the {x}?', 'what color is the {x}?',
                 'the {x}, what colour is it', "say, what's the colour of the {x}"),
    },
    'colour_number': {
        'train': ('number {n} has which colour', 'tell me the colour of number {n}'),
        'val': ('which color does {n} have',),
        'test': ('what colour is number {n}', 'what color is {n}?', "and number {n}'s colour?"),
    },
    'is_colour': {
        'train': ('would you call the {x} {c}', "the {x} is {c}, isn't it"),
        'val': ('so the {x} is {c}?',),
        'test': ('is the {x} {c}', 'is the {x} {c} or not', 'the {x}, is it {c}?'),
    },
    'what_is_number': {
        SHARED: ('what is number {n}',),
        'train': ('tell me what number {n} is', 'number {n} is what', 'what did you label {n}',
                  'and {n}, what would that be'),
        'val': ('what might number {n} be', 'name number {n} for me'),
        'test': ("what's number {n}?", 'what is {n}', 'what do you call number {n}',
                 'what kind of thing is number {n}', 'number {n} - what is that'),
    },
    'what_is_it': {
        'train': ('what would you call it', 'and what is that thing'),
        'val': ('what is this thing',),
        'test': ('what is it?', "what's that?", 'what is that one', 'what do you think it is'),
    },
    'what_did_i_say': {
        'train': ('repeat what I told you', 'what were my words', 'what did you hear me say',
                  'say again what I asked you'),
        'val': ('what have I asked you just now', 'what was my last request'),
        'test': ('what did I say?', 'what did I just ask for', 'what was it that I wanted',
                 'can you repeat my last sentence', 'what did you understand'),
    },
    'what_do_you_hold': {
        'train': ('anything in that gripper of yours', 'what have you got there in your hand',
                  'are you carrying something right now'),
        'val': ('what do you have in the gripper', 'is your hand empty'),
        'test': ("what are you holding?", "what's in your gripper", 'what do you hold right now',
                 'are you holding anything', 'is there anything in your hand',
                 'did you pick something up'),
    },
    'sure': {
        'train': ('do you really think so', "you're certain?", 'how confident are you',
                  'is that correct', "I'm not convinced, are you"),
        'val': ('is that really it', 'are you positive'),
        'test': ('are you sure?', 'are you sure about that', 'really?', 'is that right?',
                 'how sure are you', 'you sure', 'could you be wrong'),
    },
}

INVENTORY: Forms = {
    'inventory': {
        SHARED: ('what do you see',),
        'train': ('tell me what is on the table', 'list all objects', "what's out there",
                  'describe what you are looking at', 'what have we got here',
                  'name everything in view', "what's lying around", 'show me all of it'),
        'val': ('which things can you make out', 'give me a list of what you see',
                'what all is here'),
        'test': ('what can you see?', "what's on the table", 'what things are there',
                 'tell me what you see', 'what is in front of you', 'show me everything',
                 'what do we have here', 'so, what are you looking at',
                 'point out every object', 'everything you see', "what's here"),
    },
}

EXISTENCE: Forms = {
    'is_there': {
        SHARED: ('is there {a}',),
        'train': ('have we got any {xs}', 'would there be {a} somewhere', "isn't there {a} here",
                  'any {xs}', 'did somebody leave {a} here', 'I wonder if there is {a}'),
        'val': ('is {a} on the table', 'any {x} around'),
        'test': ('is there {a} here?', 'do you see any {xs}', 'can you see {a}',
                 'any {xs} on the table?', 'do we have {a}', "there's {a} isn't there",
                 'is there {a} or not', 'have you got {a} in view'),
    },
    'is_there_colour': {
        SHARED: ('is there a {c} {x}',),
        'train': ('have we got any {c} {x}', 'would there be a {c} {x} somewhere'),
        'val': ('any {c} {x} around',),
        'test': ('do you see a {c} {x}', 'can you see any {c} {xs}', "is there a {x} that's {c}"),
    },
}

TALK: Forms = {
    'greeting': {
        'train': ('hi there', 'good morning robot', 'hey buddy', 'welcome back', 'howdy',
                  'are you there'),
        'val': ('good evening', 'hello robot', 'hey you'),
        'test': ('hello', 'hi!', 'hey', 'good afternoon', 'hola', 'yo robot', 'hello there',
                 'anyone home'),
    },
    'thanks': {
        'train': ('thank you so much', 'cheers', 'nice one', 'well done', "that's perfect",
                  'good robot', 'great job'),
        'val': ('many thanks', 'ta', 'lovely'),
        'test': ('thanks', 'thank you', 'ok great', 'perfect, thanks', 'awesome',
                 'that was quick', 'good boy', 'brilliant, thank you very much'),
    },
    'small_talk': {
        'train': ("what's your name", 'do you like it here', 'what can you do',
                  'tell me a joke', 'what time is it', "it's cold in here", 'can you hear me',
                  'how old are you', "I'm hungry"),
        'val': ('who are you', 'what day is it', "isn't the weather nice"),
        'test': ('how are you', 'who built you', 'how does this work', "I'm back",
                 'what is the weather like', 'sorry, I was talking to someone else',
                 'do you understand me', 'are you a robot', 'ok', 'hmm let me think',
                 'never heard of it', 'what do you think of me', 'help', "you're funny"),
    },
    'motion': {
        'train': ('move your arm up', 'go back to your place', 'turn around', 'open the gripper',
                  'come over here', 'slow down', 'rotate the wrist', 'back off a bit',
                  'drive forward', 'put your arm away'),
        'val': ('go to the start position', 'close your hand', 'halt', 'step aside'),
        'test': ('go home', 'stop', 'wait', 'put that down', 'open your hand',
                 'close the gripper', 'come here', 'look up', 'move a little to the left',
                 'lift your arm', 'let go', 'go away', 'stop right there', 'raise the arm please',
                 'drop it', 'shut down', 'hold still'),
    },
    'robot_things': {   # not on the table, and nothing to grasp
        'train': ('raise your camera', 'the floor', 'your base'),
        'val': ('the wall', 'your arm'),
        'test': ('the table', 'your gripper', 'the table itself', 'your own hand'),
    },
}

PROHIBITIONS: Forms = {
    'hands_off': {
        'train': ("don't pick up the {x}", 'hands off the {x}', 'keep away from the {x}',
                  'be careful not to hit the {x}', 'you must not move the {x}',
                  'please leave the {x} where it is', 'no touching the {x}'),
        'val': ('stay clear of the {x}', "don't you dare take the {x}",
                'the {x} must not be moved'),
        'test': ("don't touch the {x}", 'leave the {x} alone', 'do not grab the {x}',
                 "whatever you do, don't move the {x}", 'never touch the {x}',
                 'watch out for the {x}, do not knock it over', 'stay away from the {x}',
                 "the {x} is off limits", "you're not allowed to take the {x}",
                 "I don't want the {x}", "please don't take the {x}", 'not the {x}'),
    },
}

NAMES: Forms = {
    'call_number': {
        'train': ('number {n} shall be known as the {w}', 'from now on {n} is the {w}',
                  'name number {n} {w}', "let's call {n} the {w}"),
        'val': ('number {n} is called the {w}', 'remember {n} as the {w}'),
        'test': ('call number {n} the {w}', 'number {n} is the {w}', 'I call number {n} the {w}',
                 'please remember that number {n} is the {w}', '{n} is my {w}'),
    },
    'call_it': {
        'train': ('that thing is the {w}', 'its name is {w}', "we'll call it the {w}"),
        'val': ('that one is called the {w}',),
        'test': ('this is the {w}', 'call it the {w}', 'that is my {w}', "it's the {w}, ok?",
                 'this one here is called the {w}'),
    },
    'by_name': {
        SHARED: ('the {w}',),
        'train': ('get me the {w}', 'where is the {w} now', 'my {w}'),
        'val': ('hand me that {w}', '{w} please'),
        'test': ('{w}', 'give me the {w}', 'pick up the {w}', 'now the {w} please',
                 "where's the {w}"),
    },
}

UNKNOWN: Forms = {
    'unknown': {
        SHARED: ('the {u}', '{u}'),
        'train': ('can I have the {u}', 'pass me the {u}', 'my {u} please', 'fetch the {u}',
                  "I'll take the {u}", 'that {u} there', 'go get the {u}',
                  'I need the {u} for this', "let's have the {u}", 'what we need now is the {u}'),
        'val': ("I'm after the {u}", 'could you pass the {u} over', 'can you spot the {u}',
                'right, the {u}'),
        'test': ('can I get the {u}?', 'gimme the {u}', "where'd the {u} go?", 'the {u}, please',
                 'could you hand me the {u} real quick', "I'd like the {u}, please",
                 'mind passing me that {u}', 'just the {u}', 'grab my {u}',
                 'hey, the {u}!', 'ok robot, {u}', 'the {u} on the table'),
    },
}

# As a recogniser writes it down, or a hurried hand. {h}: the beginning of the noun, cut off.
NOISE: Forms = {
    'fillers': {
        'train': ('um the uh {x}', 'so like the {x} you know', 'er get me the er {x}',
                  'the, hang on, the {x}', 'ok so um the {x} I guess', 'well the {x} sort of',
                  'the {x} um yeah the {x}'),
        'val': ('hm the {x} I think', 'the err {x}', 'you know the uh the {x}'),
        'test': ('uh the {x}', 'the um {x}', 'can you uh get me the uh {x}', 'like the {x} or so',
                 'the erm you know the {x}', 'get me that um what is it called {x}',
                 'hmm I guess the {x}', 'ehm the {x} please', 'the {x} uh please',
                 'okay well basically the {x}', 'so yeah the {x}'),
    },
    'half_words': {
        'train': ('the {h}- {x}', 'ge- get the {x}', 'the {h} er the {x}', 'th- the {x}',
                  'can y- can you get the {x}'),
        'val': ('the {h}- no the {x}', 'pa- pass the {x}'),
        'test': ('the {h}- the {x}', 'the the {x}', 'gi- give me the {x}', '{h}- {x}',
                 'I wa- I want the {x}', 'the {h} uh {x}', 'cou- could you get the {x}',
                 'the {x} the {x}'),
    },
    'dropped': {
        'train': ('get {x}', 'robot {x} quick', 'need {x}', 'where {x}', '{x} over here'),
        'val': ('bring {x}', '{x} now'),
        'test': ('you get {x}', 'pick {x}', 'give {x}', 'want {x}', 'can have {x}', 'find {x} me',
                 '{x} to me', 'me the {x}'),
    },
    'run_together': {
        'train': ('getthe {x}', 'the{x}', 'canyou get the {x}', 'passme the {x}'),
        'val': ('bringme the {x}', '{x}please'),
        'test': ('givemethe {x}', 'whereis the {x}', 'handme the {x}', 'ineed the {x}',
                 'show methe {x}', 'couldyou get the {x}', 'the {x}please'),
    },
    'misheard': {   # the words around the noun
        'train': ('can eye have the {x}', 'get mi the {x}', 'pass mead the {x}', 'wear is the {x}'),
        'val': ('four me the {x}', 'yew get the {x}'),
        'test': ('wheres the {x} at', 'kin you get the {x}',
                 'i kneed the {x}', 'giv me teh {x}', 'da {x}', 'could you grabbed the {x}',
                 'hand mi the {x}', 'pic up the {x}', 'fine the {x}', 'give me a the {x}'),
    },
    'misheard_noun': {   # {e}: the noun itself, misheard or misspelt
        SHARED: ('the {e}',),
        'train': ('get me the {e}', 'my {e} please', 'can I have the {e}'),
        'val': ('could you pass the {e} over', "I'm after the {e}"),
        'test': ('{e}', 'gimme the {e}', 'can I get the {e}?', 'just the {e}',
                 "where'd the {e} go?"),
    },
}

TALKS: tuple[Forms, ...] = (QUESTIONS, INVENTORY, EXISTENCE, TALK, PROHIBITIONS, NAMES, UNKNOWN,
                            NOISE)

# Nouns that nothing on the table has, nor a part of it.
UNKNOWN_NOUNS: dict[str, tuple[str, ...]] = {
    'train': ('clamp', 'stapler', 'spoon', 'wallet', 'candle', 'wrench', 'sponge', 'ball',
              'notepad', 'watering can', 'spray bottle holder', 'socket', 'umbrella', 'shoe'),
    'val': ('fork', 'tape measure', 'vase', 'pencil sharpener', 'towel', 'doll'),
    'test': ('knife', 'phone', 'spatula', 'pliers', 'stapling gun', 'wine glass', 'plate',
             'tennis racket', 'rubber duck', 'power drill', 'calculator', 'sunglasses', 'hat',
             'flower pot'),
}

# Names that a user makes up; no nouns of the table, no unknown ones.
MADE_UP: dict[str, tuple[str, ...]] = {
    'train': ('gizmo', 'doohickey', 'prize', 'sample'),
    'val': ('gadget', 'favourite'),
    'test': ('clamp', 'thingamajig', 'workpiece', 'specimen', 'whatsit', 'patient'),
}

# Nouns that people use for what is on the table; a noun never fits two categories.
NOUNS: dict[str, tuple[str, ...]] = {
    'remote': ('remote', 'remote control', 'controller'), 'mug': ('mug', 'cup', 'coffee mug'),
    'bottle': ('bottle', 'water bottle'), 'pan': ('pan', 'frying pan'),
    'lamp': ('lamp', 'desk lamp'), 'drawer': ('drawer', 'cabinet'),
    'laptop': ('laptop', 'computer'), 'hammer': ('hammer', 'claw hammer'),
    'scissors': ('scissors', 'pair of scissors', 'shears'), 'teapot': ('teapot', 'kettle'),
    'banana': ('banana',), 'apple': ('apple',), 'screwdriver': ('screwdriver', 'screw driver'),
    'camera': ('camera', 'digital camera'), 'brush': ('brush', 'paint brush', 'paintbrush')}

# The same nouns as they are misheard or misspelt; one is never another thing of a table.
MISHEARD: dict[str, dict[str, tuple[str, ...]]] = {
    'train': {'remote': ('remot',), 'mug': ('mugg',), 'bottle': ('botle',), 'pan': ('pann',),
              'lamp': ('lampe',), 'drawer': ('draw',), 'laptop': ('labtop',),
              'hammer': ('hamer',), 'scissors': ('sissors',), 'teapot': ('tea-pot',),
              'banana': ('bannana',), 'apple': ('appel',), 'screwdriver': ('screwdrive',),
              'camera': ('camara',), 'brush': ('brusch',)},
    'val': {'remote': ('remoat',), 'mug': ('muck',), 'bottle': ('bottel',), 'lamp': ('lamb',),
            'hammer': ('hammar',), 'banana': ('banna',), 'camera': ('camra',)},
    'test': {'remote': ('re mote', 'remotes'), 'mug': ('mog', 'muug'),
             'bottle': ('bottl', 'bottal'), 'pan': ('pahn',), 'lamp': ('lammp', 'lamps'),
             'drawer': ('drawr', 'drawers'), 'laptop': ('lap top', 'latptop'),
             'hammer': ('hammr', 'hummer'),
             'scissors': ('scizzors', 'cissors'), 'teapot': ('tee pot', 'teapod'),
             'banana': ('bananna', 'ba nana'), 'apple': ('aple', 'apples'),
             'screwdriver': ('screwdiver', 'scru driver'), 'camera': ('cammera', 'camerah'),
             'brush': ('brsh', 'brash')},
}
