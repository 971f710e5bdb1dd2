# SPDX-License-Identifier: Apache-2.0
"""Turns of speech around a thing, none of whose words is said of it; read before all others.

A table only: `core.language.speech_acts` applies it before it counts which words were read.
"""

import re

from reasonseg_ros.core.language import chatter, lexicon, uses
from reasonseg_ros.core.language.alternations import (
    ALL_THAT,
    COLOUR,
    GET,
    MORE,
    NOUN,
    NUMBER,
    PART,
    PIECE,
    RANKS,
    Wording,
)

_THAN = {'closer': 'closer to me than', 'nearer': 'closer to me than', 'left': 'further left than',
         'right': 'further right than', 'further': 'further away than',
         'farther': 'further away than'}
_STUFF = '(?:fruit|food|cutlery|crockery|silverware|tableware|kitchenware|cookware|stationery)'
_NTH = {word: rank for n, (one, rank) in enumerate(zip(
    'one two three four five six'.split(), 'first second third fourth fifth sixth'.split()), 1)
    for word in (one, str(n))}
_FACING = {'left of': 'right of', 'right of': 'left of', 'to the left of': 'right of',
           'to the right of': 'left of', 'behind': 'in front of', 'in front of': 'behind'}
# What cannot be seen in what holds it.
_POURED = ('(?:salt|pepper|milk|juice|water|sugar|coffee|tea|soup|soap|glue|paint|wine|beer|honey'
           '|jam|oil|vinegar|flour|rice|sauce|medicine)')
_WHOM = r'(?:the|my|our|that|this|those|these|both|all|its?|them|number|another)'
_BY_THE_WAY = (r'(?:while|when|as long as) (?:you are|we are|i am) (?:at it|there|about it|on it)')
_BE = {'eaten': 'eat', 'drunk': 'drink', 'written': 'write', 'cut': 'cut', 'poured': 'pour',
       'peeled': 'peel', 'thrown': 'throw', 'rolled': 'roll'}
_EDIBLE = {'edible': 'eat', 'eatable': 'eat', 'drinkable': 'drink'}
_TAKE = ('(?:take|get|grab|have|hold|pick|see|carry|use|find|know|avoid|protect|leave|spare|keep'
         '|save)')
_SHOW = ('(?:where (?:is|are)|show me|give me|point (?:at|to)|mark|highlight|find)')
_PLACE = '(?:top|bottom|front|back|rear|middle|centre|center|side|end|edge|base)'
_MORE_LONG = {'long': 'longer', 'big': 'bigger', 'small': 'smaller', 'tall': 'taller',
              'short': 'shorter', 'near': 'nearer', 'close': 'closer', 'far': 'further',
              'wide': 'wider', 'thick': 'thicker', 'thin': 'thinner', 'high': 'higher',
              'low': 'lower'}
_MORE_DARK = {'darker': 'dark', 'paler': 'pale', 'lighter': 'light', 'brighter': 'bright'}
_PRESENT = {'left': 'leave', 'passed': 'pass', 'gave': 'give', 'showed': 'show', 'took': 'take',
            'brought': 'bring', 'handed': 'hand', 'put': 'put', 'fetched': 'fetch',
            'found': 'find', 'got': 'get', 'picked': 'pick', 'let': 'let', 'held': 'hold'}


def _present(said: str) -> str:
    """"Left the knife and passed me the fork", in the words of a request."""
    return re.sub(rf'(^|\band )({"|".join(_PRESENT)})\b',
                  lambda m: m[1] + _PRESENT[m[2]], said)


def _either(one: str, than: str, other: str) -> str:
    """"The mug closer to me than the lamp or the lamp closer to me than the mug"."""
    return f'{one} {than} {other} or {other} {than} {one}'


_MAN = f"(?:{'|'.join(sorted(chatter.PEOPLE - {'cat', 'dog', 'puppy', 'class', 'team'}))})"
# Wordings -> the wording that is read, of tokens with pauses, applied in this order.
_TURNS: tuple[Wording, ...] = tuple((re.compile(found), instead) for found, instead in (
    (rf'\b{ALL_THAT} (?:can|could|may|might|will) be (eaten|drunk|written|cut|poured|peeled|thrown'
     r'|rolled)\b', lambda m: f'all the things to {_BE[m[1]]}'),
    (r'^(?:is|are) (?:there )?(?:any|some)thing (edible|eatable|drinkable)(?: here| there)*$',
     lambda m: f'is there something to {_EDIBLE[m[1]]}'),
    (r'\b(everything|anything|something|all)(?: that is)? (edible|eatable|drinkable)\b',
     lambda m: f'{"something" if m[1] == "something" else "all the things"} to {_EDIBLE[m[2]]}'),
    (r'\bthe (?:bit|part|piece|end|side) (?:that|which) (?:lights up|shines|glows|is lit)$',
     'the shade'),
    (rf'\bthe ({PART}) (?:that |which )?(?:you|i|we|one) (?:press|push|click|hold|grab|grip|turn'
     r'|twist|pull|open|close|screw)(?: it)?(?: by| with| on| off)?$', r'the \1'),
    (rf'\b(the|its) (?!{_PLACE}\b)({PIECE}) (?:bit|part|piece|thing|thingy)\b(?! of\b)', r'\1 \2'),
    (rf'^(?:on|from|of) ((?:the|my|that|this) [^,]+?) , (the (?:\w+ )?(?:{PART}))$', r'\2 of \1'),
    (r'\bwhere (?:one|you|we|i|it) pours?(?: it)?(?: out)? (?:from|out of|of)'
     r' (?=(?:the|that|my)\b)', 'the spout of '),
    (rf'^((?:(?:\w+ )?(?:\w+ )?(?:the|my|that) )(?:{COLOUR} )?(?:{NOUN})) , but (?:just |only )?'
     rf'(?:the|its) (?!{_PLACE}\b)({PIECE})$', r'\1 , the \2'),
    # What everybody says in another way.
    (r'\b(?:all the way|way) (?=(?:at|in|on|to) the (?:very )?(?:back|front|left|right|end|top'
     r'|bottom|rear|side)\b)', ''),
    (r'\b(everything|it all|all of (?:it|them|that)) (?:away|aside)\b', r'\1'),
    (r'^((?:please |now |can you |could you )*)(?:clean|clear|tidy|pack) up (?=(?:everything'
     r'|all)\b)', r'\1take '),
    # Why, and then which part of it.
    (rf'^(?:i|we) (?:want|need|have|would like|am going|are going) to (?!{_TAKE}\b)\w+(?: \w+)?'
     rf' ((?:the|my|that|this) (?:{COLOUR} )?(?:{NOUN})) ,? ?(?:so |and )?where (?:is|are)'
     r' (?:the|its) '
     rf'((?:\w+ )?(?:{PIECE}))$', r'the \2 of \1'),
    (rf'^(?:i|we) (?:want|need|have|would like|am going|are going) to (?!{_TAKE}\b)\w+ [^,]+ ,'
     rf' (?:so |and )?(?={_SHOW} (?:the|my|that)\b)', ''),
    (r'\b(?:(?:big|little|small|tall|old|older|elder|young|younger|dear|poor|good|nice|lovely|cute'
     rf'|eldest|youngest) )+(?={_MAN}\b(?! (?:{NOUN})\b))', ''),
    (r'\bbut please (?=not\b)', 'but '),
    (r'^((?:the |my |those |these )?(?:\w+ )?\w+) (?:is|are) [^,]+? ,? so (?:please )?do not (\w+)'
     r' (?:it|that|those|them|these)(?= ,|$)', r'do not \2 \1'),
    (r'((?:the|my) (?:\w+ )?\w+) is for me$', r'take \1'),
    (rf'\b(?:pull|push|pop|flip|twist|get|prise|snap) ((?:the|that'
     rf'|my) (?:\w+ )?\w+) open(?: for (?:me'
     rf'|us))? ,? ?(?:by|at|with) (?:the|its) (?=(?:{PIECE})$)', r'take \1 by the '),
    (r'^.*\bdid i (?:just |really )?say [^,]+ , i (?:mean|meant|want|wanted) ', 'no , i meant '),
    # What was said by mistake, and what is meant instead.
    (r'^(?:whoops|oops|sorry|no|oh|wait|,| )*i said [^,]+? ,? ?but (.+?) is what i (?:want|need'
     r'|mean|meant)$',
     r'no , i meant \1'),
    (rf'\b(an? (?:{NOUN})) for (?:the|my|some|her|his) (?:soup|coffee|tea|salad|cake|bread|cereal'
     rf'|steak'
     r'|meat|juice|water|wine|wall|table|door|nails?|job)\b', r'\1'),
    (r' ,? not (?:at )?(?:the )?(?:whole|entire|complete) (?:thing|object|lot|one)$', ''),
    (r'^(?:do not|never) (?:hold|grab|take|grip|lift|carry|pick up|grasp) ((?:the|that|my) [^,]+?'
     r'|it) (?:by|at|on|from) (?:its|the) \w+ , (?:but |rather |better |use |take |hold it '
     r'|grab it )*'
     rf'(?:by )?(?:the|its) ({PIECE})(?: instead)?$', r'the \2 of \1'),
    (r'^whatever is not (an? \w+|the \w+) , (?:sort|take|mark|show|clear|get|bring)\b.*$',
     r'everything that is not \1'),
    (r'^(nearest|closest|furthest|farthest|biggest|largest|smallest|tallest|longest|shortest)'
     r' (one|thing)\b', r'the \1 \2'),
    (r'\bclear (?=(?:it|them|that|those|these|everything|all|the|both)\b.*\baway\b)', 'take '),
    (rf'^(the (?:{RANKS})) (?:one )?of (?:them|those|these) ,? ?(?:counting '
     rf'|counted )?from the (left'
     r'|right)$', r'\1 one from the \2'),
    (r'^(.+?) , (the [^,]+?) it (?:should|must|ought to|has to) be$', r'no , \2'),
    (r"^(?:whatever|what|everything(?: that)?|all that) (?:is|'s) left(?: over)? , (?:take|show"
     r"|give me"
     r'|mark|grab)(?: me)? (?:it all|it|them all|them|all)$', 'everything'),
    (r'\b(?:i|we) have got to\b', 'i have to'),
    (rf'\b(?:that |which )?(?:has|have|with) an? ({COLOUR}) colou?r\b', r'that is \1'),
    (r'(?<!the )(?<!my )(?<!your )(?<!far )\bright (?=at the (?:front|back|end|edge|top|bottom)\b)',
     ''),
    (r'^(?:(?:tidy up|clear|collect|take|mark|show me|give me|clear up) )?the (?:whole |entire )?'
     r'(front|back|rear) row$', r'the things at the \1'),
    (r'\b(?:(?:on|to) the )?(left|right) from (?!(?:my|the|your)(?: [^ ,]+)*? (?:side|view'
     r'|viewpoint|perspective|point|seat|place|angle|position|end)\b)(?=(?:the|my|that|it)\b)',
     r'to the \1 of '),
    (rf'^(?:scrap|scratch|forget|cancel) (?:that|it) ,? ?(?:the )?({COLOUR})(?: one)?$',
     r'no , the \1 one'),
    (r'\bphone number\b', 'note'),
    (r'^(?:so )?what is it (?:that )?you can (?:actually |really )?do$', 'what can you do'),
    # Which of several: "of the two mugs, the one further right", "the bottle, the one next to it".
    (r'^of (?:the|those|these) (?:two |three |four )?((?:\w+ )?\w+)s ,? (?:it is |i (?:want|need'
     r'|would'
     r' like) )?the one (.+?)(?: (?:that )?(?:i|we) (?:am after|want|need|mean))?$', r'the \1 \2'),
    (r'^(?:it is )?(the one .+?) (?:that )?(?:i am|we are) after$', r'\1'),
    (r'^(?!do not\b|never\b|leave\b)(?:(?! of | on | from ).)+? ,? ?or (?:(?:actually|no|rather'
     r'|wait|better|sorry|you know what|,) )+(?:(?:make|let us'
     r' make) (?:it|that) )?(?=(?:the|my|that|an?)\b)', ''),
    (r'\b((?:the|that|this) [^,]+?)(?: over there| there)? , the one (?=(?:next to|near|beside'
     r'|left of|right of|to the|on the|in the|at the|behind|in front|between|with the|with an?'
     r'|closest'
     r'|nearest|further|furthest)\b)', r'\1 '),
    (r' (?:in|at) the (?:very )?(?:bottom|lower|front|near) (left|right)(?: hand)?(?: corner)?\b'
     r'(?! of\b)', r' at the front on the \1'),
    (r' (?:in|at) the (?:very )?(?:top|upper|back|far) (left'
     r'|right)(?: hand)?(?: corner)?\b(?! of\b)',
     r' at the back on the \1'),
    (r'\b(?:whatsit|doodah|doohickey|thingamajig|thingummy|thingamabob|whatchamacallit)\b',
     'thing'),
    (r' , (?:what is (?:needed|wanted) is (?:that|it)|that is what is (?:needed|wanted))$', ''),
    (r'\b(?:whatever|anything that|something that|the thing that) (write|cut|draw|drill|clean'
     r'|wipe)s'
     r'(?: will do| would do)?(?= ,|$)', r'something to \1'),
    (rf'\b(?:those|these) (two|three|four|five) (?=(?:\w+ )?(?:{NOUN})s\b)', r'the \1 '),
    (rf'^((?:and |now |then )*)(left|right) (?=(?:{COLOUR} )?(?:{NOUN})$)', r'\1the \2 '),
    (r' (?:in|from|of) the (front|back|rear) row\b', r' at the \1'),
    (rf'^(?:out )?(?:of|from|among) the ((?:\w+ )?\w+?)s ((?:at|in|on) the (?:back|front|left|right'
     rf'|middle|rear)) , (?:(?:take|give me|show me|get|i want) )?the ((?:{RANKS}'
     rf'|\w+est)) ?(?:one)?'
     r'( from the (?:left|right))?$', r'the \3 \1\4 \2'),
    (r'^(?:actually |no |ok |and )*(?:put|set|lay) (?:it|that|this|them) (?:back|down'
     r'|away)(?: again'
     r')? (?:and|,) (?:then |instead )?(?=(?:take|get|give|show|grab|bring|find|pick|hand|pass)\b)',
     ''),
    (r'^(what (?:would|do|can|could|should) (?:you|i|we|one) use (?:for|to) [^,]+?) , (?:give'
     r'|show|get'
     r'|bring|pass|hand|fetch)(?: me)? (?:that|it)$', r'\1'),
    (rf'^(the [^,]+?) (?:(?:no|sorry|er|wait|hmm|,) )+i mean(?:t)? (?:just |only )?(the'
     rf'|its) ({PIECE})'
     r'(?: (?:on|of) it)?$', r'\2 \3 of \1'),
    (r'\b(?:right |just )?in front of my (?:belly|nose|chest|face|eyes|hands?|tummy)\b',
     'nearest to me'),
    (r'^(?:and |now |ok |please )*(?:reduce|narrow|limit|restrict|trim) (?:the |that |this )?'
     r'(?:selection|mask|answer|result|it|that)(?: down)? to (?=\w)', ''),
    (r'^(?:please )?(?:exclude|omit|leave out|skip|ignore) (the [^,]+?) (?:, |and |but )+(?:mark'
     r'|show|take|segment|give)(?: me)? (?:all )?the rest(?: of (?:the|my) (\w+))?$',
     lambda m: f'{"all the " + m[2] if m[2] else "everything"} except {m[1]}'),
    (r'^(?:oh |no |sorry |oops |, )*(?:that|it|this) was (?:a |my |just a )*(?:slip(?: of the'
     r' tongue)?|mistake|error|typo|accident) ,? ?(?:i mean(?:t)? )?(?=\w)', 'no , i meant '),
    (r'^going (?=(?:from )?left to right\b)', ''),
    (r'^(?:and |now |ok |then )*swap (?:it|that|this)(?: one)? (?:for|with) (?=(?:the|its|my|that)'
     r'\b)', 'rather '),
    (r"^whatever (?:is|'s) (?:standing |lying |sitting )?(?:the )?((?:furthest|farthest|nearest"
     r'|closest|most)\b [^,]+?)(?: ,? ?(?:grab|take|get|give me|pick|bring me) (?:it|that)'
     r'(?: one)?)?$', r'the thing \1'),
    (r'^(?:just |only |ok )*(?:whichever|whatever|the one (?:that|which)|whichever one) is'
     r' (?:the )?(nearer|closer|nearest|closest)(?: to (?:me|us|you))?$', 'the nearest one'),
    (r'^(?:just |only |ok )*(?:whichever|whatever|whichever one) is (?:the )?'
     rf'({MORE}|\w+est)$', r'the \1 one'),
    (r'\bthe (\w+) ((?:that is )?(?:standing |lying |sitting )?)(?:in )?between the other two'
     r' \1s\b',
     r'the \1 \2between the other two'),
    (rf'\b({COLOUR}) in colou?r\b', r'\1'),
    (rf'^((?:please |now |and |ok )*(?:mask|mark|segment|highlight|outline|show me)) anything'
     rf' (?={COLOUR}$)', r'\1 everything '),
    # Parts that are left out.
    (rf'^(?:now |and |then |but |ok )*minus (its|the|their) ({PIECE})$', r'it without \1 \2'),
    (rf'^([^,]+?) ,? ?(?:(?:the|its|their) )?((?:{PIECE})s?) (?:excluded|not included|left out'
     r'|excepted)$', r'\1 without the \2'),
    (rf'^(.+?)(?: (?:marked|shown|masked|highlighted))? ,? ?(?:(?:but|only|just) )*leave'
     rf' (?:its|the|their) ({PIECE}) out(?: of it)?$', r'\1 without its \2'),
    (r'^(?:no |hmm |oh )*forget (?:it|that|about it) ,? ?(?=(?:show|give|take|get|bring|reach|find'
     r'|grab|pick|mark|hand|pass|fetch|the|my)\b(?! (?:i|we|you)\b))', ''),
    (r'^(?:(?:ah|oh|yes|ok|well|right|hmm) ,? ?)*mine (?:has|had|is the one with)'
     r' (?=(?:an?|the)\b)', 'the one with '),
    (r'^(?:i|we|he|she|they|people) (?!.*\b(?:else|other|another|different|instead)\b)(?!hate\b'
     r'|dislike\b|never\b|need\b|want\b|would\b|mean\b|like\b|prefer\b|see\b|do\b'
     r'|can\b|could\b|will\b|have to\b|am\b|are\b)\w+ [^,]*? , so (?=(?:give|show|get|bring|hand'
     r'|pass|find|take|grab)\b(?!.*\b(?:it|that|them|those|this)\b))', ''),
    (r'^(.*\b(\w{3,})\b.*?) , (?:so |and )?(?:(?:just|only) )?(?:those|these) \2$', r'\1'),
    (r'^(?:but )?i (?:asked for|wanted|said|meant|ordered) (.+?) ,? ?(?:so )?do not (?:hand|give'
     r'|bring|show|pass|get)(?: me)? (?=(?:the|a|my|that)\b)', r'\1 , not '),
    (r'^(?:and |so )*how many (?:(?:things|objects|items|pieces) )?(?:(?:would|will|does|do|is|are'
     r') (?:that|this|they|those|these)|(?:are|did you|have you) (?:marked|shown|highlighted'
     r'|selected|mark|show|highlight|select))(?: (?:be|make|come to))?(?: (?:then|now|all told'
     r'|altogether|in all|in total|right now))*$',
     'how many of them are there'),
    (rf'\b(with|of) (a|an|the) (?:{COLOUR}) (?:{PIECE}) (?:(?:no|wait|sorry|hmm|,) )*(?:i mean'
     rf'|i meant|rather|make that|correction) (?:an? |the )?(?=(?:{COLOUR} )?(?:{PIECE})$)',
     r'\1 \2 '),
    (rf'\b(give|pass|hand|bring|get|fetch|show|find) (?:my|our|his|her|the|this|that|these) {_MAN}'
     r"(?! 's\b)(?: (?:over )?there| here| next to (?:me|you|us))? "
     r'(?=(?:the|an?|that|this|my|some|both|all|another|its)\b)', r'\1 '),
    (r"^((?:the|that|this) [^,]+?|it) (?:is|'s) (?:mine|hers|his|theirs|(?:my|our|her|his) \w+ 's)"
     r' , (?:so |and |but )?(?=(?:i will take|give|pass|hand|bring|get|take|show|find)\b)'
     r'(?!.*\b(?:it|that|this|them)\b)(.+)$', r'not \1 , \2'),
    (r'^none of [^,]+ , (?:just |only |but )?(?=the\b)', ''),
    (rf'^the {_POURED} is in (the [^,]+) , ((?:pass|give|hand|bring|show|get|take)\b.*?)\bit\b',
     r'\2\1'),
    (r'\beverything (on the (?:table|desk)) that (?=(?:i|you|we|one) (?:can|could|might)\b)',
     'everything that '),
    (r'^(?:and )?(the [^,]+?) the same way$', r'same with \1'),
    (r'\b((?:which|what|that)\b.*?) (?:runs? on|uses?|needs?|takes) (?:a )?batter(?:y|ies)\b',
     r'\1 has a battery'),
    (r'^(?:and |so )*which (?:part|bit|piece) of (.+?) (?:(?:stores?|holds?|keeps?|has) (?:the '
     r'|its )?(?:power|charge|energy)|is charged)$', r'the battery of \1'),
    (r'^(?:and |so )*which (?:part|bit|piece) of (.+?) (?:does|do|would) .*\b(?:comes?|pours?'
     r'|flows?)(?: out)?(?: of| from)?$', r'the spout of \1'),
    (rf'^(?:from|out of|of|in) (?:that|this|the|those|these) (?:row|line|group|pile|set|bunch) of'
     rf' ((?:\w+ )?\w+s) , (?:take |give me |i want )?the ({NUMBER}) ', r'the \2 \1 '),
    (r'\bthe (?:ones?|two|(things?|\w+s)) (?:(?:on|to|at) )?(?:either|both|each) sides? of (?=\w)',
     lambda m: f'the two {m[1]} nearest to ' if m[1] else 'the two nearest to '),
    (rf' (?:for|in|at|from) (?:room|ward|bed|aisle|bay|gate) (?:number )?{NUMBER}(?= ,|$)', ''),
    (r'^(?:in that case|(?:on|having) second thoughts?|lol|haha) ,? ?(?=\w)', ''),
    (r'\bwhatever (?:you do|happens) (?=do not\b)', ', '),
    (r' would do (?:very |quite |just )?(?:nicely|well|fine|perfectly)$', ''),
    (r'\b(nearer|nearest|closer|closest) (?=(?:the|that|my|this)\b)(?!.*\bor\b)', r'\1 to '),
    (r'\bthe ones? (?:that |which )?you (?:have )?(?:left out|missed|skipped|forgot|did not (?:show'
     r'|pick|take|mention|include))\b', 'the other ones'),
    (rf'\bwhichever ((?:{COLOUR} )?(?:{NOUN}|one))s? (?:is|happens to be|looks|seems to be|sits'
     r'|stands|lies)\b', r'the \1 that is'),
    (rf'\b(?:that (?:has|is|have) (?:got )?|with |having )(?:some |any |a bit of '
     rf'|the (?!orange))?({COLOUR}) (?:on|in) (?:it|them)\b', r'with \1 on it'),
    (r'(?<!one )(?<!two )(?<!three )(?<!some )(?<!any )(?<!few )\bmore (long|big|small|tall'
     r'|short|near|close|far|wide|thick|thin|high|low)\b',
     lambda m: _MORE_LONG[m[1]]),
    (r'\bmost (long|big|small|tall|short|near|close|wide|thick|thin|high|low)\b',
     lambda m: _MORE_LONG[m[1]][:-1] + 'st'),
    (r'\b(darker|paler|lighter|brighter) of (?:the |those |these )*(?:two |pair of )?(?:little '
     r'|small |big )?(\w+s)\b', lambda m: f'{_MORE_DARK[m[1]]} one of the two {m[2]}'),
    (rf'\b((?:{COLOUR} )?(?:{NOUN})s) , all$', r'all the \1'),
    (r'\b(everything|all|anything|something|things?|ones?) what (?=(?:is|are|has|have)\b)',
     r'\1 that '),
    (r' , but (the (?:\w+ )?\w+) (?:stays?|remains?)(?: here| there| put)?$', r' but not \1'),
    (r'\bleave ((?:the|my|that|this) (?:\w+ )?\w+) in peace\b', r'leave \1 alone'),
    (r'\bpieces? of fruit\b', 'fruit'),
    (r'^(?:from|of|out of) (?:these|those|the) two ,? ?(?:just |only |take |i want )*the'
     r' (left|right)(?: one)?$', r'only the \1 one'),
    (r'^((?:(?:do |have )?you (?:also )?(?:have|got)(?: also)?|is there|i need) (?:an?|one)) saw$',
     r'\1 handsaw'),
    (r'\bhow many ([^,]+?) there are\b', r'how many \1 are there'),
    (r'(^|^.*(?:, |\band ))(?:(?:please|oh|well|so|then|now|ah) ,? ?)*i (?:should|would) be (?:most'
     r' |very |so |ever so )?(?:grateful|obliged|glad|happy|thankful|delighted) if you (?:would'
     r' |could |can )?(.+)$', lambda m: m[1] + _present(m[2])),
    (r'^(the [^,]+?) (?:must|might|may|could|should|has to|ought to) be [^,]+ , ((?:show|give|find'
     r'|bring|get|take|open|grab)\b.*?)\b(?:it|that)$', r'\2\1'),
    (r'^(go home|stop|stand by|relax|rest) , i (?:have|will|can) (?:got it|manage|handle it|take'
     r' over|take it|do it|do the rest)(?: from here| myself| alone| now)*$', r'\1'),
    (rf'^(the [a-z]+s (?:of|on)) both ((?:{NOUN})s) and the ((?:\w+ )?(?:{NOUN}))$',
     r'\1 both \2 and \1 the \3'),
    (r'^(?:might|may|could|can) (?:i|we) (?:ask|enquire|inquire)(?: you)? ,? ?(?=(?:how|what|which'
     r'|where|is|are)\b)', ''),
    (r'^what (can|do) you (?:even|actually|really|currently) see\b', r'what \1 you see'),
    (rf'\b(?:the )?same (?:part|piece|bit|thing) ,? ?(?:but )?(?:from|of|on|for) the ({COLOUR})'
     r'(?: one)?$', r'same of the \1 one'),
    (r'(?:\bsans|\bbarring|(?<=s )bar|(?<=thing )bar) (?=(?:the|my|that)\b)', 'except '),
    # Verbs of a kitchen or a workshop that are nouns elsewhere.
    (rf'^((?:please |now |then |and |so |can you |could you |just |go )*)(?:chuck|bin|pop|stick'
     rf'|dump|plonk|bung|shove|whack|lob|sling|fling|pot|box|can|plug|park|stow|tuck|jam|dip|dunk'
     rf'|sink'
     rf'|plop) (?={_WHOM}\b.* (?:in|into|inside|on|onto|behind|under|next to|beside|by|near)\b)',
     r'\1put '),
    (rf'^((?:please |now |then |and |so |can you |could you |just |go )*)(?:chuck|bin|ditch'
     rf'|trash|scrap'
     rf'|junk|lose) (?:away )?(?={_WHOM}\b.* (?:but|and) (?:keep|save|spare|hold on to)\b)',
     r'\1take '),
    (rf'^((?:please |now |then |and |so |can you |could you |just |go )*)(?:chuck|bin|trash|junk)'
     rf'(?: away)? (?={_WHOM}\b)', r'\1take '),
    (r'^(.+?) ,? ?(?:but|and|just) (?:please )?(?:keep|save|spare|hold on to|hang on to|retain'
     r'|preserve) ((?:the|my|that|this|those|its|number) [^,]+?)(?: for (?:me|us|later|now))?$',
     r'\1 but not \2'),
    (r'^(?:pop|flip|crack|prise|pry|twist|get|pull|snap) (it|them|that) open (?:at|by|with)'
     r' (?:the|its)'
     r' (?=\w+$)', r'\1 by the '),
    # Asked of what there is: "on earth", "the only", "which ball is it next to", "what else".
    (r'\b(what|how|where|which|who) (?:on earth|in the world|the hell|the heck|the devil)\b',
     r'\1'),
    (r'^(?:and |so |but )*(?:is|was) (?:that|it|this)(?: really)? the only (.+?)(?: (?:that'
     r' )?(?:you (?:can )?'
     r'see|there is|here|there|we have|i have|on the table))*$',
     lambda m: f'how many {lexicon.plural(m[1])} are there'),
    (r'^(?:and |so |but )*(?:which|what) (\w+) (?:is|are|was) (it|that|this|that one|this one'
     r'|the \w+(?: \w+)?)(?: (?:standing|lying|sitting|placed|located))? (next to|near|beside'
     r'|close to|closest to|nearest to'
     r'|near to)$', r'the \1 \3 \2'),
    (r'^(?:and |so |but )*(?:what|which (?:thing|one|object)) (?:is|are|does|do) ((?:it|that'
     r'|this)\b|(?:the|my) [^,]+?)(?: (?:standing|stand|lying|lie|sitting|sit|placed))? (next to'
     r'|near|beside|close to|closest to'
     r'|nearest to|left of|right of|to the left of|to the right of|behind|in front of)$',
     lambda m: f'the thing {_FACING.get(m[2], m[2])} {m[1]}'),
    (r'^(?:and |so |but )*(?:which|what) (\w+) (?:is|are) (it|that|this|the \w+(?: \w+)?)(?:'
     r' (?:standing'
     r'|lying|sitting))? (left of|right of|to the left of|to the right of|behind|in front of)$',
     lambda m: f'the {m[1]} {_FACING[m[3]]} {m[2]}'),
    (r'^(?:and |so |but )*(?:apart from|besides|other than|aside from) (?:that|it|this|those'
     r'|them|these)'
     r'(?: one| ones)? ,? ?(?=(?:what|anything|something|who|which)\b.*\belse\b)', ''),
    (r'^(?:i|we) (?:had|have had|bought|started with|put out|counted|brought) (?:\w+ )?(?:[0-9]+'
     r'|\w+) ((?:(?!this|these|last)\w+ )?(?!this\b)\w+s)\b[^,]*? , (?:so )?how many (?:are'
     r'|of them are|do i have|have i got)(?: (?:there|left'
     r'|still there|here))*$', r'how many \1 are there'),
    (r'^there is (an? .+?) (?:as well |too )?, (?:no|right|correct|is not there|where(?: is it)?'
     r'|yes)$',
     r'is there \1'),
    (r'\b(?:in|of|with) (?:that|the|this) (?:very )?same colou?r$', 'coloured like it'),
    (rf'^((?:the|my|that|a)\b[^,]+?) or ((?:the|my|that|a)\b[^,]+?) ,? ?(?:whichever|whatever'
     rf'|the one that) (?:one )?is (?:the )?(?:(closer|nearer)(?: to (?:me|us|you))?|(further'
     rf'|farther)(?: (?:away|back'
     rf'|off))?|(?:further|farther|more)(?: to the)? (left|right)|({MORE}))$',
     lambda m: _either(m[1], _THAN.get(m[3] or m[4] or m[5], f'{m[6]} than'), m[2])),
    (r"\b(?:its|the) (?:twin|double|counterpart|sibling|brother|sister|lookalike|companion)\b",
     'the other one'),
    (r'^(?:and |now |then |so |please |can you |could you |let us |just )*(?:swap|exchange'
     r'|switch|trade|replace)'
     rf' ({_WHOM}\b.*?) (?:with|for|and|by|against) (?={_WHOM}\b)', r'take \1 and '),
    (r'^(.+?) , (?:all (?:of )?(?:that|it|them|those|this|these)|they(?: all| both)?|it all|all'
     r'|everything|both|these|those) (?:goes?|belongs?|should go|can go|must go) (?:(?:back'
     r'|straight|all) )?'
     r'(?=(?:in|into|on|onto|inside|next to|beside|behind|under)\b)',
     lambda m: 'put ' + ' and '.join(p if re.match(r'(?:the|a|my|all)\b', p) else f'the {p}'
                                     for p in re.split(r'(?: ,| and)+ ', m[1])) + ' '),
    (r'^(.+?) (?:can|may) (?:go|be put away|be taken away|be cleared away|leave|disappear)(?= ,|$)',
     lambda m: 'take ' + re.sub(r'(^|(?:and|,) )(?!the |my |all |both |that |this |it|number )',
     r'\1the ',
                                m[1])),
    (r' , you (?:know|see) , ', ' , '),
    # What is said by the way: "while you're at it", "if I'm not mistaken", "so I can see".
    (rf'^(?:and |oh |ok )*{_BY_THE_WAY} ,? ?| ?,? {_BY_THE_WAY}(?= |$)', ''),
    (r' ?,? if (?:i am|we are) not (?:mistaken|wrong)(?= |$)|^if (?:i am|we are) not (?:mistaken'
     r'|wrong) ,? ?', ''),
    (r' ?,? if (?:it|that) is not (?:too much (?:trouble|to ask|bother|work)|a (?:problem|bother)'
     r'|asking too much)(?= |$)', ''),
    (r' ?,? so (?:that )?(?:i|we) (?:can|could|may) (?!have\b|take\b|get\b)[^,]*$', ''),
    (r' ?,? not (?:just|merely|only|simply) (?:an?|the|some|its) [^,]+$', ''),
    (r' in (?:a|one|a single|the same) (?:pile|heap|bunch|stack|go)(?= ,|$)', ''),
    (r'^(?:and |ok |so |please )*be (?:an? )?(?:dear|darling|angel|sport|love|sweetheart|good \w+'
     r'|so (?:kind|good)(?: as)?) (?:and|to) ', ''),
    # What there is, and then which: "there are two lamps, give me the one that isn't yellow".
    (r'^(?:(?:i (?:can )?see|there (?:is|are)|we have|i have) (?:two|three|four|five|several|some'
     r'|both|many|[2-9]) )(\w+s)\b[^,]* , (.*?)\b(the|that|this) ((?:\w+ ){0,2})one\b',
     lambda m: f'{m[2]}{m[3]} {m[4]}{lexicon.singular(m[1])[0]}'),
    # Named at the end: "open it by the cap, the carton".
    (rf'^((?:(?:and|then|so|now|please) )*(?:open|take|grab|hold|lift|turn|close|get|bring|move'
     rf'|grip|grasp|carry|show|pick up|hand)(?: me)?) it( (?:by|at|from|with) (?:the'
     rf'|its) (?:{PIECE}))? , '
     r'((?:the|my|that) \w+(?: \w+)?)$', r'\1 \3\2'),
    (r' , (?:but |and )?(?:watch|look) (?:out for )?(?=(?:the|its|that)\b)', ' , mind '),
    (r'\b(how many .+?|what|which \w+) have (i|we|you) got\b', r'\1 do \2 have'),
    # Other words for the same: "whichever is closer", "her", "alternate", "them two".
    (r' ,? (?:whichever|whatever|the one that|which(?: one)?) (?:one )?is (?:the )?(closer|nearer'
     r'|closest|nearest)(?: to (?:me|us|you|here))?$', ' nearest to me'),
    (r'\b(put|place|set|take|grab|hold|move|turn|lift|give me|bring|show|drop|pick) (?:her|him)'
     r'(?= (?:on|in|at|by|up|down|back|over|into|onto|next|to|left|right|behind|beside|away'
     r'|here)\b| ,|$)',
     r'\1 it'),
    (r'\bthe (?:alternate|alternative) (?=\w)', 'the other '),
    (r'(^| , )(?:alternate|alternative) (?=\w)', r'\1the other '),
    (r'(?:(?<=\w )|^(?=.* , ))(?:just )?(?:a|one) (?:second|sec|minute|moment|while)'
     r'(?: ago|(?= , )|$)', ''),
    (r'^(?:\w+ , )?(?:is|are) (?:that|there|this|it) (an? [^,]+?) , (?:(?:show|give|bring|find'
     r'|get)(?: me)?(?: it| that)? ?)+$', r'show me \1'),
    (r'\bwhat all (?:of )?(?:these|those|the) (?:things|objects|items)(?: (?:here'
     r'|on the \w+))? are$',
     'what do you see'),
    (r'^(.*\bthe other \w+) ,? ?(?:the )?same (?:part|bit|piece|place|spot)$', r'same of \1'),
    (r'\bthem two\b', 'those two'),
    (r'^((?:and |so |but )*)is here ', r'\1is there '),
    (rf'^(?:and |so |but )*(?:is|are) there (?:any|some) ({_STUFF})(?: (?:here|there|left|around'
     rf'|on the'
     r' (?:table|desk|bench)))*$', r'all the \1'),
    (rf'^(?:no ,? |but |and |rather )*by (?:the|its) ({PIECE})'
     r'(?: ,? (?:and |but )?not (?:by )?(?:the|its) \w+)?$', r'its \1'),
    (r'^(?:(?:no|but|ok|and) ,? )+'
     r'(?=(?:without|minus|leave out|not counting) (?:the|my|that|number)\b)', ''),
    (rf'^(?:and |also )*({NOUN}) (?:too|as well|also)$', r'the \1'),
    (rf'^((?:(?:take|get|pull|pop|the) )*)({PIECE}) (?:off|from) ((?:the|that|my) (?:\w+ )?\w+)$',
     r'the \2 of \3'),
    (r'^((?:the|a|that|this) [^,]*?\bone) (?:is|would be|looks) (?:better|nicer|fine|good|best'
     r'|perfect|ok)$',
     r'\1'),
    (r'^(?:and |then )*(?:the )?(?:furthest|farthest|most|further|closest|nearest) to the (left'
     r'|right|front|back)$', r'the one furthest to the \1'),
    (r'\bwhere (?:does|do|will|would) (?:the|my|its?) (?:\w+ )?(?:come|comes|pour|pours|flow|flows'
     r'|go) out'
     r'(?: of (it|(?:the|that) \w+))?$', lambda m: f'the spout of {m[1]}' if m[1] else 'the spout'),
    (r'\bthe ((?:\w+ )*?\w+s)\b( \w+)? , all (three|four|five|six|[3-9]) of them$', r'the \3 \1\2'),
    (r'\b(can|could|would|will) you (?:possibly|also|now) (?=\w)', r'\1 you '),
    (r'\bnon-?(?=(?:' + '|'.join(lexicon.COLOURS) + r')\b)', 'not '),
    (r'\bforward of\b', 'in front of'),
    (r'\bin (?=(?:left|right) (?:of|from)\b)', ''),
    (r'\b(?:within|in|on) the (left|right|middle|back|front) (?:third|half|part|area'
     r'|section) of the (?:table|desk|bench|picture)\b', r'on the \1'),
    (r'^(?:is |it is |would it be )?(?:it )?possible (?:for me )?to (?:have|get)(?: for me)? ',
     'give me '),
    (r'^(?:haha |wow |hey |ok |and )*you are (?:\w+ )?good at (?:this|that|it)$', 'well done'),
    (r'^(?:scratch that|forget (?:all )?(?:that|it|this)|cancel that|no) (?:and |then |just )?'
     r'(?:let us |please )?start (?:over|again|afresh|anew)$', 'start over'),
    (rf"^.*\bits ({PIECE}) ,? ?(?:i mean )?((?:the|my|that) [^,']+?) 's(?: i mean)?$", r'the \1'
    r' of \2'),
    (r'\b(any|whichever|whatever|some) ((?:\w+ )?\w+)(?: that)? you (?:like |want |prefer |fancy )?'
     r'(?=(?:besides|except|but|apart|other than|as long)\b)', r'\1 \2 '),
    (r' (?:that|which) (?:goes|comes|belongs) with (?:it|that|this)\b', ''),
    (r'\bit is (the (?!one\b)[^,]+?) (?:that |which )?(?:i|we) (?:want|need|mean|meant|am after'
     r'|wanted|would)'
     r'(?: to \w+(?: on| at| with)?)?$', r'\1'),
    (rf'\b(?:his|her) (?=(?:{PIECE})\b)', 'its '),
    (r'(?<=\w) (?:if you (?:can(?: manage)?(?: it| that)?|could|would|please|do not mind)'
     r'|(?:would|will|could'
     r'|can) you|when you can)$(?<!what can you)(?<!what could you)(?<!how can you)', ''),
    (r'\bpour (?:me |us |out |myself )*(?:an? )?(?:nice |quick |little )?(?:cup of \w+|glass of'
     r' \w+|cup|glass|cuppa'
     r'|drink|coffee|tea|water|milk|juice|wine|some) (?:from|out of) ', 'pour '),
    (r'^(?:and |so )*which (?:ones? )?of the ((?:\w+ )?\w+s) (?:have|did|had) not you (?:show'
     r'|shown|take|taken'
     r'|mention|mentioned|mark|marked)(?: me)?(?: yet)?$', r'the other \1 yet'),
    (r'^there is (some(?:thing|one) .+?) , (?:and )?what (?:is|might|could) (?:it|that|this)(?:'
     r' be)?$', r'\1'),
    (r'\bthe (\w+er) (?:one )?of (?:the|these|those|my) (?:two |pair of )?((?:\w+ )?\w+s)$',
     lambda m: f'the {m[1]} {lexicon.singular(m[2])[0]}'),
    (rf'\b(the|its|their) ({PIECE}) (of|on) ([^,]+?) (?:and|plus|or) (?:that|those|the ones?)'
     rf' (?:of|on|from) ',
     r'\1 \2 \3 \4 and the \2 \3 '),
    (r' (?:next to|beside|near|behind|in front of|opposite|on top of|against) (?:each other|one'
     r' another)'
     r'(?= |$)', ''),
    (r'^is (?:that|it|this) an? \w+ or an? \w+ ((?:next to|beside|behind|in front of|on|in|under'
     r'|near|left of'
     r'|right of|to the left of|to the right of|between) .+)$', r'the thing \1'),
    (r'^(?:and |so )*which (?!colou?rs?\b)(\w+(?: \w+)?) (?:has|have)(?: got)? (?=(?:the|an?'
     r'|no)\b)', r'the \1'
    r' with '),
    (rf'\b(?:with|having|has|have) (?:the |some |a few )?({COLOUR}) (?:bits?|parts?|pieces?'
     rf'|spots?|patch(?:es)?'
     r'|trim|accents?|details?|areas?|sections?)(?: on (?:it|them))?(?= ,|$)', r'with a \1 part'),
    (r'^(?:(?:move|clear|push|sweep|remove) )?((?:everything|all|both|the|my|those)\b[^,]*?)'
     r' (?:off(?: of)?|from on top of) (?=(?:the|my) (?!table|desk'
     r'|left|right|front|back|top|bottom|middle|far|side)\w)', r'take \1 on '),
    (r'^((?:please |now |then |and |so |can you |could you |just )*)(?:nudge|inch|edge|scooch'
     rf'|budge|ease|tug|drag|shove|slide|shift|move|push|pull) ({_WHOM}\b[^,]*?) (?:a (?:bit'
     rf'|little|touch|tad|fraction) )?(?:closer |nearer |over )?(?:towards?|closer to|nearer to'
     rf'|up to) (?=(?:the|my|that|it|number)\b)(?!the '
     r'(?:left|right|front|back|side|middle|center|centre|edge|corner)\b)', r'\1put \2 next to '),
    (r'^(?:and |now |ok |please )*(?:remove|drop|delete|strike|exclude|take|cross) (.+?) (?:from'
     r'|off|out of)'
     r' (?:the |that |this |your )?(?:list|selection|set|group|answer|choice)$', r'all of them'
     r' except \1'),
    # Mended at the end: "in the box, on the box, sorry", "by the jaws, scratch that, the handles".
    (r'^(.*?) (?:in|into|on|onto|by|at|under|behind|beside|next to) (?:the|its) [^,]+? , ((?:in'
     r'|into|on|onto|by|at|under|behind|beside|next to) (?:the|its) [^,]+?) , (?:sorry'
     r'|i mean(?: to say)?'
     r'|rather)$', r'\1 \2'),
    (rf'\b(by|at) (the|its) (?:{PIECE}) , (?:scratch that|no|sorry|i mean|rather|wait|no'
     rf' wait)(?: ,)? '
     rf'(?:the |its )?({PIECE})$', r'\1 \2 \3'),
    # In note form: "cups: rightmost", "screwdrivers, left to right, second".
    (rf'^(?:the )?((?:\w+ )?(?:{NOUN}))s? , (?:left to right , |from left to right , )?(?:the )?'
     rf'((?:{RANKS})|leftmost|rightmost|\w+est|middle)(?: one)?$', r'the \2 \1'),
    # A topic, and then what is asked of it.
    (r'^(?:and |so |now )*((?:the|my|that|this) [^,?]+?) , (?:it is|its|that is) ([^,]+?) ,'
     r' (?:right|correct|yes'
     r'|no|is not it|is it not|am i right)$', r'is \1 \2'),
    (r'^(?:and |so |now )*((?:the|my|that|this) [^,?]+?) , (is|are|was) (?:it|they|that) (.+)$',
     r'\2 \1 \3'),
    (r'^(?:and |so |now )*((?:the|my|that|this) [^,?]+?) , (where|which one|what) (is|are) (?:it'
     r'|they'
     r'|that)$', r'\2 \3 \1'),
    (r'^(?:do|can|would|could) you (?:happen to |still )?(?:know|tell me|say|see|remember)'
     r' (?=(?:which'
     r'|what|where|how many)\b(?! you\b| i\b))', ''),
    # Of a row, and then which.
    (r'^(?:out )?(?:of|from|among) (?:all )?(?:those|these|the|my) ((?:\w+ )?\w+?)s(?: (?:in a'
     rf' (?:row|line)|over there|here|there|on the table))? , (?:i (?:want|need|mean) |take |pick '
     rf'|choose |give me |show me |get |bring me |hand me )?(?:out )?the ((?:{RANKS}|\w+est|\w+er'
     rf'|middle|left'
     r'|right|leftmost|rightmost)) ?(?:one)?(?= from\b|$| ,)', r'the \2 \1'),
    (r'^there are (?:two|three|four|five|several|some|a few|a couple of|[0-9]) ((?:\w+ )?)(\w+?)s\b'
     r'[^,]* , (?:and )?(?:which(?: one)? is|i (?:want|need|mean)|give me|show me|take|get'
     r'|bring me|pick'
     r'|where is) (the .*?)\bone$', r'\3\1\2'),
    (r'^(?:and |so )*(?:which|what) (\w+) (?:does|will|would) (?:that|this|it) leave(?: (?:me'
     r'|us))?$',
     r'the other \1'),
    # "Some into the glass", "let's make it the blue one".
    (r'\b(pour|put|get|add|tip|sprinkle|shake|squeeze) (?:some|a (?:bit|little|drop)|a bit more'
     r'|some more'
     r'|the rest) (?=(?:in|into|on|onto|over)\b)', r'\1 it '),
    (r'^(?:and |so |ok |then |no |but )*(?:let us |we will |i will |can (?:we|you) |could you '
     r'|better )?'
     r'make (?:it|that) (?=(?:the|a|my|both|all|number)\b)', ''),
    # The last one you can leave alone.
    (rf'^({_WHOM} [^,]+?) you (?:can|may|should|could|might as well) (?:just |safely )?(?:leave'
     rf'|ignore|forget(?: about)?|skip|spare)(?: alone| out| there| be| where (?:it is|they are)'
     rf'| as (?:it is'
     r'|they are))*$', r'do not touch \1'),
    (r'\b(?:(?:have|has|do|does) not (?:got |have )?(?:any |a bit of |a trace of |a speck of )'
     r'|(?:has|have|with) (?:got )?(?:no|not a bit of|nothing) |(?:without|lacking) any )'
     rf'({COLOUR})(?: (?:on|in|about) (?:it|them))?$', r'that is not any \1'),
    (r'^(?:and |so )*which of (?:the|my|our|these|those) ((?:\w+ )?\w+s) (?:(that)(?= (?:is'
     r'|are))|are|do'
     r'|have)\b', r'all the \1 that'),
    (r'^(?:and |so )*which (?:one |ones )?of (?:these|those|them|the things|my things) (?=(?:can'
     r'|could'
     r'|should|would|do) (?:i|we|you|one)\b)', 'all the things '),
    (r"\b(which|what|the|that|this) one 's (?=(?:closer|nearer|further|farther|bigger|smaller"
     r"|taller"
     r'|shorter|longer|on|in|at|next|near|behind|closest|nearest|not|the|to)\b)', r'\1 one is '),
    (r'\b(put|set|lay|place) (.+?) down (?=(?:by|on|in|next|near|beside|behind|between|to)\b)',
     r'\1 \2 '),
    (r"\bthe other (\w+) , (?:i mean )?((?:the|my|that) .+?) 's$", r'the \1 of \2'),
    (r'^(.*\b(?:put|place|stack|set|lay|lean'
     r'|hang) )one (?:of the )?(\w+?)s? (.+ )the other(?: one)?$',
     r'\1a \2 \3a \2'),
    (r',? ?(?:whichever|whatever|the one that) (?:one )?is (?=(?:the )?(?:nearest|closest|furthest'
     r'|farthest|biggest|smallest|tallest|longest|shortest)\b)', ' '),
    (r'^((?:(?:take|get|show|give|bring|do|grab|pick)(?: me| up)? )?(?:the|my|both|all|those) \w+s)'
     r' ,? ?(?:but |and )?(?:with )?the (?:\w+ )+?(?:one )?first$', r'\1'),
    (r'\bhalf (?=(?:eaten|empty|full|finished|broken)\b)', ''),
    (r'\b(?:on|at|to) its (left|right)(?: hand)?(?: side)?$(?<!\bone on its left)'
     r'(?<!\bone on its right)', r'to the \1 of it'),
    (r'^(?:there are |i see |here are )?((?:two|three|four|five|six'
     r'|the) (?:\w+ )?\w+s)(?: in a (?:row|line))? , (?:and )?(?:give me|take|show me|i want|get'
     r'|bring me|pick) (the (?:first|second|third|fourth|fifth|last|middle|left|right)'
     r'(?: one)?)$', lambda m: f'{m[2].removesuffix(" one")} of the {m[1].removeprefix("the ")}'),
    (r'^(?:every|any)?(?:thing|all) (.+?) (?:that|which) is an? (\w+)$', r'all the \2s \1'),
    (r'^((?:please |now |then |and |can you |could you |let us )*)(?:build|make|form'
     r'|construct) (?:me )?(?:the|an?)'
     r' (?:\w+ )?(?:tower|stack|pile|line|row|pyramid|wall|bridge|house) (?:with|of|from|out of'
     r'|using) ', r'\1take '),
    (r'^(?:and |now |then )*(the \w+(?: one)?) (?:goes|comes|belongs) on top$', r'put \1 on it'),
    (r'\b(?:the )?(\w+) number (\w+) (?=(?:from|counting)\b)',
     lambda m: f'the {_NTH.get(m[2], m[2])} {m[1]} ' if m[2] in _NTH else m[0]),
    (r'^(?:and |or )?to (?=(?:drink|eat|cut|drive|fix|write|draw|cook|open|hit|hammer|screw'
     r'|tighten|measure|clean|wipe'
     r'|wash|paint|hold|stir|fry|serve|read|type|call|light|drill)\b)', 'something to '),
    (r'\b(red|blue|green|white|black|yellow|grey|gray|brown|pink|dark|pale)d?(?:er|est)\b', r'\1'),
    (r'(?:\b(?:with|in|of|has|have|having|that has|which has|that have|that is|is'
     r'|are) )?(?:exactly )?(?:the |its )?same'
     r' colou?r (?:as|like|of)(?: that of)? (?=(?:the|my|that|this|it|number|an?)\b)', 'coloured'
     ' like '),
    (r'\bwhatever (?:is|lies|stands|sits) (?=(?:left|right|next|near|behind|in front|beside'
     r'|closest|nearest|on'
     r'|under|between)\b)', 'the thing '),
    (r'\bpour (?:some |the |a bit of |a little |all the )?(?!it\b|them\b|that\b)\w+ (?:from'
     r'|out of) (?=(?:the|my|that|this|number|it)\b)',
     'pour '),
    (r'^(?:from )?left to right ,? ?(?=(?:the|what|which)\b)', ''),
    (rf' ,? ?(?:with )?(?:the |its )?(?:{PIECE}) first$', ''),
    (r'\bthe (\w+) (?:that |which )?you (?:did|have|had) not (?:show|shown|take|taken|pick|picked'
     r'|mention'
     r'|mentioned|mark|marked|touch|touched)(?: me)?(?: yet)?$', r'the other \1'),
    (rf'^((?:and |so )*which \w+) has (?:some |a bit of )?({COLOUR}) on it$', r'\1 is \2'),
    (rf'\b(?:that )?(?:has|have|with|having) (?:some |a bit of |a lot of )?({COLOUR}) on (?:it'
     rf'|them)\b',
     r'that is \1'),
    (rf'\b(?:but )?not (?:by|at) (?:its|the|their) (?={PIECE})', 'but not the '),
    (r'^(?:and |so )?what is left (?:over )?(?:if|when|after) (?:you|we|i) (?:take away|remove'
     r'|take|leave out'
     r'|do not count|ignore) (.+)$', r'everything except \1'),
    (rf'^with (?:the|its) (?:{PIECE})(?: on| attached)?$', 'that one'),
    (r'\b(number|instance) \w+ (?:hundred|thousand|million)\b', r'\1 999'),
    (r'^both (?:of the )?parts$', 'both of them'), (r'^either(?: one)?$', 'one of them'),
    (r'\bthe one before the last(?: one)?\b', 'the last but one'),
    # Why, and then what is wanted by name.
    (r'^(?:i|we) (?:want|need|would like|have|am going|are going) to \w+(?: \w+)? , '
     r'(?=(?:please )?(?:show|take|bring|get|find|grab|pick|fetch|hand|pass|give) (?:me |us |up )?'
     r'(?:the|my|that|all|both)\b)', ''),
    # Wanted, however it is put: "can't you give me", "why don't you take", "don't forget".
    (r'^(?:so |and |but |ok |please )*(?:why )?(?:can|could|would|will|do|did|are) not you '
     r'(?=(?:give|show|take|get|bring|hand|pass|fetch|find|grab|pick|see|point|just)\b)',
     'could you '),
    (r'^(?:so |and |but |ok |please )*why (?:do you )?not (?=(?:give|show|take|get|bring|hand|pass'
     r'|fetch|find|grab|pick|point|just)\b)', 'could you '),
    (r'^do you not (?:see|find|have) (?=(?:the|an?|any|my)\b)', 'do you see '),
    (r'\bdo not (?:you )?(?:ever )?forget (?:to |about )?', ' '),
    (r'^(?:but )?i (?:do|did) not (?:see|find|spot) (?=(?:the|my|any|an?)\b)', 'i can not find '),
    (r'^(?:oh |ah |ok |no |well )*never mind , (?=(?:the|my|an?|that|give|take|show|bring)\b)', ''),
    # What is the matter with one thing, and then the other that is wanted.
    (r'^(?:the|my|that|this) [a-z]+(?: [a-z]+)? is (?:too |very |so |really |already |still )*'
     r'(?:hot|cold|dirty|broken|empty|full|wet|heavy|fragile|old|mine|gone|dull|dry|sticky|busy'
     r'|taken|in use|on fire|far away) ,? ?(?:so |then |and |please )*(?=(?:give|take|show|bring'
     r'|get'
     r'|fetch|hand|pass|find|grab)\b(?!.*\b(?:it|its|them)\b))', ''),
    (r'(?<=\w) ,? ?and (?:then )?i (?:will|am going to|can|would) (?!take (?:the|it)\b.* instead)'
     r'(?:get|take|do|have|hold|bring|be|make|pour|cut|eat|drink|go)\b.*$', ''),
    # What is left out of a question, said first; it is read behind the question.
    (r'^(?:and |so |but |ok )*(?:besides|apart from|other than|aside from|except(?: for)?) '
     r'([^,?]{2,40}?) ,? ?((?:what|which|how many|is there|are there|do you|can you|anything'
     r'|something)\b.*)$', r'\2 besides \1'),
    (r'^(?:and |so |but )*(?:what|which)(?: other)? (?!things\b|objects\b|items\b|colou?rs\b)(\w+s)'
     r' (?:are there|are here|are left|do you see|can you see|do we have|have we got)'
     r' (?=(?:besides|apart from|other than|aside from|except)\b)', r'all the \1 '),
    # Why, before what: "my hands are full so take the remote".
    (r'^(?:my \w+ (?:is|are)|i am|we are|it is|i have) (?:(?!the\b|an?\b|my\b|number\b)\w+ ){1,4}'
     r'(?:, )?so (?=(?:take|get|give|bring|show|find|grab|pick|pass|hand|fetch)\b)', ''),
    (r'^there (?:is|are) (?:two|three|several|more|another)(?: of (?:them|those))? (?:, )?'
     r'(?=i (?:want|need|mean)\b)', ''),
    (rf'^not all of (.+?) ,? ?(?:(?:just|only|but) )*the ({PART})$', r'the \2 of \1'),
    (rf'^(.*\bthe (?:{PART})) (?:, )?not (?:all of|the whole) (?:the whole )?(.+)$', r'\1 of \2'),
    # The same part of something else.
    (r'^((?:and |now |also |ok |then |but |do )*)(?:the )?same (?:(?:thing|part|piece|again) )*'
     r'(?:for|of|on|from|with|goes for|applies to) (?=\w)', r'\1the one of '),
    # Beside the thing that was shown last.
    (r'\b((?:the|a|my) (?:\w+ )?)neighbou?r (?:to|on) its (left|right)\b|'
     r'\bits (?:(left|right)(?: hand)? neighbou?r|neighbou?r (?:to|on|at) (?:the|its) (left|right))'
     r'\b', lambda m: f'the one to the {m[2] or m[3] or m[4]} of it'),
    (r'\bits (?:next |nearest |closest )?neighbou?r\b', 'the one next to it'),
    (r'(?<=\w) (?:immediately |directly |just )?to its (left|right)(?: hand)?(?: side)?$',
     r' to the \1 of it'),
    (r'\b(ones?|things?|objects?) (?:on|at) its (left|right)(?: hand)?(?: side)?$',
     r'\1 to the \2 of it'),
    (r'^((?:and |so |now )*(?:which|what)\b.*?) (is|are) the (nearest|closest|furthest|farthest)'
     r'(?: ones?)? (?=(?:away )?(?:to|from)\b)', r'\1 \2 \3 '),
    (r'\b(a|the|my|any|your) saw(?= (?:here|there|anywhere|around|on|please)\b|$)',
     r'\1 handsaw'),
    # "Which fruit is there" asks for all of it; so do words for stuff of a colour.
    (rf'^(?:and |so )*(?:what|which) ({_STUFF}) (?:is (?:there|here)|do you see|can you see'
     r'|do we have|is on the table|have we got)\b', r'all the \1'),
    (rf'^(?:and |so )*(?:what|which) ({_STUFF}) is (?={COLOUR}$)', r'all the \1 that is '),
    # What it is for, and then what it is: "something to drink from, the red mug".
    (r'^(?:and |also |then |now )*(?:something|anything) (?:to|for|i can) [^,]+ ,'
     r' (?=(?:the|my|that|this|number)\b)', ''),
    (r'\bwhatever (?:is|lies|stands|sits) (?:on|at|to) the (?:far|very|extreme) (left|right)\b',
     r'the \1most thing'),
    (r'\b(?:give|lend) (?:me|us) a hand with (?=(?:the|my|that|this|an?|number|it)\b)', 'get '),
    (r'\b(wait|hold on|hang on) (?:just )?(?:a|one) (?:second|sec|moment|minute) ,? ?'
     r'(?=(?:the|an?|my|that|this|not|number)\b)', r'\1 , '),
    (r'\b(?:right|straight|directly|immediately|shortly) after (?=(?:that|this)\b)', 'after '),
    # What is somewhere else, or of some colour, on the table.
    (rf'^(?:and |so |but )*(?:what|which(?: things| ones)?) else (?:is|are) ({COLOUR})$',
     r'the other \1 things'),
    (rf'^(?:and |so |but )*what (?:is|are) ({COLOUR})(?: (?:(?:on|in) (?:the|this|that) (?:table'
     r'|desk|scene|picture|image|view)|here|there))+$', r'all the \1 things'),
    (r'^(?:(?:ok|okay|and|now|then) )*((?:the|both|all|my|that|this|it|them|number)\b(?: \w+){0,4}'
     r' (?:into|onto) (?:the|my|that|this|an?)\b)', r'put \1'),
    (rf'^(?:and |now )*which (\w+) is (?:the )?({MORE}) ,? ?(?:the )?(\w+) (?:one )?or (?:the )?'
     r'(\w+)(?: one)?$', r'the \3 \1 \2 than the \4 \1 or the \4 \1 \2 than the \3 \1'),
    # A tool and what it is used on.
    (r'\b(?:cut|slice|chop|stir|wipe|scrub|poke|prod|scoop|fasten|tighten|loosen|unscrew|hit|paint'
     r'|fix|repair|mend|flip|turn over|clean|wash|rinse|polish|dry|seal|attach|glue|crack|crush'
     r'|mash|pry|serve|scrape|peel|open|close|mark|cover|dust|sweep|fry|tape|hold down)'
     r' ((?:the|my|that|this|an?|its|it|them|number)\b[^,]*?) (?:with|using) (?=(?:the|my|that|this'
     rf'|an?|some|number)\b(?! (?:\w+ )?(?:\w+ )?(?:{PIECE})(?:$| ,)))'
     r'(?![^,]* (?:on|in|inside|under|beside) (?:it|them)$)', r'take \1 and '),
    # "Its lid and the other one's".
    (rf"(?:\b|(?<= ))(its|the|their|'s) ({PART})((?: of [^,]+?)?) ,? ?(?:and|plus|as well as)"
     r" (?:also |then )?((?:the|my|that) [^,']+?) 's(?: (?:too|as|well|also|please))*$",
     r'\1 \2\3 and the \2 of \4'),
    # "Take the one nearer to the lamp" puts nothing there.
    (r'\b((?:the|an?|that) (?:\w+ ){0,2}(?:ones?|things?|objects?)) (?:nearer|closer) to (?=\w)',
     r'\1 nearest to '),
    (r'\b((?:give|show|bring|hand|pass) (?:me|us)|grab|pick(?: up)?) ((?:the|an?|that) '
     r'(?:\w+ ){0,2}?\w+) (?:nearer|closer) to (?=\w)(?!me\b|us\b|you\b)', r'\1 \2 nearest to '),
    # Which of two is nearer, further away, more to the left.
    (r'^(?:and |now |so |ok )*(?:which|what)(?: (?:one|thing|of (?:them|these|those)))? (?:is|are) '
     r'(?:the )?(?:(closer|nearer)(?: to (?:me|us|you))?|(further|farther)(?: away)?'
     r'(?: from (?:me|us|you))?|(?:further|farther|more)(?: to the)? (left|right)) ,? ?'
     r'((?:the|my|number)\b[^,]+?)'
     r' or ((?:the|my|number)\b[^,]+)$',
     lambda m: _either(m[4], _THAN[m[1] or m[2] or m[3]], m[5])),
    (r'^(?:and |now |so |ok )*(?:which|what)(?: (?:one|thing|\w+))? (?:is|are) (?:the )?'
     r'(?:(closer|nearer|closest|nearest) to|(further|farther|furthest|farthest)(?: away)? from)'
     r' ((?:the|my|number|it|that)\b[^,]*?) , ((?:the|my|number)\b[^,]+?)'
     r' or ((?:the|my|number)\b[^,]+)$',
     lambda m: ' or '.join(f'{it} {"nearest to" if m[1] else "farthest from"} {m[3]}'
                           for it in (m[4], m[5]))),
    # What cannot be done is wanted; what is asked to be there is looked for.
    (r'\b(i|we|she|he|they) (?:can|could) not (?:even |quite |seem to )?(?:reach|open|lift|get'
     r' (?:to|at)'
     r'|grab|hold|carry|move|use|unscrew|close|shut) (?=(?:the|my|this|that|an?|our|number|it)\b)',
     r'\1 need '),
    (r'\bwhere (?:did|do|have|had) (?:i|we|he|she|you|they) (?:last )?(?:leave|left|put|lay|laid'
     r'|drop'
     r'|dropped|place) (?=(?:the|my|that|this|our|your|his|her|it)\b)', 'where is '),
    (r'^(?:is|are) (?:my|our|his|her|their) (.+?) (?:here|there|around|on the table|in view)$',
     r'is the \1 there'),
    (r'\b(?:is|are|was|were) not there (?=(?:an?|any|some|one|two)\b)', 'is there '),
    (r'\bdo not (?:just )?(?:stand|sit|lie|wait|hang) (?:there|around|about)(?: ,)? ', ''),
    (r'\b(?:take|have) a (?:\w+ )?look at (?=\w)', 'look at '),
    (r'\bhow (?:do|can|would|should) (?:i|we|you) get to (?=(?:the|my|that|number)\b)', 'where'
     r' is '),
    (r'^(?:(?:and|so|ok|okay|robot|hey) )*(?:can|could|would|will) you (?:tell|describe'
     r'|explain)(?: to)?'
     r'(?: me| us)? (?=(?:what(?! you)|which|how many|where)\b)', ''),
    (r'^(?:no ,? ?)*not (?:just |only )?(?:the|its|that|this) (?:\w+ )?(\w+) ,? ?(?:but |i'
     r' (?:want|mean|meant) )*'
     r'(?:the |its |that )?(?:whole|entire|complete|full) (?=\w)', 'the '),
    (rf'^(?:(?:and|ok|then|now|but|grab it|take it|hold it|it|pick it up) )*(?:by|at|on|from)'
     rf' (?:the|its) '
     rf'(?=(?:{PART})$)', 'the '),
    (r'\b(?:everything|all)(?: that)? (?:you|we) (?:have(?: got)?|got)(?: here| there| for'
     r' me)?$', 'everything'),
    # What was asked or shown first or last.
    (rf'^{GET}(?:what|the (?:one|thing|object)(?: that)?) (?:i|we) (?:had )?(?:asked|wanted'
     rf'|requested|named|looked|searched|began|started|talked|wished)(?: (?:for|about'
     rf'|with))?(?: at)?(?: (?:the|very))*'
     r' (?:first|beginning|start)$', 'the first one'),
    (rf'^{GET}(?:what|the (?:one|thing|object)(?: that)?) you (?:just|last) (?:showed|found'
     rf'|marked|had)'
     r'(?: me)?(?: now)?$|^(?:your|the) last (?:answer|result)$', 'the last one'),
    (r'^(?:your|the) (?:very )?(first|second|third) (?:answer|result)$', r'the \1 one'),
    (r'\b(?:the )?(?:one|thing|object) (?:with|that has|which has|having) (?:the )?(?:number '
     r'|label )'
     rf'({NUMBER})(?: (?:on|at|beside|next to|above) it)?$', r'number \1'),
    (r'\b(it|that|this) is (?:exactly |just )?the (?:one|thing) (?:that |which )?(?:i|we)'
     r' (?:want|need)$',
     r'\1'),
    (r'^(?:that|this|it) is (?:the one|it|him|her) , (?=\w)', ''),
    # What the robot does with a limb of its own, to a thing.
    (r'\b(?:lower|close|turn|rest|point|put|lay|place|move|raise|bring|swing|hold|stretch|reach'
     r'|aim|extend|direct|wrap|open|keep|set) (?:out )?your (?:\w+ )?(?:grippers?|hands?|fingers?'
     r'|arms?|claws?|camera|head|eyes?)(?: down| out| up| over)? (?:to|onto|on|around|at|towards?'
     r'|over|near|next to|above|into|close to|under|behind|by) (?!\w+ (?:left|right|side|front'
     r'|back|top|bottom|other side|table|floor|ground|wall|ceiling|window|door|sky|camera'
     r'|head)\b)(?=(?:the|my|that|this|number'
     r'|instance|an?|its|it)\b)', 'take ')))
ASIDES: tuple[Wording, ...] = (
    *((re.compile(found), instead) for found, instead in uses.WORDINGS), *_TURNS)
