# SPDX-License-Identifier: Apache-2.0
"""Wordings of the tabletop dialogues, as tables. Data only; `sim.phrases` fills them in.

A sentence is a carrier around a noun phrase ("can you find" + "the other {object}"), or a whole
sentence of its own. Carriers and whole sentences belong to one split each, so no wording is
shared. Noun phrases under 'all' serve every split: there is no second way to say "the mug".
"""

SHARED = 'all'

CARRIERS: dict[str, tuple[str, ...]] = {
    'train': (
        '{np}', '{np} please', 'segment {np}', 'please segment {np}', 'show me {np}',
        'show {np} to me', 'find {np}', 'please find {np}', 'where {is} {np}',
        'where {is} {np} now', 'point at {np}', 'point out {np} please', 'can you find {np}',
        'can you see {np}', 'could you show me {np}', 'would you mark {np} please', 'mark {np}',
        'highlight {np}', 'i want {np}', 'i need {np}', 'i would like {np}', 'look for {np}',
        'look at {np}', 'give me {np}', 'please give me {np}', 'pick up {np}',
        'can you pick up {np}', 'now {np}', 'and {np}', 'ok now find {np}', 'do you see {np}',
        'locate {np}', 'robot show me {np}', 'um {np}', 'let me see {np}', 'outline {np}',
        'tell me where {np} {is}', 'get me {np}', 'grab {np} for me', 'i am looking for {np}',
        'what about {np}', 'next show me {np}', 'so {np} then', 'i want you to look at {np}',
        'then take {np}', 'help me find {np}', 'quickly find {np}', 'try to find {np}',
    ),
    'val': (
        'please find {np} for me', 'could you point at {np}', 'can you mark {np}',
        'now show me where {np} {is}', 'robot i need {np}', 'and where {is} {np} then',
        'please look for {np} now', 'could you give me {np}', 'i want to see {np}',
    ),
    'test': (
        'would you find {np} please', 'please show me where {np} {is}',
        'i want you to segment {np}', 'can you pick up {np} for me', 'could you locate {np}',
        'robot look for {np}', 'ok let me see {np}', 'can you tell me where {np} {is}',
        'now please highlight {np}', 'see if you can find {np}', 'i would like to see {np}',
        'mark {np} for me', 'please take {np}', 'next i need {np}', 'could you help me find {np}',
        'so where {is} {np} then', 'next {np} please', 'i need you to point at {np}',
        'please try to locate {np}', 'and now grab {np}', 'may i have {np}',
    ),
}

# After "which one do you mean", people answer shortly.
REPLY_CARRIERS: dict[str, tuple[str, ...]] = {
    'train': ('{np}', '{np} please', 'i mean {np}', 'i meant {np}', 'take {np}', 'segment {np}',
              'i want {np}', 'um {np}', 'show me {np}', 'it is {np}', 'ok {np}'),
    'val': ('please take {np}', 'well {np}', 'i need {np}'),
    'test': ('i was looking for {np}', 'the one i mean is {np}', 'i would like {np}',
             'give me {np} please', 'no {np} i mean', 'ok take {np}', 'let me see {np}'),
}

NOUN_PHRASES: dict[str, dict[str, tuple[str, ...]]] = {
    'direct': {
        'all': ('the {object}',),
        'train': ('the {object}', 'the {object} on the table', 'the {object} over there',
                  'the {object} here'),
        'val': ('the {object} in front of you',),
        'test': ('the {object} that you see there', 'the {object} on this table'),
    },
    'colour': {
        'all': ('the {colour} {object}',),
        'train': ('the {object} that {is} {colour}', 'the {colour} {object} on the table'),
        'val': ('the {object} which {is} {colour}',),
        'test': ('the {object} in {colour}', 'the {object} with the {colour} colour'),
    },
    'size': {
        'all': ('the {size} {object}',),
        'train': ('the {size} one of the {objects}', 'the {object} that {is} {size}'),
        'val': ('the {object} which {is} {size}',),
        'test': ('of the {objects} the {size} one', 'the {size} {object} on this table'),
    },
    'thing': {
        'all': ('the {colour} thing', 'the {colour} object'),
        'train': ('the thing that is {colour}', 'the thing with the colour {colour}'),
        'val': ('the object which is {colour}',),
        'test': ('the one thing here that is {colour}', 'the {colour} thing on this table'),
    },
    'part_pronoun': {
        'all': ('{its} {part}',),
        'train': ('the {part} of it', 'the {part} of that one', 'the {part} on it'),
        'val': ('the {part} of this one',),
        'test': ('the {part} that it has', "that one's {part}"),
    },
    'part_of': {
        'all': ('the {part} of {owner}', "{owner}'s {part}"),
        'train': ('the {part} on {owner}',),
        'val': ('the {part} belonging to {owner}',),
        'test': ('the {part} that {owner} has', 'the {part} which {is} on {owner}'),
    },
    'position': {
        'all': ('the {object} {position} {anchor}',),
        'train': ('the {object} that {is} {position} {anchor}',
                  'the {object} you see {position} {anchor}'),
        'val': ('the {object} which {is} {position} {anchor}',),
        'test': ('the {object} lying {position} {anchor}',
                 'the {object} that you see {position} {anchor}'),
    },
    'other': {
        'all': ('the other {object}',),
        'train': ('the other one of the {objects}', 'the other {object} on the table'),
        'val': ('the other of the two {objects}',),
        'test': ('the other {object} over there', 'the other one of those {objects}'),
    },
    'other_one': {
        'all': ('the other one',),
        'train': ('the other one of these',),
        'val': ('the other one here',),
        'test': ('the other one of the two',),
    },
    'other_number': {
        'all': ('the {object} that is not {anchor}',),
        'train': ('the other {object} not {anchor}', 'the {object} other than {anchor}'),
        'val': ('the {object} which is not {anchor}',),
        'test': ('the {object} apart from {anchor}',),
    },
    'all': {
        'all': ('all the {objects}',),
        'train': ('all {objects}', 'all of the {objects}', 'all the {objects} on the table'),
        'val': ('all of these {objects}',),
        'test': ('all the {objects} that you see', 'all {objects} on this table'),
    },
    'each': {
        'all': ('every {single}',),
        'train': ('each {single}', 'every {single} on the table'),
        'val': ('each one of the {objects}',),
        'test': ('every one of the {objects}', 'each {single} you see'),
    },
    'count': {
        'all': ('the {count} {objects}',),
        'train': ('all {count} {objects}', 'the {count} {objects} on the table'),
        'val': ('all {count} of the {objects}',),
        'test': ('the {count} {objects} over there',),
    },
    'both': {
        'all': ('both {objects}',),
        'train': ('both of the {objects}', 'both the {objects}'),
        'val': ('both of these {objects}',),
        'test': ('both {objects} on this table',),
    },
    'list': {
        'all': ('{items}',),
        'train': ('{items} together',),
        'val': ('{items} as well',),
        'test': ('{items} on this table',),
    },
    'left': {'all': ('the left one', 'the one on the left'),
             'train': ('the leftmost one', 'the one to the left'),
             'val': ('the one on the left side',),
             'test': ('the one that is more to the left', 'the {object} on the left')},
    'right': {'all': ('the right one', 'the one on the right'),
              'train': ('the rightmost one', 'the one to the right'),
              'val': ('the one on the right side',),
              'test': ('the one that is more to the right', 'the {object} on the right')},
    'middle': {'all': ('the middle one', 'the one in the middle'),
               'train': ('the one in between',),
               'val': ('the {object} in the middle',),
               'test': ('the one between the other two',)},
    'back': {'all': ('the one at the back',),
             'train': ('the back one', 'the one behind', 'the one at the top', 'the far one'),
             'val': ('the top one',),
             'test': ('the one further back', 'the {object} at the back')},
    'front': {'all': ('the one in front',),
              'train': ('the front one', 'the one at the bottom', 'the one at the front',
                        'the near one'),
              'val': ('the bottom one',),
              'test': ('the one further to the front', 'the {object} in front')},
    'reply_colour': {'all': ('the {colour} one',),
                     'train': ('the {colour} {object}', 'the one that is {colour}'),
                     'val': ('the one which is {colour}',),
                     'test': ('the one in {colour}', 'the one with the {colour} colour')},
    'reply_size': {'all': ('the {size} one',),
                   'train': ('the {size} {object}', 'the one that is {size}'),
                   'val': ('the one which is {size}',),
                   'test': ('the {size} one of these {objects}', 'the {size} one of the two')},
    'reply_number': {'all': ('{anchor}',),
                     'train': ('the one with the number {number}',),
                     'val': ('the {object} with the number {number}',),
                     'test': ('the one that is {anchor}',)},
    'reply_order': {'all': ('the {ordinal} one',),
                    'train': ('the {ordinal} {object}', 'the {ordinal}'),
                    'val': ('the {ordinal} one of these',),
                    'test': ('the {ordinal} one of the {objects}',)},
}

REPLIES = ('left', 'right', 'middle', 'back', 'front', 'reply_colour', 'reply_size',
           'reply_number', 'reply_order')

SENTENCES: dict[str, dict[str, tuple[str, ...]]] = {
    'use': {
        'train': (
            'something to {use}', 'i need something to {use}', 'find something to {use}',
            'what can i {use}', 'which object would you {use}', 'show me what people {use}',
            'the thing you would {use}', 'give me something to {use} please',
            'which of these do you {use}', 'where is the thing to {use}',
            'is there something to {use}', 'what would i {use}', 'something i could {use}',
            'segment the object that you can {use}', 'find me a thing to {use}',
            'i want something to {use}', 'point at what one would {use}',
            'is there anything to {use}', 'do you see a thing i can {use}'),
        'val': ('what do people {use}', 'can you find something to {use}',
                'show me the thing you {use}'),
        'test': (
            'do you see anything to {use}', 'which thing on the table could i {use}',
            'i am looking for something to {use}', 'what is the object that people {use}',
            'is there anything here i can {use}', 'please find what you would {use}',
            'point at something to {use}', 'look for a thing you can {use}'),
    },
    'part_of': {
        'train': ('what about the {part} of {owner}',),
        'test': ('for {owner} show me the {part}', 'look at {owner} and find the {part}'),
    },
    'position': {
        'test': ('look {position} {anchor} and find the {object}',),
    },
    'other_one': {
        'train': ('no the other one', 'not that one the other one', 'not this one the other one',
                  'no not it the other one', 'i mean the other one', 'no i want the other one'),
        'val': ('not it but the other one', 'wrong one take the other one'),
        'test': ('no not that the other one please', 'i meant the other one not this one',
                 'that is not the one i want the other one'),
    },
    'other_no': {
        'train': ('no the other {object}', 'not that {object} the other one',
                  'i mean the other {object}', 'not this {object} but the other one'),
        'val': ('not it but the other {object}',),
        'test': ('no i wanted the other {object}', 'i meant the other {object} not this one',
                 'that is not the {object} i want take the other one'),
    },
    'other_number': {
        'train': ('not {anchor} the other {object}', 'not {anchor} the other one'),
        'val': ('i do not mean {anchor} but the other one',),
        'test': ('not {anchor} but the other {object}',
                 'i do not want {anchor} give me the other {object}'),
    },
    'left': {'train': ('left', 'left please', 'on the left')},
    'right': {'train': ('right', 'right please', 'on the right')},
    'reply_colour': {'train': ('{colour}', '{colour} please')},
}

POSITION_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    'left of': {'all': ('to the left of', 'left of'), 'train': ('on the left of',),
                'test': ('on the left side of',)},
    'right of': {'all': ('to the right of', 'right of'), 'train': ('on the right of',),
                 'test': ('on the right side of',)},
    'above': {'all': ('above', 'behind'), 'train': ('at the back of',),
              'test': ('further back than',)},
    'below': {'all': ('below', 'in front of'), 'train': ('just in front of',),
              'test': ('further to the front than',)},
    'top left': {'all': ('to the top left of',),
                 'train': ('above and to the left of', 'behind and left of'),
                 'test': ('above and left of', 'at the top left of')},
    'top right': {'all': ('to the top right of',),
                  'train': ('above and to the right of', 'behind and right of'),
                  'test': ('above and right of', 'at the top right of')},
    'bottom left': {'all': ('to the bottom left of',),
                    'train': ('below and to the left of', 'in front and left of'),
                    'test': ('below and left of', 'at the bottom left of')},
    'bottom right': {'all': ('to the bottom right of',),
                     'train': ('below and to the right of', 'in front and right of'),
                     'test': ('below and right of', 'at the bottom right of')},
    'next to': {'all': ('next to', 'closest to'), 'train': ('nearest to', 'beside', 'near to'),
                'test': ('close to', 'nearest')},
}

JOINERS = {'train': ('and',), 'val': ('and also',), 'test': ('and', 'and then')}

GENERIC_NOUNS = ('object', 'thing')
PRONOUNS = ('it', 'it', 'it', 'that one', 'this one')
NUMBER_NOUNS = ('instance', 'instance', 'instance', 'number')
