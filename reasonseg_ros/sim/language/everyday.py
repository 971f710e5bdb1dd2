# SPDX-License-Identifier: Apache-2.0
"""Requests as people say them to a robot, as tables. `sim.dialogues.everyday` fills them in.

Beside the templates of `sim.language.templates`, and written apart from them. A form belongs to
one split; what has no second way to say it ("the mug", "number 2") is under SHARED. What is said
without asking for a mask is in `sim.language.everyday_talk`.

Slots: {x} and {y} a thing ("mug", "red mug"), {a} the same with its article, {xs} many of them,
{ys} of the others, {c} a colour, {d} another colour, {p} and {q} parts, {k} a count in words, {n}
and {m} the numbers of shown things, {N} such a number in words, {o} an ordinal, {s} a side, {u} a
noun that nothing on the table has, {w} a name that the user makes up.
"""

SHARED = 'all'

Forms = dict[str, dict[str, tuple[str, ...]]]  # family -> split -> forms

PLAIN: Forms = {
    'plain': {
        SHARED: ('the {x}', '{x}'),
        'train': (
            'my {x} please', 'can I have the {x}', 'pass me the {x}', "there's {a}, get it",
            "let's have the {x}", "I'll take the {x}", 'the {x}, would you',
            'could I get the {x} over here', 'fetch the {x}', 'do me a favour and get the {x}',
            "I can't find the {x}, where did it go", '{x}, quick!', 'that {x} there',
            'what we need now is the {x}', 'hey can you see my {x} anywhere',
            "would you mind getting the {x}", 'go get the {x}', 'I need {a} for this'),
        'val': (
            'could you pass the {x} over', 'the {x} if you would', "I'm after the {x}",
            'mind handing me the {x}?', 'right, the {x}', 'this {x} here',
            'where have I put the {x}', 'can you spot the {x}'),
        'test': (
            'can I get the {x}?', 'The {x}, please.', 'gimme the {x}', 'yeah get me that {x}',
            'could you hand me the {x} real quick', "where'd the {x} go?",
            "I'd like the {x}, please", 'just the {x}', "let's go with the {x}",
            'one {x} please', 'have you got the {x} in sight', 'mind passing me that {x}',
            'and the {x}?', 'so I was wondering if you could get me the {x}',
            'which one is the {x}', 'hey, the {x}!', 'ok robot, {x}',
            'the {x} on the table would be great', 'would it be possible to have the {x}',
            "you know what, I'll have the {x}"),
    },
    'colour': {
        SHARED: ('the {c} {x}',),
        'train': (
            '{c} {x}', 'can I have the {c} {x}', 'pass me the {x}, the {c} one I mean',
            'you see that {c} {x}? that one', "I'd go for the {c} {x}",
            'the {x}, I think the {c} one', 'fetch the {c} {x} will you'),
        'val': ('could you pass the {c} {x} over', 'a {x}, {c}, you see it?',
                'my {x} is the {c} one'),
        'test': (
            'gimme the {c} {x}', 'the {x}, the {c} one', "it's the {c} {x} I'm after",
            '{c} {x} please', "where'd the {c} {x} go?", 'the {x} that looks {c}',
            'uh the {x} in {c}'),
    },
    'part': {
        SHARED: ('the {p} of the {x}',),
        'train': (
            'the {x} {p}', "grab the {x} by its {p}", 'hold the {x} at the {p}',
            'I want the {p}, not the whole {x}', 'where would I find the {p} on that {x}',
            'can you point to the {x} {p}', 'which bit of the {x} is the {p}'),
        'val': ('only the {p} of that {x} please', 'touch the {x} right on the {p}',
                "what's the {p} of the {x} look like, show me"),
        'test': (
            "the {x}'s {p}", 'the {xs_} {p}', 'take hold of the {x} by the {p}',
            'just the {p} of the {x}, nothing else', 'on the {x}, the {p}',
            "get the {x} but only touch its {p}", 'see the {x}? I need its {p}'),
    },
    'part_pronoun': {
        SHARED: ('its {p}',),
        'train': ('and where does its {p} start', 'grab it by the {p}',
                  'no just its {p}', "what about the {p} on it"),
        'val': ('hold it at the {p}', 'now only its {p} please'),
        'test': ('take it by the {p}', "it's {p}", "and it's {p} ?", 'the {p} of it I mean',
                 'can you pick it up by its {p}'),
    },
}

BARE: Forms = {
    'number': {
        SHARED: ('number {n}', 'number {N}'),
        'train': ('the one you called {n}', "let's take number {n}", '{n} please', "it's {n}",
                  'go with {n}', 'number {N} then', 'id {n}', 'I meant instance {n}'),
        'val': ('so {n}', 'pick number {N}', "I'd say number {n}"),
        'test': ('#{n}', 'ok number {n}', 'I want number {n} of those',
                 'give me number {n}', 'the one marked {n}', 'take {n}', 'nr {n} please',
                 'instance {n}', 'no. {n}'),
    },
    'numbers': {
        'train': ('numbers {n} and {m}', 'take {n} and {m}', '{n} as well as {m}'),
        'val': ('both {n} and {m}',),
        'test': ('number {n} and number {m}', '{n} and {m} please', 'I need {n} plus {m}'),
    },
    'ordinal': {
        SHARED: ('the {o} one',),
        'train': ('the {o} you showed me', "let's go with the {o}", 'I like the {o} one',
                  '{o} one please', 'the {o} of the ones you found'),
        'val': ('the {o} of them', 'make it the {o} one'),
        'test': ('the {o} of those', 'I meant the {o}', 'give me the {o} one you showed',
                 'the {o} one, thanks', '{o} one', 'the {o} of these please'),
    },
    'pronoun': {
        SHARED: ('it', 'that one'),
        'train': ('pick it up', 'yes, that', 'bring it here', 'that thing', 'hand it over',
                  'can you show it again', 'give it to me', "let's have it"),
        'val': ('yes that one', 'take that', 'show me it once more'),
        'test': ('grab it', 'yep, that one', 'get that for me', 'that one please',
                 'I want that one', "ok pick that up", 'give me that', 'pass it over',
                 'exactly that one', 'would you bring it to me',
                 'show it to me again'),
    },
    'both': {
        SHARED: ('both of them',),
        'train': ('take both', 'I need both of these', 'bring the two of them', 'both please'),
        'val': ('give me both', 'the two you showed me'),
        'test': ('both', "I'll have both of them", 'those two', 'grab the both of them',
                 'the two of those please', 'show both again'),
    },
    'all': {
        SHARED: ('all of them',),
        'train': ('take them all', 'bring all of those', 'every one of them', 'them all please'),
        'val': ('give me all of these', 'the whole lot of them'),
        'test': ('all of those', 'get them all', "I'll have all of them", 'them',
                 'every one of those please', 'show me all of them again'),
    },
    'label': {
        SHARED: ('the {x}',),
        'train': ('that {x} you just showed', 'get me that {x} then', 'the {x} from before',
                  'ok, take that {x}'),
        'val': ('the same {x} again', 'pick up the {x} you found'),
        'test': ('the {x} again', 'grab that {x} from a moment ago', 'that same {x}',
                 'the {x} you showed me', 'yes, that {x}', 'back to the {x}'),
    },
    'given': {   # the number comes with the request, beside the words
        SHARED: ('', 'it', 'that one', 'this one'),
        'train': ('this', 'pick this up'),
        'val': ('this one here',),
        'test': ('take this one', 'here, this', 'I mean this one'),
    },
    'given_noun': {
        SHARED: ('the {x}',),
        'train': ('that {x}', 'grab this {x}'),
        'val': ('this {x} I am showing you',),
        'test': ('this {x}', 'take that {x}', 'I mean this {x}'),
    },
}

SETS: Forms = {
    'negated_colour': {
        'train': (
            "a {x} that's not {c}", 'the {x} which is anything but {c}', "the non {c} {x}",
            'get me the {x}, but not the {c} one', "I don't want the {c} {x}, I want the other",
            "not the {c} {x}, the other one", 'one of the {xs}, just not the {c} one',
            'the {x} without {c} on it'),
        'val': ("the {x} that ain't {c}", 'any {x} other than the {c} one',
                'give me a {x} so long as it is not {c}', 'not the {c} {x} but the other'),
        'test': (
            "a {x} that isn't {c}", 'any {x} but the {c} one', "the {x} that's not {c}",
            'the {x} that is not {c}', 'not the {c} {x}, a different one',
            "hand me a {x}, not the {c} one though", 'the not {c} {x}',
            "get a {x} - anything except {c}", 'I need a {x} but please not {c}',
            "whichever {x} isn't {c}", 'the {x}, and no I do not mean the {c} one',
            'I said the {x}, not the {c} one'),
    },
    'negated_noun': {
        'train': ('not the {y}, the {x}', 'leave the {y}, I want the {x}',
                  'the {x} and not the {y}', "no {y}, only the {x}",
                  'forget about the {y}, take the {x}'),
        'val': ('the {x}, never mind the {y}', 'rather the {x} than the {y}'),
        'test': ('the {x}, not the {y}', 'I want the {x} instead of the {y}',
                 "don't bring the {y}, bring the {x}", 'the {x} please, the {y} can stay',
                 'not the {y} but the {x}', "I didn't mean the {y}, I meant the {x}"),
    },
    'except_many': {
        'train': ('everything except the {xs}', 'take all of it apart from the {xs}',
                  'anything that is not a {x}, all of it', 'clear the table but leave the {xs}',
                  'all things without the {xs}', 'every thing other than the {xs}'),
        'val': ('the lot, minus the {xs}', 'everything save the {xs}'),
        'test': ('everything but the {xs}', 'all of it except for the {xs}',
                 'get everything apart from the {xs}', 'pick up all the things but not the {xs}',
                 "everything that isn't a {x}", 'all but the {xs}'),
    },
    'except_one': {
        'train': ('everything except the {x}', 'all the stuff besides the {x}',
                  'take everything but leave the {x} alone', 'anything and everything, no {x}'),
        'val': ('the lot except the {x}', 'everything minus the {x}'),
        'test': ('everything but the {x}', 'all the things except the {x}',
                 'all objects apart from the {x}', 'put everything away except for the {x}',
                 'the whole table bar the {x}', 'everything, just not the {x}'),
    },
    'except_colour': {
        'train': ('all the {xs} except the {c} one', 'every {x} apart from the {c} one',
                  'the {xs} without the {c} one'),
        'val': ('the {xs} minus the {c} one', 'each {x} save the {c} one'),
        'test': ('all the {xs} but the {c} one', 'the {xs}, except for the {c} one',
                 'all {xs} that are not {c}', 'every {x} but not the {c} one'),
    },
    'without_part': {
        'train': ('the {x} minus its {p}', 'the {x} but leave out the {p}',
                  'all of the {x} except its {p}', "the {x} and not its {p}"),
        'val': ('the {x} apart from the {p}', 'the {x}, no {p}'),
        'test': ('the {x} without its {p}', 'the {x} except for the {p}',
                 "everything of the {x} but the {p}", 'the {x}, only not the {p}',
                 'the {x} excluding the {p}'),
    },
    'or_things': {
        'train': ('the {x} or the {y}', "either the {x} or the {y}, I don't mind",
                  'bring {a} or a {y}, whichever is closer', 'can I have the {x}, or else the {y}',
                  "{x} or {y}, doesn't matter which"),
        'val': ('the {x} or maybe the {y}', 'the {x}, alternatively the {y}'),
        'test': ('{a} or the {y}', 'the {x} or the {y} please', 'either the {x} or the {y}',
                 "get me the {x} or the {y}, you choose", 'hand me the {x} or if easier the {y}',
                 'the {x}, or failing that the {y}', 'could I have the {x} or the {y}?'),
    },
    'or_colours': {
        'train': ('the {c} {x} or the {d} one', 'a {c} or {d} {x}', '{c} {x} or {d} {x}'),
        'val': ('either {x}, {c} or {d}',),
        'test': ('the {c} or the {d} {x}', 'a {x}, {c} or {d}, either is fine',
                 'either the {c} {x} or the {d} {x}', 'the {x}, {c} or {d}, up to you'),
    },
    'or_parts': {
        'train': ('the {x} {p} or the {x} {q}', "either the {p} or the {q} of the {x}"),
        'val': ('of the {x} the {p} or the {q}',),
        'test': ("the {p} or the {q} of the {x}", "the {x}'s {p} or its {q}",
                 'point at the {p} of the {x} or at its {q}'),
    },
    'or_any': {
        'train': ('any {x}', 'some {x} or other', 'whichever {x} you like',
                  "a {x}, I don't care which", 'just grab one of the {xs}', 'any one of the {xs}'),
        'val': ('one of those {xs}', 'a {x}, your pick'),
        'test': ('any {x} will do', 'any of the {xs}', 'one of the {xs}', 'a {x}, any of them',
                 'give me one {x}, no matter which', 'pick a {x}, any {x}'),
    },
    'count': {
        SHARED: ('{k} {xs}',),
        'train': ('bring {k} {xs}', 'I need {k} of the {xs}', 'get me {k} of those {xs}',
                  "there should be {k} {xs}, show them", 'could I have {k} {xs}'),
        'val': ('{k} {xs} if you can', "let's have {k} {xs}", 'take {k} of these {xs}'),
        'test': ('the {k} {xs}', 'give me {k} {xs} please', 'grab {k} of the {xs}',
                 "I'd like {k} {xs}", 'can you find {k} {xs} for me', '{k} of the {xs}',
                 'pick up {k} {xs}', 'hand over {k} {xs}', 'fetch {k} {xs} from the table',
                 "we're going to need {k} {xs}"),
    },
    'plural': {
        SHARED: ('the {xs}', 'all the {xs}'),
        'train': ('my {xs}', 'where are the {xs}', 'can I have the {xs}', 'gather up the {xs}',
                  'those {xs}', 'every single {x}', 'I want all of the {xs}'),
        'val': ('could you collect the {xs}', 'the {xs}, all of them', 'each {x} there is'),
        'test': ('these {xs}', '{xs}', 'get the {xs}', 'all {xs} please', 'every {x} you can see',
                 'bring me the {xs}', 'put the {xs} together', "I'll need the {xs}",
                 'where did the {xs} end up', 'whatever {xs} there are'),
    },
    'plural_two': {
        SHARED: ('both {xs}',),
        'train': ('take both {xs}', 'the two {xs} there', 'both of the {xs}'),
        'val': ('the pair of {xs_of}',),
        'test': ('both the {xs}', "both {xs}, please", 'I want both of those {xs}'),
    },
    'plural_colour': {
        SHARED: ('all the {c} things',),
        'train': ('anything {c}', 'everything that is {c}', 'pick out all the {c} ones',
                  'take whatever is {c}, all of it'),
        'val': ('every {c} item', 'all {c} stuff'),
        'test': ('everything {c}', 'the {c} things', "all that's {c}", 'each {c} thing here',
                 'gather everything of {c} colour', 'the {c} ones, all of them'),
    },
    'plural_two_colour': {
        'train': ('both {c} things', 'the two things in {c}'),
        'val': ('both the {c} items',),
        'test': ('both of the {c} things', 'the two {c} things', 'both {c} ones'),
    },
}

CHOICES: Forms = {
    'biggest': {
        'train': ('the biggest of the {xs}', 'which {x} is largest', 'the {x} that is biggest',
                  'get me your largest {x}'),
        'val': ('the very largest {x}', 'the biggest {x} there is'),
        'test': ('the biggest {x}', 'the largest {x} you can see', 'whichever {x} is the biggest',
                 'the {x} with the most size to it', 'give me the big {x}, the biggest'),
    },
    'smallest': {
        'train': ('the smallest of the {xs}', 'which {x} is tiniest', 'the littlest {x}'),
        'val': ('the very smallest {x}',),
        'test': ('the smallest {x}', 'the tiniest {x} there', 'whichever {x} is the smallest',
                 'hand me the {x} that takes up the least room'),
    },
    'biggest_thing': {
        'train': ('the largest thing on the table', 'what is the biggest object here, show me'),
        'val': ('the biggest item of all',),
        'test': ('the biggest thing here', 'the largest object you see',
                 'whatever is the biggest'),
    },
    'tallest_thing': {
        'train': ('the tallest thing on the table', 'what stands highest, that one'),
        'val': ('the item that is tallest',),
        'test': ('the tallest thing', 'the thing that sticks up the most',
                 'whatever is the tallest here'),
    },
    'leftmost': {
        'train': ('the {x} that is most to the {s}', 'of the {xs}, the one all the way {s}'),
        'val': ('the {x} at the far {s}',),
        'test': ('the {s}most {x}', 'the {x} furthest to the {s}',
                 'the {x} way over on the {s}'),
    },
    'leftmost_thing': {
        'train': ('what is furthest {s}', 'the thing at the very {s}'),
        'val': ('the outermost thing on the {s}',),
        'test': ('the {s}most thing', 'the thing on the far {s}',
                 'whatever is all the way to the {s}'),
    },
    'nearest_thing': {
        'train': ('what is closest to us', 'the item right at the front edge'),
        'val': ('the thing nearest the camera',),
        'test': ('the nearest thing', 'the closest object to you',
                 'whatever is right in front here, the nearest'),
    },
    'farthest_thing': {
        'train': ('what is farthest from us', 'the item at the very back'),
        'val': ('the thing that is farthest off',),
        'test': ('the thing furthest away', 'the one at the very back of the table',
                 'whatever is farthest from you'),
    },
    'side': {
        SHARED: ('the {s} {x}',),
        'train': ('the {x} to the {s}', 'your {s} hand {x}', 'of the two {xs} the {s} one',
                  "the {x}, the {s} one", 'go for the {s} {x}'),
        'val': ('the {x} over on the {s}', '{s} {x} please'),
        'test': ('the {x} on the {s}', 'the {s} hand {x}', 'the {x} on the {s} hand side',
                 'I want the {s} one of the {xs}', 'the {x} - on the {s}, not the other',
                 'grab the {x} over on the {s} side'),
    },
    'middle': {
        'train': ('the centre {x}', 'of the three {xs} the middle one', 'the {x} in between'),
        'val': ('the {x} right in the middle',),
        'test': ('the middle {x}', 'the {x} in the middle', 'the {x} between the other two'),
    },
    'from_side': {
        'train': ('counting from the {s}, the {o} thing', 'the {o} item starting at the {s}'),
        'val': ('{o} object from the {s}',),
        'test': ('the {o} thing from the {s}', 'the {o} one from the {s}',
                 '{o} from the {s}', 'from the {s}, the {o} one'),
    },
    'noun_from_side': {
        'train': ('counting {xs} from the {s}, the {o}', 'the {o} {x} starting on the {s}'),
        'val': ('{o} {x} from the {s}',),
        'test': ('the {o} {x} from the {s}', 'among the {xs}, the {o} from the {s}'),
    },
    'beside': {
        SHARED: ('the {x} {s} of the {y}',),
        'train': ('look {s} of the {y}, that {x}', 'the {x} over to the {s} of that {y}'),
        'val': ('that {x} {s} of the {y} there',),
        'test': ("the {x} that's to the {s} of the {y}", "you see the {y}? the {x} {s} of it",
                 'the {x} just {s} of the {y}', 'just {s} of the {y} there is a {x}, get it'),
    },
}

CLAUSES: Forms = {
    'two_things': {
        SHARED: ('the {x} and the {y}',),
        'train': ('first the {x}, after that the {y}', 'take the {x} and then take the {y}',
                  'the {x}, oh and the {y} too', 'both the {x} and the {y}',
                  'get me the {x} along with the {y}', 'start with the {x}, finish with the {y}'),
        'val': ('the {x} followed by the {y}', 'grab the {x}, and once you have it, the {y}'),
        'test': ('pick up the {x}, then the {y}', 'the {x} plus the {y}',
                 'bring me the {x}. And the {y}.', 'hand me the {x} and after that the {y}',
                 'I need the {x} and also the {y}', "get the {x} and while you're at it the {y}",
                 'the {x} first and the {y} second', 'show me the {x}, and the {y} as well'),
    },
    'two_colours': {
        'train': ('pick the {c} {x} and then the {d} one', 'the {c} {x} as well as the {d} one'),
        'val': ('the {c} {x} followed by the {d} one',),
        'test': ('pick the {c} {x}, then the {d} one', 'the {c} {x} and the {d} one',
                 'first the {c} {x}, second the {d} {x}'),
    },
    'three_things': {
        'train': ('the {x}, {y} and {z}', 'get the {x}, then the {y}, then the {z}'),
        'val': ('I need three things: {x}, {y}, {z}',),
        'test': ('the {x}, the {y} and the {z}', 'bring the {x} and the {y} and the {z}',
                 '{x}, {y}, {z}, all three please'),
    },
    'move_next_to': {   # the object, then the place
        'train': ('move the {x} over to the {y}', 'set the {x} down beside the {y}',
                  'I want the {x} to stand by the {y}', 'bring the {x} to where the {y} is',
                  'shift the {x} close to the {y}'),
        'val': ('place the {x} by the side of the {y}', 'the {x} goes next to the {y}'),
        'test': ('put the {x} next to the {y}', 'take the {x} and put it next to the {y}',
                 'move the {x} right beside the {y}', 'can you slide the {x} over by the {y}',
                 'pick up the {x} and place it near the {y}',
                 "the {x} belongs beside the {y}, put it there",
                 'lay the {x} down in front of the {y}'),
    },
    'put_in': {
        'train': ('drop the {x} inside the {y}', 'the {x} should go into the {y}'),
        'val': ('stick the {x} in the {y} please',),
        'test': ('put the {x} in the {y}', 'take the {x} and drop it into the {y}',
                 'I want you to place the {x} inside that {y}'),
    },
    'put_on': {
        'train': ('lay the {x} on top of the {y}', 'the {x} should sit on the {y}'),
        'val': ('rest the {x} on the {y}',),
        'test': ('put the {x} on the {y}', 'set the {x} down on top of the {y}',
                 'pick the {x} up and lay it on the {y}'),
    },
}

REQUESTS: tuple[Forms, ...] = (PLAIN, BARE, SETS, CHOICES, CLAUSES)
