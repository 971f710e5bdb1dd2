# SPDX-License-Identifier: Apache-2.0
"""How whole sentences are worded that are no plain request: questions in words, naming, answers.

Regular expressions over tokens without pauses, except for REJECTION and what follows it; each
stands for a whole sentence. Tables only: `core.language.speech_acts` says in which order they hold.
"""

import re

from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.references import NUMBER
from reasonseg_ros.core.language.utterance import SpeechAct

_CAN = r'(?:(?:can|could|would|will) you )?'
_IN_VIEW = (r'(?:(?: here| there| now| right now| today| on (?:the|this|my|your) (?:table|desk)'
            r'| in (?:the|this) '
            r'(?:image|scene|room|picture|view)| in front of (?:you|me|us)| in view| around here'
            r'| around(?: you)?'
            r'| everything| with your camera| at the moment| so far| all| over there| in total'
            r'| altogether))*')
LIST = re.compile(
    r"(?:tell me |say |describe |explain )?(?:all )?what (?:(?:else )?(?:do|can"
    r"|could) you (?:see|recogni[sz]e|detect|find|make out)"
    r"|(?:you (?:can )?see)|is(?: there)?(?: to see)?|are (?:there|the (?:things|objects|items))"
    r"|(?:things|objects|items|stuff)"
    r" (?:are there|do you see|can you see|are|do we have|is there)|do we have|is lying|lies"
    r"|have we got"
    rf"|(?:all )?is)(?P<v>{_IN_VIEW})"
    rf"|(?:please )?(?:{_CAN})?(?:tell me |give me |name |list |enumerate |describe |show me "
    r"|read out |say )(?:me )?"
    r"(?:what (?:you see|you are looking at|is there|you can see|there is|is here)"
    r"|(?:a |the )?(?:list"
    r"|inventory)(?: of (?:what (?:you (?:can )?see|there is|is there)|everything"
    r"|all(?: the)? (?:things|objects|items)|the (?:things|objects|items)))?|everything|all"
    r"|(?:all )?(?:of )?(?:the )?(?:objects|things|items|stuff)|the (?:scene|table|image"
    r"|picture)|all (?:that )?you (?:can )?see"
    rf"|everything (?:that )?(?:you (?:can )?see|there is|is there))(?:{_IN_VIEW})"
    r'|(?:which|what) (?:objects|things|items|stuff)(?: do you see| can you see| are there'
    rf'| are visible| are)?(?:{_IN_VIEW})'
    r'|(?:the )?inventory|look around|describe|what else(?: is there)?|(?:make|take) (?:a '
    r'|an )?(?:list|inventory)'
    rf'|list|is (?:there )?anything(?:{_IN_VIEW})|do you see anything(?:{_IN_VIEW})|see anything')
# "what else do you see besides the mugs": a question of LIST, and what is left out of it
LIST_BUT = re.compile(r'(?P<list>.+?) (?:besides|apart from|other than|aside from|except(?: for)?'
                      r'|excluding|but for|beyond) (?P<but>.+)')
COUNT = re.compile(r'(?:(?:and |so |now )*(?:can you )?(?:tell me |say |count )?)(?:how many'
                    r'|the number of'
                    r'|what is the number of|count(?: all)?(?: the| of the)?) (?P<what>.+?)'
                    r'(?: in all| in total| altogether| all told)?')
# "how many of them are tools"
COUNT_AMONG = re.compile(r'(?:(?:and|so|now) )*how many of (?:them|these|those) (?:are|is) '
                         r'(?P<how>\w+)')
COLOUR = re.compile(
    r'(?:(?:and |so |now |but )*(?:can you )?(?:tell me )?)(?:(?:what'
    r'|which) (?:colou?rs?)(?: of)? (?:is|are|was|were|does|do|has|have) '
    r'(?P<a>.+?)(?: have| in| painted| again| exactly)?'
    r"|(?:(?:what|how) (?:is|are)|tell me|name) the colou?rs? of (?P<b>.+)|(?:what"
    r"|which) colou?r (?P<c>.+?) (?:is|are|has|have)"
    r"|(?:what is )?(?P<d>its|.+ 's) colou?r|(?:how|what) is (?P<e>.+) (?:colou?red|painted))")
# "And the bottle?", after a question that was answered in words.
AND_THE = re.compile(r'(?:(?:ok|okay|so|and|now|then) )*(?:(?:what|how) about|and) '
                     r'(?P<what>(?:(?:the|my|that|this|number|its)\b.*|\w+s))')
# What is asked of a thing, in words: "is the can | left or right of the bottle".
IS_SO = re.compile(r'(?:(?:ok|okay|so|and|now) )*(?P<is>is|are) (?:the|my|that|this) (?:\w+ ){0,3}?'
                   r'\w+ (?P<how>(?:left|right|on|in|at|to|next|near|behind|between|under|bigger'
                   r'|smaller|larger|taller|shorter|closer|nearer|further'
                   rf'|{"|".join(lexicon.COLOURS)})\b.*)')
# What asks for more than words.
_DIRECTIVES = 'show|take|bring|get|find|grab|pick|point|fetch|hand|pass|where'
DIRECTIVE = re.compile(rf'\b(?:{_DIRECTIVES})\b')
# The same, and what is only wished for.
WISH = re.compile(rf'\b(?:{_DIRECTIVES}|please|want|need|like)\b')
# A question about a colour in other words, and the words around what it is about.
ASKS_COLOUR = re.compile(r"\b(?:what|which)(?: is| 's)?(?: the| its)? colou?rs?\b(?! (?:things"
                         r"|objects|items"
                         r"|ones|one)\b)|\b(?:what|tell me|know|say|name)\b.*(?:'s|\bthe"
                         r"|\bits) colou?rs?\b(?! (?:of )?(?:red|green|blue)\b)"
                         r"|^(?!.*\b(?:one|thing|something|same|with|like|in) the colou?r)"
                         r".*\bthe colou?rs? of\b")
AROUND_COLOUR = re.compile(
    r"\b(?:what|which|(?:the )?colou?rs?(?: (?:of|on|for|that))?(?! one)|is|are|was|were|does|do"
    r"|did|has|have"
    r"|had|might|would|could|can|may|should|will|be|you|i|we|see|tell me|tell|know|say|name|think"
    r"|again|exactly|and|so|now|not|(?<!of )(?<!to )(?<!from )(?<!than )(?<!behind )(?<!beside )"
    r"(?<!near )(?<!under )(?<!on )(?<!by )it|painted|please|give me|in|by the way|then|really"
    r"|there"
    r"|here)\b(?= |$)")
# "so number 1 is a what": a number, or "that", and nothing that says more of it.
WHAT_NUMBER = re.compile(
    r'(?:(?:what|who|which|is|are|was|were|by|does|did|do|has|can|could|would|will|should|may|you'
    r'|i|we|me|it'
    r'|say|said|tell|know|forgot|forget|remember|remind|recall|see|identify|explain|describe|name'
    r'|again'
    r'|exactly|so|and|but|now|then|a|an|the|thing|object|item|one|kind|sort|type|of|again|supposed'
    r'|to|be'
    r'|called|call|mean|means|for|stand|stands|show|shows|please|that|this|have|just|really'
    r'|actually)'
    r' )*(?:(?P<n>(?:number|instance) \w+)|that|this|it)'
    r'(?: (?:what|who|which|is|are|was|were|does|did|do|a|an|the|thing|object|again|exactly|be'
    r'|called|then'
    r'|now|mean|means|please|show|shows|stand|stands|for|supposed|to|you|say|really|actually'
    r'|there))*')
IDENTIFY = re.compile(
    r'(?:(?:and |so |now |but )*(?:can you )?(?:tell me |do you know |say )?)(?:what|which thing'
    r'|who)(?: exactly| kind of (?:thing|object))? (?:is|are|was'
    r'|do you call) (?P<what>.+?)(?: called| again| exactly| for| then| here| supposed to be'
    r'| made for)?'
    r'|(?:tell me |do you know |say )what (?P<c>(?:number|instance|that|this|it|the).*?) (?:is|are)'
    r'|(?:identify|describe|name) (?P<b>.+)')
CONFIRM = re.compile(r'(?:and )?(?:is|are|was) (?!there\b|anything\b|something\b|this\b.* the '
                      r'|it\b$)(?P<what>(?:the|my|this|that|it|number|instance|they|these|those'
                      r'|both'
                      r'|all|its)\b.*)')
# "is the pan left or right of the teapot"
EITHER_PLACE = re.compile(r'(?:(?:and|so|but|now|then) )*(?:is|are) (?P<what>(?:the|my|this|that|it'
                          r'|number|instance)\b.*?) or (?P<other>.+)')
# "is the banana on the left or on the right", "is it at the back"
_SIDE = (r'(?:(?:the|my|your) )?(?:left|right|front|back|middle|rear|centre'
         r'|center)(?: (?:hand )?side'
         r'| end| edge)?(?: of (?:the|this|my) (?:table|desk|picture|image|bench|view))?')
PLACED = re.compile(r'(?:(?:and|so|but|now|then|ok) )*(?:is|are) (?P<what>(?:the|my|this|that|it'
                    r'|they'
                    r'|number|instance)\b.*?) (?:(?:lying|standing|sitting|more|placed|over) )*'
                    rf'(?P<one>(?:to|on|at|in) {_SIDE})(?: or (?:(?:is it|rather|more) )*'
                    rf'(?P<other>(?:(?:to|on|at|in) )?{_SIDE}))?')
# "is the pen closer to the mug or to the lamp", "... than to the lamp"
NEARER = re.compile(r'(?:(?:and|so|but|now|then|ok) )*(?:(?:is|are|does|do)|(?:what|which)(?: one'
                    r'| thing)? (?:is|are|does|do)) (?P<what>(?:the|my|this|that|it|number'
                    r'|instance)\b.*?)(?: (?:lie|stand|sit|lying|standing))? (?P<how>closer|nearer'
                    r'|further|farther)(?: away)? (?:to|from) (?:either )?(?!me\b|us\b'
                    r'|you\b)(?P<one>.+?) '
                    r'(?P<link>or|than)(?: (?:is it|rather|closer|nearer|further|farther|it is))*'
                    r'(?: (?:to|from))? (?P<other>.+)')
# "this one is bob", without an article: only for words that nobody has a use for
THIS_ONE = re.compile(r'(?:(?:and|ok|so|now|from now on) )*(?P<what>this(?: one)?|that one'
                      r'|(?:number|instance) \w+|[0-9]+) is (?P<name>[a-z]{3,})'
                      r'(?<!ing)(?<!ed)(?<!ous)(?<!ful)(?<!less)(?<!ble)(?<!ish)(?<!ive)(?<!ic)'
                      r'(?<!al)(?<!ant)(?<!ent)(?<!ly)')
# "and of the red one", "what about the red one's", after a part
_ALSO = r'(?:(?:and|now|also|ok|then|but|only|just|please|show me|give me|what about|how about) )*'
_ANOTHER = r'(?:the|my|that|this|these|those|number|instance|both|all|each|every)'
OF_TOO = re.compile(rf'{_ALSO}(?:(?:(?:the ones?|that|those|the same) )?(?:of|on|from)'
                    rf' (?P<owner>(?:{_ANOTHER}\b.*|them))|(?P<whose>{_ANOTHER} [^,]+?) \'s'
                    r'(?: (?:too|also|instead|now|please|next|then|only|again'
                    r'|once more|as|well))*)')
# "is that the red mug", "is number 3 a bottle"
IS_A = re.compile(r'(?:and |so |but )*(?:is|are|was|were) (?P<what>that|this|it|these|those|they'
                  r'|(?:this|that) (?:thing|one|object)|(?:number|instance) \w+|the \w+ (?:thing'
                  r'|one|object)) (?:really |also |still |supposed to be |meant to be )*'
                  r'(?P<how>(?:an?|the|my|some) .+|[a-z]+s)')
STATED = re.compile(r'(?P<what>(?:the|its|number)\b.+?)(?<! that)(?<! which) (?:is|are) '
                    r'(?P<how>\w+)')
HOLDING = re.compile(
    r"(?:what|which (?:thing|object)) is (?:it|that|this)(?: that"
    r"| which)?(?: there)? you are (?:now "
    r"|currently )?(?:holding|gripping|carrying|grasping|clutching)|"
    r"(?:what|which thing|which object) (?:are you|is (?:the|your) (?:robot|gripper|hand)|do you"
    r"|does (?:the|your) (?:robot|gripper|hand)|have you) (?:(?:currently|now|still"
    r"|just) )*(?:hold|holding"
    r"|gripping|got|grasping|grasp|have|carry|grip|clutching|squeezing|carrying|picked up|lifted"
    r"|gripped|grasped|grabbed)(?: (?:there|now"
    r"|right now|in (?:your|the|its) (?:hand|gripper)))*"
    r"|(?:are you|do you|is the gripper|have you)(?: got)? (?:hold|holding|gripping|have|carrying"
    r"|grasping)?(?: ?(?:something|anything|a thing))?"
    r"(?: (?:now|right now|at the moment|there|in (?:your|the) (?:hand|gripper)))*"
    r"|(?:is there |have you got |what is |got )?(?:anything |something )?in (?:that|your|the) "
    r"(?:hand|gripper|claw|grasp|grip)(?: of yours)?(?: (?:now|right now|at the moment))*"
    r"|(?:do|have|are) you (?:got |have |keeping )?hold of (?:any|some)thing"
    r"|(?:do you have |have you got |is there |you have |are you holding )?(?:any"
    r"|some)thing (?:at all |held |stuck |caught )?"
    r"(?:in|between|inside) (?:your|the|its|those) (?:hands?|grippers?|claws?|fingers|grip|grasp"
    r"|paws?|arms?|jaws)(?: (?:now|right now|at the moment|there|at present|of yours))*"
    r"|is (?:your|the) (?:hand|gripper) (?:empty|free|full|open|closed)"
    r"|(?:does|is) (?:your|the) (?:hand|gripper|robot) (?:hold|holding|grip|gripping|have|grasping"
    r"|carrying)(?: (?:something|anything|a thing))?(?: now| right now)*")
CALL = re.compile(
    r"(?:(?:and |ok |now |please |from now on |let us |we |i |you can |should |will |can |could "
    r"|may |you |am |are |going to |also |want to |would |want you to |me |shall )*)(?:call"
    r"|name) (?P<what>.+?) (?:(?P<det>the|a|an|my|our"
    r"|your) )?(?P<name>[a-z][a-z\-]*(?: [a-z][a-z\-]*)?)(?: from now on| please| now)?"
    r"|(?:remember |note )(?:that )?(?P<rwhat>.+?) (?:is|as) (?:the |a |an |my "
    r"|our )(?P<rname>[a-z][a-z\-]*(?: [a-z\-]+)?)")
THIS_IS = re.compile(
    r'(?:(?:and |ok |no |so |remember |but |, |from now on |look |now |hey )*)(?P<what>this|that'
    r'|it|this one|that one'
    r'|(?:the )?(?:number|instance|object) \w+|[0-9]+|(?:the|that|this) (?:\w+ )*(?:thing|one'
    r'|object) (?:number )?[0-9]+|(?:the )?(?:\w+ ){1,2}(?:one|thing|object)'
    r'|(?:the )?(?:first|second|third|last) one) (?:is|are) '
    r'(?:called |named )?(?P<det>the|a|an|my|our|your|called|named|actually a)(?: called'
    r'| named)? (?P<name>[a-z][a-z\-]*(?: [a-z][a-z\-]*)?)')
# "the same again", and leave to choose any of what was asked about
AGAIN = re.compile(r'(?:and )?(?:(?:the |those |that )?same(?: (?:ones?|things?))?(?: again'
                   r'| as before)?|once (?:more|again)|again|one more time|(?:show|do|give me'
                   r'|mark) (?:me )?(?:the same|that|it|them) (?:once more|one more time))')
ANY = re.compile(r'(?:(?:it )?does not matter(?: which(?: one)?)?|(?:just )?(?:any|whichever'
                 r'|whatever)(?: one)?'
                 r'(?: of (?:them|those|these))?(?: (?:will|would) do| is (?:fine|ok|okay|good)|'
                 r' you (?:like|want|prefer))?|either(?: one)?(?: (?:is|will|would) (?:fine|ok'
                 r'|okay|good|do))?|you (?:choose|decide|pick)(?: one)?|i do not (?:care'
                 r'|mind)(?: which(?: one)?)?|no matter'
                 r'(?: which(?: one)?)?|up to you|your choice|pick (?:one|any)|one of (?:them'
                 r'|those|these)|(?:it is )?all the same(?: to me)?|same to me)')
# All that the newest answer showed, said as one.
GROUP = re.compile(r'(?:(?:and|ok|now|yes|then|please|show|show me|give me|take|get|bring me'
                   r'|i want) )*'
                   r'(?:(?:the|this|that) (?:whole |entire |complete |full )?(?:lot|set|group|bunch'
                   r'|collection|trio|selection|family|gang|crew|row)|(?:all|the whole) of it'
                   r'|it all)(?: (?:of (?:them|those|these)|please|again|now))*')
# Another place for what was put somewhere: "no, not in the glass, in the bowl".
ELSEWHERE = re.compile(r'(?:(?:no|nope|sorry|wait|oops|actually|rather|but|and|i mean|i meant)'
                       r' ?,? ?)*'
                       r'(?:not (?:in|into|on|onto|next to|beside|behind|under) [^,]+ , )?(?:but'
                       r' |i mean '
                       r'|i meant |rather |put it |better )*(?P<where>(?:in|into|on|onto|next to'
                       r'|beside'
                       r'|behind|in front of|under) (?:the|my|that|this|an?|number)\b [^,]+)')
# After a part, all of what it is a part of; `WHOLE` stands for it among words.
WHOLE = 'it whole'
WHOLLY = re.compile(r'(?:(?:and|ok|now|no|yes|then|but|rather|i mean|i meant|please|show|show me'
                    r'|give me'
                    r'|take|get|bring me|i want|i need|make it) )*(?:(?:the|its) (?:whole|entire'
                    r'|complete'
                    r'|full) (?:thing|object|item|lot|one)|(?:(?:all|the whole|the entirety) of'
                    r'|whole'
                    r'|entire) (?:it|that|this)|(?:it|that) (?:all|whole|entirely|completely|in'
                    r' full'
                    r'|as a whole)|the whole of (?:it|that)|what it (?:belongs to|is (?:a )?part'
                    r' of)'
                    r'|the (?:thing|object) (?:it|that) (?:belongs to|is (?:a )?part of)|what it'
                    r' is on'
                    r')(?: (?:please|again|now|though|instead|this time|too))*')
# What is said before a command to the dialogue.
NEVER_MIND = re.compile(r'^(?:(?:lol|haha|oh|ah|ok|no|well|oops|hmm) ,? ?)*never mind ,? ?(?=\w)')
YES = re.compile(r'(?:yes|yeah|yep|yup|sure|ok|okay|correct|exactly|indeed|true|of course'
                  r'|that one|that is (?:it|right|the one|correct)|it is|i do|aha|jep|si|oui|ja'
                  r'|absolutely|definitely|affirmative|yes (?:please|it is|that one|that is it'
                  r'|exactly|i do|the one|that is (?:right|the one)|i mean (?:it'
                  r'|that(?: one)?)))(?: (?:please|thanks|robot|that one|this one|it is|i do'
                  r'|that is it|that))*')
NO = re.compile(r"not what (?:i|we) (?:wanted|want|meant|mean|said|asked(?: for)?|needed|need)"
                 r"(?: at all)?|(?:no|nope|nah|neither|none|negative|nein|non|wrong)(?:"
                 r" (?:thanks|thank you"
                 r"|one|robot|of (?:them|these|those)(?: two)?|i do not|it is not"
                 r"|that is (?:wrong|not it|not right|not the one|not what i (?:mean|meant"
                 r"|want))|not (?:that|this|it|those)(?: ones?)?|wrong))*|not (?:that|this|it"
                 r"|those|these|any of (?:them|those|these))(?: ones?)?|(?:that|it) is (?:wrong"
                 r"|not it|not right|not the one(?: i (?:mean|meant|want(?:ed)?))?"
                 r"|not what i (?:mean|meant|wanted|said|asked for))"
                 r"|(?:that|it|this) is not (?:an?|my|the) (?!one\b)\w+(?: \w+)?|not (?:that"
                 r"|this) \w+|neither(?: one)?(?: of (?:them|these|those))?(?: two)?")
REJECTION = re.compile(
    r'(?:(?:no|nope|nah|wrong(?: one| thing)?|not (?:that|this|it|them|those|these)(?: ones?'
    r'| (?!one)\w+(?= ?,| but| the))?(?= ?,| but| i |$| the | take| give| show)|that is (?:wrong'
    r'|not (?:it|right|what i (?:mean|meant|want(?:ed)?)|the (?:one|right one)(?: i (?:mean|meant'
    r'|want(?:ed)?))?))|'
    r'(?:that|it|this) (?:was|is) (?:wrong|not it|not the \w+(?: (?:one|i (?:want|mean|meant'
    r'|wanted)))*|the wrong \w+)|wrong \w+(?= ?,| take| find| show| the)|i (?:do not'
    r'|did not) (?:mean|want) (?:that|this|it|them|those)(?: ones?)?|sorry|wait|(?:hold|hang) on'
    r'|stop|oops|whoops|i mean'
    r'|i meant|correction)(?: ?,)* )+(?:(?:but|rather|instead|i (?:mean|meant|said|want|wanted'
    r'|need|was looking for|asked for)|it is|the one i (?:mean|meant|want) is)(?: ,)* )*')
CHANGE = re.compile(r'\b(?:instead|rather)$')
USE = re.compile(
    r'\b(?:thing|object|one|tool) (?:that |which )?(?:you|people|one|i|we) '
    r'(?:(?:can|could|would|need to|want to|would like to) )?(?P<f>.+)'
    r'|\b(?:something|anything|things?|objects?|items?|tool|tools|one|ones|what|whatever|which|how'
    r'|stuff|where)\b.*?\b'
    r'(?:to|can i|can you|can we|can one|could i|could you|could we|would i|would you|do you|do i'
    r'|do we|does one|do people'
    r'|people|one would|one can|i could|i can|you can|you could|you would|you need to|i need to'
    r'|i would|i want to|for|used to|helps? (?:me )?(?:to )?|good for|lets? me) (?P<use>.+)'
    r'|\b(?:i|we|someone|somebody|people|she|he) (?:(?:would|d)(?: like| love)?|have|has|need'
    r'|needs|want|wants|am about|am going|got) to (?P<b>.+)'
    r'|\bwith (?:what|which)(?: \w+)? (?:do|can|could|would) (?:you|i|we|people|one) (?P<c>.+)'
    r'|\bfor (?P<d>\w+ing\b.*)')

# "one through three" counts out what it means.
RANGE = re.compile(rf'\b(?:numbers? )?({NUMBER}) (?:through|thru|up to|to) '
                    rf'(?:number )?({NUMBER})$')
# Before a command.
EXCLAIMED = re.compile(r'^(?:(?:wait|hang on|hold on|oops|whoops|actually|ok|okay|no|sorry|damn'
                        r'|argh'
                        r'|hmm|oh|ah|right|hey|stop|never mind|my mistake|my bad|please|let us'
                        r'|can you|could you|i think|better|scratch that|cancel that'
                        r'|(?:forget|scrap|scratch|cancel|bin|ditch|drop) (?:all )?(?:that|it|this'
                        r'|everything|the lot)(?: and)?'
                        r'|let us|lets) )+(?=undo|take back|cancel|revert|scratch|start|begin'
                        r'|reset|go back|forget that|step back)')
# Questions in words; one that no rule knows is no request to show what it names.
QUESTION = re.compile(
    r'^(?:and |so |but |ok |, )*(?:(?:is|are|was|were|will|has|did|have(?= (?:they|these'
    r'|those)\b)|does(?!.*\bhave\b)) (?!there\b'
    r'|(?:any|some)(?:thing|one of|where)?\b|an?\b|not\b|you\b|i\b|we\b|it (?:possible|ok)\b)'
    r'|who (?:does|do|did|owns?|has|put|left|made|bought|wrote|used|took|gave|ate|drank|broke)\b'
    r'|(?:why|when|how (?:far|long|heavy|much|old|hot|deep|wide|tall|big|come|fast)) )')

# What others did is nothing that can be seen, wherever they did it.
OF_OTHERS = re.compile(
    r'^(?:and |so |but |ok |, )*(?:(?:what|which|who|where|how) )?(?:did|do|have|has|had|does'
    r'|was|were)'
    r' (?:they(?! (?:have (?:an?|any|the|their)|look)\b)|he|she|somebody|someone|anybody|anyone'
    r'|people|everybody) ')


# What something is wanted for.
PURPOSE = re.compile(r'\b(?:something|anything|things?|tool|object|item|one|what)(?:'
                      r' that)? (?:to|for|(?:i|you'
                      r'|we|one) (?:can|could)) (?!me\b|us\b|you\b|see\b|show\b|find\b|be\b'
                      r'|the\b|my\b)'
                      r'\w+(?: \w+)*'
                      r'|\b(?:i|we) (?:really |just |also )*(?:need|want|have|am going|are going'
                      r'|would like|got) to (?!see|show|find|get|have|take|hold|know|look|use)'
                      r'\w+(?: \w+)*'
                      r'|\b(?:everything|anything|something|all)(?: that| which)? (?:we|you|i'
                      r'|they|he|she) (?!see\b|can (?:see|find|reach|get|spot|make out|detect)\b'
                      r'|can$|could\b|want|need|find|know|have$|have (?:got|here|there|on)\b)\w+')
# What all things are told by: "everything that opens". Seeing them is no clause of that kind.
OF_ALL = re.compile(r'\b(?:everything|anything|whatever|all(?: the)? (?:things|objects|items'
                    r'|stuff)) (?:that|which|who) (?!(?:is|are) (?:here|there|on|in|visible|left)\b'
                    r'|(?:you|i|we|they|was|were|have|has|there|exists?|remains?)\b)\w+(?: \w+)*')
USE_OF = re.compile(r'\b(?:something|anything|a thing) '
                     rf'(?:{"|".join((*lexicon.COLOURS, *lexicon.SHAPES))}) (?:to|for) (?!me\b|us\b'
                     r'|you\b|see\b|show\b|find\b|be\b|it\b|that\b|the\b|my\b|this\b)\w+.*|'
                     r'\b(?:something|anything|a tool|a thing) (?:\w+ )?(?:to|that (?:i|you|we) can'
                     r' (?:use to )?) ?(?!me\b|us\b|you\b|see\b|show\b|find\b|be\b|the\b|my\b)\w+'
                     r' (?:the|my|that|this|it|its|these|those|an?)\b.*')
# What is wanted only if something holds that cannot be seen: "if the bottle is full, take it".
CONDITION = re.compile(
    r'\b(?:if|unless|only when|as long as|provided(?: that)?) (?:it|that|they|(?:the|my|this)'
    r' [^,]{2,30}?) (?:is|are|has been|was|looks?|feels?|seems?)(?: (?:not|still|already|too|very'
    rf'|really|all))* ({"|".join(sorted(lexicon.UNSEEN))})(?= |$)')
# How things are alike, which nobody has read: "two mugs of the same size".
ALIKE = re.compile(r'(?<!other )\b\w+ of (?:the |an? )?(?:same|equal|similar|different)'
                   r' (?:size|height|length|width)s?\b')
# A question before a request: "is that a bottle? get it".
ASKED_FIRST = re.compile(r'[^?]+\?\s+(?=(?:please |then |and |so |ok )?(?:show|take|bring|get|find'
                          r'|grab|pick|point|fetch|hand|pass|give|put)\b)', re.IGNORECASE)

# Whether what was shown is still there: asked, watched, forgotten.
_ALWAYS = r'(?: for me| please| from now on| while i work)*'
_PRESENCE = (
    (SpeechAct.PRESENT, re.compile(
        r'(?:and )?(?:is|are) (?P<what>.+) still (?:there|here|around|in view|visible|present'
        r'|in (?:its|the same) place|where (?:it|they) (?:was|were))')),
    (SpeechAct.PRESENT, re.compile(r'(?:do|can) you still see (?P<what>.+)')),
    (SpeechAct.PRESENT, re.compile(r'(?:has|have) (?P<what>.+) (?:moved|been moved|gone|'
                                   r'disappeared)')),
    (SpeechAct.WATCH, re.compile(
        rf'keep (?:an eye on|track of|watching|your eyes? on) (?P<what>.+?){_ALWAYS}')),
    (SpeechAct.FORGET, re.compile(
        rf'(?:forget|stop (?:tracking|watching)|lose track of) (?P<what>.+?){_ALWAYS}')))
_BY_NUMBER = re.compile(r'(?:the )?(?:number|instance|object)s? [0-9].*')


def presence(flat: str) -> tuple[SpeechAct, str] | None:
    """Return the act and the words for the thing; None for everything else.

    "Forget the mug" is none: it says that the mug is not wanted.
    """
    for act, rule in _PRESENCE:
        found = rule.fullmatch(flat)
        if found and (not flat.startswith('forget') or _BY_NUMBER.fullmatch(found['what'])):
            return act, found['what']
    return None
