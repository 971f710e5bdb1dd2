# SPDX-License-Identifier: Apache-2.0
"""Which words exist, so that they are neither names nor slips: tables, and the look-ups in them."""

from functools import lru_cache

from reasonseg_ros.core.language import lexicon, small_talk
from reasonseg_ros.core.language.normalise import NUMBER_WORDS, ORDINALS

FILLERS = frozenset('uh uhm um umm er erm hm hmm mm ah eh please kindly pls plz like basically '
                    'actually maybe perhaps just simply quickly carefully gently kinda ehm well '
                    'oh er ähm huh right_now gosh ooh anyway'.split())
# Words of requests and talk, beside those of the lexicon and the grammar: they are not slips.
OTHER_WORDS = frozenset("""
a able about above access act action add after afternoon again against ago agree ahead all allow
almost alone along alongside alright also although always am among amount an and another answer
any anybody anyone anything anyway anywhere apart appear appears are area arm around as ask asked
assume at atop attach attached aware away awesome back bad barely base basically be became because
become been before beg begin behind being belong belonging belongs below beneath beside besides
best bet better between beyond bigger bite bonjour bored both bother bottom bought boy break
breakfast brew brilliant bring brings broke brother build bump busy but buy by bye call
called calm came can cannot care careful carried carries carry carrying case cat catch cause
center central centre certainly chance change cheap check cheers child children choose ciao circle
clean clear clearly clicked close closed closer closest color colored colors colour coloured
colours come containing contains cook cool corner correct correctly could count couple course
cover crash crazy cross cry cuppa cut dad damage dance danger dangerous daughter dear decide deep
definitely deliver depends desire did difference different difficult dinner direction directly
dirt discard distance do does dog doing done double doubt down dream drive drop drove due during
each early easily easy eat eaten edge either else email empty end enough entirely especially etc
evening eventually ever every everyone everything everywhere exact exactly example excellent
except excited excluding exist expect explain extra eye eyes fact fair fairly fall falls family
far farther farthest fast faster father feel feels feet fetch few fill finally find fine finished
first fit fits fix flatly flip floating fly focus folks follow foot for force forget forgot form
forward found four free friend friends from front fun funny further furthest future game gave
gently get gets girl give given glad go goes going gone good got gotten grab grabbed grasp great
grip gripped grips guess guy guys had half hallo hand hands hanging happen happened happy hardly
has hate have having he hear heard held hello help helped helpful helps her here herself hey hi
highlight highlighted him himself his hit hola hold holding holds home hope hopefully hoping
horizontally hot hour hours house how human hungry hurry hurt i idea identical identify if image
imagine immediately important in include including indeed inform inside inspect instance instead
interested interesting into invisible is issue it its itself job joke jump keep keeps kick kid
kids kill kind kindly kitchen knew know known lady last lately later latter laugh lay lays leaning
learn least leave leaves leaving led left leftmost leftover leftward less let lets level lid-less
lie lies life lift lifted likely line list listen lists live living local locate located long
longer look looking lost lot lots loud love lovely lower lunch lying mad made main mainly make
maker manage manner many mark matter may maybe me meal mean meaning means meant meanwhile meet
mention mess mid middle might mind mine minus minute miss missed missing mistake moment month more
morning most mostly mother mouth move moved moving much multiple must my myself name named names
near nearby nearer nearest nearly neat necessary need needed needs neither never next nice night
no nobody noise none nor normally not nothing notice noticed now number numbers object obviously
occur odd of off office often ok okay on once only onto open opened opinion opposite option
options or orders other others ought our ourselves out outer outline outlined outside over overall
own owner paid painted pair part particular particularly parts party pass past pay peel people
perfect person phase pick picked picking picks pieces pizza place placed placing plan play played
please plus point pointed pointing points position positioned possible possibly pour pouring
prefer preferably present pretty prevent previous previously probably problem proceed process
proper properly provide pull pure purpose push put puts putting question quick quiet quietly quite
raise ran random rather reach reached reaching ready real realize really reason recent recently
recognise recognize regular related relative relax release reliable remain remaining remains
remember remembered remind remove removed repeat request require resolve respond rest resting
return rid right rightmost rightward risk robot room rotate roughly round run running runs safe
safely said same sat save saves saw say says scan screw search searching second see seem seems
seen segment select selected self send sense sent separate separately series serious seriously
serve service set seven shake shall shape share sharp she shift shot should shoulder shout show
showed showing shown shut sick side sides sight sign silly similar simply since sing single sister
sit sits sitting situated sleep slide slow slower slowly smart smell smile smooth so some somebody
somehow someone something sometimes somewhat somewhere son soon sooner sorry sort sound sounds
space speak speaking specific specify speed spot squeeze stable stack stand standing stands start
started stay step steps stick sticks still stop store straight strange street strong stuck stuff
style such suddenly sugar suggest suit supposed sure surely surround surrounding swap sweet switch
system tag take taken takes taking talk talking target task taste teach team tell terms terrible
test than thank thanks that the their them themselves then there thereof these they thick think
thinking thinks third thirsty this those thought thousand three threw through throughout throw
ticket tight till time tip tired to today together tomorrow tonight too took top toss total
totally touch touching toward towards track train travel treat tried trouble trust truth try
trying turn two tying type types unable under underneath understand unless unlike unstack until up
upon upright upside us use used using usually utterly vertically very via view visible visit voice
wait wake walk wall wanna want wanted wants warm warning was wash waste watch watched watching way
we wear weather week weight weird were what whatever whatsoever when where wherever whether which
whichever while who whoever whole whose why widely wife will win wipe wish wished with within
without woman women wonder wonderful wondering wont word words work worked working works world
worry worse worst worth would wrap write writing written wrong yard yeah year years yep yes
allowed asking asks cease circumstances claws comes dare dozen exception failing favour favourite
fingers forbid forbidden former grabs hates insert labeled labelled loves lucky marked moves
numbered otherwise paws permitted press presses pressing prohibit prohibited pushes quit refrain
tagged temperature tilt touched touches untouched disturbed handled grasped approach twist unscrew
degrees degree spin spinning rotate nod wave waving park power tighter doubt doubts mistaken
confidence certainty seriously honestly penultimate original earlier shade seeing saying looked
oops heya morning evening crouch kneel bow crawl wiggle retreat accelerate brake steer dock undock
swing reverse slower aside idle calibration recalibrate slide grasp clutching squeezing outline
outlined marked selected highlighted describe verify confirm ringing order ordered quote recall
volume yesterday yet you young your yours yourself yourselves zero
anymore row asap avoid banned begun blame cheer counted crush desist dislike ditch dump fails gentle
identity initial lean lose nope note nummer omit peace picky pointy poke precious prior rate sake
scrap skip snow
spare spill squeeze stove suppose taboo tally thus tint tone upper warn went
""".split()) | frozenset(NUMBER_WORDS) | frozenset(ORDINALS)


# Things that nobody here can recognise, a letter away from those that somebody can: they are said,
# not misspelled ("spool" is no spoon, "curtain" no carton).
STRANGERS = frozenset("""
beach bead beam beard beast beef beetle bell bird boot bull cage camel candle cane cape card cart
cave chain chin clay coal coin comb cone corn couch crab crust curtain dagger dove drone flavour
flower foil fuel grass gravy hat hook horse knee knot lamb lather letter linen mat medal mint moth
opener pallet pants paste peeler plank plum powder printer quilt sand seed shawl sheep sheet shell
shirt shower snake sofa spade spool staple steam steel stew stone straw string tablet tent tile
torch tree trunk twine waist wand wheat wing wood worm
""".split())


@lru_cache(1)
def nouns() -> frozenset[str]:
    """Words that name or describe things: what a slip is most likely meant to be."""
    phrases = (*lexicon.NOUNS, *lexicon.KINDS, *lexicon.CONTENTS, *lexicon.PARTS)
    named = {word for phrase in phrases for word in phrase.split()}
    named |= {word for noun in phrases for word in lexicon.plural(noun).split()}
    return frozenset(named | set(lexicon.COLOURS) | set(lexicon.ORDERS) | set(lexicon.SHAPES)
                     | set(lexicon.MATERIALS) | lexicon.GENERIC | lexicon.SCENERY
                     | lexicon.SHADES | {g + 's' for g in lexicon.GENERIC})


@lru_cache(1)
def known() -> frozenset[str]:
    """All words that are none to be mended."""
    uses = {word for words, _ in lexicon._PURPOSES for word in words}
    return (nouns() | OTHER_WORDS | lexicon.HARMLESS | FILLERS | uses
            | {s + 's' for s in lexicon.SCENERY} | small_talk.vocabulary())


def is_word(word: str) -> bool:
    """Whether a word is known at all, so that it is no name and no slip."""
    return word in known() or lexicon.singular(word)[0] in known()


def is_past(word: str) -> bool:
    """Whether a word is the past of a verb that is known: "turned", "dropped"."""
    return len(word) > 4 and word.endswith('ed') and any(
        stem in OTHER_WORDS for stem in (word[:-1], word[:-2], word[:-3])) and word[:-2] != ''
