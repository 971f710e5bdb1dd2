# SPDX-License-Identifier: Apache-2.0
"""Alternations of words for the patterns of wordings: pieces of regular expressions, no groups.

Only for `core.language.asides` and `core.language.paraphrases`.
"""

import re
from collections.abc import Callable

from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.normalise import NUMBER_WORDS

# A pattern, and what is read instead of what it finds.
Wording = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]

COLOUR = f'(?:{"|".join(lexicon.COLOURS)})'
NUMBER = f'(?:[0-9]+|{"|".join(NUMBER_WORDS)})'
PART = '|'.join(sorted((p for p in lexicon.PARTS if len(p) > 2), key=len, reverse=True))
NOUN = '|'.join(sorted((*lexicon.NOUNS, *lexicon.KINDS), key=len, reverse=True))
PIECE = '|'.join(sorted((p for p in lexicon.PARTS if not lexicon.is_noun(p)), key=len,
                        reverse=True))
MORE = (r'(?:bigger|larger|smaller|taller|shorter|longer|higher|lower|wider|thinner|thicker'
        r'|narrower|tinier)')
UNSEEN = rf'(?:{"|".join(sorted(lexicon.UNSEEN_DEGREES))})\b'
RANKS = 'first|second|third|fourth|fifth|last'
GET = r'(?:(?:ok|okay|and|now|so|then) )*' \
      r'(?:(?:show|give|bring|get|take|mark|highlight)(?: me)? )?'
ALL_THAT = (r'(?:everything|whatever|all(?: the)? (?:things|objects|items|stuff)|all)'
            r'(?: that| which)?')
