# SPDX-License-Identifier: Apache-2.0
"""How people ask back: what they said, what they were shown, whether one is sure of it.

And what they ask of things in view that nobody here can tell. Tables, and the look-ups in them; the
answers are in `core.scene.grounding`.
"""

import re

from reasonseg_ros.core.language import lexicon

# Who asks what was said before: the question around it, what is done by saying, what it is called.
_ASKS = (r'(?:(?:can|could|would|will) you |please |and |so |but |do you (?:still )?(?:know'
         r'|remember|recall) |(?:tell|remind) me (?:of |again )?|repeat |say (?:again )?|i forgo?t '
         r'|read back )*')
_SAY = (r'(?:say|said|saying|ask|asked|asking|tell|told|telling|want|wanted|request|requested|name'
        r'|named|mention|mentioned|order|ordered|(?:look|search)(?:ed|ing)? for|call|called|use'
        r'|used|talk(?:ed|ing)? about|mean|meant)')
_ENDS = (r'(?: (?:to|for|about|you|me|from you|of you|just now|now|before|last|earlier|first'
         r'|again|then|find|show|do|so far|today|a (?:moment|minute|second) ago|in the beginning'
         r'|at the start))*')
_UTTERANCE = r'(?:words?|sentences?|requests?|questions?|commands?|instructions?|orders?|phrases?)'
# What is said about how sure an answer is.
_SURE = r'(?:sure|certain|positive|confident|convinced|serious)'
_FAULT = r'(?:wrong|mistaken|incorrect|in error|a mistake|an error|right|correct|true|it)'
# Topic -> whole sentences, of tokens without commas. The first that fits holds.
_ASKED_BACK: tuple[tuple[str, str], ...] = (
    ('sure', rf'(?:is|was) (?:that|it|this) (?:definitely|certainly|surely|absolutely'
     '|truly) (?:it|that'
             rf'|this|so|the)(?: .*)?|(?:is|was) (?:that|it|this) (?:for sure|for certain'
             rf'|for real|certain|definite|final'
             rf'|your (?:final|last) (?:word|answer))|(?:is there |have you |got )?(?:any|no|a|the'
             rf'|some) (?:doubts?|chance|possibility)(?: (?:about|of|in) (?:that|it|this))?'
             rf'(?: (?:that )?(?:you|it|that|this) (?:are|is|were|was|be|got|have|has|made|misheard'
             rf'|might|may)\b.*)?|(?:could|might|may|can|would) (?:you|that|it'
             rf'|this) (?:possibly |also |still |not )*(?:be|have been) {_FAULT}|(?:did|have) you'
             rf' (?:get|got|gotten) (?:that|it|this) (?:right|wrong)|(?:what is|tell me|how (?:high'
             rf'|good) is) your (?:level of )?(?:confidence|certainty|score)(?: .*)?|(?:for real'
             rf'|seriously|honestly|really|truly|no doubt|you)(?: now| {_SURE})?'
             rf'|(?:how |so |and )*{_SURE}(?: about (?:that|it|this))?'),
    ('said', rf'{_ASKS}(?:what|which (?:thing|object|item|word|one)s?|what (?:thing|word)s?)'
             rf'(?: (?:was|is|were) (?:it|that|the (?:very |last |first )*(?:thing|object|word)s?)'
             rf'(?: that)?)?(?: (?:did|was|were|have|had|do) (?:i|we) (?:just |been |last |first '
             rf'|ever |actually'
             rf' |already |even )*{_SAY}| i (?:just |last |first |actually )*(?:said|asked|told'
             rf'|requested|mentioned|was saying|was asking)){_ENDS}'
             rf'|{_ASKS}(?:what (?:was|were|is) )?(?:my (?:(?:very |most )*(?:last|previous|latest'
             rf'|first|earlier|preceding|original|recent) )*|the (?:(?:last|previous|latest|first'
             rf'|earlier|original) )?){_UTTERANCE}(?: again| before| i (?:used|said|asked))*'
             rf'|(?:did|have) you (?:even |really )?(?:hear|heard|get|got|catch|caught|understand'
             rf'|understood|remember|listen to) (?:me|that|it|what i (?:just )?said){_ENDS}'
             rf'|what did you (?:just )?(?:hear|understand|catch|get)(?: me say)?'),
    ('answered', rf'{_ASKS}what (?:(?:did|have|had) )?you (?:just |have |last |now )*(?:show'
     '|showed|shown'
                 r'|find|found|mark|marked|outline|outlined|pick|picked|choose|chose|chosen'
                 r'|highlight'
                 r'|highlighted|select|selected|point at|pointed at|detect|detected|give|gave'
                 r'|given)(?: (?:out|up|me|to me|for me|just now|before|now|there|here))*'
                 rf'|{_ASKS}what (?:is|was) (?:marked|shown|highlighted|outlined|selected|framed)'
                 r'(?: (?:there|here|now|in the (?:image|picture|overlay)))*'),
    ('answered', r'(?:and |so |but )*what (?:did|have) you (?:just |now )*(?:put|place|placed|take'
                 r'|taken|move|moved|grab|grabbed|pick|picked|touch|touched|drop|dropped|hold'
                 r'|do|done|done with)\b(?!.* (?:from|off|of) the ).*'),
)
# More or less of what cannot be seen; who asks whether a thing is lighter means what it weighs.
_DEGREE = '|'.join((*sorted(lexicon.UNSEEN_DEGREES), 'lighter', 'better', 'best',
                    rf'(?:more|most|less|least) (?:{"|".join(sorted(lexicon.UNSEEN))}|useful'
                    r'|beautiful|comfortable|popular|practical|suitable|powerful|durable|important'
                    r'|interesting|healthy)'))
# Questions about things in view that no mask and no colour answers.
_BEYOND = re.compile(
    r'(?:and |so |but |now |then )*(?:(?:can you )?(?:tell me|do you know|say) )?(?:'
    r'how (?:big|tall|high|heavy|wide|deep|long|thick|far|old|hot|cold|full|expensive|good|strong'
    r'|sharp|fast|close|near|warm|much)(?: away| off| apart)? (?:is|are|does|do|would|was|were'
    r'|can|did|has) .+'
    r'|why (?:is|are|does|did|was|were|has|have|would|should|can|do (?!not you\b)) ?.+'
    r'|(?:is|are|was|were) (?:the|this|that|my|it|they|these|those|number)\b.*\b(?:open|opened'
    r'|closed'
    r'|shut|on|off|full|empty|hot|cold|warm|clean|dirty|broken|damaged|ripe|fresh|rotten|wet|dry'
    r'|heavy|expensive|cheap|new|old|edible|safe|dangerous|plugged in|charged|working|yours|mine'
    r'|alive|real|sharp|blunt|fragile|tasty|useful|ready)'
    r'|(?:what|which) (?:brand|shape|size|material|make|model|weight|price|age) (?:is|are|does|do'
    r'|has|have) .+|what (?:is|are) .+ (?:made|built|composed) (?:of|from|out of)'
    r'|what (?:does|do|did) (?:the|it|this|that|these|those|my|number)\b.* ?\b(?:cost|weigh|taste'
    r'|smell|sound|do|mean|contain)(?: like)?'
    rf'|(?:which|what|who)(?: \w+(?: \w+)?| (?:ones? )?of (?:them|these|those|the (?:\w+ )?\w+'
    r'))? (?:(?:do|would) you (?:think|say) )?(?:(?:is|are|was|were|looks?|feels?|would be'
    rf'|might be) (?:the )?(?:{_DEGREE})(?! (?:for|to) \w)(?: .*)?'
    r'|(?:weigh|cost|taste|smell|sound)s?(?! like\b)(?: .*)?'
    r'|lasts?(?: (?:long|longer|longest|more|most))+\b.*'
    r'|(?:hold|contain|take|need|use)s? (?:the )?(?:more|most|less|least)(?: .*)?'
    r'|(?:was|were|has been|have been|got) (?:made(?! for\b)|bought|opened|used|touched|washed'
    r'|cleaned'
    r'|built|sold|filled|emptied)(?: .*)?)'
    rf'|(?:is|are) .+ (?:{_DEGREE}) than .+'
    r'|(?:what is )?the (?:weight|size|price|height|width|length|brand|temperature|material|age'
    r'|volume|purpose|owner) of .+'
    r'|who (?:wrote|painted|designed|invented|built|drew|drank|ate|owns|made|bought|broke'
    r'|took|moved|left|gave|uses|owned|needs) .+'
    r'|what (?:is|are) (?:the )?(?:differences?|relation|connection|distance) between .+'
    r'|how (?:do|does|are|is) .+ (?:differ|different|alike|related)(?: .*)?'
    r'|is there (?:a |any |some |enough )?(?:place|room|space|way|somewhere)\b.*'
    r'|when (?:was|is|were|did|will|does) .+)')
PATTERNS = (_BEYOND.pattern, *(pattern for _, pattern in _ASKED_BACK))
_RULES = tuple((name, re.compile(pattern)) for name, pattern in _ASKED_BACK)
# Whether one is sure, whatever of.
_DOUBTS = re.compile(
    r'(?:(?:and|so|but|well|really) )*(?:(?:are|is|how|can|could|were|you|do|would) .*\b(?:sure'
    r'|certain|positive|confident|convinced)\b.*|(?:is|was) (?:it|that|this) (?:really|actually'
    r'|truly) (?:it|that'
    r'|this|so)(?: one)?|i (?:really )?(?:doubt|do not believe|can not believe) .*)')
# Words of questions about what was said before: what asks, who said, what is done by saying.
_ASKED = re.compile(r'\b(?:what|which|repeat|remember|recall|remind|forgot|forget|read)\b')
_SAYING = re.compile(r'\b(?:say|said|saying|ask|asked|asking|tell|told|want|wanted|request'
                     r'|requested|made'
                     r'|make|give|gave|words?|sentences?|questions?|commands?|instructions?|orders?'
                     r'|requests?|heard|hear)\b')
_SAID_WORDS = frozenset('''
what which repeat remember recall remind forgot forget ' 'read me my i we you did do was were
have had has been is it that the a of for to about back last first previous again just now
before say said saying ask asked asking tell told want wanted request requested made make give
gave word words sentence sentences question questions command commands instruction instructions
order orders requests heard hear can could would please think thought know thing object out and
so really see find show
'''.split())
_PAST = frozenset('did was were have had my repeat remember recall remind forgot forget know read '
                  'tell'.split())


def topic(flat: str) -> str:
    """Topic of a sentence that asks back, 'sure', 'said' or 'answered'; '' for the rest."""
    if _DOUBTS.fullmatch(flat) and not re.search(r'\b(?:show|take|bring|get|find|give)\b', flat):
        return 'sure'
    words = flat.split()
    if (_SAID_WORDS.issuperset(words) and not _PAST.isdisjoint(words)
            and not {'i', 'my', 'heard'}.isdisjoint(words)
            and _ASKED.search(flat) and _SAYING.search(flat)):
        return 'said'
    return next((name for name, rule in _RULES if rule.fullmatch(flat)), '')


def is_beyond(flat: str) -> bool:
    """Whether a sentence asks in words for what nobody here can tell: weights, prices, reasons."""
    return bool(_BEYOND.fullmatch(flat))
