# SPDX-License-Identifier: Apache-2.0
"""By what talk is told from requests that name unknown things: its verbs, subjects, times, people.

`small_talk` knows whole sentences; here are the kinds of words that mark a sentence as no request
whatever else is in it. Words only: which words name things in view is for the caller to say.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from reasonseg_ros.core.language import lexicon

_UNITS = ('secs?|minutes?|mins?|moments?|hours?|days?|nights?|mornings?|afternoons?'
          '|evenings?|weeks?|weekends?|months?|years?|whiles?|centur(?:y|ies)|times?|ages'
          r'|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|april|june|july|august'
          '|september|october|november|december|christmas|easter|summers?|winters?|autumns?|noon'
          '|midnight|tonight|today|tomorrow|yesterday')
_COUNTS = ('the|this|that|last|next|every|each|other|all|one|whole|an?|half|few|couple|of|another'
           '|first|second|third|fourth|fifth|most|some|any|two|three|four|five|six|seven|eight|nine'
           '|ten|fifteen|twenty|thirty|[0-9]+|long|only|early|late|same|good|bad|more|many')
# "for ten minutes", "the other day", "last night": a time is no thing in view.
_TIMES = re.compile(rf'\b(?:(?:in|at|on|for|by|since|until|till|after|before|about|within|around)'
                    rf' )?(?:(?:{_COUNTS}) )*(?:{_UNITS})(?: (?:ago|later|long|early|already|now'
                    r"|yet))?\b(?! (?:one|ones)\b)|\b(?:at|until|till|by|before|after|past) "
                    r"(?:half past )?\w+ (?:o'clock|pm|am)\b|\bnext time\b"
                    r'|\b(?:(?:for|in|within|just|only) )*(?:(?:an?|one|half|few|two|three|five'
                    r'|ten|any'
                    r'|every|[0-9]+) )+seconds?\b')
# "a little slower", "a bit": how something is done.
_DEGREES = re.compile(r'\ba (?:(?:little|tiny|wee) )?(?:little|bit|tad|touch|lot)(?: bit)?\b(?!'
                      r' (?:of'
                      r'|\w+er (?:one|mug|than))\b)(?: (?:more|less|too))?(?: \w+er\b)?')
# What is told of a thing that nobody asks for: "I have read that book twice already".
_NO_REQUEST = (r'(?!.*\b(?:show|give|take|get|bring|find|mark|pass|hand|grab|pick|where|which|want'
               r'|what(?! an?\b)|need|fetch|point|like|love|prefer|would|use|mean|meant|leave'
               r'|do not|never (?:touch|take|move)|highlight|segment|outline|choose|select|please'
               r'|(?:is|are) there|how many)\b)')
_PERSON = (r'(?:he|she|they|some(?:body|one)(?: at \w+)?|everybody|people|grandma|grandpa|mum|dad'
           r"|(?:my|our|his|her|the) (?:neighbour|brother|sister|mother|father|wife|husband|boss"
           r"|son|daughter|friend|kid|cat|dog|gran|uncle|aunt|landlord)\w*(?: in law)?"
           r"(?: 's \w+)?)")
_WE = r'(?:i|we|he|she|they|somebody|someone|(?:my|our|his|her) \w+)'
TOLD = re.compile(
    rf'{_NO_REQUEST}{_PERSON} (?:always|never|kept|had|was|made|bought|paid|broke|stole|threw'
        r'|hit|fell|ate|drank|wrote|knocked|used to|hated|hates|screws) [^,]+(?: , what an? [^,]+)?'
        rf'|{_NO_REQUEST}(?:paid|bought|used to (?:have|own)) [^,]+(?: , [^,]+)?'
        rf'|{_NO_REQUEST}{_WE} (?:once(?! more| again)|used to|always|never|usually|often|already'
        r'|(?:have|has|had) (?:already |once |always |never |often )) ?(?!lost|mislaid|got|dropped)'
        r'\w+ [^,]+'
        rf'|{_NO_REQUEST}{_WE} (?:(?:have|has|had) )?(?!lost|mislaid|dropped'
        r'|got)\w+ [^,]+ (?:already|twice|yesterday|(?<!as )(?<!from )(?<!one )before|once'
        r'|(?:two|three|many) times|last (?:night|week|year|month)|ago)'
        rf'|{_NO_REQUEST}(?:the|that|this|those|these|my|our) (?:\w+ ){{1,2}}(?:is|are|was|were'
        r'|looks?|feels?) (?:(?:much|far|way|really|a bit|just|simply) )*too \w+ for [^,]+'
        r'|(?!yes|this|thanks|cheers|guys|always|folks)\w{2,}s (?:(?:give|gave) (?:me|us|him|her)'
        rf' an? \w+|{_NO_REQUEST}(?:make|taste|smell|cost|remind) (?!it\b'
        r'|them\b)\w+)[^,]*(?: , \w+)?')
# Verbs that take no thing here, in the turns of speech that look as if they asked for one.
_LIGHT = re.compile(
    r'\b(?:tak(?:e|es|ing) (?:care|turns?|ages|forever|time|your time|place|(?:a )?notes?|it easy'
    r'|offence|(?:so|too|very) long|over(?: the world)?|my job|a (?:\w+ )?(?:look at yourself'
    r'|break|nap|rest|seat|breath|guess|joke|hint|picture|walk|shower|bath))|(?:get|gets|getting'
    r'|got|gotten) (?:(?:it|that|this|me|everything|things) (?:\w+ )?(?:right|wrong|done'
    r'|over with)|(?:\w+ )?(?:ready|lost|better|worse|used to|bored|tired|up|going|well|stuck|old'
    r'|older|late|dark|cold|hot|angry|mad|sick|married|along|started|dressed|home|back'
    r'|some (?:rest|sleep)|enough sleep|on with|here|there|smarter|faster|slower|what you)'
    r'|a (?:life|grip|job|cold|headache))|(?:have|has|had|having) (?:(?:you |we |they |he |she |i '
    r'|not |never |ever |just |always |already |really |only )*(?:heard (?:the )?(?:latest|news)'
    r'|been|got to|to (?:go|leave|run|work|wait|stop|say|admit|be)|slept|eaten|heard|thought'
    r'|forgotten|had|gone|noticed|met|worked|finished|changed|tried|done)|(?:a|an|the|some|no'
    r'|so much|such a|any) (?:\w+ )*(?:fun|time|day|dream|idea|headache|cold|meeting|question'
    r'|problem|party|guests?|friends?|choice|reason|doubt|clue|feeling|point|rest|nap|break'
    r'|look at that|chat|talk|plan|plans)|fun|guests|faith|mercy|patience|enough|trouble|dinner'
    r'|lunch|breakfast)|(?:see|seeing|catch) (?:you|ya|what (?:happens|i mean|you mean))'
    r'|see(?:ing)? (?:\w+ )?again|look(?:s|ing)? (?:forward|who|great|good|tired|nice|lovely|sharp'
    r'|like (?:rain|snow|trouble|a (?:nice|good|bad|long) day|it))|(?:find|found) (?:out|that|it'
    r'|this) ?(?:funny|hard|easy|strange|weird|odd|difficult|annoying)?(?=$| ,)|(?:need|needs|want'
    r'|wants|could use) (?:(?:some|a|an|more|to|you to|any|another) (?:\w+ )?(?:rest|sleep|break'
    r'|nap|holiday|vacation|coffee|drink|tea|hug|doctor|moment|minute|talk|go|leave|sleep|eat|know'
    r'|say|think|be|calm|hurry|relax|wait|stop|help|time|air|walk|shower))|gi(?:ve|ves|ving'
    r'|ven) (?:up|me a (?:break|moment|minute|second|hug|smile|reason|kiss|ring|call|shout)'
    r'|it a rest|in)|(?:where|how) (?:was|were|am|are|is|did|does) (?:i|we|you|he|she|they'
    r'|the time|everyone|everybody)\b|lost (?:my|the|his|her|your) (?:\w+ of \w+|mind|way|voice'
    r'|temper|nerves?|patience)|(?:have|has|had) lost (?:it|count|interest)|miss(?:ed|ing)? (?:you'
    r'|me|him|her|them|home|the (?:bus|train|point|old days))|call(?:ed|s|ing)? (?:it a (?:day'
    r'|night)|me|him|her|you|back|in sick)|(?:put|show|tell|showed|putting) (?:it|this'
    r'|that) (?:nicely|politely|into words)|not (?:sure|certain) (?:about |of )?(?:what|which|how'
    r'|if|whether)(?: (?:i|we) (?:want|need|mean))?|in (?:my|your|his|her) (?:place|shoes|way)'
    r'|what (?:happens|happened) (?:when|if|here|there|next|now)|heard the (?:latest|news)'
    r'|how (?:do|can|shall|should) (?:i|we) (?:put|say|explain|word|phrase) (?:this|it|that)'
    r'|forget (?:that |what )?i (?:ever )?(?:said|asked|mentioned)(?: anything| it| that)?|(?:use'
    r'|used|using) (?:to|your (?:head|brain|ears|eyes))|in touch|mine all mine'
    r'|point(?:less)? (?:in|of)|no point|what is the point|after all|name is)\b')
# Verbs of thinking, feeling and speaking: "it" after them is no thing in view.
_MINDS = re.compile(
    r'\b(?:worry|worried|worrying|bother|thinking?|thought|talk(?:ed|ing)?|forget|forgot|believe'
    r'|doubt|promise|regret|complain(?:ing)?|joke|joking|understand|understood|rely|count|sleep'
    r'|swear|hope|hoping|bet|guess|hear|heard|mention|appreciate|enjoy|enjoyed|deserve|admit|mind'
    r'|sorry|happy|glad|sure|certain|agree|disagree|dream|learn|learnt|learned|explain|repeat|done'
    r'|doing|did|care|cares|deal|cope|live|laugh|laughing|cry|crying|stop|stopped|over|fed up|hate'
    r'|love|adore|say|said|saying|believes|spell|translate|pronounce|know|knew)'
    r'(?: (?:about|on|upon|of|for|at|with|to|over|me|you|too much))* (?:it|that|this|them|those)\b'
    r'(?! (?:\w+ )?(?:one|ones|thing|things)\b)')
# What is done with a thing in view.
_HANDLED = re.compile(
    r'^(?:(?:can|could|would|will|you|please|now|and|then|ok|okay|let|us|me|i|want|to|robot|so'
    r'|just|go|need|like|help|try|quickly|gently) )*(?:lift|hold|move|push|pull|open|close|shake'
    r'|wipe|clean|wash|throw|carry|touch|outline|mark|highlight|segment|select|rinse|dry|scrub'
    r'|polish|rub|heat|warm|cool|fill|empty|pour|stir|break|crush|squash|squeeze|peel|cut|fold'
    r'|unfold|screw|unscrew|flip|slide|rotate|twist|tilt|press|kick|roll|toss|catch|wrap|pack'
    r'|unpack|hide|feed|measure|weigh|scan|inspect|examine|check|watch|track|follow|test|taste'
    r'|smell|eat|drink|buy|sell|steal|borrow|return|replace|remove|insert|attach|detach|plug'
    r'|unplug|load|unload|store|sort|stack|align|straighten|bring|get|fetch|take|grab|pick|hand'
    r'|pass|give|show|find)'
    r'(?: (?:me|us|up|out|over|away))? (?:it|that|this|them|these|those)\b(?! (?:is|was|down)\b)')
# Phrasal verbs whose "it" is no thing.
_IDIOMS = re.compile(
    r'\b(?:(?:let|leave) it (?:go|be|at that|to me|out)|(?:wrap|hurry|mix|listen|live) it up'
    r'|write (?:it|that|this) down|keep (?:at it|it (?:up|down|short|simple|cool|quiet|going))'
    r'|make (?:it|that) (?:quick|so|snappy|work|stop|happen|fast|count|clear|easy|\w+er)|beat it'
    r'|(?:cut|knock|quit|stop|watch|step on|get on with|get over|go for|try|do|do|figure|work'
    r'|think|sort|sleep on|hit|skip|spit) it(?: (?:out|off|over|through|already|now|again|too))*$'
    r'|take it (?:easy|slow(?:ly)?|from here|back|or leave it|in turns|personally)|easy does it'
    r'|(?:roger|copy|got|scratch|hear|heard|follow|noted) that$|(?:get|got) (?:it|that)(?: (?:now'
    r'|yet|done|right|wrong))?$|(?:that|this|it) is (?:it|that)$|be it|damn it|so be it'
    r'|hold it right there|(?:come|snap|get) (?:off|out of) it|not (?:at all'
    r' )?like (?:it|that)$|like that$|just like that|with that$|and that is that)')
# What a robot is told about nothing at all: exclamations, notes to oneself, favours.
_EXCLAIMED = re.compile(
    r'(?:(?:oh|ok|and|hey|wow|well|but|so|my) )*(?:(?:what|such) an? (?!.*\b(?:for|to|can)\b)'
    r'|what (?:happens|would happen) (?:when|if)|how (?:do|does|would|can|should) (?:you|one|i|we'
    r'|people) (?!get|reach|find|see|call|know|like|feel|do|use)|(?:\w+ )*(?:found|did|done|got'
    r'|have|made|fixed) (?:it|that|them) (?:all )?(?:by )?myself|note to self'
    r'|(?:i )?must (?:not )?(?:remember|forget)|remember to (?!show)|remind \w+ to'
    r'|do not forget to|add \w+ to (?:the|my) (?:\w+ )?list|(?:forgive|trust|believe|help|hug|kiss'
    r'|save|tickle|marry|surprise|entertain|amuse|join|ask|tell|answer|leave|forget|ignore|thank'
    r'|bless|excuse|spare|let|watch|hear|obey|humour|impress|teach|scare|call)'
    r' (?:me|us|you|him|her|them)(?: (?:alone|then|now|again|know|be|out|please))*$)')
# Statements about a pronoun, or by somebody about what was done with it.
_STATED = re.compile(
    r"^(?:(?:well|so|but|and|because|ok|okay|no|yes|oh|now|then|thanks|honestly|frankly|really|look"
    r"|sorry|great|thank you|hey|listen|god|man|wow|ugh) )*"
    r"(?:(?:it|this|that|he|she|everything|nothing|all of this) (?:is|was|will|would|seems|seemed"
    r"|sounds|sounded|feels|felt|smells|makes|made|does|did|has|could|can|must|might|may|should"
    r"|takes"
    r"|took|hurts|works|worked|happens|happened|depends|looks|looked|goes|went|never|just|really"
    r"|always|keeps|kept|gets|got|needs|costs|means|reminds)\b"
    r"|(?:i|we|you|they|he|she) (?:have |has |had |do |did |already |just |really |finally |also "
    r"|never |not |always |can |could |will |would |should |still |keep |kept |am |are |were |was "
    r"|must |might )*(?:got|had|did|done|made|broke|finished|tried|knew|know|heard|hear|fixed"
    r"|bought|sold|ate|read|wrote|like|love|hate|believe|mean|doing|do|understand|making|getting"
    r"|listening|trying|talking|saying|joking|kidding|supposed|going to|meant to|ruin|ruined"
    r"|forgot|owe|deserve|handle|manage|stand|take|feel|felt|feeling|think|thought|worked"
    r"|broken|lost)\b)")
# What a request with an unknown noun has: a verb of wanting or seeing, or a question of being.
_WANTS = re.compile(
    r'\b(?:want|wants|wanted|need|needs|find|found|look(?:ing)? for|search|searching|see|seen|show'
    r'|give|bring|hand|pass|get|got|fetch|take|grab|pick|point|mark|segment|highlight|locate|spot'
    r'|have|has|prefer|choose|fancy|wish|like|where|which|put|place|detect|identify|reach|use'
    r'|looking|is there|are there|any|there is|move|push|pull|lift|hold|open|close|outline|select'
    r'|touch|buy|missing|lost|drop|throw|clean|wash|wipe|empty|fill|cut|switch|turn|press|feed)\b')
_ARTICLES = frozenset('the a an my your this that its our his her some no these those any'.split())
_AROUND = frozenset('please and ok okay so now then hey robot yes no here there one just the on in '
                    'table of with for me maybe thanks also too over , next to or by'.split())
# Nouns of what nobody can outline.
ABSTRACT = frozenset("""
time day night secret story tale joke dream news offence offense problem idea mind god heaven hell
hope luck way truth lie fun job work life love music song poem lullaby weather rain snow sun wind
temperature timer alarm reminder appointment meeting message email mail call text question answer
reason mistake fault shame pity patience sense point trouble help favour favor promise rush hurry
matter sleep nap break holiday vacation weekend birthday party dinner lunch breakfast supper
silence peace hate hurry headache pain feeling mood opinion advice lesson language english german
french spanish volume noise sound voice date history science math maths politics religion football
soccer game match news radio television tv internet wifi website traffic minute moment hour
week month year monday tuesday wednesday thursday friday saturday sunday morning evening afternoon
mess stuff nonsense rubbish speed attention business company future past end start beginning chance
choice decision plan trip travel journey walk dance hug kiss smile laugh bye goodbye hello thanks
welcome congratulations apology apologies mercy horse hold recipe calendar memory train thought
thoughts turn direction step steps energy power mode program update software error bug system
space standby conversation talk chat word words compliment opinion interest taste style attitude
manners mood
storm thunder television weekend holiday list shopping fire emergency ambulance police taxi capital
population president minister king queen country city
town street school university kitchen bathroom bedroom garage garden hallway corridor house home
office shop store charger station dock docking
""".split())
# What people and robots have, behind "my" or "your".
LIMBS = frozenset('head heads eye eyes ear ears face nose mouth hair back foot feet leg legs neck '
                  'skin stomach tooth teeth tongue voice brain heart body'.split())
# People and animals, and what they are called to their faces.
PEOPLE = frozenset("""
mum mom mummy mommy dad daddy mother father brother sister son daughter wife husband uncle aunt
grandma grandpa granny cousin nephew niece boss doctor teacher nurse professor colleague colleagues
neighbour neighbours neighbor neighbors friend friends buddy mate pal dude man guy guys girl boy
lady ladies gentlemen gentleman kid kids child children baby babe dog cat puppy honey darling love
sweetheart sweetie dear sunshine everybody everyone somebody someone anybody anyone nobody folks
people guests visitors customer customers sir madam team class boys girls amigo captain chief
champ king genius lads lad bro sis woman women men person toddler assistant student students partner
roommate flatmate nan gran
""".split())
_OF_PEOPLE = re.compile(
    rf"^(?:(?:well|so|but|and|because|ok|oh|hey|yes|no) )*(?:(?:my|our|your|his|her|the|a|some"
    rf"|these) "
    rf"(?:\w+ )?)?(?:{'|'.join(sorted(PEOPLE))}|he|she|they)\b")
# Function words and greetings of other languages, none of which is an English word.
FOREIGN = frozenset("""
guten gute guter morgen abend tag nacht hallo tschuss danke bitte wie geht dir dich mir mich ich du
wir nicht nein doch schnell langsam komm komme geh halt warte mal hier dort wo ist sind bist das
ein eine einen den dem und oder aber sehr gut heute schon noch zeig zeige gib nimm hilfe vielen dank
auf wiedersehen servus moin gruezi verstehe kannst konnen machen mach bring alles kein keine roboter
bonjour bonsoir salut merci beaucoup oui je tu il elle nous vous est suis es ca ça va bien comment
le la les une des du de et mais pas ne que qui où ou attends attendez arrête arrete viens venez ici
s'il plait plaît voir revoir bonne nuit moi toi avec pour peu mon ma donne prends cherche
hola buenos buenas dias días tardes noches gracias muchas como cómo estas estás esta está que qué
tal por favor ven aqui aquí para no si sí bueno adios adiós hasta luego mañana entiendo nada muy
amigo el los las un una dame busca donde dónde yo usted hablas
ciao buongiorno buonasera grazie mille prego vieni qui stai come aspetta ferma per piacere bene si
sono non capisco dove dammi il lo gli
dank je wel goedemorgen goedenavond alstublieft alsjeblieft hoe gaat het ik niet kom hier dag doei
tack så mycket hej god morgon hejdå snälla jag inte mange takk farvel tusen takk kiitos
arigato arigatou gozaimasu konnichiwa sayonara ohayo sumimasen hai kudasai
spasibo privet poka pozhaluysta da nyet dobry dobrý den dzien dobre dziekuje prosze na zdravie
auf damit euch ihr sie er wo bella bello haces hace estoy cansado llamo llama khorosho nasilsin
demain tard alles klar zusammen los weiter links rechts oben unten richtig falsch gemacht danke halt
parle parlez merde zut allez allons vite voila non gauche droite habla hablo vamos rapido despacio
izquierda derecha espera para abajo arriba avanti piano sinistra destra basta scusa scusi allora
děkuji dekuji ahoj čau obrigado obrigada ola olá bom dia boa noite tudo bem merhaba teşekkür
tesekkur ederim shukran salam namaste dhanyavad ni hao xie xiexie nihao shalom toda
""".split())
# Words of that list that English sentences have, too, at least once misheard.
_SHARED = frozenset('du no hat halt war die den mal come me so on in an am man was tag god dag ma '
                    'la de des si un le you hier king dank por per na es is it il mon mine da'
                    ' dock hell ou poka bring class gate dame team for per mail wo el lo come love'
                    ' takk lad'.split())
# Segments that tell what happens to a known thing, and ask nothing of it.
_EVENTS = re.compile(r'\b(?:the|my|our|your) \w+ (?:is|are|was|were|keeps?|has been|have been)'
                     r' (?:still |always |on )?(?:ringing|boiling|crying|barking|calling|burning'
                     r'|beeping|buzzing|charging|dying|waiting|coming|leaving|sleeping)\b'
                     r'|(?<!what is )(?<!that is )(?<!which is )'
                     r'\bon (?:the|my) (?:phone|computer|laptop|couch|sofa|internet|radio|tv)\b'
                     r"|\b(?:dinner|lunch|breakfast|food|coffee|tea) (?:is |'s )?(?:ready"
                     r"|served)\b")
# What other machines and people do.
_SERVICES = re.compile(
    r'(?:(?:please|robot|hey|now|and|so|ok|can|could|would|will|you|i|want|to|need|like'
    r'|let us) )*(?:tell (?:\w+ )?(?:me |us |him |her )?(?:an?|some|something|about|to|that|stop'
    r'|your|my|him|her)\b|sing|play|recite|read (?:me|us|out|it|that|aloud)|remind|text|email'
    r'|translate|calculate|google|whistle|dance|schedule|subscribe|download|upload|compute'
    r'|subtract|multiply|dial|(?:set|start|stop|snooze) (?:an?|the|my) (?:\w+ )?(?:timer|alarm'
    r'|clock|reminder|countdown|dishwasher|oven|washing machine|engine|music)|(?:call|phone'
    r'|ring) (?:me|him|her|an?|the|my)|(?:turn|switch) (?:up|down|off|on)? ?(?:the |that '
    r'|some )?(?:\w+ )?(?:radio|music|volume|heating|heater|tv|television|news|oven|stove|ac|air'
    r'|sound|fan|internet|alarm|wifi|lights)\b|count (?:up|down|to|backwards)|(?:search'
    r'|browse) (?:the )?(?:web|internet|online)|take (?:an?|some|another) (?:\w+ )?(?:selfie|photo'
    r'|picture|video)'
    r'|order (?:me|us|some|a)|book (?:me|us|a|the) |make (?:me|us|some) )')


def stripped(words: Sequence[str]) -> tuple[str, ...]:
    """The words without times, degrees, light verbs and events, which name nothing in view."""
    text = ' '.join(words)
    for rule in (_EVENTS, _TIMES, _DEGREES):
        text = rule.sub(' ', text)
    return tuple(text.split())


def without_light_verbs(flat: str) -> str:
    """The sentence without turns of speech whose verbs would be read as those of requests."""
    return ' '.join(_LIGHT.sub(' - ', flat).split())


def is_foreign(said: str) -> bool:
    """Whether a sentence that names nothing, as it was written, is of another language.

    Half its words are known from others, or a letter has a mark that English has not.
    """
    raw = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", said.casefold().replace('\u2019', "'"))
    found = [w for w in raw if w in FOREIGN]
    telling = [w for w in found if w not in _SHARED]
    return bool(telling) and 2 * len(found) >= len(raw) or any(not w.isascii() for w in raw)


def is_event(words: Sequence[str]) -> bool:
    """Whether a sentence tells what happens: "dinner is ready", "the phone is ringing"."""
    return bool(_EVENTS.search(' '.join(words)))


def is_of_itself(flat: str) -> bool:
    """Whether the robot is to do something with itself: "bring yourself over here"."""
    return bool(re.search(r'\byourself\b', flat))


def is_abstract(words: Sequence[str], unknown: Callable[[str], bool]) -> bool:
    """Whether all nouns of a sentence that names nothing in view are of what cannot be seen."""
    nouns = [w for w in words if unknown(w) and w != '-']
    if len(words) < 3 and not any(w in ABSTRACT for w in words):
        return False  # "watering can"
    return any(map(_is_abstract, nouns) if nouns else (w in ABSTRACT for w in words)) and all(
        map(_is_abstract, nouns))


def _is_abstract(word: str) -> bool:
    return bool({word, lexicon.singular(word)[0]} & (ABSTRACT | PEOPLE)) or (
        word.endswith('ing') and len(word) > 5 and word not in lexicon.GENERIC)


def is_exclaimed(text: str) -> bool:
    """Whether a sentence exclaims, notes for oneself, or asks a favour of another kind."""
    return bool(_EXCLAIMED.match(text))


def is_service(flat: str) -> bool:
    """Whether a sentence that names nothing in view asks for what other machines and people do."""
    return bool(_SERVICES.match(flat)) and not re.search(
        r'\b(?:where|which|show|find|see|bring|fetch|grab)\b', flat)


def is_about_nothing(flat: str) -> bool:
    """Whether "it" and the like stand for no thing: "do not worry about it", "it is a shame"."""
    return bool(
        _MINDS.search(flat) or _STATED.match(flat) or _IDIOMS.search(flat)) and not re.search(
        r'\b(?:want|need|looking for|asked for|show|give|bring|find|grab|fetch|pick|point|hand'
        r'|pass|where|mean|meant|see)\b', without_light_verbs(flat))


def handles(flat: str) -> bool:
    """Whether "it" and the like are said to be taken in hand: "can you lift it"."""
    return bool(_HANDLED.search(without_light_verbs(flat))) and not _IDIOMS.search(flat)


def is_of_people(flat: str) -> bool:
    """Whether a sentence that names nothing in view tells what others do: "my son turned five"."""
    return bool(_OF_PEOPLE.match(flat)) and not wants(flat)


def wants(flat: str) -> bool:
    """Whether a sentence has a verb of wanting, seeing or taking, or asks what is there."""
    return bool(_WANTS.search(flat))


def says_more(words: Iterable[str]) -> bool:
    """Whether any word is more than politeness and articles."""
    return any(w not in _AROUND | _ARTICLES | lexicon.HARMLESS for w in words)


def asks_for_unknown(words: Sequence[str], unknown: Callable[[str], bool]) -> bool:
    """Whether a sentence of unknown nouns alone asks for them.

    It does with an article or a verb of wanting, or where it is hardly more than the noun itself.
    """
    text = without_light_verbs(' '.join(words))
    nouns = [w for w in words if unknown(w)]
    if len(words) > 2 and nouns and all(map(_is_abstract, nouns)) or any(
            w in ABSTRACT for w in nouns):
        return False
    if _WANTS.search(text):
        return True
    return not says_more(w for w in words if not unknown(w)) and len(nouns) <= 3


def addressed(segments: Sequence[str], unknown: Callable[[str], bool]) -> list[str]:
    """The segments between pauses without those that only say who is spoken to."""
    def is_name(segment: str) -> bool:
        said = segment.split()
        return 0 < len(said) <= 2 and all(
            w in PEOPLE or unknown(w) or w in ('my', 'yes', 'no', 'hey') for w in said)
    return [s for s in segments if not is_name(s)] if len(segments) > 1 else list(segments)
