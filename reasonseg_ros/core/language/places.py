# SPDX-License-Identifier: Apache-2.0
"""Words for places: relations to a landmark, places in view, and what says nothing. Tables only.

A row is a run of words; of two that fit, the longer one holds. Relations expect a noun phrase.
"""

from collections.abc import Mapping

Rows = Mapping[str, list[tuple[tuple[str, ...], str]]]


def _rows(text: str) -> Rows:
    """First word -> [(all words, value)], longest first."""
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for line in text.strip().replace('\n    ', ' ').splitlines():
        value, runs = line.split(':')
        for run in runs.split('|'):
            words = tuple(run.split())
            table.setdefault(words[0], []).append((words, value.strip()))
    for rows in table.values():
        rows.sort(key=lambda row: -len(row[0]))
    return table


RELATIONS = _rows("""
left: to the left of | left of | on the left of | on the left side of | to the left side of
    | left from | more left than | at the left of | further left than | left off
    | farther left than
right: to the right of | right of | on the right of | on the right side of | to the right side of
    | right from | more right than | at the right of | further right than | right off
    | farther right than
front: in front of | just in front of | right in front of | before | closer to me than
    | nearer to me than | nearer than | closer than | below | lower than | further down than
    | further to the front than | to the front of | closer to you than
behind: behind | right behind | just behind | at the back of | in back of | to the back of
    | farther away than | further away than | further back than | above | higher than
    | further up than | over | past | beyond
behind left: to the top left of | above and to the left of | behind and left of
    | behind and to the left of | up and left from | above and left of | at the top left of
behind right: to the top right of | above and to the right of | behind and right of
    | behind and to the right of | up and right from | above and right of | at the top right of
front left: to the bottom left of | below and to the left of | in front and left of
    | in front and to the left of | down and left from | below and left of
    | at the bottom left of | in front of and to the left of | in front and left from
front right: to the bottom right of | below and to the right of | in front and right of
    | in front and to the right of | down and right from | below and right of
    | at the bottom right of | in front of and to the right of
near: next to | right next to | beside | right beside | near | near to | very near | very near to
    | close to | closest to | right by | nearest to | nearest | closer to | nearer to | by
    | alongside | adjacent to | by the side of | beside of | at the side of | touching | against
    | next | leaning on | leaning against | close by | around here near | not far from | opposite
    | with
hue: coloured like | colored like
far: far from | farther from | further from | further away from | far away from | furthest from
    | farthest from | furthest away from | a long way from
    | farthest away from | most distant from | far off | not close to | not near | nowhere near
    | not next to
on: on | on top of | on the top of | upon | atop | onto | stacked on
in: in | inside | inside of | within | into
carrier: under | underneath | beneath | right under | below of | around | carrying | containing
    | carries | contains | holds | holding
between: between | in between | among the middle of
size+: bigger than | larger than
size-: smaller than
height+: taller than
height-: shorter than
length+: longer than
""")

PLACES = _rows("""
left: on the left | on the left side | to the left | at the left | on left | on the far left
    | far left | furthest left | farthest left | more to the left | left most
    | furthest to the left | on the left hand side | in the left | to the left side | most left
    | further to the left | farther to the left | leftmost | on your left | on my left
    | all the way left | further left | more left
right: on the right | on the right side | to the right | at the right | on right
    | on the far right | far right | furthest right | farthest right | more to the right
    | right most | furthest to the right | on the right hand side | in the right
    | further to the right | farther to the right | to the right side | most right | rightmost
    | on your right | on my right
    | all the way right | further right | more right
between: in between | between them | in between them | between those | between these | between both
    | between the two | between those two | between these two | between the two of them
    | in between the two | in between those two | in between both | between both of them
middle: in the middle | in the center | in the centre | in the middle of the table
    | at the center | at the centre | in the center of the table | in the centre of the table
    | in the middle of it all | between the other two | between the others | central
back: at the back | in the back | at the rear | further back | in the rear | at the far end
    | furthest away | farthest away | furthest | farthest | farther away | further away
    | away from me | furthest from me | furthest from you | farthest from me | farthest from you
    | far away | at the far side | at the top | on the top | behind | furthest away from me
    | farthest away from me | furthest away from you | farthest away from you | farthest back
    | furthest back | in the background | further away from me | on the far side
    | at the back of the table | farthest from us | most distant
front: in front | at the front | in the front | further to the front | nearest to me
    | nearest to you | closest to me | closest to you | close to me | close to you
    | nearest to us | closest to us | near me | near you | nearest me | nearest you
    | at the bottom | on the bottom | closest to the camera | nearest to the camera
    | nearest the camera | closest to the robot | nearest | closest | next to me | next to you
    | closer to me | closer to you | nearer to me | in the foreground | beside me
    | in front of the others | at the front of the table | closest to the viewer | nearer to you
    | nearer | closer | up front
corner: in the corner | in a corner | at the corner
edge: at the edge | on the edge | near the edge | at the edge of the table
    | near the edge of the table | on the edge of the table | close to the edge
""")

HARMLESS = _rows("""
-: on the table | on this table | on that table | on your table | on my table | on the desk
    | on the tabletop | on table | over there | over here | here | there | right there
    | right here | in view | in the room | in this room | of mine | of yours | in front of me
    | in front of you | in front of us | before me | before you | beside you | near us
    | around here | around | close by | within reach | standing about | somewhere
    | in the picture | in the image | in the scene | in the photo | in this picture
    | that you see there | that you see | that you can see | that i see | that is here
    | that are here | that is there | that are there | there is | there are | you see
    | you see there | i have here | i have there | in sight | in question | at hand | that i mean
    | i mean | i want | i need | that i want | that i need | which i want | which you see
    | you can see | i asked for | i wanted | i was talking about | that we have | we have
    | together | all at once | in one go | as well | too | again | now | right now | for me
    | for us | to me | only | visible | on the table top | please | from the table
    | off the table | of the table | alone | instead | today | available | you showed me
    | that you showed me | you just showed me | from before | from earlier | from just now
    | in this view | sitting there | lying there | standing there | lying here | standing here
    | sitting here | lying around | standing around | up there | down there | back there
    | in a row | in a line | side by side | next to each other | in one place
    | if you see it | that i like | one more time | that was there
""")

ADJECTIVES = {'left': 'left', 'leftmost': 'left', 'left-hand': 'left', 'right': 'right',
              'rightmost': 'right', 'middle': 'middle', 'center': 'middle', 'centre': 'middle',
              'central': 'middle', 'front': 'front', 'frontmost': 'front', 'nearest': 'front',
              'closest': 'front', 'near': 'front', 'nearer': 'front', 'closer': 'front',
              'bottom': 'front', 'back': 'back', 'rear': 'back', 'furthest': 'back',
              'farthest': 'back', 'far': 'back', 'farther': 'back', 'further': 'back',
              'top': 'back', 'upper': 'back'}
# What the same words say of a thing that is named after them: "the nearest mug to the lamp".
NEARNESS = {'nearest': 'near', 'closest': 'near', 'nearer': 'near', 'closer': 'near',
            'furthest': 'far', 'farthest': 'far', 'further': 'far', 'farther': 'far'}
SIDES = {'left': 'left', 'right': 'right', 'front': 'front', 'back': 'back', 'top': 'back',
         'bottom': 'front', 'rear': 'back', 'near': 'front'}
