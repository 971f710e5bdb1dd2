# SPDX-License-Identifier: Apache-2.0
"""One request from sentence to reply: grammar, engine, record. What node, CLI and evaluation call.

The dialogue is the truth. Engine contexts are caches of it: a few are kept, and before each
question one is brought in step with the dialogue's rounds, or opened and fed anew. So undo,
eviction and a restart change how long an answer on the same image takes, never the answer.

An engine reads the newest rounds only (`first_read`); older instances stay known by their
numbers, since a question brings the masks that it refers to. Words and engines refer to what the
same camera saw: a mask means nothing in the image of another one.

Does not know ROS, threads or cameras: one thread at a time, and the caller brings the frame.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.core.errors import (
    BadReference,
    BadRequest,
    DeadlineExceeded,
    NoImage,
    OutOfMemory,
    Status,
)
from reasonseg_ros.core.language import references as grammar
from reasonseg_ros.core.language.references import Command, ParsedInstruction, rounds_left
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.language.utterance import SpeechAct, Utterance
from reasonseg_ros.core.memory.thing import Sighting
from reasonseg_ros.core.scene.spoken_of import speaks_of_things
from reasonseg_ros.engines.closer import SecondLook
from reasonseg_ros.engines.context_caches import CACHED, ContextCache, ContextCaches, first_read
from reasonseg_ros.engines.heeding import left_alone, said_alone
from reasonseg_ros.engines.instances import InstanceMaker
from reasonseg_ros.engines.protocol import Answer, Engine, Progress, Question, unheard
from reasonseg_ros.engines.reply import PartialReply, Reply, reply_of
from reasonseg_ros.engines.rules import answer_unseen, message_of
from reasonseg_ros.engines.tracking import Tracker

if TYPE_CHECKING:
    from reasonseg_ros.engines.video import VideoTracker

# Called with a dialogue as it is about to be, and the reply that says so.
Before = Callable[[Dialogue, Reply], None]


def unchecked(dialogue: Dialogue, reply: Reply) -> None:
    """Let a dialogue change."""


class Session:
    """Serves requests with one engine on the dialogues of one book.

    score_threshold, ambiguity_margin  see `protocol.Question`
    contexts  how many caches (an encoded image and a transcript, for each dialogue and camera) are
              kept however large they are
    cached    bytes that more of them may take together
    memory    False: contexts see no earlier mask or box, for measuring their worth
    rules     whether what needs no look at the image (talk, prohibitions, "number 2", "both of
              them") is answered by rules where the engine itself does not read the dialogue
    things    whether an id names a thing, which keeps it when it is named again and is followed
              into later frames; False: every mention is a new instance, as benchmarks count
    before    the session on the same book whose things are followed on
    video     see `Tracker`
    """

    def __init__(self, engine: Engine, book: DialogueBook, *, score_threshold: float = 0.0,
                 ambiguity_margin: float = 0.0, contexts: int = 2, cached: int = CACHED,
                 memory: bool = True, rules: bool = False, things: bool = False,
                 before: 'Session | None' = None, video: 'VideoTracker | None' = None) -> None:
        self.engine = engine
        self.book = book
        self._score_threshold = score_threshold
        self._ambiguity_margin = ambiguity_margin
        self._memory, self._rules = memory, rules
        self._caches = ContextCaches(contexts, cached)
        followed = None if before is None else before._tracker
        self._tracker: Tracker | None = (
            followed or Tracker(book.store, video)) if things else None

    def ask(self, dialogue_id: str, instruction: str, frame: Frame | None,
            references: Sequence[int] = (),
            cancelled: Callable[[], bool] = lambda: False,
            progress: Callable[[PartialReply], None] = unheard, *, answer: str = '',
            before: Before = unchecked) -> Reply:
        """Serve one instruction.

        frame       what to segment; None is enough for "undo" and the like
        references  ids that the caller knows to be meant; they come before those of the words
        cancelled   polled while the engine answers; True ends the request with DeadlineExceeded
        progress    told what is ready before each stage and after each mask; it is quick
        answer      the right words, as in `protocol.Question`; '' = answer freely
        before      given the dialogue as it is about to be, and the reply, before it is changed:
                    when it raises, nothing is. Not called for talk, which changes nothing

        A failure of any kind leaves the dialogue as it was, and a later answer too.
        """
        start = perf_counter()
        dialogue = self.book.open(dialogue_id)
        progress(PartialReply('grammar', dialogue.id))
        seen = dialogue if frame is None else self._seen(dialogue, frame)
        whole = len(seen.rounds) == len(dialogue.rounds)  # no other camera has seen anything
        parsed, heard = self._parse(instruction, seen if whole else dialogue, references)
        if parsed.command is not Command.ASK:
            return self._keep(dialogue, parsed.keep, start, parsed.command, before)
        if frame is None:
            raise NoImage('there is no image to segment; check that the camera publishes')
        self.book.check_room(dialogue)
        try:
            if not whole:
                parsed, heard = self._parse(instruction, seen, references)
            meant = tuple(seen.instance(i)
                          for i in dict.fromkeys((*references, *parsed.references)))
        except BadReference as error:
            by = f' (seen by camera "{frame.source}")' if frame.source else ''
            raise BadReference(f'{error}{by}') from error
        question = Question(parsed.text, meant, dialogue.next_id, self._score_threshold,
                            self._ambiguity_margin, answer, utterance=heard, dialogue=seen,
                            said=instruction)
        index = len(dialogue.rounds) + 1

        def replied(record: Round, notes: str) -> Reply:
            said = message_of(record, parsed.text, notes or parsed.notes)
            return reply_of(dialogue.id, record, said)

        def append(record: Round, notes: str) -> None:
            before(Dialogue(dialogue.id, (*dialogue.rounds, record)), replied(record, notes))
            self.book.append(dialogue.id, record)
            if self._tracker is not None:
                self._tracker.observe(dialogue.id, frame, record)
        try:
            return replied(*(
                self._recall(instruction, question, index, seen, frame, start, append)
                or self._serve(instruction, question, index, seen, frame, start, cancelled,
                               progress, append)))
        except OutOfMemory as error:
            from reasonseg_ros.engines.devices import free_memory  # torch, only where it is there
            self._caches.clear()
            free_memory(error)
            raise

    def settle(self, busy: Callable[[], bool] = lambda: False) -> None:
        """Do what the newest answers did not need; some of it later where others wait (`busy`)."""
        if self._tracker is not None:
            self._tracker.settle(busy)

    def _seen(self, dialogue: Dialogue, frame: Frame) -> Dialogue:
        """Return a dialogue as the camera of a frame has seen it and sees it now."""
        seen = dialogue.seen_by(frame.source)
        return seen if self._tracker is None else self._tracker.present(seen, frame)

    def _parse(self, instruction: str, dialogue: Dialogue, given: Sequence[int]
               ) -> tuple[ParsedInstruction, Utterance | None]:
        """Find commands, and what else words say: the grammar's reading, or that of `understand`
        for engines that read the dialogue themselves."""
        if not self.engine.facts.reads_dialogue:
            heard = understand(instruction, dialogue) if self._rules else None
            if heard is not None and heard.act is SpeechAct.TALK and heard.topic != 'unclear':
                return ParsedInstruction(Command.ASK, len(dialogue.rounds), heard.words), heard
            return grammar.parse(instruction, dialogue, self.engine.facts.synonyms), heard
        heard = understand(instruction, dialogue)
        if not given and (heard.act is not SpeechAct.TALK or heard.topic == 'unclear'):
            grammar.words_of(instruction)  # raises where nothing is said at all: "please"
        keep = heard.keep if heard.act is SpeechAct.COMMAND else len(dialogue.rounds)
        return ParsedInstruction(heard.command, keep, heard.words), heard

    def undo(self, dialogue_id: str, rounds: int = 1,
             before: Before = unchecked) -> Reply:
        """Take away newest rounds; raises UnknownDialogue, BadReference. `before` as in `ask`."""
        start = perf_counter()
        dialogue = self.book.get(dialogue_id)
        if rounds < 1:
            raise BadRequest(f'cannot take back {rounds} rounds; give 1 or more')
        return self._keep(dialogue, rounds_left(rounds, len(dialogue.rounds)), start,
                          Command.UNDO, before)

    def reset(self, dialogue_id: str, before: Before = unchecked) -> Reply:
        """Take away every round; raises UnknownDialogue. `before` as in `ask`."""
        start = perf_counter()
        return self._keep(self.book.get(dialogue_id), 0, start, Command.START_OVER, before)

    def track(self, dialogue_id: str, frame: Frame) -> tuple[Sighting, ...]:
        """Say where every thing of a dialogue is in a frame; () where nothing was shown yet."""
        if self._tracker is None:
            return ()
        dialogue = self.book.peek(dialogue_id).seen_by(frame.source)  # looking is no use
        return self._tracker.track(dialogue, frame)

    def forget(self, dialogue_id: str, ids: Sequence[int]) -> None:
        """Follow some things no longer; raises UnknownDialogue, or as `Tracker.leave` does."""
        if self._tracker is not None:
            self._tracker.leave(self.book.get(dialogue_id), ids)

    def close(self) -> None:
        """Free the contexts and the store's file."""
        self.settle()
        self._caches.clear()
        self.book.close()

    def _keep(self, dialogue: Dialogue, keep: int, start: float, command: Command,
              before: Before) -> Reply:
        over = command is Command.START_OVER
        gone = dialogue.rounds[keep:]
        if over:
            answer = 'starting over'
        elif len(gone) == 1:
            answer = f'took back round {gone[0].index}'
        else:
            answer = f'back to round {keep}' if keep else 'took back every round'
        reply = Reply(Status.OK, f'rounds that are left: {keep}', dialogue.id, answer=answer,
                      seconds={'total': perf_counter() - start})
        before(Dialogue(dialogue.id, dialogue.rounds[:keep]), reply)
        if not dialogue.is_new:  # others may not be in the book yet
            self.book.rewind(dialogue.id, keep, reuse_ids=over)
            if self._tracker is not None:
                self._tracker.forget(dialogue.id, dialogue.rounds, gone)
        return reply

    def _serve(self, instruction: str, question: Question, index: int, dialogue: Dialogue,
               frame: Frame, start: float, cancelled: Callable[[], bool],
               progress: Callable[[PartialReply], None],
               append: Callable[[Round, str], None]) -> tuple[Round, str]:
        """Ask the engine and record round `index`; `dialogue` is as the camera saw it.

        Return the round, with index 0 where it was talk and is not recorded, and the notes.
        """
        counts = not self.engine.facts.reads_dialogue
        maker = self._maker(question, index, dialogue, frame, counts)
        alone = left_alone(replace(question, next_id=maker.question.next_id),
                           instruction) if counts else None

        def tell(now: Progress) -> None:
            near = maker.on_owner(now.found)
            made = maker.make(alone.without(near) if alone else near)
            progress(PartialReply(now.stage, dialogue.id, now.text, made, frame.stamp,
                                  frame.frame_id))
        seconds = {'grammar': perf_counter() - start}
        cache = self._in_step(maker.dialogue, frame, cancelled, tell)
        seconds['context'] = perf_counter() - start - seconds['grammar']
        try:
            own = cache.context.ask(maker.question, cancelled, tell)
            known = maker.remembered(own, frame, self._second_look(dialogue.id, frame))
            heeded = alone.heeded(known) if alone else known
            made = maker.make(heeded.found)
            answer = maker.present(heeded, frame.stamp)
            seconds |= {**answer.seconds, 'total': perf_counter() - start}
            record = self._record(instruction, question, answer, made, index, frame, seconds,
                                  append, dialogue.id)
        except BaseException:
            # The engine itself rewinds a question that it did not finish. One that it finished,
            # and that could then not be recorded, is still in its context.
            if cache.context.rounds > len(cache.rounds):
                cache.context.rewind(len(cache.rounds))
            raise
        if record.index and heeded is own:
            cache.rounds.append(maker.read(record))
        else:  # talk, or not the engine's own answer, which it reads before the next one
            cache.context.rewind(len(cache.rounds))
        return record, answer.notes

    def _second_look(self, dialogue_id: str, frame: Frame) -> SecondLook:
        """Return what looks at a thing again, from nearer."""
        if self._tracker is None:
            return SecondLook(self.engine, frame)
        return SecondLook(self.engine, frame, partial(self._tracker.world, dialogue_id, frame))

    def _recall(self, instruction: str, question: Question, index: int, dialogue: Dialogue,
                frame: Frame, start: float,
                append: Callable[[Round, str], None]) -> tuple[Round, str] | None:
        """Answer and record what needs no look at the image; None for everything else.

        Contexts read the round later, like any other that they have not seen.
        """
        if (question.utterance is None or question.answer or self.engine.facts.reads_dialogue):
            return None
        answer = answer_unseen(question.utterance, question, frame.height, frame.width, dialogue)
        if answer is None:
            return None
        maker = self._maker(question, index, dialogue, frame, False)
        made = maker.make(answer.found)
        answer = maker.present(answer, frame.stamp)
        seconds = {'total': perf_counter() - start}
        return self._record(instruction, question, answer, made, index, frame, seconds,
                            append, dialogue.id), answer.notes

    def _maker(self, question: Question, index: int, dialogue: Dialogue, frame: Frame,
               counts: bool) -> InstanceMaker:
        """Return what makes instances of the answer; `counts`: of an engine that counts mentions.
        """
        if self._tracker is None:
            return InstanceMaker(question, index, dialogue)
        return InstanceMaker(question, index, dialogue, counts, partial(
            self._tracker.likeness, dialogue.id, frame))

    def _record(self, instruction: str, question: Question, answer: Answer,
                made: Sequence[Instance], index: int, frame: Frame,
                seconds: dict[str, float], append: Callable[[Round, str], None],
                dialogue_id: str) -> Round:
        """Return an answer as round `index`, recorded; of talk as round 0, which is not: what it
        was about, or said to leave alone, is remembered beside the rounds."""
        talk = answer.status is Status.TALK
        record = Round(
            0 if talk else index, instruction, '' if answer.named else question.text,
            answer.references or tuple(i.id for i in question.references), answer.status,
            answer.text, tuple(made), answer.transcript, frame.stamp, frame.frame_id,
            self.engine.facts.provenance, seconds, frame.source)
        if prohibition := said_alone(question, answer.status, instruction, frame, index):
            self.book.check_prohibitions(self.book.open(dialogue_id))
        if not talk:
            append(record, answer.notes)
        if prohibition:
            self.book.forbid(dialogue_id, prohibition)
        if speaks_of_things(heard := question.utterance, answer.status):
            self.book.speak_of(dialogue_id, instruction)
        if heard is not None and heard.act is SpeechAct.FORGET and self._tracker is not None:
            self._tracker.drop(self.book.open(dialogue_id), record.references)
        return record

    def _in_step(self, dialogue: Dialogue, frame: Frame, cancelled: Callable[[], bool],
                 tell: Callable[[Progress], None]) -> ContextCache:
        """Return a context on this view that holds exactly the rounds that are read."""
        tell(Progress('context'))
        key = dialogue.id, frame.source
        cache = self._caches.take(key)
        if cache is not None and not self.engine.same_view(cache.context, frame):
            cache = None  # freed before the next one takes its memory
        if cache is None:
            self._caches.make_room()
            tell(Progress('vision'))
            cache = ContextCache(self.engine.open(frame) if self._memory
                           else self.engine.open(frame, memory=False))
        self._caches.put(key, cache)
        read = dialogue.rounds[first_read(dialogue.rounds):]
        common = 0
        for held, wanted in zip(cache.rounds, read):
            if held != wanted:
                break
            common += 1
        if common < len(cache.rounds):
            cache.context.rewind(common)
            del cache.rounds[common:]
        for record in read[common:]:
            if cancelled():
                raise DeadlineExceeded('the request was cancelled or its deadline passed before '
                                       'the dialogue was read')
            cache.context.remember(record, tuple(map(dialogue.instance, record.references)))
            cache.rounds.append(record)
        return cache
