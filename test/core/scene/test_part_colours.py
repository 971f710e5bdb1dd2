# SPDX-License-Identifier: Apache-2.0
"""Parts that have colours of their own: "the bottle with the orange cap", "whose cap is white"."""

import pytest
from support.talk import outcome

LINES = {
    'a thing by the colour of its part': """
the bottle with the orange cap => bo
the bottle with a red label => bw
the bottle with a blue cap => none "no bottle with a blue cap"
the bottle whose cap is orange => bo
the mug that has got a blue handle => mb
the one whose handle is blue => mb
the bottle whose cap is not white => bo
show me the bottles whose caps are white => bw
orange-capped bottle => bo
give me the red-handled hammer => ha
which mug has a blue handle => mb
what has a red handle => ha
the bottle without an orange cap => bw
the mug with no blue handle => mw
the red label and the white cap => bw.cap bw.label
""",
    'a part by its colour': """
the orange cap => bo.cap
the white cap > no, the orange one => bo.cap
the caps > the orange one => bo.cap
the handle > the red one => ha.handle
the mug's handle, the blue one => mb.handle
the cap, the orange one => bo.cap
the hammer's red part => ha.handle
the red cap => none "no red cap"
""",
    'questions': """
how many caps are white? => talk "one white cap"
the hammer > what colour is its handle? => talk "red"
is the cap of the left bottle orange? => talk "Yes"
""",
}


@pytest.mark.parametrize('line', [line for block in LINES.values()
                                  for line in block.strip().splitlines()])
def test_colours_of_parts(line: str) -> None:
    found, wanted = outcome('caps', line)
    assert found == wanted
