# SPDX-License-Identifier: Apache-2.0
"""How people talk to a robot without asking for anything in view: greetings, moods, motion.

Regular expressions over tokens without pauses; each stands for a whole sentence. Tables, and the
one look-up in them.
"""

import re

from reasonseg_ros.core.language import asked_back

_ROBOT = (r'(?: (?:robot|partner|there|again|everyone|everybody|buddy|friend|you|all|folks|mate'
          r'|pal|guys'
          r'|machine|sir|madam|boss|dude|fella|fellow|little one|champ|my|dear|old|little|sweet|to'
          r'|good))*')
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
               r'|your (?:help|time|patience|support)|the'
               r' help|everything|it|helping(?: me)?|nothing)|you|again|that is all|that was great'
               r'|perfect|great|a million|a ton|kindly|sir|very kindly|loads|mate|my friend|buddy'
               r'|dear|already|anyway|that is enough|that will be all|heaps))*|ta|thank goodness'
               r'|(?:very |really )?(?:much appreciated|appreciate it)|i (?:really )?appreciate'
               r' (?:it|that|your help)'),
    ('praise', r'(?:you are |you did |that is |that was |it is )?(?:a |so |very '
               r'|really )*(?:good|well'
               r'|great|nice|excellent|perfect|awesome|brilliant|cool|wonderful|amazing'
               r'|fantastic|super'
               r'|smart|clever|correct|right|fine|exactly)(?: (?:job|work|done|one|robot|boy'
               r'|girl|answer|going|that'
               rf'|it|so|very much|indeed|you))*|well done{_ROBOT}|i (?:like|love) (?:you|it|that)'
               rf'|that is (?:it|the one|right|correct)|you are (?:right|funny|great)|bravo'),
    ('praise', r'(?:that|this|it) (?:was|is) (?:(?:really|very|so|quite|super'
               r'|extremely) )*(?:helpful'
               r'|kind|sweet|impressive|quick|fast|easy|fun|useful|clever|smart|cute)(?: of you)?'
               r'|(?:perfect|great|yes|exactly|nice)? ?(?:exactly|just|that is)? ?what i (?:wanted'
               r'|needed|meant|was looking for)|you are (?:the best|a (?:star|genius|hero|legend'
               r'|gem|lifesaver|good \w+|great \w+)|so \w+|too kind|my hero|amazing)'
               r'|(?:keep|keep it) up(?: the good work)?|nailed it|spot on'
               r'|not (?:too )?bad(?: at all)?'
               r'|(?:you are doing|you did) (?:(?:a|an|so|very|really) )*(?:\w+ )?(?:great|good'
               r'|fine|well|ok|better|job|work)(?: today| so far)?|bingo|hooray|yay|cool stuff'),
    ('blame', r'(?:that is |you are )?wrong again|that is not (?:very )?(?:clever|nice|smart|good'
              r'|helpful|funny)|you (?:do not|never) listen(?: to me)?|you (?:made|make) (?:a'
              r'|another'
              r'|too many) mistakes?|you are (?:so |too |very |really )*(?:slow|dumb|stupid|blind'
              r'|useless|annoying|silly|wrong|lazy|late)(?: today| again)?|i hate (?:you|this|it)'
              r'|this (?:does not|is not) work(?:ing)?|how (?:stupid|silly|dumb|annoying)'),
    ('blame', r'(?:you are |that is |that was )?(?:so |very )?(?:bad|terrible|awful|stupid'
              r'|useless|silly|dumb)'
              r'(?: (?:job|robot|work))?|you (?:do not|did not) understand(?: me)?|shut up'
              r'|be quiet'),
    ('how are you', r'how are you(?: doing)?(?: (?:today|robot|this morning|this evening|tonight'
                    r'|lately))*|how do you do|how is it going'
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
             r'(?: about (?:that|it|this)| of that|(?: that)? (?:it|this|that|number \w+) is.*)?'
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
    ('motion', rf'(?:now |ok |please )?{_CAN}(?:go|come|drive|move|walk|roll|get|return|turn'
               rf'|head)(?: (?:a little|home|here'
               r'|back(?: home)?'
               r'|away|to (?:me|sleep|the (?:charger|dock|door|kitchen|wall|room|start position'
               r'|base|home position|table|side))|to (?:base|home|start|your (?:\w+ )?\w+)'
               r'|closer(?: to (?:me|the table))?|forwards?|backwards?|over here|there|up|down'
               r'|left|right'
               r'|(?:to the )?(?:left|right)|a bit|faster|slower|out of the way|ahead|on|to work'
               r'|over there|your (?:arm|hand|gripper|head|base|camera|wheels|sensors?|battery)'
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
               rf'|{_CAN}(?:turn|move|raise|lower|lift|open|close|rotate|tilt|bend|stretch|swing'
               r'|retract|extend|wiggle|pull back|put down|fold) (?:your|yourself)\b(?: .*)?'
               rf'|{_CAN}(?:put|set|lay) (?:that|it|this|them) (?:back )?(?:where|to where) .*'
               rf'|{_CAN}(?:switch|turn|shut|power) (?:yourself|it all|the robot) (?:on|off|down)'
               rf'|{_CAN}(?:restart|reboot|reset|charge|calibrate|update|recalibrate) (?:yourself'
               r'|your \w+|(?:the|this) (?:\w+ )?(?:system|computer|software|program|camera|robot'
               r'|node))|(?:(?:slow|calm|settle|hurry|speed|back) (?:down|up|off|away)|wait|stop'
               r'|relax|easy)(?: a bit| a little| a second| a moment| will you| now| there| robot'
               r'| right there| everything)*|(?:turn|switch) (?:up|down|on|off) the (?:volume|sound'
               r'|music|radio|heating|speakers?|motors?|power)|hands up|at ease|not (?:so|too) fast'
               r'|(?:hold|hang) on(?: a (?:second|minute|moment|bit))?'
               r'|turn (?:it|that) (?:around|over)|shake (?:it|my hand|hands)|push harder'
               r'|grip harder'),
    ('motion', rf'{_CAN}(?:please )?(?:order|buy|cook|bake|brew) (?:me |us )?(?:an?|some) .+'),
    ('motion', r'(?:a (?:bit|little|tad) (?:more |further )?(?:to the )?(?:up|down|left|right'
     '|higher|lower'
               r'|closer|forward|back|faster|slower)|(?:up|down|left|right|forward|back|higher'
               r'|lower) a (?:bit|little|tad)|get ready|abort(?: mission| that| it)?|high five'
               r'|clap(?: your hands)?'
               r'|open wide|(?:grip|lift|release|push|pull))(?: (?:please|now|more))*'),
    ('motion', rf'{_CAN}(?:zoom (?:in|out|closer)|(?:take|snap|shoot) (?:an?|another) (?:\w+ )?'
               r'(?:picture|photo|snapshot|image)|focus)'
               r'(?: (?:more|a bit|a little|now|please|again))*'),
    ('chat', r'(?:and |so |but |then |now )*what (?:do|did|would|should) you (?:want|expect|suggest'
             r'|recommend|advise)(?: .*)?'),
    ('chat', r'(?:let (?:me|us) (?:grab|get|have|take)|take) (?:an?|some|my) (?:\w+ )?(?:break'
             r'|drink'
     '|coffee|tea'
             r'|lunch|nap|rest|seat|breath|minute|moment|look)(?: .*)?|(?:i have )?no idea(?: .*)?'
             r'|(?:ignore|forget) me|wait for it|it is (?:my|your) (?:\w+ )?(?:birthday|turn|fault'
     '|day)(?: .*)?'
             r'|(?:is |the |your |my )*battery (?:is |level )?(?:is )?(?:low|full|empty|dead|flat'
             r'|charged)|let me (?:finish|check|ask|think|do|answer|call|explain|rest|sit'
             r'|try)\b(?!.* the ).*'
             r'|how (?:do|can|could|should|would) (?:i|we|one) (?:get|go|come|drive|travel|cook'
             r'|make) .+'
             r'|what (?:did|do|will|are|were) you (?:do|doing|eat|dream|think|drink)(?: .*)?'
             r'|(?:clever|good|smart|nice|lovely|silly|stupid|bad|great) (?:machine|thing|bot'
             r'|robot|guy'
             r'|girl|boy|job)|(?:when|where) is (?:lunch|dinner|breakfast|everybody|everyone|work)'
             r'|can you (?:drive|fly|ride|swim|climb|cook|bake|sew)(?: .*)?'),
    ('chat', r'take your time|(?:ha )+(?:very funny)?|(?:very|how|so) funny|cut it out'
             r'|do not (?:do|say) (?:that|it|this)(?: again)?|do you mean (?:it|that)'
             r'|(?:i|we|you) could not have .+|could not have (?:done|said) it better'
             r'|my \w+ (?:is|keeps|are) \w+ing|(?:what|which|how many) languages? .+'
             r'|(?:we|i) should (?:get|have|eat|take|make|grab) (?:lunch|dinner|breakfast|coffee'
             r'|tea'
             r'|a (?:break|nap|rest|coffee|drink)|some (?:rest|sleep|food|lunch|coffee))(?: .*)?'),
    ('help', r'(?:tell me |show me |and |so )?what (?:else )?(?:can you|you can|could you|are you'
             r' (?:able to|capable of))(?: all)?(?: do| doing)?(?: for me| here)*'),
    ('praise', r'(?:great|good|cool|nice|awesome|amazing|lovely) (?:stuff|thinking|man|lad|dog|try)'
               r'|nicely done|(?:very |really |so )?(?:neat|lovely|clever one|sweet)'),
    ('chat', r'(?:show me |what about |how about |and )?your (?:\w+ )?(?:base|arms?|hands?|gripper'
             r'|head|body|eyes?|wheels?|camera|sensors?|battery|face|name)'),
    ('motion', r'(?:up|down|left|right|forwards?|back(?:wards?)?) a (?:little|bit|touch'
     r'|tad)(?: more)?'
               r'(?: (?:with|using) (?:the|your) (?:gripper|arm'
               r'|hand))?(?: (?:and )?then .*\b(?:rotate'
               r'|turn|stop|close|open|degrees)\b.*)?'),
    ('bye', rf'goodnight{_ROBOT}|(?:catch|talk to) you later|(?:take care|so long){_ROBOT}'),
    ('motion', r'(?:wait|hold on|hang on|just|only)? ?(?:a|one) (?:sec|second|moment|minute|tick'
               r'|bit)(?: longer)?'),
    ('how are you', r'(?:and |so )?how (?:are|is|have|has) (?:things|life|work|business|everything'
                    r'|you been|it been|your (?:day|week|weekend|morning|night))(?: .*)?'
                    rf'|what is up{_ROBOT}|sup{_ROBOT}|are you (?:an? )?(?:machine|person|bot|ai)'),
    ('praise', r'(?:(?:wow|oh|how|very|so|really|absolutely|simply) )*(?:superb|impressive'
               r'|marvell?ous'
               r'|terrific|splendid|outstanding|gorgeous|wicked|magnificent|stunning|beautiful'
               r'|excellent|wonderful|great|good|nice|perfect)(?: (?:choice|answer|effort|idea'
               r'|thing|result|find))?|congrat(?:s|ulations)(?: .*)?|i owe you(?: one)?'),
    ('praise', r'(?:exactly|quite|absolutely|totally|perfectly) (?:right|correct|it|so)|bang on'
               r'|(?:i|we) (?:could|would) not have .+|ta very much'),
    ('chat', r'what (?:are|do|did|have|were) you (?:doing|thinking|saying|want|up to|looking at'
             r'|waiting for|talking about|laughing at|thinking about|thinking of|dreaming of)'
             r'|what else do you know|(?:what|which|how many) languages .+|is that (?:all|it'
             r'|everything)'
             r'|(?:i|we) need (?:an? |some |more )?(?:break|holiday|rest|nap|vacation|sleep|time'
             r'|moment|minute|weekend|drink)|(?:it is|its|it has) been .+'
             r'|(?:did|have|do) you .+ (?:last night|yesterday|on tv|on the (?:radio|news|telly))'
             r'|do you (?:follow|watch|listen to) .+|what is (?:wrong|the matter|up) with (?:you|me'
             r'|us|him|her|it)'),
    ('blame', r'you do not (?:get|understand) (?:it|me|that)(?: do you)?|you (?:got|have got|did'
              r'|made|have) (?:it|that|this) (?:all )?wrong'),
    ('help', r'what are you (?:good|best) at|what (?:should|could|may) i (?:ask|tell)(?: you)?'),
    ('bye', r'(?:cya|(?:see|catch) (?:ya|you))(?: (?:later|soon|around|then|tomorrow))*'),
    ('motion', r'(?:go|drive|move|turn|rotate|walk|roll|come|back|step)\b.* (?:degrees?|met(?:er'
               r'|re)s?|centimet(?:er|re)s?|inch(?:es)?|feet|steps?|cm)|let (?:it|that) go'),
    ('chat', r'(?:what|who|how) (?:is|are) your .+|whatever|(?:no|what is the) (?:rush|hurry'
             r'|problem)|(?:only )?(?:kidding|joking|testing|looking|checking|asking)'
             r'|i (?:see|know|get|understand) what you mean|(?:blah ?|la |shush |psst )+'
             r'|it is (?:lunch|dinner|tea|coffee|break|bed|play|party|closing) ?time|shush|blah'
             r'|psst|tell me something(?: (?:funny|nice|interesting|new|good|else|about .*))?'
             r'|do you (?:like|love|hate|enjoy|eat|drink|own|play|cook|believe in|dream of)'
             r' (?!.*\b(?:show|give|take|find|bring|get|hand|pass|grab|point)\b)(?:\w+ ?)+'
             r'|who (?:won|one the|wins|invented|wrote|discovered|painted|sings|sang|plays'
             r'|played) .+'
             r'|what is (?:the (?:capital|meaning|population|square root|time)\b.*|love|life'
             r'|(?:\w+) (?:plus|minus|times|divided by) (?:\w+))|how do you spell .+'
             r'|(?:call|phone|ring|text|email) (?:my |the |an? )?(?:mum|mom|dad|mother|father|wife'
             r'|husband|boss|doctor|police|ambulance|taxi|cab|office)'
             r'|it is (?:(?:too|so|very|really|getting|almost|nearly|already) )*(?:\w+day|late'
             r'|early'
             r'|loud|noisy|cold|hot|warm|sunny|windy|cloudy|raining|snowing|dark|boring|fun|funny)'
             r'(?: (?:again|today|now|already|outside|in here|here|out there))*'
             r'|(?:i|we) (?:had|have had|am having|are having) an? (?:\w+ ){0,3}(?:day|night|week'
             r'|morning|weekend|meeting|accident|fight|dream|party)(?: today| again)?'),
    ('help', r'(?:what|which) (?:kinds?|sorts?|types?) of (?:things|objects|stuff|items) (?:can|do)'
             r' you (?:recogni[sz]e|know|see|find|detect|understand)|how (?:do|can|should) i (?:use'
             r'|talk to|control|operate|command|work) (?:you|this)'),
    ('chat', r'my (?:\w+ )?\w+ (?:hurts?|aches?|is (?:sore|killing me|tired))'
             r'|is it \w+ time(?: yet)?'
             r'|(?:do|have) you (?:have |got )?(?:any |a )?(?:feelings|emotions|dreams|friends'
             r'|family'
             r'|brothers?|sisters?|children|kids|parents|hobbies|hobby|soul|brain|time|minute'
             r'|moment|plans|questions?|girlfriend|boyfriend|pets?)(?: .*)?'
             r'|this is my (?:\w+ )?(?:wife|husband|son|daughter|friend|colleague|boss|mother'
             r'|father'
             r'|brother|sister|mum|mom|dad|grandma|grandpa|neighbour|professor|student)(?: \w+)?'
             r'|is this (?:thing )?(?:on|working|broken)|i am (?:just )?(?:on|in|at|off to'
             r'|back from)'
             r' (?:the |a |an |my )?(?:phone|call|meeting|hurry|work|home|kitchen|office|lunch|bed)'
             r'|i (?:was|am) (?:just |only )?(?:not )?(?:kidding|joking|talking to .*|thinking)'
             r'|(?:ok )?that (?:is|will be|was) (?:all|enough|it)(?: for (?:now|today))?'
             r'|forget (?:it|about it|that)(?: .*)?|(?:what|which) (?:day|time|year|month) .*'
             r'|(?:how|what) about that|(?:what|who|where|how|why) (?:the|on) (?:hell|earth|heck).*'
             r'|are you (?:looking at|listening to|talking to|laughing at) (?:me|us)'
             r'|can you (?:move|walk|talk|fly|dance|sing|smile|laugh|cook)'
             r'|how many (?:arms|hands|eyes|legs|fingers|wheels|languages) (?:do|have) you.*'
             r'|look at me .*|have (?:a|an) (?:\w+ )?(?:day|weekend|evening|night|one|trip'
             r'|holiday)'),
    ('chat', r'(?:(?:tell|sing|read) (?:me|us)|do you know) (?:an?|another|some|any) (?:\w+ )?'
             r'(?:joke|stories|story|secret|poem|song|riddle)s?|what (?:time|day) is it(?: now)?'
             r'|(?:how|what) is the (?:weather|time|date)(?: like)?(?: today| tomorrow)?'
             r'|i am (?:bored|tired|sad|happy|back|here|fine|sorry|joking|cold'
             r'|hot|done|ready|busy|lost|confused|home|off|leaving)'
             r'|(?:do|can) you (?:speak|understand|hear|like|love|know|see|dream|think|feel|sleep'
             r'|eat)(?: (?:it here|your job|me|english|german|spanish|music|pizza|people|humans'
             r'|us))*|do you it here'
             r'|where (?:are (?:you|we)|am i|do you (?:live|come from))|how old are you'
             r'|when were you (?:made|built)'
             r'|(?:i am )?sorry(?: robot)?|excuse me|no worries|never mind (?:me|that|it)'
             r'|(?:i am )?(?:so |very |really )?sorry (?:about|for) (?:that|it|this|the \w+)'
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
             r'|strange|interesting|all|fine|enough|ok|okay)|do you remember(?: (?:me|that|it))?'
             r'|(?:i|we) (?:do not|will not) (?:need|want|use) .+ (?:any ?more|any longer)'),
)
TALK_RULES = tuple((topic, re.compile(pattern)) for topic, pattern in _TALK)


# What people exclaim, alone or before who is spoken to.
_EXCLAIMS = frozenset('''
oops whoops ouch yikes phew meh ugh yuck aw aww hurray hurrah ' 'hooray yippee jeez geez gee blimey
damn darn dang bummer boo heya cheerio morning evening afternoon yawn bless gesundheit woohoo ahem
bah whoa wow oh ah my bad dear me goodness la ha hee knock achoo atchoo tada ta-da tadaa roger copy
over out boom bang uh-oh ooh eek tsk robot buddy mate friend everyone all
'''.split())
# Verbs of what a robot does with itself; with nothing in view named, it is told to move.
_MOVES = re.compile(
    r'(?:(?:please|now|and|ok|then|just|you|robot|can|could|would|will|should|must|do not|never'
    r'|stop|be) )*(?:spin|rotate|nod|wave|park|power|shut|dance|jump|walk|drive|tilt|bend|stretch'
    r'|crouch|sit'
    r'|kneel|bow|crawl|wiggle|retreat|return|accelerate|brake|steer|dock|undock|turn|turning|move'
    r'|moving'
    r'|go|come|roll|step|back|stop|wait|stay|stand|start|release|lower|raise|swing|freeze|halt'
    r'|pause'
    r'|scoot|shuffle|hop|rush|march|wander|stroll|duck|get (?:out|away|back|going|moving|off|up'
    r'|down'
    r'|over here|lost)|head|look|switch|reverse|shake|hurry|squeeze|grip|shift|recalibrate|run'
    r'|relax|rest|slide|reach'
    r'|take (?:a'
    r'|one|two|three) (?:\w+ )?steps?|(?:do|make) (?:a|another) (?:\w+ )?(?:dance|spin|turn|flip'
    r'|circle|bow)|careful|gentle|quiet|faster|slower|watch out)\b')
# How sentences begin that ask for nothing in view, unless they name something.
_IDLE = re.compile(
    r"(?:(?:well|so|but|and|because|sorry|ugh|wow|ok|okay|no|yes|hey|now|then|oh|robot|also|listen"
    r"|today) )*"
    r"(?:(?:i|we|you|he|she|they|it|this|that)\b|my \w+ (?:really |also |just )*(?:likes?|loves?"
    r"|hates?|thinks|is|are|has|hurts?|aches?|said|says|told)\b"
    r"|(?:what|such) an?\b|how (?!many|about|much)|why\b|when\b|who\b|what (?:is|are) your\b"
    r"|what (?:do|did|does|was|were|am|are|will|would|should|shall|have|has) (?:i|you|we|he|she"
    r"|they"
    r"|people|my|your)\b|any (?:news|luck|plans|questions|idea)\b"
    r"|(?:is|was) (?:it|he|she|everybody|everyone|somebody|anybody|everything|your|my)\b"
    r"|(?:are|were|do|did|had|will|would|could|can|should|does|shall|may) (?:you|i|we|he|she|they"
    r"|it|your|my|anybody|anyone|somebody|people|robots|the robot|this|that)\b|let (?:me|us)\b"
    r"|have (?:you ever|a|fun)\b|nice to\b|good (?:to|luck|night|morning|evening)\b|long time\b"
    r"|(?:not (?:now|today|again|really|yet|funny|cool|nice|fair))\b|tell (?:me|us) about\b"
    r"|(?:sing|dance|speak|talk|whistle|smile|laugh|reboot|restart|reset|connect|disconnect|charge"
    r"|recharge|update|calibrate|mute|unmute|explain|translate|play|enjoy|guess|say|cheer|breathe"
    r"|volume|turn up|turn down|much|happy|merry|congratulations|welcome|thanks|thank|hello|hi)\b)")
_MATTERS = re.compile(
    r"\b(?:weather|rain|raining|snow|snowing|forecast|temperature|weekend|holidays?|vacation|music"
    r"|jokes?|birthday|feelings?|news|politics|homework|christmas|o'clock)\b")
# Words of requests: who says one wants something, though nobody may know what.
_ASKING = re.compile(
    r"\b(?:want|wants|wanted|need|needs|needed|find|found|look|looking|search|searching|see|seen"
    r"|show"
    r"|shows|give|bring|hand|pass|get|got|fetch|take|grab|pick|point|mark|segment|highlight|locate"
    r"|spot|have|lost|lose|missing|miss|prefer|choose|fancy|wish|require|mean|meant|where|which|put"
    r"|place|detect|identify|after|reach|use|mine|yours|called|named|name|call|touch|would (?:a"
    r"|the))\b")


_UNCLEAR = frozenset('right left what why how which nothing'.split())


def topic(flat: str) -> str:
    """Topic of what is talk and nothing else, or several such in one breath; '' for the rest."""
    if whole := _whole(flat):
        return whole
    words = flat.split()
    for cut in range(len(words) - 1, 0, -1):
        first = ' '.join(words[:cut])
        if first not in _UNCLEAR and (found := _whole(first)):
            rest = re.sub(r'^(?:and|but|so|then|now|also) ', '', ' '.join(words[cut:]))
            if rest not in _UNCLEAR and topic(rest):
                return found
    return ''


def _whole(flat: str) -> str:
    if found := asked_back.topic(flat):
        return found
    if flat and all(word in _EXCLAIMS for word in flat.split()):
        return 'hello' if re.search('morning|evening|afternoon|heya', flat) else 'chat'
    return next((name for name, rule in TALK_RULES if rule.fullmatch(flat)), '')


def is_idle(flat: str) -> bool:
    """Whether a sentence is worded as talk; what it names is for the caller to look at."""
    worded = _IDLE.match(flat) or _MATTERS.search(flat)
    return ' ' in flat and not _ASKING.search(flat) and bool(worded)


def is_motion(flat: str) -> bool:
    """Whether a sentence that names nothing in view tells the robot to move, or not to."""
    return bool(_MOVES.match(flat))


def moved(flat: str) -> tuple[str, ...]:
    """The words after the verb of a sentence that tells the robot to move."""
    found = _MOVES.match(flat)
    return tuple(flat[found.end():].split()) if found else ()


def vocabulary() -> frozenset[str]:
    """Words that the rules here look for; who says one made no slip."""
    rules = [*asked_back.PATTERNS, *(rule.pattern for _, rule in TALK_RULES)]
    return frozenset(re.findall('[a-z]{4,}', ' '.join(rules)))
