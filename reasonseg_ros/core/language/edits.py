# SPDX-License-Identifier: Apache-2.0
"""What changes the newest answer: something is left out of it, added to it, or takes its place.

Words, and the names and statuses of the dialogue's rounds; no scene.
"""

import re

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.normalise import number

_THE = r'(?:the|my|that|this|their|number)'
_POLITE = r'(?: (?:please|though|then|this time|again|instead|after all))*'
_LEAD = r'(?:(?:and|now|but|ok|no|oh|wait|so|please|actually|rather|well|hmm|then|again) (?:, )?)*'
# One of several things that were shown is not wanted after all.
_WITHOUT = re.compile(rf'(?:{_LEAD}(?:the same|same|just|only|them|those|all of them)? ?)*'
                      r'(?:without|minus|not counting|leaving out|but not|but without'
                      r"|not(?=.* 's$)|(?:take|leave) (?:away|out)|omit|skip|unmark|deselect"
                      r'|unselect|(?:drop|lose|scrap|remove)(?= the (?:\w+ )?(?:ones?|others?)$)) '
                      rf'(?P<what>{_THE}\b [^,]+?)(?<! out){_POLITE}')
_NOT_ONE = re.compile(r'(?:(?:no|but|and|just) ?,? )*not (?P<what>the (?:\w+ ){1,2}ones?)')
# The same of what was shown by this name; of anything else it says to leave it alone. What is
# taken away, put back or left is handled, and no longer than that.
_DROP = re.compile(rf'{_LEAD}(?:drop|lose|scrap|remove|cancel|scratch|forget(?: about)?'
                   r'(?! (?:number|instance)\b)'  # a command: the dialogue forgets it
                   r'|delete|exclude|ditch|skip|never mind) '
                   rf'(?P<what>{_THE}\b [^,]+?)(?: out)?(?: any ?more)?{_POLITE}')
_TAKE_OUT = re.compile(rf'{_LEAD}(?:take|leave) (?P<what>{_THE}\b [^,]+?) out'
                       rf'(?: of (?:it|them|that|the (?:selection|list|set)))?{_POLITE}')
_TOO = r'(?: (?:too|as well|also|to (?:it|that|them|those|the (?:list|selection|set|others))))*'
_ADD = re.compile(rf'{_LEAD}(?:add|plus|include|append|(?:mark|select|show me|take|give me) also) '
                  rf'(?:also )?(?P<what>(?:{_THE}|an?|both|all|another|one)\b'
                  r'(?:(?!\b(?:it|them|its|remove|drop|take|swap|leave|put|not|without)\b).)+?)'
                  rf'(?<! next)(?<! close){_TOO}{_POLITE}')
# Which of its kind, said after it: "the bottle" - "with the white cap".
_WITH = re.compile(rf'{_LEAD}(?:the one )?with (?P<what>(?:the|an?) '
                   rf'(?:{"|".join(lexicon.COLOURS)}) '
                   rf'(?:{"|".join(p for p in lexicon.PARTS if not lexicon.is_noun(p))})){_POLITE}'
                   r'(?: ,? ?(?:sorry|i mean|rather))*')
# Words of places: "the apple in the red one" is no name of the red one.
_PLACED = re.compile(r'\b(?:of|in|into|on|onto|by|next|near|behind|under|beside|between|at|to|from'
                     r'|with|just|only)\b')
_SWAP = re.compile(rf'{_LEAD}(?:swap|replace|exchange|change|trade) (?P<what>{_THE}\b [^,]+?)'
                   rf' (?:for|with|by) (?P<new>(?:{_THE}|an?|another)\b(?:(?! but | and )[^,])+?)'
                   rf'(?: (?:, )?(?:but|and) (?:keep|leave)\b.*)?{_POLITE}')


def edited(text: str, dialogue: Dialogue) -> str:
    """The words of a change in full: "add the apple" is "all of them and the apple".

    The words as they are where they change nothing that was shown.
    """
    shown = _shown(dialogue)
    if shown and (more := _ADD.fullmatch(text)):
        return f"all of them and {more['what']}"
    newest = dialogue.rounds[-1].instances if dialogue.rounds else ()  # also asked about
    if newest and (having := _WITH.fullmatch(text)):
        kinds = {i.label for i in newest if not i.parent_id and lexicon.is_noun(i.label)}
        return f"the {kinds.pop() if len(kinds) == 1 else 'one'} with {having['what']}"
    if len(shown) < 2:
        return text
    found = _WITHOUT.fullmatch(text) or _showed_all(dialogue) and _NOT_ONE.fullmatch(text)
    if not found and (named := _DROP.fullmatch(text) or _TAKE_OUT.fullmatch(text)) and _names(
            named['what'], shown):
        found = named
    if found:
        return f"all of them {_left_out(found['what'], dialogue)}"
    return text


def swapped(text: str, dialogue: Dialogue) -> str:
    """The words of a change of one thing for another in full, before they are read otherwise.

    "Swap the book for the pen" asks for both where no book, or a pen, is among what was shown.
    """
    shown, found = _shown(dialogue), _SWAP.fullmatch(text)
    if found and len(shown) > 1 and _names(found['what'], shown) and not _names(
            found['new'], shown):
        return f"all of them except {found['what']} , and {found['new']}"
    return text


def showed_several(dialogue: Dialogue) -> bool:
    """Whether the newest round showed more than one thing or part."""
    return len(_shown(dialogue)) > 1


def last_part(dialogue: Dialogue) -> str:
    """What the newest round showed, where that is a part."""
    shown = dialogue.rounds[-1].instances if dialogue.rounds else ()
    labels = {i.label for i in shown}
    part = labels.pop() if len(labels) == 1 else ''
    named = part in lexicon.PARTS and not lexicon.is_noun(part)  # its whole may not be shown
    return part if named or shown and all(i.parent_id for i in shown) else ''


def _shown(dialogue: Dialogue) -> tuple[Instance, ...]:
    newest = dialogue.rounds[-1] if dialogue.rounds else None
    return newest.instances if newest is not None and newest.status is Status.OK else ()


def _showed_all(dialogue: Dialogue) -> bool:
    """Whether the newest round was about all of some things, so that fewer may be wanted."""
    return bool(re.search(r'\b(?:all|every|everything|each|both)\b',
                          dialogue.rounds[-1].instruction))


def _names(what: str, shown: tuple[Instance, ...]) -> bool:
    """Whether words name one of what was shown, by its kind, its number or as "the red one"."""
    if what.startswith('number '):
        said = [number(w) for w in what.split()[1:] if w != 'and']
        return bool(said) and set(said) <= {i.id for i in shown}
    noun, many = lexicon.singular(what.split()[-1])
    if _PLACED.search(what):
        return False
    named = [i for i in shown if i.label == noun] or [
        i for i in shown if lexicon.meaning(noun).get(i.label, 0.0) >= 0.5]
    described = len(what.split()) > 2
    return noun == 'one' or len(named) == 1 or bool(named) and (many or described)


def _left_out(what: str, dialogue: Dialogue) -> str:
    """What "without the laptop" says of several things that were shown: one of them, or a part."""
    if (alike := last_part(dialogue)) and what.endswith(" 's"):
        return f'except the {alike} of {what[:-3]}'
    article, _, noun = what.rpartition(' ')
    last = lexicon.singular(noun)[0]
    whole = {i.label for i in _shown(dialogue) if not i.parent_id}
    part = last in lexicon.PARTS and last not in whole and ' ' not in article
    return f'without their {noun}' if part else f'except {what}'
