# SPDX-License-Identifier: Apache-2.0
"""Wordings that are read as plainer ones, before anything else is made of a sentence.

A table only: `core.language.speech_acts` applies it, after `core.language.asides`.
"""

import re

from reasonseg_ros.core.language import lexicon
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
    UNSEEN,
    Wording,
)

_PAIRS = '(?:scissors|shears|pliers|tongs|glasses|clippers)'
_THOSE = '(?:(?:them|these|those)(?: two| three| four)?|the two|the three|all of them|both)'
_WE = r'(?:you|we|i) (?:have |had )?'
# "everything that you have shown me so far", in pieces.
_SHOWN = (rf'{_WE}(?:just |already |ever )*(?:showed|shown|show|found|find|marked|had|have|seen|saw'
          r'|highlighted|outlined|got|picked|named|talked about|looked at|spoken of'
          r'|mentioned|used)(?: (?:to )?me)?')
_SO_FAR_ONLY = r' (?:so far|until now|till now|up to now|up to here|thus far)'
_SO_FAR = rf'(?:{_SO_FAR_ONLY}| before| earlier| just now)?'
_ALL_OF = rf'{GET}(?:everything|all|all of it|all (?:the )?(?:things|ones|objects|of those)) '
# What stands before a question in words, and behind a statement that is one.
_TELL = (r'(?:(?:and|so|now|but|then|ok) )*(?:(?:(?:can|could|would|will|do) you '
         r'|please )*(?:tell|remind'
         r'|inform|show|give|know|see|say|guess|explain|remember|name|describe)(?: (?:to )?(?:me'
         r'|us))?(?: again)? )?')
_TAG = (r'(?:or (?:is|are) (?:it|they)|right|correct|yes|no|ok|true|or not|is (?:it|that)(?: not'
        r'| right| correct| so)?|are they(?:'
        r' not)?|is not it|are not they|does not it|do not you think|or am i wrong|am i right)')
_UNSEEN = f'(?:{"|".join(sorted(lexicon.UNSEEN))})'
_NO_USE = (r'(?:see|find|reach|get|spot|make out|detect|be|have|know|show|tell|give|take|touch|grab'
           r'|recogni[sz]e|identify|name|move|want|need|like|mark|segment|pick|bring)\b')
_FITTED = {'capped': 'cap', 'lidded': 'lid', 'handled': 'handle', 'labelled': 'label',
           'labeled': 'label', 'rimmed': 'rim'}
# Wordings -> the wording that is read, of tokens with pauses, applied in this order.
PARAPHRASES: tuple[Wording, ...] = tuple((re.compile(found), instead) for found, instead in (
    (r'^(?:and |so )?(?:is|are) (?!.*\bstill\b)((?:the|all|both|my|any|an?|your|some) .+?)'
     r'(?: (?:close by|around|somewhere|over))? there$', r'is there \1'),
    # What all of something is for: "everything I can drink from", "all that can be eaten".
    (rf'\b{ALL_THAT} (?:i|you|we|one|people|somebody) (?:can|could|might|may|would|need to'
     rf'|have to) (?:use to )?(?!{_NO_USE})(?=\w)', 'all the things to '),
    (rf'\b{ALL_THAT} (?:can|could|will|would) (?!{_NO_USE})(?!.* (?:is|are)\b)(?=\w)',
     'all the things to '),
    (rf'(?<!what )\b{ALL_THAT} (?:is|are|looks?) (?={_UNSEEN}\b)', 'everything '),
    (rf'(?<!what )\b{ALL_THAT} (?:is|are|lies|stands|sits|you (?:can )?(?:see|find))'
     r'(?: lying| standing)?(?: here| there| visible| present| in view| in sight| around'
     r'| on (?:the|this|your|my) (?:table|desk|bench))+(?= except\b| but\b| apart\b| ,|$)',
     'everything'),
    # Parts in notes: "handle, white mug", "bottle: cap, not the label".
    (rf'^(?!(?:point|pull|cover|plug|clip|pad|roll|spring|top|bottom|front|back|rear|middle|centre|center'
     rf'|side|end|edge|base|head)\b)({PIECE}) ,? ?-? ?'
     rf'((?:{COLOUR} )?(?:{NOUN}))$', r'the \1 of the \2'),
    (rf"^(.*\bthe (?:{PIECE})) , (?:of )?(the [^,]+?) 's$", r'\1 of \2'),
    (rf'^(.*\bthe (?:{PIECE})) , of (?=the )', r'\1 of '),
    (rf'^((?:the |my )?(?:{COLOUR} )?(?:{NOUN})) , ((?:the )?(?:{PIECE})) , (?:and |but )?not '
     rf'(?:the |its )?(?:{PIECE})$', r'\1 , \2'),
    # Parts of a colour: "whose cap is blue", "the blue-capped bottle", "the cap, the blue one".
    (rf'^whose ({PART})s? (?:is|are) ((?:(?!not)\w+ )?{COLOUR})$', r'which one has the \2 \1'),
    (rf'(?<=\w )whose ({PART})s? (?:is|are) not ({COLOUR})$', r'without a \2 \1'),
    (rf'(?<=\w )whose ({PART})s? (?:is|are|looks?) ((?:(?!not)\w+ )?{COLOUR})$', r'with the \2 \1'),
    (rf'\b({COLOUR})[ -]+(capped|lidded|handled|labell?ed|rimmed) (\w+)$',
     lambda m: f'{m[3]} with the {m[1]} {_FITTED[m[2]]}'),
    (rf"\b(the (?:\w+ 's )?)({PIECE}) , (?:the |a )({COLOUR}) one$", r'\1\3 \2'),
    (rf'\bthat (?:has|is|have) got (?=(?:an? |the |no )(?:{COLOUR} )?(?:{PIECE})\b)', 'with '),
    (rf'^how many ({PART})s (?:are|is) ({COLOUR})$', r'how many \2 \1s'),
    (r'\b(ones?) at the (bottom|front|back|top|rear)(?= please$|$)', r'\1 in \2'),
    (r'\bthe (ones?) in (bottom|front|back|top|rear)(?= please$|$)', r'the \2 \1'),
    (r'^(?:no )?(?:, )?that (?:is|was) the wrong (?:\w+ )?(?:, )?(?=(?:show|give|take|find|get|i'
     r'|the other)\b)', 'no , '),
    (r'^go on with (?=(?:the|its|their|that|this)\b)', 'find '),
    (r'\bi (?:was|am) (?:thinking|talking|speaking) (?:of|about) ', 'i mean '),
    (r'^((?:no|wrong|nope|not (?:that|this|it)(?: one)?) (?:, )?)(?:the one )?on the (left|right)$',
     r'\1the \2 one'),
    (rf'\b(the|that|this) one (?=(?:{NOUN}) (?:that|which)\b)', r'\1 '),
    (rf'\b(is|are) (?:all|completely|entirely|fully|totally) (?={COLOUR}\b)', r'\1 '),
    # What is on what, asked in another order.
    (r'^what (?:lies|stands|sits|rests) (?=(?:on|in|inside|under|beside|behind)\b)', 'what is '),
    (r'^(on|in) (?:what|which (?:object|thing|one)) (?:is|does|do|are) (.+?)'
     r'(?: (?:lie|lying|stand|standing|sit|sitting|rest|resting))?$', r'\1 what is \2'),
    (r'^(?:find|show me|tell me) what (.+) (?:is|lies|stands|sits) (in|on)$', r'what is \1 \2'),
    (r'^(?:do you|does (?:the|your) (?:gripper|hand)) hold (?=(?:the|my|that)\b)(.+)$',
     r'\1 which you are holding'),
    # A whole, and then its part.
    (rf'^(?:there is|here is|i see) (.+?) ,? ?(?:(?:and|but) )?(?:what|where) (?:is|are) '
     rf'(?:its|the) ({PIECE})$', r'the \2 of \1'),
    (rf'^(.+?) has an? ({PIECE}) ,? ?(?:(?:and|so|please) )*(?:show|give|mark|point)\b.*$',
     r'the \2 of \1'),
    (rf'^from ((?:the|number|instance) .+?) (?:, )?(?:its|the) ({PIECE})$', r'the \2 of \1'),
    (rf'^where (?:does|do) (.+) have (?:its|the|their) ({PIECE})$', r'the \2 of \1'),
    (r' ,? ?(?:and )?i mean (?:that|those|the ones?) of ', ' of '),
    (r' ,? ?and i mean the ones? ', ' that is '),
    (r'^what (?:does|do) (.+) (?:stand|lie|sit|rest) (in|on)$', r'what is \1 \2'),
    (rf'^the (\w+(?: \w+)?) i (?:mean|meant|want) is (?={COLOUR}$)', r'the \1 that is '),
    (r'\bfollowed by\b', 'then'),
    (r'^(?:please )?(?:clear|empty|clean|tidy)(?: up| off)? (?:the |this |my )?(?:table|desk'
     r'|tabletop)'
     r'(?: off| up)?(?: of everything)? ,? ?(?:but |and |just |only )*(?:leave|keep|spare|not|but'
     r'|except(?: for)?|save|apart from|excluding|leaving|other than) (?=(?:the|my|all|both)\b)',
     'everything except '),
    (r'\b(?:right )?at the (?:very )?(front|back) (?:edge|border|rim|end)$', r'in the \1'),
    (r'\b(?:right )?at the (?:very )?(left|right) (?:edge|border|rim|end)$', r'on the far \1'),
    # Politeness and other words before a request.
    (r'^(?:if (?:it is not too much (?:trouble|to ask|bother)|you (?:do not mind|would not mind'
     r'|can|could|would|like|have (?:a|the) (?:time|moment|minute))|(?:it is )?(?:at all )?possible'
     r'|that is (?:ok|okay|possible|all right)|i may(?: ask)?)|when you (?:can|have (?:a|the)'
     r' (?:time|moment|minute|second))) ,? ?(?=(?:the|an?|my|that|this|both|all|show|give|take'
     r'|bring|find|get|pass|hand|grab|point|pick|where|number)\b)', ''),
    (r'^you (?:could|would) not (?:happen to )?((?:find|show|pass|give|hand|get|see|bring'
     r'|fetch) .+?)(?: (?:could|would) you)?$', r'\1'),
    (r'^lets (?=\w)', 'let us '),
    (r'^(?:leave|keep) (.+?) (?:as it is|alone|where it is|in place|untouched) (?:and|but) (?=\w)',
     r'do not touch \1 , '),
    (r'^(the \w+) ,? ?i do not (?:mean|want) (the .+)$', r'\1 , not \2'),
    (r'\b(?:the )?next (?:one|thing|up) (?:is|would be|will be) (?=\w)', ''),
    (r'(?<=\w)(?<!\ba)(?<!\bthe)(?<! your)(?<! real)(?<! this)(?<! my)(?<! you)(?<! '
     r'of) ,? ?(?:robot|mate|buddy|pal|dude|my friend)$', ''),
    (r'^((?:take|get|grab|pick|lift|remove|bring|fetch)\b.+?) (?:up )?(?:off(?: of)?|(?<!apart )'
     r'(?<!away )(?<!far )(?<!different )from) (?=(?:the|my) (?!left|right|front|back|side|table'
     r'|desk|top|bottom|middle|far)\w)', r'\1 on '),
    (r'\b(?:that|which) (?:does|do) not (?:stand|lie|sit|lean)\b', 'that is not'),
    (r'^(?:and |now )*which (\w+(?: \w+)?) (stands?|lies?|sits?) (.+)$', r'the \1 that \2 \3'),
    (r'^let us (?:go (?:with|for)|take|try|use|pick|choose) (?=\w)', 'take '),
    (r'^(?:first(?:ly)?(?: of all)?|to (?:begin|start) with|(?:begin|start) with) ,? ?(?=(?:the|an?'
     r'|my|its|that|this|take|show|give|grab|pick|find|get|bring|put|point|mark|hand|pass)\b)', ''),
    (r'(?<=\w) ,? ?(?:and )?(?:finally|lastly|last of all) (?=\w)', ' then '),
    (r'^do not (?:you|we) (?=\w)', 'do not '),
    # What was shown before, by number, order and number of things.
    (rf'^(?:that|this) one ,? ?(?=(?:number|instance) {NUMBER}$|the (?:{RANKS})\b)', ''),
    (rf'\b(?:that|this) ({RANKS}|previous|earlier) (?=\w)', r'the \1 '),
    (r'\b(?:the|those|these) two (?:things|objects|items|ones)$', 'both of them'),
    (rf'^(?:i will |i would |let us |we will |i am going to |so )*(?:go|opt|vote|settle) for'
     rf' (?=(?:the|number|my|that|this|both|{NUMBER})\b)', 'take '),
    (rf'\b(hand|pass|give|bring) over (?=(?:number|instance) {NUMBER})', r'\1 me '),
    (rf'^{_ALL_OF}(?:that |which |of what |what |the ones |the things )*{_SHOWN}{_SO_FAR}$',
     r'all of them so far'),
    (rf'^{GET}(?:everything|all|all of it|all (?:the )?(?:things|ones|objects)){_SO_FAR_ONLY}$',
     r'all of them so far'),
    (rf'^{GET}(?:both|the two|the pair)(?: of)?(?: the (?:ones|things))? (?:that |what '
     rf'|which )?{_SHOWN}{_SO_FAR}$', 'both of them'),
    (r'\bpenultimate(?: one)?\b', 'last but one'),
    (r'\bthe (?:original|initial|very first) (one|thing|object)\b', r'the first \1'),
    (r'\bthe (?:earlier|preceding|prior) (one|thing|object)\b', r'the previous \1'),
    (r'\bthe (?:earlier|former) of (?:the two|them|those|these)$', 'the first one'),
    (r'\bthe (?:later|latter) of (?:the two|them|those|these)$', 'the last one'),
    (rf'\bthe (one|thing|object|\w+) (?:that |which )?(?:{_WE}(?:just |already )?(?:looked at|had'
     rf'|saw|talked about|spoke of|discussed|used|asked (?:you )?(?:for|about)|wanted|named'
     rf'|mentioned|said)) (?:before|earlier|previously)(?: (?:this|that|it))?$',
     r'the previous \1'),
    (rf'\bthe (one|thing|object) (?:that |which )?{_WE}(?:had|saw|looked at'
     rf'|found|talked about|mentioned)$', 'that one'),
    (rf'\b(?:what|the (?:one|thing)) {_SHOWN} (?:before|earlier|previously)(?: (?:this|that|it))?$',
     'the previous one'),
    (r'\bthe (one|thing|object) (?:that |which )?(?:came|was|went|you (?:showed|found)(?: me)?) '
     r'(?:the )?(?:very )?(first|last)$', r'the \2 \1'),
    (r'\bthe (one|thing|object) (?:from|at|of) the (?:start|beginning|outset)$', r'the first \1'),
    (r'\bthe (first|last) (?:couple|pair)(?: of (?:them|those|these))?$', r'the \1 two'),
    (rf'^((?:the )?(?:{RANKS})) of (?:these|those|the) (?:two|three|four)$', r'\1 of them'),
    (rf'^({NUMBER}) and ({NUMBER}) (?:together|both|please|too)$', r'number \1 and \2'),
    (r'\bthe other (two|three|four|ones?) (?:than|but|except|apart from) ',
     r'all of them except '),
    (r'^(?:it|that|this) (?:(?:once|one time) (?:more|again)|again|once again)$',
     r'show me that again'),
    (r'^(?:them|those|these) (?:(?:once|one time) (?:more|again)|again|once again)$', 'them'),
    (rf'^(number {NUMBER}|{NUMBER}|the (?:{RANKS})(?: one)?) ,? ?(?:and )?not (?:number |the )?'
     rf'(?:{NUMBER}|{RANKS})(?: one)?$', r'\1'),
    (rf'^(?:what|whatever|those|the ones) (?:that )?{_SHOWN}(?: (?:there|now|just now))*$', 'them'),
    (r'^(?:that|this|it) , (?:yes|yeah|please|exactly|right|robot)$', 'that one'),
    (r'^the (?:very |exact )?same(?: (?:one|thing))?(?: (?:again|as (?:before|last time'
     r'|just now)))*$',
     'that one'),
    (rf'\b((?:need|want|take|get|give me|show|show me|bring|bring me|hand me|pass me|grab|mark'
     rf'|have) )({NUMBER}) and ({NUMBER})$', r'\1number \2 and \3'),
    (r'\bboth (?:of )?(?:the|these|those) (?:things|objects|items|ones)$', 'both of them'),
    (r'^(?:exactly|right|precisely|correct|yes) ,? ?(?=(?:that|this) one$)', ''),
    (r'^(?:go |come |get )?back to (?=(?:the|my|both|all)\b)', 'show me '),
    (rf'^({NUMBER}) (?:and|,|then|plus|as well as|along with|together with) ({NUMBER})$',
     r'number \1 and \2'),
    (rf'^(?:numbers? )?({NUMBER})(?: ,| and)* ({NUMBER})(?: ,| and)* ({NUMBER})$',
     r'number \1 and \2 and \3'),
    (rf'^({NUMBER}) or {NUMBER} (?!of\b)(?=\w)', r'\1 '),
    (r'^(?:the )?previous(?: one)?$', 'the previous one'),
    (r'\b(the one before(?: that)?) again$', r'\1'),
    (r'\bsomething else\b', 'another thing'),
    (r'^(?:whatever|what) you (?:just |last )*(?:showed|found|marked)(?: me)?$', 'them'),
    (r'\bthe (?:one|thing|object) i (?:just |last )*(?:asked for|wanted|named|said)$', 'that one'),
    (r'\bnumber (?:to|too)$', 'number 2'),
    (r'^those (?=(?:that|which|not|with|on|in|next|near)\b)', 'the ones '),
    (r'^the one i (?:want|need|mean|meant) is (?:the )?(\w+)(?: one)?$', r'the \1 one'),
    (r'^any(?: one)? (?=(?:but|except|apart from|other than)\b)', 'one of them '),
    (rf'^(?:take |show me |give me )?all but (?=the (?:{COLOUR})$)', 'all of them except '),
    (r' (?:will do|would do|is (?:fine|ok|okay|good)) ,? ?(?=(?:except|but|apart|other|as long|so'
     r' long)\b)', ' '),
    (r' , any (?:one )?(?=(?:but|except)\b)', ' '),
    (r'^no ([a-z]+(?: \w+)?) (?=(?:give|take|show|bring|get|find|hand|pass|grab) )',
     r'not the \1 , '),
    (r'^(.+) , (the .+?) i do not (?:want|need|mean)$', r'\1 , not \2'),
    (r'^(the .+?)(?<! but) i do not (?:want|need|mean) ,? ?(?:but |only |rather )*(?=the\b)',
     r'not \1 , '),
    (r'^(?:(?:can|could|would|will) you )not (?=(?:touch|move|take|grab|hit|use|go near)\b)',
     'do not '),
    (r'^(?:can|could|would|will) you (?=(?:leave|keep|stay|avoid|count)\b)', ''),
    (r'^(the .+?) (?:is|are) (?:very |really |so )?(?:fragile|hot|dangerous|wet|broken|delicate'
     r'|precious|sharp|heavy) ,? ?(?:so |and |please )*(?:be |take )(?:careful|care)$',
     r'do not touch \1'),
    (rf'^(?:but )?(?:without|minus) (?:the|its) ({PART})$', r'it without its \1'),
    (r'^((?:what|which|who|is)\b.*) (?:to|on|at) (?:its|their) (left|right)$',
     r'\1 to the \2 of it'),
    (r'^(.+?) ,? ?(?:and|but|just|only) (?:(?:please|just|only) )*(?:leave|spare|avoid|ignore'
     r'|skip|forget(?: about)?'
     r'|(?:be )?careful (?:with|of)|watch out for|mind|stay (?:away from|clear of)) '
     r'((?:the|my|that|this|number)\b.*?)(?: (?:alone|be|there|in peace|out|as it is'
     r'|where it is))*$', r'do not touch \2 , \1'),
    (r'^([0-9]) ([0-9])$', r'number \1 and \2'),
    (r'^(?:(?:please )?(?:go|come|switch|return|get) )?back to (?=(?:the (?:first|second|third|last'
     r'|previous|other)|number)\b)', ''),
    (r'\bthe (?!one\b|thing\b|object\b)(\w+) from (?:before|earlier)$', r'the prior \1'),
    (r'\bthe (one|thing|object) (?:from (?:before|earlier)|you (?:had|showed)(?: me)? (?:before'
     r'|earlier)|before (?:this|that|it)(?: one)?)$', r'the previous \1'),
    (r'\bthe (?:latest|newest|most recent)(?: one| thing)?$', 'the last one'),
    (r'\b(both|all) of (?:those|these|the) (?:two |three )?(?:things|objects|items|ones)$',
     r'\1 of them'),
    (r'\bthe (two|three|four) (?:things|objects|items|ones) (?:that )?you (?:just )?(?:showed|found'
     r'|marked|picked)(?: me)?$', r'the \1 of them'),
    (r'^(?:the|that) (?:pair|duo)(?: of them)?$', 'both of them'),
    (r'\bthe other (one|\w+) (?:than|but|apart from|except)\b', r'the \1 other than'),
    (r'\b(?:everything|all) else\b', 'all the other things'),
    (r'^(?:and |now |but |the same |just |only )*(?:without|except(?: for)?|but not|excluding|minus'
     r'|apart from|leaving out|omitting) (?=(?:number|[0-9]|the (?:\w+ ){1,2}one)\b)',
     'all of them except '),
    (r'^(?:and |so )*how many (?:(?:things|objects|items|pieces) )?(?:(?:have|did|do) i (?:have'
     r'|got|ask for|asked for|get|take|taken|collect|collected)|have you (?:found|shown|given)'
     r'(?: me)?)(?: (?:now|so far|already|altogether|in all|in total|by now))*$',
     'how many of them so far'),
    # Places.
    (r'\bthe (left|right|middle) ?(?:most|hand)? (?:one )?(?:of|among) (?:all )?'
     r'(?=(?:the|these|those|them|my|all)\b)(?<!to the left of )(?<!to the right of )'
     r'(?<!on the left of )(?<!on the right of )(?<!in the middle of )'
     r'(?<!at the left of )(?<!at the right of )', r'the \1 one of '),
    (r'\bthe (leftmost|rightmost|nearest|closest|furthest|farthest) (?:one )?(?:of|among) (?:all )?'
     r'(?=(?:the|these|those|them|my)\b)', r'the \1 one of '),
    (r'\bwhatever is (?:the )?(\w+est|leftmost|rightmost)$', r'the \1 thing'),
    (r'\blast (\w+) (?:on|to|at) the (left|right)$', r'\1 on the far \2'),
    (r'\b(?:starting|counting|counted|beginning|begun|going|seen) (?:on|at|from|with) (?:the '
     r'|your |my )?(left|right|front|back)(?: (?:side|hand side|end))?\b', r'from the \1'),
    # What goes where.
    (r'^(?:i|we) (?:want|need|would (?:like|love|prefer)) (.+?) (?:to (?:be |go |come |sit '
     r'|stand |lie '
     r'|rest |stay |end up )?(?:put |placed |set |laid )?|(?:put|placed|set|moved|laid|standing'
     r'|sitting) )'
     r'(?:right |just |directly )?(?=(?:next to|by|beside|near|on|onto|in|into|inside|behind'
     r'|under|between'
     r'|in front of|on top of|left of|right of|to the (?:left|right) of)\b)', r'put \1 '),
    (r'\bput (it|them|that|this) down (?=(?:beside|next|near|by|on|in|under|behind|between)\b)',
     r'put \1 '),
    (r'^(.*\b)?(?:move|bring|push|slide|shift|pull|carry|take|roll|drag|shove|get|scoot)'
     r' (?:(?:me|us) )?((?:the|my|an?|this|that|both|all|it|them|number|instance)(?: \w+){0,4}?)'
     r'(?<! next)(?<! left)(?<! right)(?<! close)(?<! closer)(?<! closest)(?<! near)(?<! nearer)'
     r'(?<! nearest)(?<! belongs)(?<! belonging)(?<! adjacent)(?<! back)(?<! up)'
     r'(?: over| closer| nearer| across| right| back| up)? (?:to|towards?)'
     r' (?=(?:the|my|that|number|instance)\b)'
     r'(?!the (?:left|right|front|back|side|middle|center|centre|edge|corner|table)\b)',
     r'\1put \2 next to '),
    # Parts by what is done with them.
    (rf'^(?:\w+ ){{0,5}}?((?:the|my|that|this|an?|number|instance) (?:.+? )?\w+|it|them) (?:by|at)'
     r'(?! the (?:very )?(?:front|back|bottom|top|rear)$)'  # a place
     rf' (?:its|their|the) ((?:\w+ )?(?:{PART}))$', r'the \2 of \1'),
    # Questions in words.
    (rf'^{_TELL}(?:what|which|who)(?: (?:kind|sort|type) of (?:thing|object|item))? (?:is|was'
     rf'|does|did'
     rf'|would|do) (?:number |instance )?({NUMBER})(?: (?:stand for|show|mean|refer to|be|called'
     rf'|again|like|represent|do you think))*$', r'what is number \1'),
    (rf'^{_TELL}(?:what|which thing|who) (?:number |instance )({NUMBER}) (?:is|was|shows?|means?'
     rf'|stands? for|refers? to)(?: again| called)?$', r'what is number \1'),
    (rf'^(?:number |instance )({NUMBER}) (?:is|was) (?:what|who|which thing)(?: again| then)?$',
     r'what is number \1'),
    (rf'^(?:explain|identify|tell me (?:something |more )?about|{_TELL}(?:what is )?the (?:name'
     rf'|identity) of) (?:number |instance )({NUMBER})(?: (?:to|for) me)?$', r'what is number \1'),
    (rf'^{_TELL}what (?:would|do|could|can|might|should) (?:you|we|one|people|i) call (it|this'
     rf'|that|(?:this|that) (?:thing|one|object)|(?:number |instance ){NUMBER})$', r'what is \1'),
    (rf'^{_TELL}(?=how many )', ''),
    (r'^(?:(?:i|we|you|need|want|would|to|know|any|idea|so|that|makes?|can|could|tell|me|us|say'
     r'|and|then'
     r'|now|please|do|see|is|it|wonder|wondering|about|exactly) )+(?=how many )', ''),
    (r'^(?:(?:can|could|would|will) you )?(?:please )?(?:give me |make |do |take |what is '
     r'|tell me |say )?'
     r'(?:me )?(?:a|the) (?:quick |total |exact |rough )*(?:number|count|total|sum|amount'
     r'|tally) of (?:all )?', 'how many '),
    (r'\bhow many (.+?) (?:stand|lie|sit|rest|are (?:standing|lying|sitting|resting'
     r'|placed))(?: (?:around'
     r'|about|there|here|on (?:the|this|my|your) (?:table|desk)))*$', r'how many \1 are there'),
    (rf'^(?:do (?:we|you) (?:have|see)|have (?:we|you)(?: got)?|can you see) (?:more than|less than'
     rf'|fewer than|exactly|at least) {NUMBER} (?=\w)', 'how many '),
    (r'\b(?:sort|kind|type) of (?=colou?r)', ''),
    (rf'^(?:the |my )?(?!{COLOUR} |(?:which|what|same|in|of|its|their|and) )(\w+(?: \w+)?)'
     r' colou?rs?$',
     r'what colour is the \1'),
    (r'\bhow many (.+?) (?:are (?:there|here|left|visible)|do you see|can you see) (?=(?:besides'
     r'|except'
     r'|other than|apart from|excluding|without|not counting|aside from)\b)', r'how many \1 '),
    (rf'^{_TELL}what am i (?:looking at|seeing|being shown)(?: here| now)?$', 'what is it'),
    (rf'^{_TELL}(?:what|which) (?:shade|tint|hue|tone) ', 'what colour '),
    (rf'^{_TELL}(?=(?:what|which) colou?r )', ''),
    (rf'^{_TELL}(?:what (?:would|do|will) you (?:say|think|call|reckon) (?:is )?)?(?:the )?'
     r'colou?rs? of (?=(?:the|my|that|this|number|it|its|both)\b)', 'what is the colour of '),
    (rf'^(?:am i right|is it (?:true|right|correct|so)|would you (?:agree|say)|do you (?:agree'
     rf'|think)'
     rf'|(?:i|we) (?:think|guess|believe|suppose|bet|would say)|{_TELL}(?:if|whether))(?: that| in'
     r' (?:thinking|saying|assuming)(?: that)?)? ((?:the|my|that|this|number|it) .*?)'
     rf" (?:is|looks|are) ((?:an? )?{COLOUR})(?: one)?(?: ,? ?{_TAG})?$", r'is \1 \2'),
    (rf"^((?:the|my|that|this|number) .+?) (?:is|'s|looks|are)(?: not)? ({COLOUR}) ,? ?{_TAG}$",
     r'is \1 \2'),
    (rf'^(?:does|do|would|could|will|might|has|did) ((?:the|my|that|this|number|it) .*?) (?:look'
     rf'|appear|seem|be|count as|have|pass as|pass for)(?: to be| rather| quite| really'
     rf'| as)* (?:an? )?({COLOUR})'
     r'(?: colou?r)?(?: (?:to you|for you|at all|or not))*$', r'is \1 \2'),
    (r'^(?:(?:can|could|would|will) you )?(?:please )?(?:confirm|check|verify|see|look|make sure'
     r'|say|tell me) (?:if |whether |that )?((?:the|my|that|this|number|it) .*?) (is|are|looks)'
     rf' ((?:an? )?(?:not )?{COLOUR})(?: or not)?$', r'is \1 \3'),
    (rf'^(?:would|do|can|could|will) you (?:describe|call|see|count|rate) (.+?) (?:as'
     rf'|to be) ({COLOUR})$',
     r'is \1 \2'),
    (rf'^(?:has|does|did) (.+?) (?:got|have) an? ({COLOUR}) (?:colou?r|paint|finish|look)$',
     r'is \1 \2'),
    (rf'^(is|are|was) (.+?) (?:rather |really |actually |painted |in |truly |an? )*({COLOUR})'
     r' (?:one|ones|thing|colou?r|or not)$', r'\1 \2 \3'),
    (rf'^{_TELL}(?:what is )?the (?!number|total)(\w+) (?:count|total)$', r'how many \1s'),
    (rf'^{_TELL}(?:what is )?(?:the )?(?:total |whole |overall |exact )*(?:number|count|amount'
     rf'|sum) of ',
     'how many '),
    (r'^((?:the )?\w+s) ,? ?how many(?: (?:of them|are there|do you see|can you see))*$',
     r'how many \1'),
    (rf'^(?:is it|are (?:there|they|those|these)) {NUMBER} (\w+s) or {NUMBER}$', r'how many \1'),
    (r'^(?:(?:do|can|could|would|will) you )?(?:please )?(?:(?:tell|remind|inform) me|know|say'
     r'|let me know|explain(?: to me)?|happen to know|i wonder|any idea|i want to know'
     r'|i would to know)(?: again)? ,? ?'
     r'(?=how many|(?:what|which|of what) colou?r|the (?:colou?r|number|amount) of|if\b|whether\b)',
     'tell me '),
    (r'^tell me (?:whether|if) (.+?) (is|are) (.+)$', r'\2 \1 \3'),
    (r'^(?:and )?(?:what is )?the (?:number|amount|count) of ', 'how many '),
    (r'\bhow many (.+?) (?:can|could|do|did|have|will) (?:you|we|i|they)(?: (?:see|find|found|count'
     r'|make out|spot|detect|recogni[sz]e|have|got))?\b', r'how many \1 are there'),
    (r'\bhow many (.+?) (?:have we got|have you got|do we have|can you (?:count|make out|find)'
     r'|are left'
     r'|did you (?:find|see|count)|there (?:are|is)|you see|are visible|do you count|lie there)\b',
     r'how many \1 are there'),
    (r'^(?:and )?how many (?:of (?:them|those|these) )?(?:are (?:there|those|these|they)|is that'
     r'|(?:did|do|can|have) you \w+)$', 'how many of them'),
    (rf'^(?:is|are) there (?:more than|less than|fewer than|exactly|at least|only|just) {NUMBER}'
     r' (?=\w)', 'how many '),
    (r'^(?:and )?the colou?rs? of ', 'what is the colour of '),
    (r'^(?:and )?(?:what|which) colou?r$', 'what colour is it'),
    (r'^what is its name$', 'what is it'),
    (r'^is (that|this|it|(?:number|instance) \w+) (?:an?|the) (.+?) or (?:an?|the) (.+)$',
     r'what is \1'),
    (r'^(count .+) for me$', r'\1'),
    (rf'^what (?:is|are) (?:numbers? )?({NUMBER}) and (?:number )?({NUMBER})$',
     r'what is number \1 and \2'),
    (rf'^(?:number )?({NUMBER}) ,? ?what (?:is|was) (?:it|that|this)$', r'what is number \1'),
    (r'^(?:is|are) not (?=(?:the|it|that|this|they|number)\b)', 'is '),
    (r'^(?:is|are) there no (?=\w)', 'is there any '),
    (r'^(?:is|are) there (?:more|fewer|less) (.+?) than (.+)$', r'how many \1 and \2'),
    (r'^(?:what|which) (\w+) (things|objects|items) (?:do|can|are) (?:you|there)\b.*$',
     r'all the \1 \2'),
    (r'^(?:what|which) (things|objects|items) (are (?!there|here|on the table|visible|in\b).+)$',
     r'all the \1 that \2'),
    (rf'^(?:which|what)(?: one)? is (?:the )?({MORE}) ,? ?the (\w+) or the (\w+) (\w+)$',
     r'the \2 \4 \1 than the \3 \4 or the \3 \4 \1 than the \2 \4'),
    (r'^(?:and |so )?(?:what|which) number (?:is|has|does|do|are) (it|that|this|that one|this one'
     r'|they|those)(?: have)?$', r'what is \1'),
    (r'^(?:of|in) (?=(?:what|which) colou?r\b)', ''),
    (r'^(?:and )?((?:the|my|number|this|that) .+?) ,? ?(?:what|which) colou?r (?:is|are|does|do'
     r'|has|have) (?:it|they|that|one)(?: have)?$', r'what colour is \1'),
    (r'^tell me (?:about )?the colou?rs? of ', 'what is the colour of '),
    (rf'^(?:is|are) (.+?) {COLOUR} or (?:more )?{COLOUR}$', r'what colour is \1'),
    (r'^(?:are|is|do|have) (.+?) (?:have |of |in )?(?:all |both )?(?:of )?(?:the )?(?:same'
     r'|different|equal) colou?rs?$', r'what colour are \1'),
    (rf'^(?:and |now )*(?:which|what|who)(?: one| thing)? (?:is'
     rf'|are) (?:the )?({MORE}) ,? ?(.+?) or '
     r'(.+)$',
     r'\2 \1 than \3 or \3 \1 than \2'),
    (rf'^(?:and |now )*which (?:one |thing )?(?:of {_THOSE} )?(?:is|are) (?:the )?({MORE})$',
     r'the \1 one'),
    (rf'^(?:and|or) (?:which (?:one )?is )?(?:the )?({MORE})$', r'the \1 one'),
    (rf'^(?:and |now )*which (?:ones? )?of {_THOSE} (?:is|are) (?:the )?(?!{UNSEEN})(\w+est'
     r'|leftmost|rightmost|first|last)'
     r'(?: one)?$', r'the \1 one'),
    (rf'^(?:and |now |so )*which (?:ones? )?of {_THOSE} (?:is|are) ((?:the|my) '
     rf'(?!one\b|{UNSEEN}).+)$', r'\1'),
    (rf'^(?:and |now )*which (?:ones? )?of {_THOSE} (is|has|stands|lies) '
     rf'(?!(?:the )?{UNSEEN})(.+)$',
     r'the one that \1 \2'),
    (rf'^(?:and |now )*which (.+?) (?:is|are) (?:the )?(?!{UNSEEN})(\w+est|first|last|leftmost'
     r'|rightmost) one$',
     r'the \2 \1'),
    (r'^(?:and |now )*which (.+?) is ((?:lying|standing|upright)\b.*)$', r'the \1 \2'),
    (rf'^(?:and |now )*which (?:one|thing|object) (?:is|would be|here is) (the (?!{UNSEEN}).+)$',
     r'\1'),
    (r'^(?:what|which) (?:objects|things|items) (?:do|can) you (?:recogni[sz]e|know|detect'
     r'|make out|find|spot|notice|identify)(.*)$', r'what do you see\1'),
    (r'^is (?:there )?(?:anything|something) in (?:your|the) (hand|gripper|claw)s?\b.*$',
     r'is there anything in your \1'),
    # What was shown before.
    (r'^(?:no ,? ?)?(?:that|this) (last|first|second|third|fourth|fifth) (?=one\b|\w+$)',
     r'the \1 '),
    (r'\bthe (?:latter|last mentioned)\b(?: one)?', 'the last one'),
    (r'\bthe former\b(?: one)?', 'the first one'),
    (rf'\bthe (?:one|thing|object|\w+) (?:that (?:is|has) )?(?:labell?ed|marked|numbered|tagged'
     rf'|called|with (?:the )?(?:label|tag)|that you (?:called|numbered)) (?:as )?(?:number'
     rf' )?(?={NUMBER}$)',
     'number '),
    (rf'^(?:option|choice|candidate|answer|no|nr|nummer|hit|result) (?={NUMBER}$)', 'number '),
    (r'\bthe (one|thing|object|item|\w+) (?:(?:that )?(?:you|i) (?:\w+ )+)?(?:just '
     r'|right )?before(?: that'
     r'| this| it| that one| this one| last| the last(?: one)?)*$', r'the previous \1'),
    (r'\bthe (last|second last) (?:but one|one but last)$', 'the previous one'),
    (r'\bthe (first|second|third|last) (?:thing|one|object) (?:that )?(?:i (?:asked (?:you'
     r' )?(?:for|about)'
     r'|wanted|named|said|mentioned)|you (?:just )?(?:showed|found|marked|gave)(?: (?:to )?me)?)$',
     r'the \1 one'),
    (r'\bthe (?:thing|one|object) (?:that )?(?:i asked for|you showed(?: me)?|i wanted) (first'
     r'|last|second)$',
     r'the \1 one'),
    (r'^both (?:things|objects|items|ones)$', 'both of them'),
    (r'^(?:please )?(?:no one|nobody) (?:ever )?(touch|move|take|grab|use|eat|get|hold'
     r'|have)(?:e?s)? ',
     r'do not \1 '),
    # What is left out.
    (r'^no (?!,)(.+?) ,? ?(?:but |just |only )?(?:(?:show|give|bring|take'
     r'|get)(?: me)? )?(?:all )?(?:the rest'
     r'|everything else|the others?)$', r'everything except the \1'),
    (r'^an? (\w+) , but (?:only |just )?(?:the|an?) (\w+) one$', r'the \2 \1'),
    (r'^(?:show me |show |mark |highlight |give me |take )?anything (?=[a-z]+$)', 'everything '),
    (r'(?<!^it)(?<!^that)(?<!^this) ,? ?(?:it )?(?:does not|do not'
     r'|is not going to) matter(?: which(?: one)?| what)?$'
     r'| ,? ?(?:i (?:do not|am not) (?:mind|care|bothered|fussy|picky)|(?:i am )?not (?:fussy|picky'
     r'|bothered)|no matter)(?: about)?(?: which(?: one)?| what)?$'
     r'| ,? ?whichever(?: you (?:like|prefer|want|find|see first))?$', ''),
    (r'(?<!the )(?<!a )\b(?:bar|barring|excepting|excluding|not counting|not including'
     r'|with the exception of|with exception of|but for|exclusive of|apart of|leaving aside)'
     r' (?=(?:the|my|that|those|these|this|number|its|any)\b)', 'except '),
    (r'\bless (?=(?:the|its) )', 'without '),
    (r' ,? ?but (?:please )?(?:leave|take|keep|put) (.+?) (?:off|out|away|aside)$', r' without \1'),
    (r'\b(?:that|which) (?:is|are) neither (?:the |an? )?(.+?) nor (?:the |an? )?(.+)$',
     r'that is not \1 or \2'),
    (r'^neither (.+?) nor (.+?) ,? ?(?:but )?(?:just |only |rather )?(?=the \w)',
     r'not \1 , not \2 , '),
    (r'^(.+?) , all (but|except|without|minus) ', r'all \1 \2 '),
    (r'^(?:take |show me |give me )?all (?:of (?:it|them) )?(?:but|except(?: for)?|minus|apart from'
     r'|without) ((?:the )?(?:first|second|third|fourth|fifth|last|number|middle|left|right'
     r'|\w+ one)\b.*)$', r'all of them except \1'),
    (r'^(?:take |show me |show |give me )?all (?:of it )?(?:but not|but|except(?: for)?|minus'
     r'|apart from|without) (?=(?:the|my|number|that)\b)', 'all things except '),
    (r'^i (?:would )?prefer (.+?) (?:to|over|rather than|instead of) (?=(?:the|a|my)\b)(.+)$',
     r'\1 , not \2'),
    (r'^no (\w+) (\w+) (?:only|but|rather) ', r'not the \1 \2 , the '),
    (r'\b(?:that|which|who) (?:is|are) not (?=(?:on|in|at|to|next|near|beside|behind|under|left'
     r'|right|close|above|below|between|by)\b)', 'that is not the one '),
    # The second choice.
    (r' ,? ?(?:or |and |but )?(?:,? ?if (?:there (?:is|are) (?:none|no such thing|not one'
     r'|not any)|not'
     r'|(?:you|it|that) (?:can not|do not|is not|are not|could not) \w+(?: (?:it|one|that|there'
     r'|them'
     r'|any))*|that fails|there is not|need be|unavailable|impossible|it is not there|that is not'
     r' (?:there|possible))|failing (?:that|which)|otherwise|alternatively|or else|as a (?:fallback'
     r'|backup|second choice|last resort))(?: then)? ,? ?(?=(?:the|an?|my|some|any|that)\b)',
     ' or '),
    (r'^if (?:there is no|you (?:can not|do not) (?:see|find)(?: an?| the| any)?) (.+?)'
     r' ,? ?(?:then )?(?:show|give|take|find|get|bring|pass)(?: me)? (.+)$', r'the \1 or \2'),
    (r'^(?:ideally|preferably|if possible) (.+?) (?:but|or|otherwise) (.+?)(?: (?:will'
     r'|would) (?:do|be'
     r' (?:fine|ok|okay|good))(?: too)?| is (?:fine|ok|okay)(?: too)?)?$', r'\1 or \2'),
    (r' ,? ?but (.+?) (?:will|would|is) (?:do|also do|fine|ok|okay)(?: too| as well)?$', r' or \1'),
    # Several.
    (r'^(?:mine |please )?(\w+s) ,? ?(all (?:two|three|four|five|of them)|both|(?:two|three|four'
     r'|five|six)) ?(?:of (?:them|those|these))?$', r'\2 \1'),
    (r'^(?:take |give me |show me |get me )?either (?:one )?of (?=(?:the|those|these|them|my)\b)',
     'one of '),
    (r'^not (?:only |merely )?(.+?) ,? ?but also (.+)$', r'\1 and \2'),
    (r'\b(?:together|along|combined|paired) with\b', 'and'),
    (r'\bhalf a dozen\b', 'six'), (r'\ba dozen\b', 'twelve'),
    (r'\bany (?:one )?of (?=(?:the|those|these|them|my)\b)', 'one of '),
    (r'\ball (?:that|which) is (?=\w)', 'everything that is '),
    (r'\b(?:two|three|four|five|six|[0-9]|these|some|a few|several) (?:things|objects|items)'
     r' (?=the .+ and the )', ''),
    # A slip that the speaker mends.
    (r'^(?!th(?:at|is) (?:is|was)\b)(.*\b(?:the|an?|my|both|all|number|its|any|this|that) .+?)'
     r' ,? ?(?:(?:no|sorry|wait|oops|nope|scratch (?:that|it)|make that|correction'
     r'|or rather|i mean|i meant|excuse me|rather|no actually|my mistake|hold on|hang on|nah'
     r'|forget (?:that|it)|not (?:that|it|this)(?: one)?)(?: ,)? )+(?:(?:i|we) (?:would )?'
     r'(?:rather |really )?(?:(?:like|want|need|prefer|meant?|said|take) )?(?:to (?:have|take) )?'
     r'|(?:take|give|show|bring|get|find)(?: me)? )?'
     r'(?=(?:the|an?|my|that|both|number|its|all)\b)(?!the others?\b)(?!that is\b)',
     r'\1 , i mean '),
    (r'^(?:no |nah |oh |nope |, )*(?:scratch|forget|cancel) (?:that|it) ,? ?(?=(?:the|an?|my|that'
     r'|both|number|take|give|show)\b)', 'no , '),
    (r'\b(blue|red|green|white|black|yellow|grey|brown|purple|pink)s\b', r'\1 ones'),
    (r'^(?:all right|alright|right|ok|okay|fine|good|well)(?: then| so| now)+ (?=(?:the|number|take'
     r'|give|show|bring|get|find|my|that)\b)', ''),
    (r'^(?:my )?\w+ (?:said|says|told (?:me|you))(?: that)?(?: you)?(?: to| should)? '
     r'(?=(?:leave|do not|never|not)\b)', ''),
    (r'^(.*\b(?:do not|never|careful|leave|keep|hands off|avoid|away)\b.+?) ,? ?(?:because |since '
     r'|cause )?(?:it|its|they|that) (?:is |are )?(?:very |really |so |too |still )*(?:hot|fragile'
     r'|mine|wet|broken|expensive|sharp|dangerous|new|old|precious|delicate|dirty|heavy)$', r'\1'),
    (r'^other than (?:number )?([0-9]+)$', r'all of them except number \1'),
    (r'\bcareful w (?=(?:the|my|that)\b)', 'careful with '),
    # As learners and dialects say it.
    (r'\b(the (?:\w+ )?\w+) who (?=(?:is|has|stands|lies|sits)\b)', r'\1 that '),
    (r'\bexcept of\b', 'except'), (r' bar none$', ''),
    (r'\bhow much (?=\w+s\b)', 'how many '), (r'^who is (?=the \w+est\b)', ''),
    (r'\b(that|this) there (?=\w)', r'\1 '), (r'\bthem (?=\w+s\b)(?!as\b|is\b)', 'those '),
    (r'\b(the (?:\w+ )?\w+) what (?=(?:is|are|has|have|stands|lies|sits)\b)', r'\1 that '),
    (r'\bmore (?:near|close)(?: to)? (?=(?:the|my|number|it)\b)', 'closest to '),
    (r'\bof (?:the )?(blue|red|green|white|black|yellow|grey|brown|purple|pink|orange)'
     r' colou?r\b', r'that is \1'),
    (r'\bof (?:the )?colou?r (?=\w)', 'that is '),
    (r'\b(one|ones) of (?:the )?(left|right)$', r'\1 on the \2'),
    # What is left where it is, after what is wanted.
    (r'^(?!do not\b|leave\b|skip\b|keep\b|never\b|please leave\b)(.+?) ,? ?(?:and |but )?'
     r'(?:leave|skip|ditch|lose|ignore|let) ((?:the|my|number) \w+(?: \w+)?)'
     r'(?: there| be| alone)?$', r'\1 but not \2'),
    (r'^(?:ditch|lose|skip|dump|scrap|omit|ignore|no need for) (.+?) , (?=(?:the|take|give|show'
     r'|bring|get|find|i|just|only)\b)', r'not \1 , '),
    (r'^(?:and |but )?(?:except(?: for)?|excluding|apart from|minus) (?=(?:the|number|that)\b)',
     'all of them except '),
    (rf"^({NUMBER}) (?:'s|is) (?:the one|it|mine|right|correct|the right one)$", r'number \1'),
    (r'(?<=\w) (?<!do )you know (?=(?:the|that|which|with)\b)', ' , '),
    (r'^(?:would|is|will) it be possible (?:for you )?(?:to|that you)\b', 'could you'),
    (r'^is it possible (?:for you )?(?:to|that you)\b', 'could you'),
    (r'\b(hand|pass|give|bring) over (?=(?:the|that|my|an?|this|those|both)\b)', r'\1 me '),
    (r'\bover (?=(?:to|on) the (?:left|right)\b)', ''),
    (r'^first (?:of all )?(?=(?:the|an?|my|its|that|this)\b)', ''),
    (r'^(?:is|are) not there\b', 'is there'),
    (rf'^(?:and )?which (.+?) (?:is|are) (?:the )?(?!{UNSEEN})(\w+est|first|last|leftmost'
     r'|rightmost)$',
     r'the \2 \1'),
    (r'^(?:what|which|where) (?:one )?is (.+) , (?:show|point)(?: (?:it|that))?(?: to)? me$',
     r'show me \1'),
    (r'^i can not (?:find|see|spot) (.+?)(?: ,? ?where .*| anywhere| any ?more)?$', r'where is \1'),
    (r'^(?:yes|yeah|yep|yup) , (?:that|it|this)$', 'that one'),
    (r'^there (?:should|must|ought to) be (.+?) ,? ?(?:show|find|get|take)(?: me)? (?:it|them)$',
     r'show me \1'),
    (r'\bwhatever is (.+?)(?: , all of (?:it|them))?$', r'everything that is \1'),
    (r'\b(?:any|every)thing (that .+?) , all of (?:it|them)$', r'everything \1'),
    (r'\bby (?:its|their) ((?:\w+ )?\w+)$', r', its \1'),
    (r' ,? ?(?:and |but )?not the (?:others?|other ones?|rest)$', ''),
    (r'^(the \w+ one) (the .+?) i mean$', r'\1 , i mean \2'),
    (r'^(.+) , (the .+?) i mean$', r'\1 , i mean \2'),
    (r'^(?:set|put|lay|place) (.+?) down (?=(?:beside|next|near|by|on|in|under|behind)\b)',
     r'put \1 '),
    (r'^(.+?) (?:should|must|has to|needs to|ought to|shall) (?:sit|go|be|stand|lie|end up|come) '
     r'(?=(?:next to|on|onto|in|into|inside|beside|behind|under|between)\b)', r'put \1 '),
    (r'^(?:(?:we|i|you|let us|you can|we can) (?:will |shall |can |could )?)?'
     r'(?:know|call|refer to) (it|that|this) (?:as )?(?=(?:the|my) )', r'call \1 '),
    (r'^(.+?) (?:shall|will|should|is to|can) be (?:known as|called|named) ', r'call \1 '),
    (r'^its name (?:is|will be|shall be) (?!what\b)', 'call it '),
    (r'^(?:right|okay|ok|alright|all right|good|great|fine|perfect|so|now|listen|look) , ', ''),
    (rf'\b(?:all )?the pairs of (?={_PAIRS}\b)', 'all the '),
    (rf'\bpairs? of (?={_PAIRS}\b)', ''),
    (r'\bthe (?:whole |entire )?lot(?= (?:except|but|minus|without|,|apart|save|other)|$)',
     'everything'),
    (r'^.*\b(?:two|three|four|five|six|[0-9]|these|some|a few|several) '
     r'(?:things|objects|items) , (?=.+ , )', 'take '),
    (r'^make (?:it|that) (?=the (?:first|second|third|last|left|right|other|\w+ one)\b)', ''),
    (r'\bat the (?:far|very) (left|right)$', r'on the far \1'),
    (r'^my (?!choice\b)(\w+) is the (.+) one$', r'the \2 \1'),
    (r'^what (?:might|could|would|can) (.+) be$', r'what is \1'),
    (r'^the same (.+?)(?: again)?$', r'that \1'),
    (r'\boutermost (\w+) (?:on|to|at) the\b', r'\1 on the far'),
    (r'\bas well as\b', 'and'),
    (r'\b((?:but|except|except for|minus|save|besides|excluding'
     r'|apart from)) (?=[0-9]+(?: and [0-9]+)?$)',
     r'\1 number '),
    (r'^((?:\w+ )*)all (?=(?:but|except|minus|save|besides|excluding|apart)\b)',
     r'\1all of them '),
    (r'^([0-9]+) as (?=[0-9]+$)', r'\1 and '),
    (r'\bnumber pad\b', 'keypad'),
    (r'(?<=\bthe) very (?=(?:left|right|front|back|top|bottom|middle|end|first|last)\b)', ' '),
    (r'\b(?:starting|counting|counted) (?:at|from) (?=the (?:left|right|front|back)\b)', 'from '),
    (r'\b(?:that|which) is most to the (left|right)$', r'on the far \1'),
    (r'(?<!^that)(?<!^it)(?<!^this) ,? ?(?:is not it|are not they|is it not)$', ''),
    (r'^(.+) (?:is|are) (?:what|which) colou?rs?$', r'what colour is \1'),
    (r'^(.+) has (?:what|which) colou?r$', r'what colour is \1'),
    (r'^would you (?:call|say) (.+?) (?:is )?(\w+)$', r'is \1 \2'),
    (r'^number (\w+) is what$', r'what is number \1'),
    (r'^(?:what|which (?:thing|object|item|one)) did you (?:label|call|number|mark|tag)(?: as'
     r'| with)? (?:number )?([0-9]+)$', r'what is number \1'),
    (r'^(?:and )?(?:number )?([0-9]+) , what (?:would|could|is|might) that(?: be)?$',
     r'what is number \1'),
    (r'^what number of ', 'how many '),
    (r'^what is out there$', 'what is there'),
    (r'^(?:show me )?all of it$', 'show me everything'),
    (r'^from now on (?:number )?([0-9]+) is ', r'number \1 is '),
    (r'\bthe (first|second|third|last) you (?:showed|found)(?: me)?$', r'the \1 one'),
    (r'\bthe one you (?:called|labelled|labeled|numbered) (?:number )?([0-9]+)$', r'number \1'),
    (r'^go with (?=\w)', 'take '),
    (r'^whatever you (?:do )?,? ?(?=do not\b|not\b|never\b)', ''),
    (r'^not (?=(?:touch|move|take|grab|use|drop|go)\b)', 'do not '),
    (r'(?:^| ,? ?)(?:no matter what|under no circumstances|for (?:heaven|god) \'s sake'
     r'|whatever happens|i repeat|i warn you|i am warning you) ,? ?(?=(?:do not|never)\b)', ' '),
    (r'^(.*)\bunder (?:no|any) circumstances?(?: ,)? ', r'\1do not '),
    (r'\bdo not do not\b', 'do not'),
    (r'^(?:do|must|should|may|can) not do not\b', 'do not'),
    (r'\b(?:i would|i had|you had|you) (?:rather|prefer(?: it)?|better|best)(?: that'
     r'| if)?(?: you)? (?:did not|do not|not)(?= \w)', 'do not'),
    (r'^(?:better|best) not (?=\w)', 'do not '),
    (r'\b(?:mind|(?:make|be) sure|see to it|take care|ensure|promise)(?: that)? you do not\b',
     'do not'),
    (r'^i would (?:rather|prefer(?: it)?(?: if)?) (?:you|that you) left (.+) (?:alone|there|be)$',
     r'leave \1 alone'),
    (r'^(?:its|it is|that is) (?:strictly |absolutely )?(?:forbidden|not allowed|prohibited|not ok'
     r'|not okay|dangerous) (?:for you )?to\b', 'do not'),
    (r'^i (?:forbid|prohibit) you (?:to|from)\b', 'do not'),
    (r'^you (?:are|were) not (?:allowed|supposed|permitted|meant|going)(?: to)?\b', 'do not'),
    (r'^you are (?:forbidden|prohibited) (?:to|from)\b', 'do not'),
    (r'^(.*?\b(?:the|my|that|this) .+?) (?:is|are) (?:very |really |so )?(?:fragile|hot|dangerous'
     r'|wet|broken|delicate|precious|mine|not yours|sharp) ,? ?(?:so |please )*(?:do not|never) '
     r'(?:touch|take|move|grab) (?:it|them|that)$', r'do not touch \1'),
    (r'^(?:leave|forget) (.+?) (?:, |and |but )+(?=(?:take|bring|give|show|grab|find|get|fetch) )',
     r'not \1 , '),
    (r'^no touching(?: of)? (.+)$', r'do not touch \1'),
    (r'^(?:leave|drop) (.+?) , (?:(?:i (?:want|need)|take|give me|just|but) )+(.+)$',
     r'not \1 , \2'),
    (r'^no (?!wait\b|sorry\b|oops\b|hold\b|hang\b|stop\b|thanks?\b|problem\b|worries\b|really\b'
     r'|not\b|the\b|i\b|that\b|this\b|its?\b|my\b|number\b)([a-z].+?) , '
     r'(?:(?:only|just) )?(?=the \w)', r'not the \1 , '),
    (r'\bnon (\w+) (\w+)$', r'\2 that is not \1'),
    (r'\b(?:that|which) (?:is|are) anything but (\w+)$', r'that is not \1'),
    (r'\bwithout (?:any )?(\w+) on it$', r'that is not \1'),
    (r'^(?:i (?:do not|would not|never) (?:want|like) you to|try not to|take care not to'
     r'|mind you do not'
     r'|(?:make|be) sure (?:that )?(?:you )?(?:do not|never|not to)|see (?:to it )?that you do not'
     r'|(?:nobody|no one) (?:should|may|must|is to|can)|(?:do not|never) you (?:dare|ever)(?: to)?)'
     r'(?= \w)', 'do not'),
    (r'^(.+?) (?:must|should|may|can|is|are|shall|will)(?: not| never)(?: ever)?(?: to)? be '
     r'(?:moved|touched|taken|grabbed|picked up|lifted|used|held|disturbed|handled)(?: at all)?$',
     r'do not touch \1'),
    (r'^(.+?) (?:stays|stay|remains|remain)(?: exactly)? '
     r'(?:where (?:it is|they are)|there|put|here|in place|untouched|alone)$', r'do not move \1'),
    (r'^(?:i (?:would|want|need) )?(?:rather|better|sooner) (?!not\b)(.+?)(?: rather)? than (.+)$',
     r'\1 , not \2'),
    (r' , no (?=\w+(?: \w+)?$)', ' without the '),
    (r'\banything and everything\b', 'everything'),
    (r'\b(the|a|my) draw$', r'\1 drawer'),
    (r'^is there a colou?r to (.+?)(?: , .*)?$', r'what colour is \1'),
    (r'^(?:i am|we are) after (?=\w)', 'find '),
    (r'^(?:rest|stick) (?=(?:the|a|an|it|that|this|my)\b)', 'put '),
    (r'\b(\w+est(?: \w+)?) of (?:them )?all$', r'\1'),
    (r'\bthe two (?:that )?you (?:just )?(?:showed|found|marked|picked)(?: me)?$', 'both of them'),
    (r'\bthe (?:ones|things) (?:that )?you (?:just )?(?:showed|found|marked|picked)(?: me)?$',
     'them'),
    (r'\bthe (\w+) (?:that )?you (?:just )?(?:showed|found|marked|picked)(?: me)?$', r'that \1'),
    (r'^(?:and |now |ok |but )*the (?:other )?(ones?) that (?:is|are) not$', r'the other \1'),
    (r'^(?:and |now |ok |then |so )*(?:the )?next one(?: please)?$', 'another one'),
    (r'^and (?:now |then )?the last(?: one)?$', 'the remaining one'),
    # "The drill first" says when, not which.
    (r'^((?:(?:take|get|show|give|bring|do|grab|pick)(?: me| up)? )?(?:the|my|both|all) '
     r'(?!very\b)(?!.*\b(?:i|you|we|one|thing|of)\b)[^,]+?)(?<! the)(?<! my) ,? ?first$', r'\1'),
    (r'^(.+?) (?:goes|go|belongs|belong) '
     r'(?=(?:next to|on|onto|in|into|inside|beside|behind|under|between)\b)', r'put \1 ')))
