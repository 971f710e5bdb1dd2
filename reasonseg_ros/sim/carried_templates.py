# SPDX-License-Identifier: Apache-2.0
"""Wordings about what is on, in or held by something, as tables in the form of `sim.templates`.

{owner} carries and {anchor} is carried; {place} is one of PLACE_WORDS, and {be}, {does}, {lies}
agree with {anchor}. No sentence has an "it" of its own: "it" is an instance of the dialogue.
"""

# How a load is on or in its carrier, as a person would say it before the carrier's name.
PLACE_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    'on': {'train': ('on', 'on', 'on', 'on top of', 'upon'), 'val': ('on', 'on top of'),
           'test': ('on', 'on', 'on top of', 'on the top of')},
    'in': {'train': ('in', 'in', 'in', 'inside', 'inside of'), 'val': ('in', 'inside'),
           'test': ('in', 'in', 'inside', 'within')},
}

NOUN_PHRASES: dict[str, dict[str, tuple[str, ...]]] = {
    'load': {
        'all': ('the {object} {place} {owner}',),
        'train': ('the {object} that {is} {place} {owner}', '{place} {owner} the {object}',
                  'the {object} you see {place} {owner}', 'the {object} sitting {place} {owner}',
                  'the {object} that stands {place} {owner}', '{place} {owner} there {is} the '
                  '{object}'),
        'val': ('the {object} which {is} {place} {owner}',),
        'test': ('the {object} lying {place} {owner}',
                 'the {object} that you see {place} {owner}'),
    },
    'load_what': {
        'all': ('the thing {place} {owner}',),
        'train': ('the object {place} {owner}', 'whatever is {place} {owner}',
                  'the thing that is {place} {owner}', 'the thing you see {place} {owner}',
                  'what you see {place} {owner}', 'what there is {place} {owner}'),
        'val': ('the thing which is {place} {owner}',),
        'test': ('the object that is {place} {owner}', 'the thing lying {place} {owner}'),
    },
    'carrier_on': {
        'all': ('the {object} that {anchor} {lies} on', 'the {object} under {anchor}'),
        'train': ('the {object} that {anchor} {be} on', 'the {object} {anchor} {be} lying on',
                  'the {object} that {anchor} {be} on top of', 'the {object} right under {anchor}',
                  'the {object} underneath {anchor}', 'what {anchor} {lies} on'),
        'val': ('the {object} which {anchor} {lies} on',),
        'test': ('the {object} that {anchor} {be} lying on', 'the {object} that carries {anchor}'),
    },
    'carrier_in': {
        'all': ('the {object} that {anchor} {be} in',),
        'train': ('the {object} {anchor} {be} in', 'the {object} that {anchor} {be} inside of',
                  'the {object} around {anchor}', 'what {anchor} {be} in',
                  'the {object} that {anchor} {lies} in'),
        'val': ('the {object} which {anchor} {be} in',),
        'test': ('the {object} in which {anchor} {be}', 'the {object} that contains {anchor}'),
    },
    'held': {
        'all': ('the {object} in the gripper', 'the {object} held by the gripper'),
        'train': ("the {object} in the robot's hand", 'the {object} that the gripper holds',
                  'the {object} the robot is holding', 'the {object} that {is} held by the robot '
                  'hand', 'the {object} between the fingers', 'the {object} up in the air'),
        'val': ('the {object} which the gripper holds',),
        'test': ('the {object} that the robot holds in its hand',
                 'the {object} gripped by the robot hand'),
    },
    'held_what': {
        'all': ('the thing in the gripper', 'the object that the gripper holds'),
        'train': ("the thing in the robot's hand", 'what is in the gripper',
                  'the object held by the gripper', 'what the robot holds in its hand',
                  'whatever is held by the gripper', 'the thing between the fingers',
                  'the thing that the robot is holding up', 'what is being held'),
        'val': ('the thing which the gripper holds',),
        'test': ('the object that the robot holds in its hand',
                 'the thing held by the robot hand'),
    },
}

SENTENCES: dict[str, dict[str, tuple[str, ...]]] = {
    'load_what': {
        'train': ('what is {place} {owner}', 'what lies {place} {owner}',
                  'what do you see {place} {owner}', 'what can you find {place} {owner}',
                  'is there something {place} {owner}', 'something is {place} {owner} show it',
                  'look {place} {owner} what is there', 'take what is {place} {owner}',
                  'what did i put {place} {owner}', 'what stands {place} {owner}',
                  'is anything {place} {owner}', 'there is something {place} {owner}',
                  'which object is {place} {owner}', 'show me what you see {place} {owner}'),
        'val': ('which thing is {place} {owner}', 'what do i have {place} {owner}'),
        'test': ('do you see anything {place} {owner}', 'which thing lies {place} {owner}',
                 'point at what is {place} {owner}', 'what have i left {place} {owner}',
                 'tell me what is {place} {owner}'),
    },
    'load': {
        'train': ('look {place} {owner} there {is} the {object}',
                  'is there the {object} {place} {owner}', 'which {object} {is} {place} {owner}'),
        'test': ('look {place} {owner} and find the {object}',),
    },
    'carrier_on': {
        'train': ('what {be} {anchor} lying on', 'what {be} {anchor} on', 'what is under {anchor}',
                  'what {does} {anchor} lie on', 'on what {does} {anchor} lie',
                  'what do you see under {anchor}', 'show me what {anchor} {be} lying on',
                  'what carries {anchor}', 'find what {anchor} {be} on',
                  'on which object {be} {anchor}'),
        'val': ('on what {be} {anchor} lying', 'what {be} {anchor} placed on'),
        'test': ('on which thing {does} {anchor} lie', 'show me what is under {anchor}',
                 'what {be} {anchor} standing on'),
    },
    'carrier_in': {
        'train': ('what {be} {anchor} in', 'in what {be} {anchor}', 'what is around {anchor}',
                  'show me what {anchor} {be} in', 'find what {anchor} {be} in',
                  'in which object {be} {anchor}', 'what do you see around {anchor}',
                  'what {does} {anchor} stand in'),
        'val': ('in what {be} {anchor} now', 'what {be} {anchor} inside of'),
        'test': ('in which thing {be} {anchor}', 'show me the thing that {anchor} {be} in',
                 'what contains {anchor}'),
    },
    'held_what': {
        'train': ('what is the gripper holding', 'what does the gripper hold',
                  'what does the robot hold', 'what is the robot holding in its hand',
                  "what is in the robot's hand", 'what do you hold', 'what are you holding',
                  'what have you got in your hand', 'what is in your hand',
                  'is there something in the gripper', 'does the gripper hold something',
                  'show me what you hold', 'put down what you are holding',
                  'let go of what you hold', 'what is held up there'),
        'val': ('what have you picked up', 'what do you have in your gripper'),
        'test': ('what has the gripper picked up', 'show me what the gripper is holding',
                 'which thing do you hold in your hand', 'what are you holding there',
                 'is anything held by the gripper'),
    },
    'held': {
        'train': ('put down the {object} that you hold', 'do you hold the {object}',
                  'does the gripper hold the {object}', 'the {object} that you are holding',
                  'is the {object} in your hand', 'the {object} you hold in your hand',
                  'which {object} {is} in the gripper'),
        'val': ('the {object} which you are holding',),
        'test': ('drop the {object} you are holding', 'the {object} that you picked up'),
    },
}
