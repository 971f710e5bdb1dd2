# SPDX-License-Identifier: Apache-2.0
"""What is said around a request and asks for nothing: "lovely, ...", "..., would you?".

Pieces between pauses only; what is left is read as if nothing else had been said. Words only.
"""

import re

from reasonseg_ros.core.language import chatter, lexicon, places
from reasonseg_ros.core.language.normalise import ORDINALS, number
from reasonseg_ros.core.language.noun_phrases import Reader, stems

# Pieces that say nothing before a request; words that reject or correct are none of them.
_BEFORE = re.compile(
    r"(?:(?:(?:good )?(?:morning|evening|afternoon)(?: all| everyone| everybody| there)?|no"
    r" (?:worries|problem|bother|rush|hurry)|fair enough|never ?mind that|good"
    r" (?:morning|day"
    r"|evening|afternoon|stuff|job|one|boy|girl|work)|well done|thank you(?: very much| so much)?"
    r"|thanks(?: a lot| a bunch)?|excuse me|you know what|guess what|here we go|let us see|let"
    r" me see"
    r"|let me think|i see|got it|all right|not bad|very good|very well|that is (?:great|fine|lovely"
    r"|good|nice|perfect|enough|better|much better|brilliant|all right)|my (?:dear|friend)"
    r"|omg|bro|psych|kk|whatever|right then"
    r"|(?:my |young |old |dear |good )+(?:fellow|man|lady|chap|lad|boy|friend|dear|sir|thing|robot)"
    r"|ah well"
    r"|(?:could|can|would|will) you tell me"
    r"|next(?: up"
    r"| step)?|one more thing|by the way|one last thing|first things first|back to work|hear me out"
    r"|tell me|tell you what|come on|please|robot|mate|buddy|pal|dude|love|hiya|hey|hi|hello|yo"
    r"|hola"
    r"|morning|evening|afternoon|ok|okay|fine|great|good|nice|lovely|brilliant|excellent|perfect"
    r"|super"
    r"|cool|awesome|marvellous|splendid|wonderful|fantastic|grand|sweet|wow|cheers|ta|right|alright"
    r"|so|and|well|now|then|oh|ah|aha|ooh|hmm|there|yeah|yep|yes|sure|listen|look|honestly"
    r"|seriously"
    r"|obviously|clearly|naturally|of course|anyway|anyhow|finally|lastly|firstly|besides|also"
    r"|again"
    r"|quick|quickly|everyone|everybody|sir|gosh|phew|ouch|damn|argh|ugh|man|boss|too|there|a|lot"
    r"|very|much|really|indeed|though|once more|last but not least|last one"
    r"|(?:last|next|first|second|another|new|other) thing|\w+ (?:everywhere"
    r"|all over(?: the place)?)"
    r"|put (?:that|it|this|them|those) (?:down|away|aside)|(?:let go of|let|drop|release) (?:it"
    r"|that|this|them)(?: go)?|open (?:your |the )?(?:hand|gripper|claw)) ?)+")
# Pieces that say nothing behind one.
_BEHIND = re.compile(
    r"(?:(?:(?:my )?dear|lol|haha|bro|you know|young man|if (?:nobody|no one|you|it)(?: \w+){0,6}"
    r" (?:kind|minds?|trouble|bother|much|moment|fuss)"
    r"|if you (?:would|please|can|could|will|like|do not mind|would not mind|want|may|have"
    r" time)"
    r"|(?:would|will|could|can|will not|would not|can not) you(?: please| mind)?|when you (?:can"
    r"|have"
    r" (?:a|the) (?:time|moment|minute|second))|obviously|of course|naturally|by the way|clearly"
    r"|i suppose|i guess|i think|i reckon|i believe|as usual|as always|quickly|quick|now|then"
    r"|please"
    r"|thanks(?: a lot)?|thank you|cheers|ta|mate|buddy|pal|dude|love|robot|man|that is all|that"
    r" is it"
    r"|for now|for once|for a change|there is a good \w+|good \w+|be quick|chop chop|hurry up|hurry"
    r"|as soon as you can|do you mind|i am begging you|i beg you|no rush|no hurry|whenever|somehow"
    r"|(?:is that )?(?:understood|clear)|do you hear(?: me)?|you hear(?: me)?|got (?:it|that)"
    r"|mark my words"
    r"|actually|though|anyway|would that be ok|if possible|will do|and so on|and that|and all) ?)+")
# "isn't it", behind what was stated
_TAG = re.compile(r'(?:is|are|was|were|do|does|did|have|has|will|would|can|could) not'
                  r' (?:it|you|they|he|she|we|i|that|there)')
# Why, said as such; but "because number 2 is wrong" says what is not meant.
_CAUSE = re.compile(r'(?: ,)? (?:because|cos|coz|cuz|cause(?= (?:\w+ ){1,3}(?:is|are|was|has'
                    r'|looks|got)\b)) (?!of\b)')
_NOT_IT = re.compile(r'\b(?:wrong|not|never|no|mean|meant|one|rather|other)\b')
_AGEING = re.compile(r'my (?:\w+ )?(?:eyes|eyesight|sight|ears|hearing|teeth|hands?|arms?|fingers'
                     r'|back|knees?|legs?|memory|head|hip|shoulder)\b|i (?:can|could) (?:not'
                     r'|hardly)'
                     r' (?:see|hear|reach|read)(?: (?:so|very|too|that|it|well|good|anymore|much'
                     r'|here|properly|from))*$|(?:i|we) (?:need|want|have|would like'
                     r'|am going) to (?!see\b|get\b|have\b'
                     r'|take\b|find\b|show\b|know\b|use\b|hold\b|look\b|wipe\b'
                     r'|clean\b)\w+ (?:this|that|it|these|them|something|some \w+)$')
# What the speaker says of himself, or of the day.
_STATES = re.compile(
    r"(?:i|we|he|she|they|my|our|his|her|it|that is|this is|life|dinner|lunch|breakfast|time"
    r"|today|tonight|tomorrow|somebody|someone|people|guests|mum|dad)\b")
# Why: behind a request, where nothing else is told.
_REASON = re.compile(
    r"(?:because |since |cause |as |so )?(?:(?:it|that|they|this|these|those|he|she|somebody"
    r"|someone|i|we"
    r"|its(?= (?:too|so|very|really|got|been|getting|a bit|dirty|broken|hot|cold|empty|full"
    r"|heavy|mine"
    r"|wet|sharp|fragile|old|late|dark))|(?:my|our|his|her|the) \w+) (?!want|need|would|will"
    r" have|mean|meant|said|have to|do not (?:want"
    r"|mean|need))\w+|i still need|i need it|i might need|we still need|i was only|i am only)\b.*")
_TELLS = frozenset("""
it its them they their that this these those one ones other others another both all none not no
never without except but same rest thing things something anything everything stuff what which
where who how number first last left right middle front back top bottom near far next between
behind under over beside mean meant wrong wait sorry neighbour neighbor twin
""".split())
_REQUESTS = re.compile(r"\b(?:show|give|bring|get|take|find|grab|pick|pass|hand|fetch|point|put"
                       r"|want"
                       r"|need|like|love|looking|search|see|have|has|got|call|name|stop|undo"
                       r"|touch)\b")

# In a reason: words for what was asked for, and verbs that ask for nothing there.
_ITSELF = frozenset('it its that they this these those them'.split())
_STATED = re.compile(r'\b(?:(?:still|might|only) (?:need|want|like|have)|(?:has )?got)\b')


# What has happened, and what is asked for because of it: "I spilled milk, what can I wipe with".
_ACCIDENT = re.compile(r"(?:i|we|he|she|they|somebody|someone|(?:my|our|the) (?:kids?|children|cat"
                       r"|dog|baby|son|daughter|wife|husband|mum|mother|dad|father|friends?|guests?"
                       r"|boss|colleague|neighbours?)) (?:have |has |just |already |always )*"
                       r"(?:spilled|spilt|dropped|broke|broken|lost|knocked over|made|cooked|burnt"
                       r"|burned|forgot|forgotten|ran out|run out|left|bought|brought)\b.*")
_HELP = re.compile(r"(?:so |and |now |please )*(?:what|which|is there|are there|do you have"
                   r"|have you|can (?:you|i)|could you|give|get|bring|fetch|hand|pass"
                   r"|show|find|(?:i|we) (?:am going to |are going to |will |shall |might )?need"
                   r"|(?:i|we) could use|(?:i|we) want)\b.*")
_POINTS = re.compile(r"\b(?:it|its|them|their|that|those|this|these|ones?|other|both|all"
                     r"|where)\b")
_OF_IT = re.compile(r'\b(?:it|its|that|them|their|those|this|these)\b')
# "I don't want to burn myself": why, and nothing that is left out.
_DREAD = re.compile(r"(?:i|we) (?:do not|did not|would not) want (?:to (?!see|have|take|use|touch"
                    r"|need|get it|keep)\w+|it to|them to|anyone to|anything to)\b.*")
# "The blue's dried out": of another one, which is not wanted.
_OF_ANOTHER = re.compile(
    rf"((?:the|that|this) (?:\w+ )?\w+) (?:is|has|'s|was|looks) (?:too |all |a bit |so |just )?"
    rf"(?:{'|'.join(sorted(lexicon.UNSEEN))}|dried|run|gone|finished|useless|no good|mine|taken)"
    r"(?: (?:out|up|off|now|already|anyway|again))*(?: so (?:(?:please )?do not (?:touch|take|move"
    r"|use|grab|pick) (?:it|that|this)(?: one| up)?|not (?:that|it|this)(?: one)?|leave (?:it|that)"
    r"(?: one)?(?: alone)?|(?P<then>(?:take|give|bring|get|find|show|pick|grab|hand|pass)\b"
    r"(?!.*\b(?:it|that|them)\b).*)))?")
# "Too big for her": what is wrong with what was shown; "he needs to drink more": why.
_TOO_MUCH = re.compile(r"(?:(?:it|that|this) is |they are )?(?:far |much |way |a bit )?too \w+"
                       r"(?: for (?:me|him|her|us|them|that|this|it))?")
_OTHERS_NEED = re.compile(r"(?:he|she|they|(?:my|our) \w+) (?:really |always |still )?(?:needs?"
                          r"|wants?|has|have|had|likes?|loves?|should|must) to \w+(?: (?:more|most"
                          r"|less|lots|much|some))*")
_MOOD = re.compile(r"(?:just )?to (?:cheer|brighten|please|impress|surprise) (?:(?:me|us|him|her"
                   r"|them|up|an?|my|the|old|little|poor|(?:wo)?man|lady|guests?|wife|husband"
                   r"|kids?|children|friends?|mum|dad|day|room) ?)*")


def unframed(text: str, names: frozenset[str]) -> str:
    """The words without the pieces around them that ask for nothing; never all of them."""
    pieces = _CAUSE.sub(' , because ', text).split(' , ')
    while len(pieces) > 1 and (_idle(pieces[0], names) and _asks(pieces[1:], names)
                               or _leads(pieces[0], pieces[1:], names)):
        pieces = pieces[1:]
    if len(pieces) > 1 and chatter.TOLD.fullmatch(pieces[0]) and _asks(pieces[1:], names) and not (
            _OF_IT.search(' '.join(pieces[1:]))):
        pieces = pieces[1:]
    while len(pieces) > 1 and _BEHIND.fullmatch(pieces[-1]) and _asks(pieces[:-1], names):
        pieces = pieces[:-1]
    while len(pieces) > 1 and _explains(pieces[-1], names) and _asks(pieces[:-1], names):
        pieces = pieces[:-1]
    if len(pieces) > 1 and (other := _OF_ANOTHER.fullmatch(pieces[-1])):
        pieces = [*pieces[:-1], *([other['then']] if other['then'] else
                                  _unwanted(other[1], pieces[:-1]))]
    return ' , '.join(pieces)


def _leads(piece: str, rest: list[str], names: frozenset[str]) -> bool:
    """Whether a piece only says why something else is asked for, which the rest names."""
    words = rest[0].split()
    if _ACCIDENT.fullmatch(piece) and _HELP.fullmatch(rest[0]):
        return bool(lexicon.purpose(stems(words))) or not _POINTS.search(rest[0])
    return bool(_OTHERS_NEED.fullmatch(piece)) and any(
        Reader((w,), names).known(w) for later in rest for w in later.split() if w not in _TELLS)


def _unwanted(other: str, pieces: list[str]) -> list[str]:
    """What a remark on another thing adds: "but not" it; nothing of a part or of what is asked."""
    noun = other.split()[-1]
    asked = len(other.split()) == 2 and noun in ' '.join(pieces).split()
    part = noun in lexicon.PARTS and not lexicon.is_noun(noun)
    return [] if asked or part else [f'but not {other}']


def _explains(piece: str, names: frozenset[str]) -> bool:
    if piece.startswith('because ') and not _REQUESTS.search(_STATED.sub('', piece)) and not (
            _NOT_IT.search(piece)) or _AGEING.match(piece) or _MOOD.fullmatch(piece):
        return True
    if _DREAD.fullmatch(piece):
        return not any(_tells(w, names) for w in piece.split() if w not in _ITSELF | {'not'})
    words = piece.removeprefix('because ').removeprefix('since ').split()
    return (bool(_REASON.fullmatch(piece)) and len(words) > 1 and not lexicon.purpose(stems(words))
            and not any(_tells(w, names) for w in words if w not in _ITSELF)
            and not _REQUESTS.search(_STATED.sub('', piece)))


def _idle(piece: str, names: frozenset[str]) -> bool:
    if _BEFORE.fullmatch(piece) or _TAG.fullmatch(piece) or _TOO_MUCH.fullmatch(piece):
        return True
    words = piece.split()
    told = words[1:] if re.match(r'(?:it|that|this) (?:is|was|has|looks)\b', piece) else words
    return (bool(_STATES.match(piece)) and len(words) > 2 and not _REQUESTS.search(piece)
            and not lexicon.purpose(stems(words)) and not any(_tells(w, names) for w in told))


def _asks(pieces: list[str], names: frozenset[str]) -> bool:
    """Whether what is left names or points at something."""
    return any(_tells(w, names) for piece in pieces for w in piece.split())


def _tells(word: str, names: frozenset[str]) -> bool:
    if word in chatter.LIMBS or word in ('bit', 'hand', 'hands', 'arm', 'arms', 'great', 'long'):
        return False  # "I'm a bit lost", "my hands are full"
    return (word in _TELLS or word in lexicon.COLOURS or word in lexicon.ORDERS
            or word in places.ADJECTIVES or word in ORDINALS or number(word) is not None
            or Reader((word,), names).known(word))
