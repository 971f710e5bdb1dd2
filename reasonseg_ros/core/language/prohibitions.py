# SPDX-License-Identifier: Apache-2.0
"""How people say what must not be touched, and where what they want instead begins."""

import re

_LEAD = (r'(?:(?:please|robot|and|but|ok|okay|so|now|you|hey|hi|hello|oh|well|listen|no|stop|also'
         r'|then|careful|attention|warning|better|ever|by the way) )*')
_LIMB = (r'(?:hands?|fingers?|gripper|grippers|claws?|paws?|mitts?|arms?|grabbers?|pincers|fists?'
         r'|self|tentacles|tools?|body)')
_DOING = (r'(?:(?:touch|mov|tak|grabb?|pick|hitt?|bump|push|knock|us|gett?|lift|hold|drop|grasp|go'
          r'|play|mess|reach|pok|fiddl|point|bother|disturb|handl|shak|com|tipp?|spill|break|crush'
          r'|pull'
          r'|press)ing(?: (?:with|near|into|at|up|over|for|around|to|on|close to))*)')
_TOUCHES = (r'(?:touch|move|take|grab|pick|hit|use|get|lift|hold|drop|grasp|go near|approach'
            r'|disturb|handle)(?:es|s)?(?: up)?')
_END = (r'(?: (?:please|robot|ok|okay|thanks|thank you|you hear(?: me)?|understood|got it|right'
        r'|ever|now))*')
# Each group but `verb` is what must be left alone.
FORBID = re.compile(
    rf"{_LEAD}(?:(?:do not|never|must not|should not"
    r"|can not|shall not|may not|need not|are not to|will not)(?: (?:even|ever|dare|you dare|try"
    r"|to))* (?P<verb>\w+)"
    r"(?: (?:up|at|for|me|on|with|near|to|into|over|away|down|against|of|about|around|close)(?= ))*"
    r" (?P<a>.+?)"
    r"|(?:avoid|ignore|skip|leave out|forget(?: about)?|spare|steer clear of|refrain from"
    r"|desist from)"
    rf"(?: {_DOING})? (?P<b>.+?)|(?:stay|keep|get|hands|stay far|go|back|move|step|steer"
    rf"|(?:keep|get|take|move|put|pull) (?:your|those|these|the|that)(?: \w+)?? {_LIMB}) "
    r"(?:away |off |clear |out |far |well |back )+(?:from |of )?(?P<c>(?!to\b|on\b|in\b|home"
    r"|please|now|it all).+?)"
    r"|(?:leave|let) (?P<d>.+?) (?:alone|there|where (?:it|they) (?:is|are)|be|in place|untouched"
    r"|here"
    r"|in peace|as (?:it|they) (?:is|are)|stay(?: .*)?|where (?:it|they) (?:stands?|lies?|sits?))"
    r"|(?:be )?(?:very |extremely )?(?:careful|cautious|gentle) (?:with|around|near|about"
    r"|of) (?P<e>.+?)|(?:watch out|look out|mind|beware)(?: for| of)? (?P<f>(?:the|my|that) .+?)"
    r"|(?:hands|fingers|paws|claws) off (?:of )?(?P<g>.+?)"
    r"|(?P<h>(?!which\b|what\b|who\b|whose\b).+) (?:is|are) (?:strictly "
    r"|absolutely )?(?:off limits|taboo|forbidden|prohibited"
    r"|not to be (?:touched|moved|taken|used)|mine|private|not (?:yours|for you|a toy|allowed"
    r"|your business|for (?:touching|taking|grabs)|to be \w+)|no go|a no go|untouchable)"
    rf"|no {_DOING} (?:of )?(?P<i>.+?)|without {_DOING} (?P<j>.+?)"
    rf"|(?:stop|quit|cease|enough of|no more) {_DOING} (?:of )?(?P<l>.+?)"
    rf"|(?:no one|nobody|no body|no robot) (?:ever )?(?:{_TOUCHES}|(?:is allowed to|gets to|may|can"
    rf"|should|must|will) (?:touch|move|take|have|use|get|grab)) (?P<m>.+?)"
    r"|(?:not|never) (?:so|too|that|any) (?:close|near)(?:er)? to (?P<n>.+?)"
    rf"|{_DOING} (?P<o>.+?) is (?:strictly )?(?:forbidden|not allowed|prohibited|off limits|taboo)"
    r"|(?P<p>.+?) (?:must|should|has to|have to|needs? to|ought to|shall|will|is to) (?:stay|remain"
    r"|be left)(?: .*)?"
    r"|leave (?P<r>it|that|this|them|those|these)"
    r"|leave (?P<q>(?:the|my|that|this) \w+(?: \w+)?)"
    rf"|neither (?P<k>.+?)){_END}")
# What forbids more than the choice of the moment, in a sentence that asks for something, too: to
# touch, not to take; "not the red mug, the white one" only chooses.
LASTING = re.compile(
    r"\b(?:do not|never|must not|should not|can not|may not|without|no|stop|not)(?: (?:even|ever"
    r"|dare|try|to|you|you dare))* (?:touch|mov|hit|bump|push|knock|disturb|approach|tip|spill"
    r"|damage|crush|break|mess|bother|press|squeez|handl|go(?:ing)? (?:near|to)|com(?:e|ing)"
    r" (?:near|close))\w*\b|\b(?:leave|let) .+? (?:alone|be|in peace|untouched|where (?:it|they)"
    r" (?:is|are))\b|\b(?:hands|fingers|paws|claws) off\b|\b(?:stay|keep|steer) (?:\w+ )?(?:away"
    r"|off|clear)\b|\bcareful (?:with|of|around|near)\b|\boff limits\b|\b(?:watch out|look out"
    r"|beware|mind) (?:for |of )?(?:the|my|that)\b")
# What need no longer be left alone; whoever is told that it may take or move something is asked to.
PERMIT = re.compile(
    rf"{_LEAD}(?:actually |really |of course |again )*(?:you (?:may|can|are (?:now )?(?:allowed"
    r"|free|welcome) to)|(?:it is|that is|its) (?:now )?(?:ok|okay|fine|all right|alright|safe"
    r"|allowed) (?:now )?(?:for you )?to|feel free to|i do not mind if you) (?:now |again |also )*"
    r"(?:(?:touch|handle|disturb|bump|approach|go (?:near|close to)) (?P<a>.+?)"
    r"(?: (?:again|now|once more|if you (?:like|want|must|need to)|after all|too|as well|robot))*"
    r"|(?:use|move|hold) (?P<b>.+?) (?:again|after all|once more)(?: now| please)?)")
FORBIDDEN_VERBS = frozenset('touch take grab move pick'
                             ' hit break push knock use get lift hold drop bring grasp '
                             'bump reach go show give'
                             ' want need point look open select segment choose select '
                             'mark highlight approach'
                             ' eat hand put mean throw tip crush damage spill '
                             'bother mess disturb run drive pull play have poke bump come spill'
                             ' knock tip handle shake '
                             'tamper fiddle press squeeze trust think switch turn close shut'
                             ' start plug unplug'
                             ' light empty pour cut drink wash clean scratch bend squash swap'
                             ' remove spin roll flip fold flick nudge tilt wake kick smash drag'
                             ' lick smell bite step sit lean'.split())
_WANTED = r"(?:take|show|give|grab|pick|bring|find|get|fetch|hand|use|point)"
# What is said before a prohibition, and where a clause of its own may begin.
_BEGIN = r'(?:^|(?<= , )|(?<= and )|(?<= but )|(?<= so ))'
_SAID_BEFORE = (
    r'(?:(?:hey|hi|hello|please|robot|ok|okay|so|and|now|then|stop|careful|attention|listen'
    r'|remember|seriously|again|once again|also|always|from now on|for now|for the moment|today'
    r'|whatever happens|i repeat|i am serious|i mean it|mind you|(?:please )?(?:note|remember'
    r'|keep in mind) that'
    r'|i (?:already |just |have )*(?:told|warned|asked|beg|begged|ask|order|ordered) you(?: that)?'
    r'|(?:i|we) (?:already |just )*said(?: that)?|did (?:i not|not i|i) (?:say|tell you)(?: that)?'
    r'|(?:you (?:had |would )?|it is |it would be |its )?(?:better|best|safer|wiser)(?: if you'
    r'| you)?'
    r'|you (?:should|must|have to|need to|ought to)|(?:i|we) (?:really )?(?:need|want|would like)'
    r' you to|(?:please )?(?:can|could|would|will) you(?: please)?|(?:please )?try to'
    r'|(?:please )?make sure (?:that |you |to )*)(?: ,)? )+')
_MUST_NOT = (r'(?:do not|never|must not|should not|may not|can not|need not)(?: (?:ever|even|dare'
             r'|you))*')
_ANY_LIMB = rf'(?:(?:your|those|these|the|that)(?: \w+)?? )?{_LIMB}'
_THIS = r'(?:the|my|our|your|that|this|these|those|any|all|both|number|its|it|them|either|one of)'
_GRIPS = (r'(?:touch|move|take|grab|pick(?: up)?|use|get|lift|hold|bring|fetch|give me|show me'
          r'|bother with|grasp|disturb|handle|open|have)')
_GONE = r'(?:touched|moved|taken|grabbed|picked up|used|lifted|disturbed|handled|bumped|grasped)'
_BUTS = (rf'(?:{_MUST_NOT} \w+(?: (?:up|near|at|with|into|to))*|(?:stay|keep|go|move|get'
rf'|back) (?:well |far )?(?:away|clear|off|out)'
         rf'(?: from| of)?|(?:be )?(?:very |really |extra )?careful (?:with|around|near)|leave'
         rf'|avoid(?: touching)?'
         rf'|(?:{_LIMB}) (?:off|away)(?: of| from)?|no touching|mind|ignore|let)')
_WHERE = (r'(?:there|put|here|home|out|in|where (?:it|they) (?:is|are|stands?|lies?|sits?|was'
          r'|were)|on the'
          r' (?:table|desk)|in (?:its |their )?place|as (?:it|they) (?:is|are)|untouched|alone'
          r'|behind|still'
          r'|for now|for me|in peace|standing|lying|too|please|right|exactly|just)')
_STAYS = (r'(?:(?:can|may|should|must|shall|will|has to|have to|needs to|is to|is going to|are to)'
          r' (?:just )?(?:stay|remain|be left|wait|stand|sit)|stays?|remains?|is staying|are'
          r' staying)'
          rf'(?: {_WHERE})*')
_KEPT = rf'(?:(?:stay|remain|be|stand|sit|lie)(?: {_WHERE})*|{_WHERE}(?: {_WHERE})*)'
_NEXT = (r'(?:(?:i|we) (?:just |only |really )*(?:want|need|would(?: have)?|will have|will take'
         r'|prefer)|(?:can|could|would|will) you|take|show|give|grab|pick|bring|find|get|fetch|hand'
         r'|pass|use|point|put|move|where is)\b')
# Other wordings, as the rules below know them; in this order, before all others.
REWORDED = tuple((re.compile(found), instead) for found, instead in (
    (rf'^{_SAID_BEFORE}(?=(?:do not|never|not (?:to )?{_GRIPS}|avoid|ignore|skip|leave .+ (?:alone'
     rf'|be|there|where)|(?:stay|keep|go|steer|move|back) (?:\w+ )?(?:away|clear|off|out)|keep'
     rf'|(?:{_LIMB}) (?:off|away)|no touching|(?:the|my|that|number) .+ (?:off limits|taboo'
     r'|forbidden|mine|stay|stays|remains))\b)', ''),
    (r'^(?:please )?(?:be )?(?:very |really |so )?careful not to ', 'do not '),
    (r'^(?:please )?(?:do not|never) (?:hold|grab|take|grip|lift|carry|pick up|grasp|get'
     r'|catch) ((?:it|them'
     r'|that|this|the|my|its)\b(?: \w+){0,2}) (?:by|at|on|from) (?:its|the|their) (\w+)(?= ,|$).*$',
     r'do not touch the \2 of \1'),
    (r'^((?:please )?(?:do not|never)(?: you dare)?) (?:lay|put) (?:a|one|your|any)'
     r' (?:fingers?|hands?|grippers?|claws?) (?:on|near) (?=\w)', r'\1 touch '),
    (r'^(?:and |now |ok |please )*(?:(?:remove|unmark|deselect|unselect) (the [^,]+?)|take'
     r' (the [^,]+?) (?:away|off)) again$', lambda m: f'do not take {m[1] or m[2]}'),
    (r'^(?:and |now |ok |please )*(?:unmark|deselect|unselect|unhighlight) (?=the\b)', 'do not'
     ' take '),
    (rf'{_BEGIN}not to (?={_GRIPS}\b)', 'do not '),
    (rf'{_BEGIN}(?:can|could|would|will) you (?:please )?not (?={_GRIPS}\b)', 'do not '),
    (r'^(?:would|do) you mind not (?:\w+ing)(?: up| with| at)* ', 'do not touch '),
    (rf'{_BEGIN}(?:there is |we have |i see )?(?:absolutely |really )?(?:no|not any) (?:need'
     rf'|reason|point|use|sense|necessity) (?:for you )?(?:to|in|of|for) (?:{_GRIPS}|\w+ing)'
     r'(?: up| with| at| near)* (?=\w)', 'do not take '),
    (rf'^(?:there is )?no need for (?={_THIS}\b)(?=[^,]*$)', 'do not take '),
    (rf'{_BEGIN}(?:(?:it is|its|that is) )?not (?:really )?(?:necessary|needed|required|allowed|ok'
     r'|okay|safe|permitted|wise|smart|a good idea)(?: for you)? to (?=\w)', 'do not '),
    (r'^(?:its?|it is|that is|is)? ?(?:strictly )?(?:forbidden|prohibited|taboo) to (?=\w)',
     'do not '),
    (r'^(?:in|under|on) no (?:circumstances?|case|account|way)(?: ,)? (?:(?:should|may|must|can|do'
     r'|are|shall|will)'
     r' you (?:to |ever |allowed to )*)?(?=\w)', 'do not '),
    (rf'{_BEGIN}you (?:should|must|may|can|are|will) not (?:be )?(?:ever )?\w+ing'
     r'(?: with| at| near| up)* (?=\w)', 'do not touch '),
    (rf'{_BEGIN}(?:no|stop|quit|cease|enough of|no more|stop it ,? ?no)(?: this| that| the)? '
     r'(?!(?:watch|track|follow|look|show|tell|talk|point|someth|noth|anyth|be)ing\b)'
     rf'\w\w+ing(?: with| at| near| up| around)* (?={_THIS}\b)', 'do not touch '),
    (rf'^none of ({_THIS}\b.+?|\w+s) (?:may|should|can|must|is|are|shall|will)(?: ever)?(?: to)?'
     rf'(?: be)? {_GONE}.*$', r'do not touch \1'),
    (r'^no more (?=\w+s$)', 'no '),
    (r'^nothing (?:goes|belongs|comes|is put) (?=(?:in|on|into|onto|inside)\b)', 'do not put'
     ' anything '),
    (rf'{_BEGIN}{_MUST_NOT} \w+(?: up)? ({_THIS} [^,]+?) (?:by|at) (?:its|the|their) (\w+)$',
     r'do not touch the \2 of \1'),
    (r'^(?:you )?no touch(?:ing)? (?=\w)', 'do not touch '),
    (r'^((?:the |my )?\w+(?: \w+)?) no touch(?:ing)?$', r'do not touch \1'),
    # "the lamp you must not touch", "i do not want the lamp moved"
    (rf'^({_THIS} .+?) (?:i do not want you to|you {_MUST_NOT}|{_MUST_NOT}'
     rf'|is what you {_MUST_NOT}) {_GRIPS}(?: up)?(?: at all| ever)*$',
     r'do not touch \1'),
    (rf'^(?:i|we) (?:do not|would not|never) (?:want|like|need'
     rf'|wish) ({_THIS} .+?)(?: to be)? {_GONE}.*$',
     r'do not touch \1'),
    (r'^(?:i|we) (?:do not|never|would not) (?:want|like|wish)(?: to see)? (?:you|anyone|anybody'
     r'|it|robots?)'
     r'(?: to)? \w+(?: up| with| near| at| to)* (?=(?:the|my|that|this|any|number|it|them)\b)',
     'do not touch '),
    (rf'^(?:nobody|no one|no robot) (?:is allowed to |may |should |must |can '
     rf'|gets to )?\w+s? (?={_THIS}\b)',
     'do not touch '),
    (rf'^(?:the |this )?robots? {_MUST_NOT} (?=\w)', 'do not '),
    (rf'^nothing (?:gets|is|may be|should be|must be|can be|goes) {_GONE}$',
     'do not touch anything'),
    (r'^(?:touch|move|take|grab) nothing$', 'do not touch anything'),
    (rf'(?<=\w) ,? ?(?:but |and )?without (?:\w+ing|you \w+ing)(?: up| with| at| near| over'
     rf'| against| into)* (?={_THIS}\b)(?!it\b)',
     ' , do not touch '),
    # A threat.
    (rf'^if you (?:ever |even |dare |dare to )*{_GRIPS} ({_THIS} .+?) ,? ?(?:you|i|we|then|there)'
     r' (?:will|are|am|is|shall|get|would)\b.*$', r'do not touch \1'),
    (rf'^(?:ever |just )?touch ({_THIS} .+?) and (?:i|you|we|there) (?:will|are|am'
     r'|is|shall|get)\b.*$', r'do not touch \1'),
    # A thing, what is said of it, and then that it must be left alone.
    (rf'^(?:that|this|it) is (?=(?:my|our) \w+(?: \w+)?(?: ,)? (?:so |and |please )*'
     rf'{_BUTS}\b)', ''),
    (rf'^(?:the robot )?({_THIS} (?!ones?\b)(?:(?!\b(?:is|are|looks?|was|,)(?= )).)+?)(?: (?:is'
     rf'|are|looks?|was) [^,]+?)?(?: ,)?'
     rf' (?:so |and |please |just |better |you |robot |,)*(?:{_BUTS} (?:it|that|them|this|those'
     rf'|these)'
     rf'|(?:{_LIMB}) off|{_MUST_NOT} (?:touch|move))'
     r'(?: (?:alone|be|there|please|too much|over|away|where (?:it is|they are)))*$',
     r'do not touch \1'),
    (rf'^([\w ]+?)(?: ,)? (?:{_LIMB}) off$', r'do not touch \1'),
    (rf'^({_THIS} [^,]+?) (?:is|are|\'s) (?:private(?: proper\w+)?|not (?:for you|yours|public'
     rf'|a toy)|hers|his|ours'
     r'|none of your business|only for (?:me|us|show))$', r'do not touch \1'),
    # What stays where it is, and what is wanted beside it, in either order.
    (rf'^({_THIS} [^,]+?) {_STAYS}(?: ,)? (?:and |but |so |while |then |please |just |,)*'
     rf'(?={_NEXT})', r'do not move \1 , '),
    (rf'^(.+?) (?:,|(?:, )?(?:but|and|while|though)) (?:please )?((?:the|my|our|that|this) [^,]+?)'
     rf' {_STAYS}$',
     r'\1 but not \2'),
    (rf'^(?:just |please )*(?:keep|leave|let|have) ({_THIS} [^,]+?) {_KEPT}(?: ,)? '
     rf'(?:and |but |so |while |then |please |just |,)*(?={_NEXT})', r'do not move \1 , '),
    (rf'^((?:please )?(?:can you |could you )?{_NEXT}.+?) ,? ?(?:and |but |while |so |,)*'
     rf'((?:the|my|our|that|this) [^,]+?) {_STAYS}$', r'do not move \2 , \1'),
    # Where it is, or at a distance.
    (rf'^({_THIS} [^,]+?) (?:stays|stay|remains|remain|must stay|should stay)(?: right| exactly'
     rf'| just)?(?: (?:there|put|here|home|where'
     r' .*|on .*|in place|untouched|alone))?$', r'do not move \1'),
    (rf'^(?:just |please )?(?:keep|leave|let) ({_THIS} [^,]+?)(?: right| exactly| just)? (?:there'
     rf'|here|where (?:it|they)'
     r' (?:is|are|stands?|lies?|sits?)|in place|in peace|standing|lying|stand|lie|sit|untouched'
     r'|still|alone|be)(?: please| for now| now)*$', r'do not move \1'),
    (r'^keep (?:a |your )?(?:\w+ )?distance (?:from|to) (?=\w)', 'keep away from '),
    (r'^(?:go|work|drive|move|steer|reach) around (?=(?:the|my|that|those|it|them|number)\b)',
     'keep away from '),
    (rf'^give ({_THIS} .+?) (?:a wide berth|(?:some |more |enough )?(?:space|room))$', r'keep away'
     r' from \1'),
    (rf'^(?:keep |get |take |put |move |pull )?{_ANY_LIMB} (?:off|away|out)(?: of| from)? (?=\w)',
     'hands off '),
    (r'^(?:be )?\w+ (?:careful|cautious|gentle) (?=(?:with|around|near|about)\b)', 'be careful '),
    (r'^(?:drop|forget) the idea of \w+ing(?: up)? (?=\w)', 'do not take '),
    (r'^let go of (?=\w).*$', 'open your gripper'),
))
# How what is wanted must not be treated: "take the lamp, don't drop it".
MANNER = re.compile(
    r'^((?:\w+ )*?(?:take|get|grab|pick|bring|give|show|put|move|fetch|lift|hold|pass|hand|place'
    r'|set)'
    rf'\b.*?)(?: ,)? (?:and |but |please |,)*(?:{_BUTS} (?:it|them|that)(?: \w+){{0,3}}'
    r'|(?:do not|never|without) (?:spill|drop|break|shake|tip|hurry|rush|squeeze|scratch|wobble'
    r'|bump'
    r'|spilling|dropping|breaking|shaking)(?: (?:it|anything|any|a drop|them|any of it))?)$')
# Sentences with one of these ask for nothing beside what they forbid.
DENIES = re.compile(
    r'^(?!.*\b(?:i|we) (?:do|did|can|could|would|will|should) not\b)'
    r'(?=.*\b(?:(?:do|must|should|may|can|could|need|would|will|shall) not (?!forget\b|you\b|see\b'
    r'|know\b|hesitate\b|the\b|my\b|that\b|this\b|find\b|matter\b|mind\b)\w'
    r'|never \w+ (?!the other)))')
# Where what is wanted instead begins: "hands off the red mug give me the white one".
INSTEAD = re.compile(rf" (?:and |but |just |, |only |instead )*(?={_WANTED} (?:me |up |to )*"
                     r"(?:the|an?|my|that|this|its|number|another|any)\b)")
INSTEAD_AFTER_VERB = re.compile(INSTEAD.pattern + r"| (?:and|but|just|,) (?=(?:take|show|give"
                                                  r"|grab|pick|bring|find|get|the)\b)")
_PRONOUNS = frozenset('it them that this these those'.split())


def divided(body: str) -> tuple[str, str]:
    """Split "do not take the red mug, take the blue one" into (red mug, the rest)."""
    pieces = re.split(r' , | but (?!the\b|not\b|its\b)| instead | and (?=(?:do not|never) )',
                      f'{body} ')
    forbidden: list[str] = []
    wanted: list[str] = []
    for piece in filter(None, pieces):
        found = FORBID.fullmatch(piece.strip(' ,'))
        if found and (found['verb'] is None or found['verb'] in FORBIDDEN_VERBS):
            what = next((v for k, v in found.groupdict().items() if k != 'verb' and v), '')
            parts = re.split(INSTEAD_AFTER_VERB if found['verb']
                             else INSTEAD, what, maxsplit=1)
            if len(parts) > 1 and re.match(r'the\b', parts[1]) and ' but ' not in what:
                parts = [what]
            if not (parts[0] in _PRONOUNS and (wanted or forbidden)):  # "take it, don't drop it"
                forbidden.append(parts[0])
            wanted += parts[1:]
        else:
            wanted.append(piece)
    return ' and '.join(forbidden), ' '.join(wanted).strip(' ,')
