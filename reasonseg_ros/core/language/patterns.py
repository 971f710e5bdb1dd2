# SPDX-License-Identifier: Apache-2.0
"""How whole sentences are worded that are no plain request: questions in words, talk, naming.

Regular expressions over tokens without pauses, except for REJECTION and what follows it; each
stands for a whole sentence. Tables only: `core.language.speech_acts` says in which order they hold.
"""

import re

_ROBOT = r'(?: (?:robot|there|again|everyone|everybody|buddy|friend|you|all|my friend|folks|mate))*'
_CAN = r'(?:(?:can|could|would|will) you )?'
# Topic -> whole sentences, of tokens without commas. The first that fits holds.
_TALK: tuple[tuple[str, str], ...] = (
    ('hello', r'(?:(?:hello|hi|hey|hiya|howdy|hola|bonjour|hallo|ciao|salut|greetings|yo|moin'
              r'|servus|welcome back'
              rf'|good (?:morning|evening|afternoon|day)|guten tag|buenos dias|ola|namaste|welcome)'
              rf'{_ROBOT} ?)+|nice to meet you|(?:hey )?robot|wake up|are you there'),
    ('bye', rf'(?:good ?bye|bye(?: bye)?|see you(?: later| soon| tomorrow)?|good night|ciao'
            rf'|have a nice day|adios|tschuss|i am leaving|that is all(?: for (?:now|today))?'
            rf'|we are (?:done|finished)|i am done|go to sleep){_ROBOT}'),
    ('thanks', r'(?:ok |okay |great |perfect |cool )*(?:many )?(?:thanks|thank you|thx|cheers|merci'
               r'|danke|gracias)(?: (?:a lot|so much|very much|a bunch|robot|for (?:that'
               r'|your help|the'
               r' help|everything|it)|you|again|that is all|that was great|perfect|great))*'),
    ('praise', r'(?:you are |you did |that is |that was |it is )?(?:a |so |very '
               r'|really )*(?:good|well'
               r'|great|nice|excellent|perfect|awesome|brilliant|cool|wonderful|amazing'
               r'|fantastic|super'
               r'|smart|clever|correct|right|fine|exactly)(?: (?:job|work|done|one|robot|boy'
               r'|girl|answer|going|that'
               rf'|it|so|very much|indeed|you))*|well done{_ROBOT}|i (?:like|love) (?:you|it|that)'
               rf'|that is (?:it|the one|right|correct)|you are (?:right|funny|great)|bravo'),
    ('blame', r'(?:you are |that is |that was )?(?:so |very )?(?:bad|terrible|awful|stupid'
              r'|useless|silly|dumb)'
              r'(?: (?:job|robot|work))?|you (?:do not|did not) understand(?: me)?|shut up'
              r'|be quiet'),
    ('how are you', r'how are you(?: doing)?(?: today| robot)?|how do you do|how is it going'
                    r'|what is up|how do you feel|are you (?:ok|okay|fine|ready|awake|there'
                    r'|alive|tired)'),
    ('who are you', r'who (?:are|made|built) you|what are you|what is your name|who am i|your name'
                    r'|(?:what|which) (?:model|robot|kind of robot) are you'
                    r'|are you (?:a )?(?:robot|human|real)'
                    r'|tell me (?:something )?about yourself|introduce yourself'
                    r'|do you have a name'),
    ('help', r'(?:what|how) (?:can|could|do) (?:you|i|we) (?:do|say|ask|use you|help)(?: you'
             r'| for me| with you| me)?'
             r'|(?:what (?:else )?can i (?:say|ask)(?: you)?)|help(?: me)?|how does (?:this'
             r'|it) work'
             r'|what are you able to do|what do you know|how can you help(?: me)?|i need help'
             r'|what should i (?:say|do)|which things do you know|what words do you know'
             r'|instructions'),
    ('sure', r'(?:are you|you are) (?:really |quite |very )?(?:sure|certain|positive|convinced)'
             r'(?: about (?:that|it|this)| of that| it is.*)?'
             r'|really|i am not (?:sure|convinced|so sure)(?: (?:about (?:that|it)|are you))?'
             r'|is (?:that|it) really (?:it|so|right|true|the one)'
             r'|is that (?:right|true|correct|so)|how (?:sure|certain'
             r'|confident) are you(?: about (?:that|it))?'
             r'|how do you know(?: that| this)?|why(?: that(?: one)?| this(?: one)?| not)?'),
    ('said', r'what did i (?:just )?(?:say|ask|tell you|want)(?: (?:before|just now|to you|for'
             r'|last|earlier|first))*'
             r'|(?:can you )?repeat (?:that|it|what i said|my (?:question|request))|say (?:that'
             r'|it) again|repeat'
             r'|what was (?:that|my (?:last )?(?:question|request|sentence|instruction))'
             r'|what did you (?:hear|understand)'
             r'|what were we (?:doing|talking about)|pardon|come again|did you (?:hear|get'
             r'|understand) (?:me|that|it)'),
    ('answered', r'what did you (?:just )?(?:say|show|find|answer|show me'
                 r'|see before)(?: (?:before|just now|me|last))*'
                 r'|what have (?:you|we) (?:shown|found|seen)(?: (?:me|so far|already))*'
                 r'|what (?:did|have) (?:you|we) (?:talk|talked) about'),
    ('motion', rf'(?:now |ok |please )?{_CAN}(?:go|come|drive|move|walk|roll|get)(?: (?:home|here'
               r'|back(?: home)?'
               r'|away|to (?:me|sleep|the (?:charger|dock|door|kitchen|wall|room|start position'
               r'|base|home position|table|side))'
               r'|closer(?: to (?:me|the table))?|forwards?|backwards?|over here|there|up|down'
               r'|left|right'
               r'|(?:to the )?(?:left|right)|a bit|faster|slower|out of the way|ahead|on|to work'
               r'|over there'
               r'|your (?:arm|hand|gripper|head|base|camera|wheels|sensors?|battery)'
               r'|the (?:arm|gripper|robot)|straight'
               r'|around))+(?: now| again| please| a bit| a little)*'
               rf'|{_CAN}(?:stop|halt|wait|freeze|pause|continue|proceed|resume|hurry(?: up)?'
               r'|relax|cancel that'
               r'|turn (?:around|left|right|off|on)|stand (?:still|up|by)|hold (?:on|still)'
               r'|slow down|speed up|look (?:up|down|around'
               r'|at me|here|left|right|away)|emergency stop|wait (?:a )?(?:moment|second|minute'
               r'|there|here|for me)'
               r'|one (?:moment|second)|just a (?:moment|second)|keep going|carry on|shut down'
               r'|reboot|sleep'
               r'|clean up|tidy up|do (?:it|that|this|nothing|something)(?: again)?|try again'
               r'|stay(?: there| here| still)?|(?:back (?:off|up)|step (?:aside|back))(?: a bit)?'
               r'|follow me|wave|dance|sing(?: a song)?|jump|listen(?: to me)?'
               r'|let go(?: of (?:it|that))?|start|begin|enough|stop (?:it|that|now|there'
               r'|right there|moving))'
               rf'(?: now| please| right now| a moment)?'
               rf'|{_CAN}(?:put|set|lay) (?:that|it|this|them) (?:down|back|away)(?: (?:now|again'
               r'|there|on the table))*'
               rf'|{_CAN}(?:drop|release) (?:it|that|this)(?: now)?|{_CAN}(?:open|close|move'
               r'|raise|lower|lift) (?:your|the|its) '
               r'(?:gripper|hand|arm|fingers|eyes|claw|robot arm|camera|head|base)(?: .*)?'
               r'|give me (?:five|a hand|a moment|a second)|raise your (?:hand|arm)'
               r'|turn (?:it|that) (?:around|over)|shake (?:it|my hand|hands)|push harder'
               r'|grip harder'),
    ('chat', r'(?:tell me|do you know) (?:a|another|some) (?:joke|jokes|story|secret)s?'
             r'|what (?:time|day) is it(?: now)?'
             r'|(?:how|what) is the (?:weather|time|date)(?: like)?(?: today| tomorrow)?'
             r'|i am (?:bored|tired|sad|happy|back|here|fine|sorry|joking|cold'
             r'|hot|done|ready|busy|lost|confused|home|off|leaving)'
             r'|(?:do|can) you (?:speak|understand|hear|like|love|know|see|dream|think|feel|sleep'
             r'|eat)(?: (?:it here|your job|me|english|german|spanish|music|pizza|people|humans'
             r'|us))*|do you it here'
             r'|where (?:are (?:you|we)|am i|do you (?:live|come from))|how old are you'
             r'|when were you (?:made|built)'
             r'|(?:i am )?sorry(?: robot)?|excuse me|no worries|never mind me'
             r'|(?:it is )?(?:my fault|nothing)|lol|haha(?:ha)?|wow|ok(?:ay)?(?: (?:then|good'
             r'|cool|great|fine|thanks|now|robot))*'
             r'|good luck|happy birthday|merry christmas|my name is \w+|i am (?!after\b)\w+ (?:the'
             r'|your) \w+|what is (?:new|going on|wrong|happening|the matter|the problem)'
             r'|let us (?:go|start|begin|talk)|i see|alright|all right|right|sure|fine'
             r'|(?:got it|understood)|what do you think|testing(?: testing)?|test|one two three'
             r'|who cares|i do not (?:know|care)(?: yet)?|forget me|nothing|what|huh'
             r'|let me think|give me a break|is anybody there|can you help(?: me)?|(?:what'
             r'|how) about (?:you|me)|i have a question|question|are you (?:kidding|joking|busy'
             r'|listening|broken|done|finished|working|serious)(?: me)?|that is (?:funny|nice'
             r'|strange|interesting|all|fine|enough|ok|okay)|do you remember(?: (?:me|that|it))?'),
)
TALK_RULES = tuple((topic, re.compile(pattern)) for topic, pattern in _TALK)
_IN_VIEW = (r'(?:(?: here| there| now| right now| on (?:the|this|my|your) (?:table|desk)'
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
    r"|all(?: the)? (?:things|objects|items)|the (?:things"
    r"|objects|items)))?|everything|all"
    r"|(?:all )?(?:of )?(?:the )?(?:objects|things|items|stuff)|the (?:scene|table|image"
    r"|picture)|all (?:that )?you (?:can )?see"
    rf"|everything (?:that )?(?:you (?:can )?see|there is|is there))(?:{_IN_VIEW})"
    r'|(?:which|what) (?:objects|things|items|stuff)(?: do you see| can you see| are there'
    rf'| are visible| are)?(?:{_IN_VIEW})'
    r'|(?:the )?inventory|look around|describe|what else(?: is there)?|(?:make|take) (?:a '
    r'|an )?(?:list|inventory)'
    rf'|list|is (?:there )?anything(?:{_IN_VIEW})|do you see anything(?:{_IN_VIEW})|see anything')
COUNT = re.compile(r'(?:(?:and |so |now )*(?:can you )?(?:tell me |say |count )?)(?:how many'
                    r'|the number of'
                    r'|what is the number of|count(?: all)?(?: the| of the)?) (?P<what>.+?)'
                    r'(?: in all| in total| altogether| all told)?')
COLOUR = re.compile(
    r'(?:(?:and |so |now )*(?:can you )?(?:tell me )?)(?:(?:what'
    r'|which) (?:colou?rs?)(?: of)? (?:is|are|does|do|has|have) (?P<a>.+?)(?: have| in| painted)?'
    r"|(?:what is|tell me|name) the colou?rs? of (?P<b>.+)|(?:what"
    r"|which) colou?r (?P<c>.+?) (?:is|are|has|have)"
    r"|what is (?P<d>its|.+ 's) colou?r|(?:how|what) is (?P<e>.+) (?:colou?red|painted))")
IDENTIFY = re.compile(
    r'(?:(?:and |so |now |but )*(?:can you )?(?:tell me |do you know |say )?)(?:what|which thing'
    r'|who)(?: exactly| kind of (?:thing|object))? (?:is|are|was'
    r'|do you call) (?P<what>.+?)(?: called| again| exactly| for| then| here| supposed to be'
    r'| made for)?'
    r'|(?:tell me |do you know |say )what (?P<c>(?:number|instance|that|this|it|the).*?) (?:is|are)'
    r'|(?:identify|describe|name) (?P<b>.+)')
CONFIRM = re.compile(r'(?:and )?(?:is|are|was) (?!there\b|anything\b|something\b|this\b.* the '
                      r'|it\b$)(?P<what>(?:the|this|that|it|number|instance|they|these|those'
                      r'|its)\b.*)')
STATED = re.compile(r'(?P<what>(?:the|its|number)\b.+?)(?<! that)(?<! which) (?:is|are) '
                    r'(?P<how>\w+)')
HOLDING = re.compile(
    r"(?:what|which thing|which object) (?:are you|is the (?:robot|gripper)|do you"
    r"|does the (?:robot|gripper)|have you) (?:hold|holding|gripping|got|grasping|have"
    r"|carrying)(?: (?:there|now|right now|in (?:your|the|its) (?:hand|gripper)))*"
    r"|(?:are you|do you|is the gripper|have you)(?: got)? (?:hold|holding|gripping|have|carrying"
    r"|grasping)?(?: ?(?:something|anything|a thing))?"
    r"(?: (?:now|right now|at the moment|there|in (?:your|the) (?:hand|gripper)))*"
    r"|(?:is there |have you got |what is |got )?(?:anything |something )?in (?:that|your|the) "
    r"(?:hand|gripper|claw)(?: of yours)?(?: (?:now|right now|at the moment))*"
    r"|is (?:your|the) (?:hand|gripper) (?:empty|free|full|open|closed)")
CALL = re.compile(
    r"(?:(?:and |ok |now |please |from now on |let us |we |i |you can |should |will )*)(?:call"
    r"|name) (?P<what>.+?) (?:(?P<det>the|a|an|my|our"
    r"|your) )?(?P<name>[a-z][a-z\-]*(?: [a-z][a-z\-]*)?)(?: from now on| please| now)?"
    r"|(?:remember |note )(?:that )?(?P<rwhat>.+?) (?:is|as) (?:the |a |an |my "
    r"|our )(?P<rname>[a-z][a-z\-]*(?: [a-z\-]+)?)")
THIS_IS = re.compile(
    r'(?:(?:and |ok |no |so |remember |but |, )*)(?P<what>this|that|it|this one|that one'
    r'|(?:the )?(?:number|instance|object) \w+|(?:the )?(?:\w+ ){1,2}(?:one|thing|object)'
    r'|(?:the )?(?:first|second|third|last) one) (?:is|are) '
    r'(?:called |named )?(?P<det>the|a|an|my|our|your|called|named|actually a)(?: called'
    r'| named)? (?P<name>[a-z][a-z\-]*(?: [a-z][a-z\-]*)?)')
FORBID = re.compile(
    r"(?:(?:please |robot |and |but |ok |so |now |you )*)(?:(?:do not|never|must not|should not"
    r"|can not|shall not|may not)(?: ever)? (?P<verb>\w+)(?: (?:up|at|for|me|on|with|near|to|into"
    r"|over|away|down|against))* (?P<a>.+)"
    r"|(?:avoid|ignore|skip|leave out|forget about|spare)(?: touching| hitting"
    r"| grabbing)? (?P<b>.+?)|(?:stay|keep|get|hands|stay far|keep your (?:hands?"
    r"|gripper)) (?:away |off |clear |out )+(?:from |of )?(?P<c>.+)"
    r"|leave (?P<d>.+?) (?:alone|there|where (?:it|they) (?:is|are)|be|in place|untouched|here"
    r"|in peace)|be careful with (?P<e>.+)|(?:watch out|look out|mind|beware)(?: for"
    r"| of)? (?P<f>the .+)"
    r"|hands off (?P<g>.+)|(?P<h>.+) (?:is|are) (?:off limits|taboo|forbidden|not to be touched"
    r"|mine)|no touching (?:of )?(?P<i>.+)|without touching (?P<j>.+)"
    r'|neither (?P<k>.+))')
FORBIDDEN_VERBS = frozenset('touch take grab move pick'
                             ' hit break push knock use get lift hold drop bring grasp '
                             'bump reach go show give'
                             ' want need point look open select segment choose select '
                             'mark highlight approach'
                             ' eat hand put mean throw tip crush damage spill forget '
                             'bother mess disturb run drive pull play'.split())
_PAIRS = '(?:scissors|shears|pliers|tongs|glasses|clippers)'
# Wordings -> the wording that is read, of tokens with pauses; applied in this order to every
# sentence before anything else.
PARAPHRASES = tuple((re.compile(found), instead) for found, instead in (
    (r'\bover (?=(?:to|on) the (?:left|right)\b)', ''),
    (r'^first (?:of all )?(?=(?:the|an?|my|its|that|this)\b)', ''),
    (r'^(?:is|are) not there\b', 'is there'),
    (r'^(?:and )?which (.+?) (?:is|are) (?:the )?(\w+est|first|last|leftmost|rightmost)$',
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
    (r'^make (?:it|that) (?=the (?:first|second|third|last|left|right|other)\b)', ''),
    (r'\bat the (?:far|very) (left|right)$', r'on the far \1'),
    (r'^my (\w+) is the (.+) one$', r'the \2 \1'),
    (r'^what (?:might|could|would|can) (.+) be$', r'what is \1'),
    (r'^the same (.+?)(?: again)?$', r'that \1'),
    (r'\boutermost (\w+) (?:on|to|at) the\b', r'\1 on the far'),
    (r'\bas well as\b', 'and'),
    (r'\b((?:but|except|except for|minus|save|besides|excluding|apart from)) (?=[0-9]+$)',
     r'\1 number '),
    (r'^((?:\w+ )*)all (?=(?:but|except|minus|save|besides|excluding|apart)\b)',
     r'\1all of them '),
    (r'^([0-9]+) as (?=[0-9]+$)', r'\1 and '),
    (r'\bnumber pad\b', 'keypad'),
    (r'(?<=\bthe) very (?=(?:left|right|front|back|top|bottom|middle|end|first|last)\b)', ' '),
    (r'\b(?:starting|counting|counted) (?:at|from) (?=the (?:left|right|front|back)\b)', 'from '),
    (r'\b(?:that|which) is most to the (left|right)$', r'on the far \1'),
    (r' ,? ?(?:is not it|are not they|is it not)$', ''),
    (r'^(.+) (?:is|are) (?:what|which) colou?rs?$', r'what colour is \1'),
    (r'^(.+) has (?:what|which) colou?r$', r'what colour is \1'),
    (r'^would you (?:call|say) (.+?) (?:is )?(\w+)$', r'is \1 \2'),
    (r'^number (\w+) is what$', r'what is number \1'),
    (r'^what did you (?:label|call|number) (?:number )?([0-9]+)$', r'what is number \1'),
    (r'^(?:and )?(?:number )?([0-9]+) , what (?:would|could|is|might) that(?: be)?$',
     r'what is number \1'),
    (r'^what number of ', 'how many '),
    (r'^what is out there$', 'what is there'),
    (r'^(?:show me )?all of it$', 'show me everything'),
    (r'^from now on (?:number )?([0-9]+) is ', r'number \1 is '),
    (r'\bthe (first|second|third|last) you (?:showed|found)(?: me)?$', r'the \1 one'),
    (r'\bthe one you (?:called|labelled|labeled|numbered) (?:number )?([0-9]+)$', r'number \1'),
    (r'^go with (?=\w)', 'take '),
    (r'^(?:no touching|(?:be|please be) careful not to (?:touch|hit|bump|knock))(?: of)? (.+)$',
     r'do not touch \1'),
    (r'^(?:leave|drop) (.+?) , (?:(?:i (?:want|need)|take|give me|just|but) )+(.+)$',
     r'not \1 , \2'),
    (r'^no (?!not\b|the\b|i\b|that\b|this\b|its?\b|my\b|number\b)([a-z].+?) , '
     r'(?:(?:only|just) )?(?=the \w)', r'not the \1 , '),
    (r'\bnon (\w+) (\w+)$', r'\2 that is not \1'),
    (r'\b(?:that|which) (?:is|are) anything but (\w+)$', r'that is not \1'),
    (r'\bwithout (?:any )?(\w+) on it$', r'that is not \1'),
    (r'^(?:i (?:do not|would not|never) (?:want|like) you to|try not to|take care not to'
     r'|(?:make|be) sure (?:that )?(?:you )?(?:do not|never|not to)|see (?:to it )?that you do not'
     r'|(?:nobody|no one) (?:should|may|must|is to|can)|(?:do not|never) you (?:dare|ever)(?: to)?)'
     r'(?= \w)', 'do not'),
    (r'^(.+?) (?:must|should|may|can|is|are|shall|will)(?: not| never)(?: ever)?(?: to)? be '
     r'(?:moved|touched|taken|grabbed|picked up|lifted|used|held|disturbed|handled)(?: at all)?$',
     r'do not touch \1'),
    (r'^(.+?) (?:stays|stay|remains|remain)(?: exactly)? '
     r'(?:where (?:it is|they are)|there|put|here|in place|untouched|alone)$', r'do not move \1'),
    (r'^(?:i (?:would|want|need) )?rather (?!not\b)(.+?)(?: rather)? than (.+)$',
     r'\1 , not \2'),
    (r'\bfollowed by\b', 'then'),
    (r' , no (?=\w+$)', ' without the '),
    (r'^(?:i am|we are) after (?=\w)', 'find '),
    (r'^(?:rest|stick) (?=(?:the|a|an|it|that|this|my)\b)', 'put '),
    (r'\b(\w+est(?: \w+)?) of (?:them )?all$', r'\1'),
    (r'\bthe two (?:that )?you (?:just )?(?:showed|found|marked|picked)(?: me)?$', 'both of them'),
    (r'\bthe (?:ones|things) (?:that )?you (?:just )?(?:showed|found|marked|picked)(?: me)?$',
     'them'),
    (r'\bthe (\w+) (?:that )?you (?:just )?(?:showed|found|marked|picked)(?: me)?$', r'that \1'),
    (r'^(.+?) (?:goes|go|belongs|belong) '
     r'(?=(?:next to|on|onto|in|into|inside|beside|behind|under|between)\b)', r'put \1 ')))
YES = re.compile(r'(?:yes|yeah|yep|yup|sure|ok|okay|correct|exactly|indeed|true|of course'
                  r'|that one|that is (?:it|right|the one|correct)|it is|i do|aha|jep|si|oui|ja'
                  r'|absolutely|definitely|affirmative|yes (?:please|it is|that one|that is it'
                  r'|exactly|i do|the one|that is (?:right|the one)|i mean (?:it'
                  r'|that(?: one)?)))(?: (?:please|thanks|robot|that one|this one|it is|i do'
                  r'|that is it|that))*')
NO = re.compile(r"(?:no|nope|nah|neither|none|negative|nein|non|wrong)(?: (?:thanks|thank you"
                 r"|one|robot|of (?:them|these|those)(?: two)?|i do not|it is not"
                 r"|that is (?:wrong|not it|not right|not the one|not what i (?:mean|meant"
                 r"|want))|not (?:that|this|it|those)(?: ones?)?|wrong))*|not (?:that|this|it"
                 r"|those|these|any of (?:them|those|these))(?: ones?)?|(?:that|it) is (?:wrong"
                 r"|not it|not right|not the one(?: i (?:mean|meant|want(?:ed)?))?"
                 r"|not what i (?:mean|meant|wanted))|neither(?: one)?(?: of (?:them|these"
                 r"|those))?(?: two)?")
REJECTION = re.compile(
    r'(?:(?:no|nope|nah|wrong(?: one| thing)?|not (?:that|this|it|them|those|these)(?: ones?'
    r'| (?!one)\w+(?= ?,| but| the))?(?= ?,| but| i |$| the | take| give| show)|that is (?:wrong'
    r'|not (?:it|right|what i (?:mean|meant|want(?:ed)?)|the (?:one|right one)(?: i (?:mean|meant'
    r'|want(?:ed)?))?))|'
    r'(?:that|it|this) (?:was|is) (?:wrong|not it|not the \w+(?: (?:one|i (?:want|mean|meant'
    r'|wanted)))*|the wrong \w+)|wrong \w+(?= ?,| take| find| show| the)|i (?:do not'
    r'|did not) (?:mean|want) (?:that|this|it|them|those)(?: ones?)?|sorry|wait|oops|i mean'
    r'|i meant|correction)(?: ?,)* )+(?:(?:but|rather|instead|i (?:mean|meant|said|want|wanted'
    r'|need|was looking for|asked for)|it is|the one i (?:mean|meant|want) is)(?: ,)* )*')
CHANGE = re.compile(r'\b(?:instead|rather)$')
USE = re.compile(
    r'\b(?:something|anything|things?|objects?|items?|tool|tools|one|ones|what|whatever|which|how'
    r'|stuff|where)\b.*?\b'
    r'(?:to|can i|can you|can we|can one|could i|could you|could we|would i|would you|do you|do i'
    r'|do we|does one|do people'
    r'|people|one would|one can|i could|i can|you can|you could|you would|you need to|i need to'
    r'|i would|i want to|for|used to|helps? (?:me )?(?:to )?|good for|lets? me) (?P<use>.+)'
    r'|\b(?:i|we|someone|somebody|people|she|he) (?:(?:would|d)(?: like| love)?|have|has|need'
    r'|needs|want|wants|am about|am going|got) to (?P<b>.+)'
    r'|\bwith (?:what|which)(?: \w+)? (?:do|can|could|would) (?:you|i|we|people|one) (?P<c>.+)'
    r'|\b(?:thing|object|one|tool) (?:that |which )?(?:you|people|one|i|we) (?P<f>.+)'
    r'|\bi am (?P<e>thirsty|hungry)'
    r'|\bfor (?P<d>\w+ing\b.*)')
