# SPDX-License-Identifier: Apache-2.0
"""Generated answers hold when recomputed from the masks, without the generator's own geometry."""

from collections import Counter
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.made_views import random_truth, truth_of

from reasonseg_ros.core.errors import Status
from reasonseg_ros.sim.dialogues.generator import BUILDERS, generate
from reasonseg_ros.sim.dialogues.truth import Kind, SceneTruth, Turn
from reasonseg_ros.sim.language.phrases import vocabulary, words
from reasonseg_ros.sim.language.vocabulary import OBJECT_NOUNS, use_phrase
from reasonseg_ros.sim.world.catalogue import BY_NAME

WHERE = {'left of': (-1, 0), 'right of': (1, 0), 'above': (0, -1), 'below': (0, 1),
         'top left': (-1, -1), 'top right': (1, -1), 'bottom left': (-1, 1),
         'bottom right': (1, 1)}


def shares(turns) -> dict[str, float]:
    """Realised share of each kind, and of each kind of refusal ('absent/colour')."""
    counts = Counter(turn.kind.value for turn in turns)
    counts.update(f'absent/{turn.detail}' for turn in turns if turn.kind is Kind.ABSENT)
    return {name: count / len(turns) for name, count in counts.items()}


PAIR = truth_of(
    ('mug', 'red', 'small', 10, 60, 24, 24), ('mug', 'blue', 'large', 140, 60, 36, 36),
    ('bottle', 'green', 'small', 80, 10, 20, 30), ('bottle', 'green', 'large', 80, 100, 30, 40),
    ('lamp', 'orange', 'large', 40, 100, 30, 34), ('banana', 'purple', 'small', 120, 15, 20, 20))


class Checker:
    """Recomputes what a dialogue claims, from masks."""

    def __init__(self, truth: SceneTruth) -> None:
        self.truth = truth
        self.made: dict[int, tuple[int, str | None]] = {}
        self.latest: dict[int, int] = {}
        self.before: Turn | None = None
        self.visible = [i for i in range(len(truth.objects)) if truth.mask(i).any()]

    def centre(self, index: int) -> np.ndarray:
        rows, cols = np.nonzero(self.truth.mask(index))
        return np.array([cols.min() + cols.max() + 1, rows.min() + rows.max() + 1]) / 2

    def category(self, index: int) -> str:
        return self.truth.objects[index].category

    def of(self, category: str) -> list[int]:
        return [i for i in self.visible if self.category(i) == category]

    def check(self, turn: Turn) -> None:
        getattr(self, turn.kind.value)(turn)
        assert turn.answer.count('<seg>') == len(turn.targets)
        assert set(turn.references) <= set(self.made)
        for target in turn.targets:
            assert target.id == len(self.made) + 1
            self.made[target.id] = (target.object, target.part)
            assert self.truth.mask(target.object, target.part).any()
            if target.part is None:
                assert target.parent_id == 0
                self.latest[target.object] = target.id
            else:
                assert target.parent_id == self.latest.get(target.object, 0)
        if turn.status is Status.OK:
            nouns = [f'the {t.part or self.category(t.object)} <seg>' for t in turn.targets]
            assert [n for n in nouns if n not in turn.answer] == []
        assert (turn.status is Status.NOTHING_FOUND) == (not turn.targets)
        self.before = turn

    def named(self, turn: Turn, category: str) -> bool:
        return any(noun in turn.instruction for noun in (category, *OBJECT_NOUNS[category]))

    def direct(self, turn: Turn) -> None:
        (target,) = turn.targets
        category = self.category(target.object)
        assert self.of(category) == [target.object] and self.named(turn, category)

    def attribute(self, turn: Turn) -> None:
        (target,) = turn.targets
        item = self.truth.objects[target.object]
        rivals = self.visible if turn.detail == 'thing' else self.of(item.category)
        field = 'size' if turn.detail == 'size' else 'colour'
        value = getattr(item, field)
        assert [i for i in rivals if getattr(self.truth.objects[i], field) == value] == [
            target.object]
        if field == 'colour':
            assert value in turn.instruction.split()

    def use(self, turn: Turn) -> None:
        (target,) = turn.targets
        category = self.category(target.object)
        assert self.of(category) == [target.object]
        assert any(use_phrase(use) in turn.instruction for use in BY_NAME[category].uses)

    def part(self, turn: Turn) -> None:
        (target,), (reference,) = turn.targets, turn.references
        assert self.made[reference] == (target.object, None)
        assert target.part in BY_NAME[self.category(target.object)].parts
        if turn.detail == 'number':
            assert str(reference) in words(turn.instruction)

    def part_direct(self, turn: Turn) -> None:
        (target,) = turn.targets
        rivals = self.of(self.category(target.object))
        colours = [self.truth.objects[i].colour for i in rivals]
        mine = self.truth.objects[target.object].colour
        sizes = {self.truth.objects[i].size for i in rivals}
        assert len(rivals) == 1 or (colours.count(mine) == 1 and mine in turn.instruction) or (
            len(sizes) == 2)

    def position(self, turn: Turn) -> None:
        (target,), (reference,) = turn.targets, turn.references
        anchor = self.made[reference][0]
        generic = not self.named(turn, self.category(target.object))
        rivals = self.visible if generic else self.of(self.category(target.object))
        offsets = {i: self.centre(i) - self.centre(anchor) for i in rivals if i != anchor}
        if turn.detail == 'next to':
            lengths = {i: np.hypot(*offset) for i, offset in offsets.items()}
            assert min(lengths, key=lengths.get) == target.object
            return
        step = np.array(WHERE[turn.detail])
        mine = offsets.pop(target.object)
        assert (mine * step)[step != 0].min() > 7
        strict = [o for o in offsets.values() if (o * step)[step != 0].min() > 0
                  and (step.all() or abs(o[step == 0][0]) < (o * step).sum())
                  and (not step.all() or max(abs(o)) < 4 * min(abs(o)))]
        assert strict == []

    def other(self, turn: Turn) -> None:
        (target,), (reference,) = turn.targets, turn.references
        pair = self.of(self.category(target.object))
        assert sorted(pair) == sorted([target.object, self.made[reference][0]])

    def interact(self, turn: Turn) -> None:
        (target,) = turn.targets
        anchors = [self.made[r][0] for r in turn.references]
        item = self.truth.objects[target.object]
        if turn.detail == 'carrier':
            assert [self.truth.objects[i].carrier for i in anchors] == [target.object]
        else:
            assert item.relation == turn.detail and set(anchors) <= {item.carrier}

    def several(self, turn: Turn) -> None:
        if turn.detail == 'all':
            found = [t.object for t in turn.targets]
            centres = [tuple(self.centre(i)) for i in found]
            assert sorted(found) == self.of(self.category(found[0]))
            assert centres == sorted(centres)
            return
        if turn.detail == 'without':
            (owner,) = {t.object for t in turn.targets}
            left_out = set(BY_NAME[self.category(owner)].parts) - {t.part for t in turn.targets}
            assert len(left_out) == 1 and all(t.part for t in turn.targets)
            assert all(self.made[r] == (owner, None) for r in turn.references)
            return
        assert len({(t.object, t.part) for t in turn.targets}) == len(turn.targets) >= 2

    def absent(self, turn: Turn) -> None:
        rest = turn.answer
        if turn.detail == 'category':
            assert self.of(rest.removeprefix('i see no ')) == []
        elif turn.detail == 'colour' and 'nothing' in rest:
            assert all(self.truth.objects[i].colour != rest.split()[-1] for i in self.visible)
        elif turn.detail == 'colour':
            colour, category = rest.removeprefix('i see no ').split(' ', 1)
            here = [self.truth.objects[i].colour for i in self.of(category)]
            assert here and colour not in here
        elif turn.detail == 'part':
            part = rest.removeprefix('it has no ')
            for reference in turn.references:
                assert part not in BY_NAME[self.category(self.made[reference][0])].parts
        else:
            self.no_relation(turn)

    def no_relation(self, turn: Turn) -> None:
        if turn.answer.endswith((' held', ' in it', ' on it')):
            return  # `test_interactions` recomputes these
        (reference,) = turn.references
        anchor = self.made[reference][0]
        if ' other ' in turn.answer:
            assert self.of(turn.answer.split()[-1]) == [anchor]
            return
        noun, where = turn.answer.removeprefix('there is ').removeprefix('no ').split(' ', 1)
        rivals = self.visible if noun == 'nothing' else self.of(noun)
        names = {'to the left of it': 'left of', 'to the right of it': 'right of'}
        name = names.get(where, where.removeprefix('to the ').removesuffix(' of it')
                         .removesuffix(' it'))
        step = np.array(WHERE[name])
        for i in rivals:
            offset = self.centre(i) - self.centre(anchor)
            inside = (offset * step)[step != 0].min() > 0
            if not step.all():
                inside = inside and abs(offset[step == 0][0]) <= (offset * step).sum()
            else:
                inside = inside and max(abs(offset)) <= 2.5 * min(abs(offset))
            assert i == anchor or not inside

    def ambiguous(self, turn: Turn) -> None:
        found = [t.object for t in turn.targets]
        assert turn.status is Status.AMBIGUOUS
        assert sorted(found) == self.of(self.category(found[0]))
        assert len(found) in (2, 3) and not set(found) & {i for i, _ in self.made.values()}

    def resolve(self, turn: Turn) -> None:
        (target,) = turn.targets
        assert self.before.kind is Kind.AMBIGUOUS
        assert turn.references == tuple(t.id for t in self.before.targets)
        objects = [t.object for t in self.before.targets]
        ends = {'left': (min, 0), 'right': (max, 0), 'back': (min, 1), 'front': (max, 1)}
        if turn.detail in ends:
            extreme, axis = ends[turn.detail]
            assert extreme(objects, key=lambda i: self.centre(i)[axis]) == target.object
        elif turn.detail == 'reply_number':
            number = next(int(w) for w in words(turn.instruction) if w.isdigit())
            assert self.made[number] == (target.object, None)
        elif turn.detail == 'reply_order':
            ordinals = ('first', 'second', 'third')
            word = next(w for w in words(turn.instruction) if w in ordinals)
            assert objects[ordinals.index(word)] == target.object
        elif turn.detail == 'reply_colour':
            colour = self.truth.objects[target.object].colour
            assert [i for i in objects if self.truth.objects[i].colour == colour] == [
                target.object]

    def given(self, turn: Turn) -> None:
        assert turn.instruction == '' and len(turn.targets) == 1
        assert turn.targets[0].part is None


@cache
def all_turns(split: str, count: int = 120) -> list[Turn]:
    rng = np.random.default_rng(5)
    return [t for seed in range(count) for t in generate(random_truth(seed), rng, split)]


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6), st.sampled_from(['train', 'val', 'test']))
def test_every_answer_holds_when_recomputed_from_the_masks(seed, split):
    truth = random_truth(seed)
    for number in range(3):
        checker = Checker(truth)
        for turn in generate(truth, np.random.default_rng([seed, number]), split, rounds=10):
            checker.check(turn)


@pytest.mark.parametrize('split', ['train', 'test'])
def test_every_kind_and_every_refusal_occurs(split):
    found = shares(all_turns(split))
    kinds = {kind.value for kind in BUILDERS}
    assert kinds <= set(found)
    assert {'absent/category', 'absent/colour', 'absent/part', 'absent/relation'} <= set(found)
    assert sum(found[kind] for kind in kinds) == pytest.approx(1.0)


def test_all_nine_positions_and_all_ways_to_refer_occur():
    turns = all_turns('train')
    details = {kind: {t.detail for t in turns if t.kind is kind} for kind in Kind}
    assert details[Kind.POSITION] == {*WHERE, 'next to'}
    assert details[Kind.PART] == {'pronoun', 'number', 'label'}
    assert {'colour', 'size', 'thing'} == details[Kind.ATTRIBUTE]


def test_every_word_of_training_is_known_and_most_words_of_the_other_splits():
    known = set(vocabulary())
    for turn in all_turns('train'):
        assert set(words(turn.instruction + ' ' + turn.answer.replace('<seg>', ''))) <= known
    for split in ('val', 'test'):
        counts = Counter(w for t in all_turns(split) for w in words(t.instruction))
        assert sum(c for w, c in counts.items() if w in known) >= 0.95 * sum(counts.values())
        assert all(set(words(t.answer.replace('<seg>', ''))) <= known for t in all_turns(split))


def test_the_same_seed_gives_the_same_dialogue():
    first, again, other = (generate(PAIR, np.random.default_rng(s)) for s in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_mirrored_view_mirrors_left_and_right():
    script = [Kind.GIVEN, Kind.POSITION]
    answers = {}
    for name, truth in (('as is', PAIR), ('mirrored', PAIR.flipped())):
        found = {}
        for seed in range(300):
            turns = generate(truth, np.random.default_rng(seed), script=script)
            if len(turns) == 2 and turns[1].detail in ('left of', 'right of', 'above', 'next to'):
                anchor, target = turns[0].targets[0].object, turns[1].targets[0].object
                words_used = set(turns[1].instruction.split())
                if not words_used & {'object', 'thing'}:
                    category = truth.objects[target].category
                    found[anchor, turns[1].detail, category] = target
        answers[name] = found
    swap = {'left of': 'right of', 'right of': 'left of'}
    mirrored = {(a, swap.get(d, d), c): t for (a, d, c), t in answers['mirrored'].items()}
    shared = answers['as is'].keys() & mirrored.keys()
    assert {'left of', 'right of', 'above', 'next to'} == {d for _, d, _ in shared}
    assert all(answers['as is'][key] == mirrored[key] for key in shared)


def test_a_script_is_followed_and_the_other_mug_is_the_one_not_shown():
    script = [Kind.GIVEN, Kind.OTHER, Kind.PART, Kind.ABSENT]
    for seed in range(20):
        turns = generate(PAIR, np.random.default_rng(seed), 'test', script=script)
        assert [t.kind for t in turns] == script
        shown, other = turns[0].targets[0].object, turns[1].targets[0].object
        assert {shown, other} in ({0, 1}, {2, 3})


def test_a_script_that_the_view_does_not_allow_ends_early():
    lone = truth_of(('mug', 'red', 'small', 60, 60, 30, 30))
    turns = generate(lone, np.random.default_rng(0), script=[Kind.DIRECT, Kind.OTHER, Kind.PART])
    assert [t.kind for t in turns] == [Kind.DIRECT]


def test_an_object_in_the_corner_or_too_small_makes_its_category_unspeakable():
    truth = truth_of(('mug', 'red', 'small', 60, 60, 30, 30),
                     ('mug', 'blue', 'large', 0, 0, 30, 30),
                     ('pan', 'blue', 'small', 120, 60, 10, 8),
                     ('lamp', 'green', 'large', 90, 100, 30, 30))
    for seed in range(60):
        for turn in generate(truth, np.random.default_rng(seed)):
            assert all(t.object in (0, 3) for t in turn.targets)
            assert not {'mug', 'cup', 'pan', 'skillet'} & set(turn.instruction.split())


def test_a_part_that_is_too_small_is_neither_asked_for_nor_denied():
    truth = truth_of(('mug', 'red', 'small', 60, 60, 30, 30))
    ids = truth.ids.copy()
    handle = np.argwhere(ids == 2)
    ids[tuple(handle[5:].T)] = 1
    truth = SceneTruth(truth.objects, truth.regions, ids)
    for seed in range(60):
        for turn in generate(truth, np.random.default_rng(seed)):
            assert all(t.part != 'handle' for t in turn.targets)
            assert turn.answer != 'it has no handle'


def test_a_small_map_scales_what_counts_as_large_enough():
    small = truth_of(('mug', 'red', 'small', 20, 20, 8, 8), width=64, height=48)
    turns = generate(small, np.random.default_rng(0), script=[Kind.DIRECT])
    assert turns[0].answer == 'the mug <seg>'
    large = truth_of(('mug', 'red', 'small', 20, 20, 8, 8))
    assert generate(large, np.random.default_rng(0), script=[Kind.DIRECT]) == ()


def test_it_means_the_object_of_the_last_answered_round_only():
    rng = np.random.default_rng(0)
    for _ in range(100):
        turns = generate(PAIR, rng, script=[Kind.DIRECT, Kind.ABSENT, Kind.SEVERAL, Kind.PART])
        assert turns[3].detail != 'pronoun' or len(turns[2].targets) == 1


def test_an_empty_table_can_only_be_asked_in_vain():
    empty = SceneTruth((), (), np.zeros((144, 192), np.uint8))
    turns = generate(empty, np.random.default_rng(0), rounds=5)
    assert len(turns) == 5
    assert all(t.kind is Kind.ABSENT and t.status is Status.NOTHING_FOUND for t in turns)


def test_instance_numbers_stay_within_the_vocabulary_in_long_dialogues():
    for seed in range(5):
        turns = generate(PAIR, np.random.default_rng(seed), rounds=60)
        assert max(t.id for turn in turns for t in turn.targets) <= 32


def test_a_bad_split_or_round_count_is_refused_in_one_sentence():
    with pytest.raises(ValueError, match='split "dev" is unknown; choose one of train, val, test'):
        generate(PAIR, np.random.default_rng(0), 'dev')
    with pytest.raises(ValueError, match='rounds is 0'):
        generate(PAIR, np.random.default_rng(0), rounds=0)


def test_a_list_never_consists_of_one_group_only():
    only = truth_of(('mug', 'red', 'small', 20, 60, 24, 24),
                    ('mug', 'blue', 'large', 120, 60, 36, 36))
    for seed in range(100):
        for turn in generate(only, np.random.default_rng(seed), script=[Kind.SEVERAL]):
            assert turn.detail == 'all' or 'all the' not in turn.instruction
