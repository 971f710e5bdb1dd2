# SPDX-License-Identifier: Apache-2.0
"""How people say what must not be touched, and where what they want instead begins."""

import re

_LEAD = (r'(?:(?:please|robot|and|but|ok|okay|so|now|you|hey|hi|hello|oh|well|listen|no|stop|also'
         r'|then|careful|attention|warning|better|ever|by the way) )*')
_LIMB = (r'(?:hands?|fingers?|gripper|grippers|claws?|paws?|mitts?|arms?|grabbers?|pincers|fists?'
         r'|self|tentacles|tools?|body)')
_DOING = (r'(?:(?:touch|mov|tak|grabb?|pick|hitt?|bump|push|knock|us|gett?|lift|hold|drop|grasp|go'
          r'|play|mess|reach|pok|fiddl|point|bother|disturb|handl|shak|com|tipp?|spill|break|crush|pull'
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
    r"(?:away |off |clear |out |far |well |back )+(?:from |of )?(?P<c>(?!home|please|now"
    r"|it all).+?)"
    r"|(?:leave|let) (?P<d>.+?) (?:alone|there|where (?:it|they) (?:is|are)|be|in place|untouched"
    r"|here"
    r"|in peace|as (?:it|they) (?:is|are)|stay(?: .*)?|where (?:it|they) (?:stands?|lies?|sits?))"
    r"|(?:be )?(?:very |extremely )?(?:careful|cautious|gentle) (?:with|around|near|about"
    r"|of) (?P<e>.+?)|(?:watch out|look out|mind|beware)(?: for| of)? (?P<f>(?:the|my|that) .+?)"
    r"|(?:hands|fingers|paws|claws) off (?:of )?(?P<g>.+?)"
    r"|(?P<h>.+) (?:is|are) (?:strictly |absolutely )?(?:off limits|taboo|forbidden|prohibited"
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
                             'tamper fiddle press squeeze trust think'.split())
_WANTED = r"(?:take|show|give|grab|pick|bring|find|get|fetch|hand|use|point)"
# Where what is wanted instead begins: "hands off the red mug give me the white one".
INSTEAD = re.compile(rf" (?:and |but |just |, |only |instead )*(?={_WANTED} (?:me |up |to )*"
                     r"(?:the|an?|my|that|this|its|number|another|any)\b)")
INSTEAD_AFTER_VERB = re.compile(INSTEAD.pattern + r"| (?:and|but|just|,) (?=(?:take|show|give"
                                                  r"|grab|pick|bring|find|get|the)\b)")
