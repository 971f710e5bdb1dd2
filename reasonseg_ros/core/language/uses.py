# SPDX-License-Identifier: Apache-2.0
"""Things and parts that are named by what is done with them: "where do I pull on the drawer".

Wordings, and what is read instead; for `core.language.asides`. Words only.
"""

import re
from collections.abc import Callable

from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.alternations import COLOUR, PART, PIECE

# What is done with a part -> the part.
_USED = ((r'(?:press|push|click)(?: on)?', 'button'),
         (r'(?:hold|grip|grab|grasp|carry|lift|take)(?: (?:it|them|on to|hold of))?'
          r'(?: by| at| with| from)?', 'handle'),
         (r'(?:open|twist|unscrew|screw|take off|pull off|lift off|remove)(?: it| off)?'
          r'(?: by| at| with)?', 'cap'),
         (r'pull(?: (?:it|on|at|by))*', 'pull'),
         (r'(?:drink|sip) (?:from|out of)', 'rim'))
_DO = '(?:you|i|we|one|people|to) (?:can |have to |need to |must |should |would )?'
_ON = ' (?:on|of|at|in|from) '
_THE = r'(?:the|my|our|that|this)'
_BIT = r'(?:bit|part|piece|end|side|spot|place)'
# As `_USED`, where "where do I ..." asks for the part: "where can I take the apple" asks for none.
_HELD = ((r'(?:hold|grip|grab|grasp|carry)(?: (?:it|them|on to|hold of))?(?: by| at)?', 'handle'),
         *((verb, part) for verb, part in _USED if part not in ('handle', 'rim')))
# How one asks for the part, and what the part does or is done with.
_WHERE = (rf'(?:(?:and|so|but|now|ok) )*(?:where|(?:which|what) {_BIT})(?: on (?:it|that))? '
          r'(?:(?:do|does|should|can|could|must|would|shall|am|are) (?:i|you|we|one|people)'
          r' (?:have to |need to |supposed to |meant to |best )*'
          rf'|is (?:the |a |an )?(?:best |right |good |safe |proper |easiest )*{_BIT} to )')
_OPENS = (r'(?:to (?:open|use|close|get into)|(?:when|if|so that) (?:i|we) (?:want|need)'
          r'(?: to open)?)')
_FINGERS = r'(?:my |your |the |our )?(?:fingers?|hands?|thumb)'
_STRIKES = ('(?:strikes?|hits?|bangs?|knocks?|drives?|whacks?)', 'head'), (
    '(?:cuts?|slices?|is sharp|does the cutting)', 'blade'), ('(?:pours?|drips?)', 'spout'), (
    '(?:writes?|draws?)', 'tip'), ('(?:lights up|shines|glows)', 'shade')
_FOOD = '(?:soup|cereal|salad|cake|bread|toast|stew|pasta|rice|porridge|noodles|pudding)'
_SERVED = (r'(?:(?:on |from |in )?(?:what|which \w+)|where) (?:can|could|should|do|shall|will)'
           r' (?:i|we) (?:eat|serve|put|pour|have|keep)(?: (?:it|that|this'
           r'|some|them|my piece))?(?: (?:in|into|on|onto|from|off|out of|with))*')
_EAT = r'(?:eat|drink|cook|serve|pour|sip|sit)'
_WORK = r'(?:cut|slice|write|draw|hit|wipe|clean|type|call|stir|paint)'
_DONE = {'sealed': 'seal', 'cut': 'cut', 'wiped': 'wipe', 'cleaned': 'clean', 'hammered': 'hammer',
         'drilled': 'drill', 'tightened': 'tighten', 'signed': 'sign', 'glued': 'glue',
         'cutting': 'cut', 'sealing': 'seal', 'wiping': 'wipe', 'cleaning': 'clean',
         'hammering': 'hammer', 'drilling': 'drill', 'tightening': 'tighten', 'taped': 'seal',
         'sliced': 'slice', 'bent': 'bend', 'painted': 'paint'}
# Nouns of what is worked on, and never one of the things on a table here.
_WORKED_ON = ('string|rope|wire|thread|twine|cable tie|cable|bracket|parcel|envelope|letter|form'
             '|plank|board|wall|floorboard|whiteboard|ribbon|cloth|fabric|cardboard|wood|hedge'
             '|branch|flowers?|hair|nail|leak|crack|hole|spill|stain|puddle|mess')

WORDINGS: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    # Parts.
    *((rf'\b(?:the|its) (?:bit|part|piece|{thing}place|spot|end|side) (?:that |which |where )?'
       rf'{_DO}(?:{verb}){end}', f'the {part}{instead}') for verb, part in _USED
      for thing, end, instead in (('thing|', _ON, ' of '), ('', '$', ''))),
    *((rf'\bthe (?:bit|part|piece|end|side)s? (?:that |which |where )?(?:it |you |i )?cuts?'
       rf'(?: with)?{end}|\bthe (?:sharp|cutting{pointed}) (?:bit|part|piece|end|side)s?{end}',
       f'the blade{instead}')
      for pointed, end, instead in (('|pointy|pointed', _ON, ' of '),
                                    ('', '(?: only| please| bit)*$', ''))),
    (rf'^{_WHERE}(?:pull|twist|push|press|turn|screw|lift)(?: on| up)? (?:to open|to get into)'
     rf' ({_THE} (?:[^,]*? )?(?:can|jar|bottle|tin|tube|carton|box|marker|pen|teapot|pitcher)\b'
     r'[^,]*)$', r'the cap of \1'),
    *((rf'^{_WHERE}(?:{verb}) (?:{_OPENS} )({_THE} [^,]+?)(?: open(?:ed)?)?$',
       rf'the {part} of \1') for verb, part in _HELD),
    *((rf'^(?:i|we) (?:want|need|have|would like|would) to \w+ ({_THE} [^,]+?) ,? ?{_WHERE}'
       rf'(?:{verb})(?: (?:on|at|it|for that|for it))*$', rf'the {part} of \1')
      for verb, part in _HELD),
    (rf'^{_WHERE}open (?:up )?({_THE} (?:\w+ )?(?:drawer|box|laptop|container))$', r'the pull of'
     r' \1'),
    *((rf'^{_WHERE}(?:{verb})(?: on| at| of)? ({_THE} [^,]+)(?<! with)(?<! from)(?<! to)$',
       rf'the {part} of \1')
      for verb, part in _HELD),
    *((rf'^(?:and |so )*(?:which|what) {_BIT} (?:of|on) ({_THE} [^,]+?|it) (?:do|does|should|can'
    rf'|could'
       rf'|must|would) (?:i|you|we|one) (?:have to |need to )?(?:{verb})\b.*$', rf'the {part} of'
       rf' \1')
      for verb, part in _HELD),
    *((rf'^(?:and |so |please )*(?:which|what) {_BIT} (?:of|on) ({_THE} [^,]+?) (?:{does})\b[^,]*'
       r'(?: , (?:highlight|show|mark|point at)(?: me)? it)?$', rf'the {part} of \1')
      for does, part in _STRIKES),
    (rf'^(?:and |so )*where (?:on|at|of) ({_THE} [^,]+?) (?:would|do|should|can|could|must) (?:i'
     rf'|you'
     rf'|we|one) (?:put|place|hold|have|lay) {_FINGERS}(?: .*)?$', r'the handle of \1'),
    *((rf'^(?:and |so )*where (?:on|at|of) ({_THE} [^,]+?) (?:would|do|should|can|could|must) (?:i'
       rf'|you|we|one) (?:have to |need to )?(?:{verb})(?: it)?$', rf'the {part} of \1')
      for verb, part in _HELD),
    (rf'^(?:and |so )*where (?:do|does|should|can|must) {_FINGERS} (?:go|belong|fit) (?:on|in|at)'
     rf' ({_THE} [^,]+|it)$', r'the handle of \1'),
    (rf'^(?:and |so )*where (?:do|should|can|must) (?:i|you|we|one) (?:put|place|hold|have)'
     rf' {_FINGERS}(?: (?:on|to (?:hold|lift|carry|take)) ({_THE} [^,]+|it))$',
     r'the handle of \1'),
    (rf'^(?:there |the (?:bit|part|place) |and |so )*where (?:i|you|we|one) (?:can |must )?(?:put'
     rf'|place|have) {_FINGERS}(?: .*)?$', 'its handle'),
    (r'\bthe (?:bit|part|piece|thing) (?:that |which |where )?the light (?:shines|comes|goes)'
     r'(?: through| out)?(?: of)?\b', 'the shade'),
    (r'\bthe (?:striking|hitting|hammering|banging) (?:end|part|bit|side|face)\b', 'the head'),
    (rf'^((?:all|every|the|both)(?: the)? ({PIECE})s?\b.*?) (except|but not|but|without|minus|apart'
     rf' from) the one (?:on|of|from) ', r'\1 \3 the \2 of '),
    (rf'^((?:all|every|each|any|the)(?: the| of the)? (?:{PIECE})s?) on (?:the|this) (?:table|desk'
     r'|bench)\b', r'\1'),
    (r'^((?:the|this|that|my) (?:\w+ )?\w+) [^,]*?, (?:so )?where (?:i can|can i|do i|should i'
     r'|could'
     r' i) (?:hold|grab|take|grip) (?:it|her|him|this)$', r'the handle of \1'),
    (rf'\b(?:whatever|what|the (?:bit|part|thing) that) (?:closes|seals|shuts|plugs|stops|covers)'
     rf' (?:up )?({_THE} [^,]+)$', r'the cap of \1'),
    (rf'^((?:the|its) (?:{PART}) (?:of|on) [^,]+?) , the (?:little |small |big |long |round )?'
     r'(?:thing|bit|part|piece|one) (?:that|which|you|where)\b[^,]*$', r'\1'),
    (rf'^(.+?) , (?:just |only |but )*(?:where|the (?:bit|part) (?:where|that)) (?:it is |is )?'
     rf'({COLOUR})$', lambda m: f"the {m[2]} part of {_definite(m[1])}"),
    (rf'\b(?:(?:an?|the|its) )?({PIECE}) in ({COLOUR})(?= ,|$)', r'a \2 \1'),
    (r'\b((?:an?|the|any) [^,]+?) ,? ?but (?:it )?(?:must|should|has to|needs to) have (?=an?\b)',
     r'\1 with '),
    (rf'^(?:the )?({PIECE}) only , (?:of |on |from )?(.+)$', r'the \1 of \2'),
    (r'\b(?:the )?(?:very )?(?:middle|centre|center) of (the|my|that|this) (?=(?:\w+ )?'
     r'(?:plate|saucer|dish)\b)', r'the centre of \1 '),
    (rf'^(?:and |so )*where (?:do|should|can|must|shall) (?:i|you|we|one) (?:have to )?(?:put|place'
     rf'|hold|have|stick) {_FINGERS}$', 'its handle'),
    (rf'\b(?:show me |point (?:at|to) |mark )?where (?:i|you|we|one) (?:can|could|should|must'
     rf'|have to|would) (?:hold|grip|grab|grasp) (?=(?:{_THE}|it)\b)', 'the handle of '),
    *((rf'^(?:and |so |then |but |ok |, )*{where} (?=(?:{_THE}|it|number)\b)', 'the handle of ')
      for where in (
          r'(?:where|how) (?:do|can|should|would|could|must|am|are) (?:i|you|we|one) (?:(?:best'
          r'|have to|need to|supposed to|meant to) )*(?:hold|grip|grab|grasp)',
          r'where (?:do|can|should|would|could|must) (?:i|you|we|one) (?:pick up|lift)',
          r'where is the (?:best|right|safest|proper) (?:place|spot|point|part) to (?:hold|grip'
          r'|grab|grasp|pick up|lift)')),
    # Things.
    (r'^(?:i|we) can not see (?:anything|a thing|much) (?:in|on) (?:the|this|that|my|your)'
     r' (?:picture|image|screen|view|mask|overlay)$', 'what do you see'),
    (r'\b(?:i|we) (?:can|could) (?:not|hardly|barely|scarcely) (?:even )?(?:see|read)'
     r'(?: (?:anything|a thing|much|well|properly|my \w+|what i am \w+ing|in here))'
     r'(?: (?:in )?here| now| any ?more)*(?: ,? ?(?:so |and )?(?:(?:can|could) you )?'
     r'(?:find|get|give|bring|show) me'
     r' something(?: for that| to help)?)?$', 'something to light a room'),
    (r'\bthe (one|thing|ones|things) (?:that |which )?(?:you|i|we|one|people) can not eat$',
     r'the \1 but not the fruit'),
    (rf'^(?:i|we) (?:want|need|would like|have|am going)(?: to)? (?:eat|serve|have) (?:some |my '
     rf'|the )?({_FOOD}) ,? ?(?:so |and |but )?(?:(?:from|out of|in|on|off) )?(?:what|where'
     r'|which \w+)\b.*$', r'something to serve \1'),
    (r'\bnot the (?:ones?|things?|sort|kind)(?: that| which)? (?:you|i|we|people|one) (?:can )?eat',
     'not the fruit'),
    (r' ,? ?but (?:nothing|not|no|not anything) (?:out of|from|in) (?:an? |the )?(?=\w+$)',
     ' but not the '),
    (rf' ,? ?but (?:nothing|none|no) (?:that is |which is )?(?={COLOUR}$)', ' that is not '),
    (r' ,? ?(?:but (?:nothing|none|no) (?:that |which )?(?:(?:you|i|we|one|people) (?:can |could )?'
     r'eat|to eat|edible)|(?:that|which) (?:is|are) not edible)$', ' but not the fruit'),
    (rf' ,? ?but (?:it |that |they )?(?:should|must|can|may|shall|is to|had better) not be'
     rf' ({COLOUR})$', r' that is not \1'),
    (rf'^(?:i|we) (?:would|want|need|have|am going|are going)(?: like| love)? to (?:{_EAT}'
     rf' (?:from|out of|with|on|off|in)|{_WORK} with) (?=(?:the|my|that|this|both|all|number)\b)',
     'give me '),
    (r'^(?:i am|we are) (?:so |very |really |a bit )*(thirsty|hungry) ,? ?(?:but|only) (?=not\b)',
     lambda m: f'something to {"drink" if m[1] == "thirsty" else "eat"} but '),
    (r'^(i need to .+?) (?:before|because|so that|while|until) [^,]+$', r'\1'),
    (r'^i (?:always |usually |only )*(?:drink|eat) (?:always |usually |mostly |only )*(?:from'
     r'|out of'
     r'|with) (?=(?:the|my|that)\b)', 'give me '),
    (rf"^(?:(?:the|my|our) )?({_FOOD}) (?:is|'s) [^,]+? ,? ?(?:so |and )?{_SERVED}$",
     r'something to serve \1'),
    (r'^(?:i|we) (?:have |just |already |finally )*(?:made|cooked|have|got|prepared|boiled|baked)'
     rf' (?:some |a |the |my |our )?({_FOOD})(?: [^,]+?)? ,? ?(?:so |and )?{_SERVED}$',
     r'something to serve \1'),
    (rf'^(?:and |so |but )*(?:what|where|which \w+) (?:can|could|should|do|shall|must) (?:i|we)'
     rf' (?:put|pour|serve|have|keep) (?:the |my |our |some )?({_FOOD})(?: in| into| on| onto)*$',
     r'something to serve \1'),
    (rf'^(?:i|we) (?:have|got) (?:some |a )?({_FOOD}) (?:to be served|to'
     r' serve)$', r'something to serve \1'),
    (rf'\b(something|anything) for (?:the |my |some |our )?({_FOOD})$', r'\1 to serve \2'),
    (r'^if there is an? ([^,]+?) , (?:(?:show|take|give|get|bring|mark)(?: me)? )?(?:the \1|it'
     r'|that) ,? ?(?:or )?(?:else|otherwise|if not) (?=the\b|a\b|my\b)', r'the \1 or '),
    (r'^(?:and |so |ok )*(?:got to|have to|need to|must|gotta) (?=\w+ )', 'i need to '),
    (rf'^(?:my |the |this |that )?({_WORKED_ON}|paper|bread) (?:still |really )*(?:(?:needs?|wants?'
     rf'|has) to be|needs?) ({"|".join(_DONE)})(?: (?:up|off|down|shut|in))?$',
     lambda m: f'something to {_DONE[m[2]]} {m[1]}'),
    (rf'\b(to (?:\w+ ){{1,4}}?)(?:the|this|that|these|those|my|its)'
     rf' ((?:\w+ )?(?:{_WORKED_ON})s?)\b', r'\1a \2'),
    (r'^(?:so )?how (?:do|can|could|would|shall|will) (?:i|we) (.+?) ,? ?(?:give|show|get|bring'
     r'|find|pass|hand) me what(?:ever)? (?:it takes|(?:i|we) need|that takes)(?: for (?:it'
     r'|that))?$', r'something to \1'),
    (r'^(?:the |my )?([a-z]+ is [^,]+?) ,? ?(?:so )?what do (?:i|we) need(?: for (?:that|it)'
     r'| now)?$', r'what do i need for \1'),
    (r'^(?:it is|its) (?:(?:getting|so|too|very|really|quite|a bit|pretty) )*dark(?: (?:here'
     r'|in here|now|outside|already|at (?:the|this) \w+))*(?= ,| and\b| so\b| but\b'
     r'| to\b)(?=.*\b(?:help|read'
     r'|see|need|find)\b)(?!.*\b(?:need|want|find|see|read) (?:the|that|this|it)\b).*$',
     'something to light a room'),
    (rf'\b(?:where|that|which) ({_FOOD}) (?:can|could'
     r'|should|will|goes?)(?: (?:be|go|put|fit|come|poured))*(?: (?:in|into|inside|on|onto))*'
     r'(?= ,|$)', r'to serve \1'),
    (r'^(?:and |so |but )*where (?:can|could|do|should|shall) (?:i|we) (?:pour|tip|empty) (?:it'
     r'|this|that|(?:the|my) \w+)(?: out| in| into)*$', 'something to hold water'),
    (r'\b(to|can i|could i) (?:pour|put|tip) (?:my |the |some |our |an? )?(coffee|tea|wine|juice'
     r'|water|milk|drink) (?:in|into)(?= ,|$| but\b)', r'\1 drink \2 from'),
    (r'^(something|anything) (?:sweet|fruity|healthy|juicy)(?: to (?:eat|snack(?: on)?|munch(?: on)'
     r'?|nibble(?: on)?|bite))?(?: would be (?:nice|good|great|lovely))?$', 'a fruit'))


def _definite(what: str) -> str:
    """"Hammer" as "the hammer"."""
    first = what.split()[0]
    return what if first in ('the', 'my', 'that', 'this', 'its', 'both', 'all', 'number') or (
        lexicon.singular(what)[1]) else f'the {what}'
