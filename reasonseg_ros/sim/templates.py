# SPDX-License-Identifier: Apache-2.0
"""Wordings of the tabletop dialogues, as tables. Data only; `sim.phrases` fills them in.

A sentence is a carrier around a noun phrase ("can you find" + "the other {object}"), or a whole
sentence of its own. Carriers and whole sentences belong to one split each, so no wording is
shared. Noun phrases under 'all' serve every split: there is no second way to say "the mug".
"""

from reasonseg_ros.sim import carried_templates as carried
from reasonseg_ros.sim import reply_templates as replies

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
        'bring me {np}', 'hand me {np}', 'select {np}', 'do you have {np}', '{is} {np} there',
        'look there {is} {np}', 'could you take {np}', 'move to {np}', 'go to {np}',
        'watch {np} now', 'i asked for {np}', 'my friend wants {np}', 'we need {np} next',
        'let us take {np}', 'focus on {np}', 'touch {np}', 'reach for {np}',
        'put your hand on {np}', 'i see {np} do you', 'there should be {np} somewhere',
        'now i would like {np}', 'after that {np}', 'for me {np}', '{np} is what i want',
        '{np} would be nice', '{np} show me', 'can i get {np} from you', 'all i want {is} {np}',
        'my hands are full so take {np}',
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

NOUN_PHRASES: dict[str, dict[str, tuple[str, ...]]] = {
    'direct': {
        'all': ('the {object}',),
        'train': ('the {object}', 'the {object} on the table', 'the {object} over there',
                  'the {object} here', 'the {object} in view', 'the {object} of mine',
                  'the {object} beside you', 'the {object} near us', 'the {object} around here',
                  'the {object} close by', 'the {object} before me', 'the {object} right there',
                  'the {object} i have here', 'the {object} in this room',
                  'the {object} standing about', 'the {object} within reach'),
        'val': ('the {object} in front of you',),
        'test': ('the {object} that you see there', 'the {object} on this table'),
    },
    'colour': {
        'all': ('the {colour} {object}',),
        'train': ('the {object} that {is} {colour}', 'the {colour} {object} on the table',
                  'the one {object} that {is} all {colour}', 'the {object} painted {colour}',
                  'the {object} i mean {is} {colour}', 'of the {objects} take the {colour} one'),
        'val': ('the {object} which {is} {colour}',),
        'test': ('the {object} in {colour}', 'the {object} with the {colour} colour'),
    },
    'size': {
        'all': ('the {size} {object}',),
        'train': ('the {size} one of the {objects}', 'the {object} that {is} {size}',
                  'the {object} and i mean the {size} one',
                  'among the {objects} the one that is {size}'),
        'val': ('the {object} which {is} {size}',),
        'test': ('of the {objects} the {size} one', 'the {size} {object} on this table'),
    },
    'thing': {
        'all': ('the {colour} thing', 'the {colour} object'),
        'train': ('the thing that is {colour}', 'the thing with the colour {colour}',
                  'whatever is {colour}', 'something {colour}', 'what is {colour} here',
                  'the thing painted {colour}'),
        'val': ('the object which is {colour}',),
        'test': ('the one thing here that is {colour}', 'the {colour} thing on this table'),
    },
    'part_pronoun': {
        'all': ('{its} {part}',),
        'train': ('the {part} of it', 'the {part} of that one', 'the {part} on it',
                  'its {part} only', 'just the {part} of it', 'the {part} there on it',
                  'the {part} of that', 'only the {part} on that one', 'the {part} from it',
                  'also {its} {part}', '{its} {part} as well', 'and {its} {part} with it'),
        'val': ('the {part} of this one',),
        'test': ('the {part} that it has', "that one's {part}", '{its} {part} too'),
    },
    'part_of': {
        'all': ('the {part} of {owner}', "{owner}'s {part}"),
        'train': ('the {part} on {owner}', 'the {part} from {owner}',
                  'the {part} you see on {owner}', 'on {owner} the {part}',
                  'of {owner} only the {part}', 'from {owner} its {part}',
                  '{owner} but only its {part}', 'just the {part} of {owner}',
                  '{owner} its {part}', 'the {part} and i mean that of {owner}',
                  '{owner} or rather its {part}'),
        'val': ('the {part} belonging to {owner}',),
        'test': ('the {part} that {owner} has', 'the {part} which {is} on {owner}'),
    },
    'position': {
        'all': ('the {object} {position} {anchor}',),
        'train': ('the {object} that {is} {position} {anchor}',
                  'the {object} you see {position} {anchor}', '{position} {anchor} the {object}',
                  'the {object} there {position} {anchor}',
                  '{position} {anchor} there {is} the {object}',
                  'the {object} that stands {position} {anchor}',
                  'the {object} found {position} {anchor}',
                  'the {object} and i mean the one {position} {anchor}'),
        'val': ('the {object} which {is} {position} {anchor}',),
        'test': ('the {object} lying {position} {anchor}',
                 'the {object} that you see {position} {anchor}'),
    },
    'other': {
        'all': ('the other {object}',),
        'train': ('the other one of the {objects}', 'the other {object} on the table',
                  'a different {object}', 'another {object}', 'one more {object}'),
        'val': ('the other of the two {objects}',),
        'test': ('the other {object} over there', 'the other one of those {objects}'),
    },
    'other_one': {
        'all': ('the other one',),
        'train': ('the other one of these', 'the other', 'the remaining one',
                  'the other one there', 'a different one'),
        'val': ('the other one here',),
        'test': ('the other one of the two',),
    },
    'other_number': {
        'all': ('the {object} that is not {anchor}',),
        'train': ('the other {object} not {anchor}', 'the {object} other than {anchor}',
                  'the {object} but not {anchor}', 'the other {object} since {anchor} is wrong',
                  'a {object} but never {anchor}', 'the {object} different from {anchor}'),
        'val': ('the {object} which is not {anchor}',),
        'test': ('the {object} apart from {anchor}',),
    },
    'all': {
        'all': ('all the {objects}',),
        'train': ('all {objects}', 'all of the {objects}', 'all the {objects} on the table',
                  'all these {objects}', 'all of your {objects}', 'all {objects} that are here',
                  'the {objects} together', 'the whole set of {objects}'),
        'val': ('all of these {objects}',),
        'test': ('all the {objects} that you see', 'all {objects} on this table'),
    },
    'each': {
        'all': ('every {single}',),
        'train': ('each {single}', 'every {single} on the table', 'each {single} here',
                  'every single {single}', 'each of the {objects}', 'every {single} there is'),
        'val': ('each one of the {objects}',),
        'test': ('every one of the {objects}', 'each {single} you see'),
    },
    'count': {
        'all': ('the {count} {objects}',),
        'train': ('all {count} {objects}', 'the {count} {objects} on the table',
                  'all of the {count} {objects}', '{count} {objects}',
                  'the set of {count} {objects}', 'these {count} {objects}'),
        'val': ('all {count} of the {objects}',),
        'test': ('the {count} {objects} over there',),
    },
    'both': {
        'all': ('both {objects}',),
        'train': ('both of the {objects}', 'both the {objects}', 'both of your {objects}',
                  'both {objects} here', 'the pair of {objects}'),
        'val': ('both of these {objects}',),
        'test': ('both {objects} on this table',),
    },
    'without': {
        'all': ('{owner} without the {part}',),
        'train': ('{owner} but not the {part}', '{owner} except the {part}',
                  '{owner} minus its {part}', '{owner} leaving out the {part}',
                  '{owner} with no {part}', 'only {owner} and no {part}',
                  '{owner} but never its {part}'),
        'val': ('{owner} but without the {part}',),
        'test': ('{owner} without its {part}', 'all of {owner} but the {part}'),
    },
    'list': {
        'all': ('{items}',),
        'train': ('{items} together', 'both {items}', '{items} all at once', 'these {items}',
                  '{items} in one go'),
        'val': ('{items} as well',),
        'test': ('{items} on this table',),
    },
    **replies.NOUN_PHRASES,
    **carried.NOUN_PHRASES,
}

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
            'is there anything to {use}', 'do you see a thing i can {use}',
            'take what i need to {use}', 'i would like to {use}', 'i have to {use} what helps me',
            'how can i {use}', 'with what do you {use}', 'hand me the thing for people who {use}',
            'someone wants to {use} so find the thing', 'mark the item made to {use}',
            'the tool you need to {use}'),
        'val': ('what do people {use}', 'can you find something to {use}',
                'show me the thing you {use}'),
        'test': (
            'do you see anything to {use}', 'which thing on the table could i {use}',
            'i am looking for something to {use}', 'what is the object that people {use}',
            'is there anything here i can {use}', 'please find what you would {use}',
            'point at something to {use}', 'look for a thing you can {use}'),
    },
    'part_of': {
        'train': (
            'what about the {part} of {owner}', 'take {owner} and show me its {part}',
            'find {owner} then its {part}', '{owner} has a {part} show it to me',
            'you see {owner} now point at the {part}', 'on {owner} there is the {part} mark it',
            'go to {owner} and touch the {part}', 'i see {owner} but where is the {part}',
            'does {owner} have a {part}', 'hold {owner} by the {part}',
            'grab {owner} by its {part}', 'with {owner} i only want the {part}',
            'there is {owner} what is its {part}', 'pick the {part} not all of {owner}',
            'as for {owner} segment the {part}', 'first find {owner} and after that the {part}',
            'not all of {owner} just the {part}', 'take {owner} at the {part}',
            'where does {owner} have its {part}', 'of {owner} i want to see the {part}',
            'check {owner} and mark its {part}'),
        'test': ('for {owner} show me the {part}', 'look at {owner} and find the {part}'),
    },
    'part_pronoun': {
        'train': ('does it have a {part}', 'hold it by the {part}',
                  'where does it have the {part}', 'take it by {its} {part}',
                  'and what about {its} {part}', 'it has a {part} show me that',
                  'not all of it just the {part}', 'go on with {its} {part}',
                  'show me where it has the {part}'),
    },
    'position': {
        'train': (
            'go {position} {anchor} there {is} the {object}',
            'what {is} {position} {anchor} i want the {object}',
            'search {position} {anchor} for the {object}',
            'is there the {object} {position} {anchor}',
            'which {object} {is} {position} {anchor}'),
        'test': ('look {position} {anchor} and find the {object}',),
    },
    'other_one': {
        'train': ('no the other one', 'not that one the other one', 'not this one the other one',
                  'no not it the other one', 'i mean the other one', 'no i want the other one',
                  'wrong the other one', 'there are two i want the other one',
                  'that was wrong show me the other one', 'take the other one instead',
                  'nope the other one'),
        'val': ('not it but the other one', 'wrong one take the other one'),
        'test': ('no not that the other one please', 'i meant the other one not this one',
                 'that is not the one i want the other one'),
    },
    'other_no': {
        'train': ('no the other {object}', 'not that {object} the other one',
                  'i mean the other {object}', 'not this {object} but the other one',
                  'wrong {object} find the other',
                  'that was the wrong {object} show me the other one',
                  'take the other {object} instead', 'nope the other {object}',
                  'there is one more {object} find it', 'a different {object} not that one'),
        'val': ('not it but the other {object}',),
        'test': ('no i wanted the other {object}', 'i meant the other {object} not this one',
                 'that is not the {object} i want take the other one'),
    },
    'other_number': {
        'train': ('not {anchor} the other {object}', 'not {anchor} the other one',
                  '{anchor} is wrong i want the other {object}',
                  'leave {anchor} take the other one', 'you have {anchor} now the other {object}',
                  'instead of {anchor} the other one',
                  'instead of {anchor} show me the other {object}',
                  'no {anchor} is not right take the other {object}'),
        'val': ('i do not mean {anchor} but the other one',),
        'test': ('not {anchor} but the other {object}',
                 'i do not want {anchor} give me the other {object}'),
    },
    'left': {'train': ('left', 'left please', 'on the left')},
    'right': {'train': ('right', 'right please', 'on the right')},
    'reply_colour': {'train': ('{colour}', '{colour} please')},
    **carried.SENTENCES,
}

POSITION_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    'left of': {
        'all': ('to the left of', 'left of'),
        'train': ('on the left of', 'more left than', 'left from', 'at the left of'),
        'test': ('on the left side of',),
    },
    'right of': {
        'all': ('to the right of', 'right of'),
        'train': ('on the right of', 'more right than', 'right from', 'at the right of'),
        'test': ('on the right side of',),
    },
    'above': {
        'all': ('above', 'behind'),
        'train': ('at the back of', 'further up than', 'higher than', 'farther away than'),
        'test': ('further back than',),
    },
    'below': {
        'all': ('below', 'in front of'),
        'train': ('just in front of', 'further down than', 'lower than', 'nearer to me than'),
        'test': ('further to the front than',),
    },
    'top left': {
        'all': ('to the top left of',),
        'train': ('above and to the left of', 'behind and left of', 'behind and to the left of',
                  'up and left from'),
        'test': ('above and left of', 'at the top left of'),
    },
    'top right': {
        'all': ('to the top right of',),
        'train': ('above and to the right of', 'behind and right of', 'behind and to the right of',
                  'up and right from'),
        'test': ('above and right of', 'at the top right of'),
    },
    'bottom left': {
        'all': ('to the bottom left of',),
        'train': ('below and to the left of', 'in front and left of',
                  'in front and to the left of', 'down and left from'),
        'test': ('below and left of', 'at the bottom left of'),
    },
    'bottom right': {
        'all': ('to the bottom right of',),
        'train': ('below and to the right of', 'in front and right of',
                  'in front and to the right of', 'down and right from'),
        'test': ('below and right of', 'at the bottom right of'),
    },
    'next to': {
        'all': ('next to', 'closest to'),
        'train': ('nearest to', 'beside', 'near to', 'right beside', 'very near',
                  'by the side of'),
        'test': ('close to', 'nearest'),
    },
}

JOINERS = {
    'train': ('and', 'and', 'and', 'plus', 'as well as', 'and with it', 'then'),
    'val': ('and also',),
    'test': ('and', 'and then'),
}

GENERIC_NOUNS = ('object', 'thing')
PRONOUNS = ('it', 'it', 'it', 'that one', 'this one')
NUMBER_NOUNS = ('instance', 'instance', 'instance', 'number')
